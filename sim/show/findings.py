"""What a study says: which factor moves each target's chance, and when the plan fails.

Tables, sentences and charts of `sim.study.sensitivity`'s indices and boxes, with the names that
people know the factors by.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sim.faults import Fault, near, refuse, shown, told
from sim.files.carriers import SIDE_CAR, side_car
from sim.files.pictures import PICTURES, Chart, pictures
from sim.files.tables import Cell, Table, csv_bytes
from sim.forecast import Array
from sim.place.assumptions import needs, unit_of
from sim.place.levers import known, label
from sim.place.stamp import encoded, of_study
from sim.show.bars import index_bars
from sim.show.look import Look, captioned
from sim.study.designs import Design
from sim.study.sensitivity import MEASURES, METHODS, Box, Index, boxes, indices, methods
from sim.words import Words

Columns = Mapping[str, Sequence[Any]]

ALL = "all"
ANSWERS = ("chance", "p50")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a study says of one target, or of all together.

    Attributes:
        target: the beginning of its columns, or `ALL`.
        answer: which of its numbers was looked at, `chance` or `p50`.
        points: how many points were used.
        failed: how many were left out because their run had failed.
        indices: how much each factor moves the answer; none if it never changes.
        lowest, highest: the answers' range.
        fails: share of the points that fail; None where no threshold applies.
        boxes: the conditions under which they do.
    """

    target: str
    answer: str
    points: int
    failed: int
    indices: tuple[Index, ...]
    lowest: float
    highest: float
    fails: float | None
    boxes: tuple[Box, ...]


def targets_of(columns: Columns) -> list[str]:
    """Return the targets of a verdict table, all together last."""
    return [name.removesuffix(".chance") for name in columns if name.endswith(".chance")] + [ALL]


def find(
    made: Mapping[str, Any],
    columns: Columns,
    *,
    targets: Sequence[str] = (),
    answer: str = "chance",
    method: str | None = None,
    scenario: str | None = None,
    fails_below: float = 0.5,
) -> list[Finding]:
    """Return what a study says of some targets.

    Args:
        made: the study's `study.json`.
        columns: its verdict table, whole and in order.
        targets: which; every one and all together if none is named.
        answer: `chance`, or `p50` for the indicator's median.
        method: see `sim.study.sensitivity.METHODS`; the best that fits the design if None.
        scenario: which base scenario; the first if None.
        fails_below: a point whose chance is below it counts as failing.

    Raises:
        InputFaults: with everything asked for that the study does not have.
    """
    factors, design = made["factors"], _design(made)
    asked = list(targets) or [t for t in targets_of(columns) if answer == "chance" or t != ALL]
    refuse([*_faults(made, columns, asked, answer, method, scenario)])
    mine = np.asarray(columns["scenario"]) == (scenario or next(iter(made["scenario_hashes"])))
    x = np.stack([_numbers(row, columns[row["name"]]) for row in factors], axis=1)[mine]
    chosen = next(each for each in methods(design) if method in (None, each))
    names = [row["name"] for row in factors]
    measured = partial(indices, names, x, method=chosen, design=design)
    found = partial(_finding, names, x, measured, answer=answer, fails_below=fails_below)
    return [found(target, _answers(columns, target, answer)[mine]) for target in asked]


def _faults(
    made: Mapping[str, Any],
    columns: Columns,
    asked: Sequence[str],
    answer: str,
    method: str | None,
    scenario: str | None,
) -> Iterator[Fault]:
    """Yield everything asked for that a study does not have."""
    known, base, fitting = targets_of(columns), made["scenario_hashes"], methods(_design(made))
    yield from (_unknown("--target", name, known) for name in asked if name not in known)
    if answer not in ANSWERS:
        yield _unknown("--answer", answer, ANSWERS)
    if method is not None and method not in fitting:
        kind = made["design"]["kind"]
        given = (
            told("{method} of a {kind} design", method=shown(method), kind=kind)
            if method in METHODS
            else repr(method)
        )
        yield Fault("ketnoi sensitivity", "--method", given, " or ".join(fitting))
    if scenario is not None and scenario not in base:
        yield _unknown("--scenario", scenario, list(base))
    if answer == "p50" and ALL in asked:
        yield Fault("ketnoi sensitivity", "--target", told("all with p50"), told("one indicator"))


def _unknown(option: str, given: str, known: Sequence[str]) -> Fault:
    return Fault("ketnoi sensitivity", option, repr(given), near(given, known))


def _design(made: Mapping[str, Any]) -> Design | None:
    row = made["design"]
    if row["kind"] == "csv":
        return None
    return Design(
        kind=row["kind"],
        dimensions=len(made["factors"]),
        samples=row["samples"],
        seed=row["seed"],
        steps=tuple(row["steps"]),
    )


def _numbers(factor: Mapping[str, Any], column: Sequence[Any]) -> Array:
    """Return a factor's values, or their places in its list of values."""
    if "values" in factor:
        place = {value: float(i) for i, value in enumerate(factor["values"])}
        return np.array([place[value] for value in column])
    return np.asarray(column, dtype=float)


def _answers(columns: Columns, target: str, answer: str) -> Array:
    name = "chance_all" if target == ALL else f"{target}.{answer}"
    return np.array([np.nan if value is None else value for value in columns[name]], dtype=float)


def _finding(
    names: Sequence[str],
    x: Array,
    measured: Callable[[Array], Sequence[Index]],
    target: str,
    y: Array,
    *,
    answer: str,
    fails_below: float,
) -> Finding:
    good = np.isfinite(y)
    event = y[good] < fails_below
    threshold = answer == "chance" and len(event) > 0
    some = threshold and event.any() and not event.all()
    return Finding(
        target=target,
        answer=answer,
        points=int(good.sum()),
        failed=int((~good).sum()),
        indices=tuple(measured(y)),
        lowest=float(y[good].min(initial=np.inf)),
        highest=float(y[good].max(initial=-np.inf)),
        fails=float(event.mean()) if threshold else None,
        boxes=tuple(boxes(names, x[good], event)) if some else (),
    )


def ranked(finding: Finding) -> list[Index]:
    """Return the indices, the factor that matters most by its largest measure first."""
    best: dict[str, float] = {}
    for index in finding.indices:
        best[index.factor] = max(best.get(index.factor, -np.inf), index.value)
    return sorted(finding.indices, key=lambda index: -best[index.factor])


def index_rows(findings: Sequence[Finding]) -> Table:
    """Return every index, one row a target, factor and measure."""
    head = ["target", "answer", "factor", "measure", "value", "low", "high", "points", "failed"]
    rows: list[list[Cell]] = [
        [
            each.target,
            each.answer,
            index.factor,
            index.measure,
            *map(_plain, (index.value, index.low, index.high)),
            each.points,
            each.failed,
        ]
        for each in findings
        for index in ranked(each)
    ]
    return head, rows


def box_rows(findings: Sequence[Finding], made: Mapping[str, Any]) -> Table:
    """Return the boxes of failing points, one row a limited factor; open ends are empty."""
    head = ["target", "box", "factor", "low", "high", "values", "coverage", "density", "mass"]
    factors = {row["name"]: row for row in made["factors"]}
    rows: list[list[Cell]] = []
    for each in findings:
        for number, box in enumerate(each.boxes, start=1):
            sizes = [_plain(size) for size in (box.coverage, box.density, box.mass)]
            for name, (low, high) in box.limits.items():
                inside = _inside(factors[name], low, high)
                ends: list[Cell] = [
                    None if inside or not np.isfinite(end) else _plain(end) for end in (low, high)
                ]
                values = ", ".join(map(str, inside))
                rows.append([each.target, number, name, *ends, values, *sizes])
    return head, rows


def _inside(factor: Mapping[str, Any], low: float, high: float) -> list[Any]:
    values = factor.get("values", [])
    return [value for place, value in enumerate(values) if low <= place <= high]


def _plain(number: float) -> float:
    return float(f"{number:.6g}") + 0.0


def written(number: float, say: Words) -> str:
    """Return an index with three digits, never a negative nothing."""
    return say.number(round(number, 3) + 0.0, 3)


def called(target: str, say: Words) -> str:
    """Return what a target is called."""
    if target == ALL:
        return say("All together")
    name, _, deadline = target.partition("@")
    return say.indicator(name) + (f" ({deadline})" if deadline else "")


def factor_name(factor: Mapping[str, Any], say: Words) -> str:
    """Return what a factor is called: a lever's label, an assumption's meaning."""
    name = str(factor["name"])
    if name in known():
        return say(label(name))
    return str(factor.get("meaning", {}).get(say.language, name))


def sentences(finding: Finding, made: Mapping[str, Any], say: Words) -> Iterator[str]:
    """Yield in words when a target fails, a sentence a box."""
    if finding.fails is None:
        return
    what, share = called(finding.target, say), say.percent(finding.fails, 0)
    if not finding.indices:
        yield say(
            "{what}: the chance is {chance} at every point; no factor moves it.",
            what=what,
            chance=say.chance(finding.lowest),
        )
        return
    yield say("{what}: it fails at {share} of the points.", what=what, share=share)
    factors = {row["name"]: row for row in made["factors"]}
    for box in finding.boxes:
        when = "; ".join(
            _condition(factors[name], *limits, say) for name, limits in box.limits.items()
        )
        yield say(
            "{what}: where {when}, it fails at {density} of the points; "
            "that is {coverage} of all failures.",
            what=what,
            when=when,
            density=say.percent(box.density, 0),
            coverage=say.percent(box.coverage, 0),
        )


def _condition(factor: Mapping[str, Any], low: float, high: float, say: Words) -> str:
    name = factor_name(factor, say)
    inside = _inside(factor, low, high)
    if inside:
        return f"{name} = " + say(" or ").join(map(str, inside))
    unit = _unit(str(factor["name"]), say)
    ends = [(low, "≥"), (high, "≤")]
    return f"{name} " + ", ".join(
        f"{sign} {_written(end, say)}{unit}" for end, sign in ends if np.isfinite(end)
    )


def _written(number: float, say: Words) -> str:
    digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 3
    return say.number(round(number, digits), digits)


def _unit(name: str, say: Words) -> str:
    unit = known()[name].unit if name in known() else unit_of(needs()[name])
    return " " + say(unit)


def drawings(
    findings: Sequence[Finding], made: Mapping[str, Any], look: Look
) -> Iterator[tuple[str, Chart]]:
    """Yield name and chart of every target that some factor moves."""
    say = look.say
    factors = {row["name"]: row for row in made["factors"]}
    for each in findings:
        if not each.indices:
            continue
        rows = [
            (
                factor_name(factors[index.factor], say),
                say(MEASURES[index.measure]),
                index.value,
                index.low,
                index.high,
            )
            for index in ranked(each)
        ]
        asked = say("chance of the target") if each.answer == "chance" else say("median")
        what = f"{called(each.target, say)}, {asked}"
        yield (
            f"sensitivity-{each.target}-{each.answer}",
            captioned(index_bars(rows, what, each.points, look), caption(made)),
        )


def caption(made: Mapping[str, Any]) -> str:
    """Return a study's stamp in one line."""
    return (
        f"{made['case']} {made['case_hash'][:8]} · {made['study']} · {made['targets']} · "
        f"seed {made['seed']} · {made['replicates']} replicates · ketnoi {made['ketnoi']}"
    )


def finding_files(
    findings: Sequence[Finding], made: Mapping[str, Any], say: Words
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the files of an analysis: tables, sentences, charts."""
    every = {"indices.csv": index_rows(findings), "boxes.csv": box_rows(findings, made)}
    for name, table in every.items():
        yield name, csv_bytes(*table)
        yield name + SIDE_CAR, side_car(name, table[0], _stamped(made, name, table, say))
    lines = [line for each in findings for line in sentences(each, made, say)]
    yield "boxes.txt", ("\n".join(lines) + "\n").encode()
    numbers = index_rows(findings)
    for name, chart in drawings(findings, made, Look(say=say)):
        stamps = {
            form: encoded(_stamped(made, f"{name}.{form}", numbers, say)) for form in PICTURES
        }
        for form, content in pictures(chart, PICTURES, stamps).items():
            yield f"{name}.{form}", content


def _stamped(made: Mapping[str, Any], name: str, numbers: Table, say: Words) -> dict[str, Any]:
    return of_study(made, file=f"sensitivity/{name}", language=say.language, numbers=numbers)
