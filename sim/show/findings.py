"""What a study says: which factor moves each target's chance, and when the plan fails.

Tables, sentences and charts of `sim.study.sensitivity`'s indices and boxes, with the names that
people know the factors by.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from sim.faults import Fault, near, refuse, shown, told
from sim.files.carriers import SIDE_CAR, side_car
from sim.files.pictures import PICTURES, Chart, pictures
from sim.files.tables import Cell, Table, csv_bytes
from sim.forecast import Array
from sim.place.assumptions import HOME, needs
from sim.place.levers import known, label, lever_value
from sim.place.stamp import encoded, of_study
from sim.show.bars import index_bars
from sim.show.look import Look, captioned
from sim.study.designs import Design
from sim.study.sensitivity import (
    DOUBTFUL,
    LIFT,
    MEASURES,
    METHODS,
    ROWS,
    Box,
    Hits,
    Index,
    Method,
    Search,
    boxes,
    idle,
    indices,
    methods,
)
from sim.words import Words, needed

Columns = Mapping[str, Sequence[Any]]

ALL = "all"
ANSWERS = ("chance", "p50")
BARE = ("ratio", "elasticity")  # units that say nothing behind a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of a study.

    Attributes:
        scenario: the base scenario.
        passed_over: its other base scenarios, which nothing is said of.
        answer: which number of a target is looked at, `chance` or `p50`.
        method: of the indices.
        fails_below: a point whose chance is below it counts as failing.
        seed: of bootstraps and dummies.
    """

    scenario: str
    passed_over: tuple[str, ...]
    answer: str
    method: Method
    fails_below: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a study says of one target, or of all together.

    Attributes:
        target: the beginning of its columns, or `ALL`.
        points: how many points were used.
        failed: how many were left out because their run had failed.
        indices: how much each factor moves the answer; none if it never changes.
        lowest, highest: the answers' range.
        fails: share of the points that fail; None where no threshold applies.
        search: for the conditions under which they do; None where none or all fail.
    """

    asked: Asked
    target: str
    points: int
    failed: int
    indices: tuple[Index, ...]
    lowest: float
    highest: float
    fails: float | None
    search: Search | None


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
    wanted = list(targets) or [t for t in targets_of(columns) if answer == "chance" or t != ALL]
    refuse([*_faults(made, columns, wanted, answer, method, scenario)])
    factors, design, base = made["factors"], _design(made), list(made["scenario_hashes"])
    chosen = scenario or base[0]
    asked = Asked(
        scenario=chosen,
        passed_over=tuple(name for name in base if name != chosen),
        answer=answer,
        method=next(each for each in methods(design) if method in (None, each)),
        fails_below=fails_below,
        seed=made["seed"],
    )
    mine = np.asarray(columns["scenario"]) == chosen
    x = np.stack([_numbers(row, columns[row["name"]]) for row in factors], axis=1)[mine]
    names = [row["name"] for row in factors]
    found = partial(_finding, asked, names, x, design)
    return [found(target, _answers(columns, target, answer)[mine]) for target in wanted]


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
    asked: Asked, names: Sequence[str], x: Array, design: Design | None, target: str, y: Array
) -> Finding:
    good = np.isfinite(y)
    event = y[good] < asked.fails_below
    threshold = asked.answer == "chance" and len(event) > 0
    some = threshold and event.any() and not event.all()
    measured = partial(indices, names, x, y, design=design, seed=asked.seed)
    found = measured(method=asked.method)
    return Finding(
        asked=asked,
        target=target,
        points=int(good.sum()),
        failed=int((~good).sum()),
        indices=tuple(found),
        lowest=float(y[good].min(initial=np.inf)),
        highest=float(y[good].max(initial=-np.inf)),
        fails=float(event.mean()) if threshold else None,
        search=_searched(names, x[good], event, design, measured) if some else None,
    )


def _searched(
    names: Sequence[str],
    x: Array,
    event: Hits,
    design: Design | None,
    measured: Callable[..., list[Index]],
) -> Search:
    """Return the boxes of an event on the factors that do something, as far as that is known."""
    out = idle(measured(method="sobol")) if "sobol" in methods(design) else set()
    kept = [place for place, name in enumerate(names) if name not in out]
    group = design.group if design else 1
    return boxes([names[place] for place in kept], x[:, kept], event, group=group)


def ranked(finding: Finding) -> list[Index]:
    """Return the indices, the factor that matters most by its largest measure first."""
    best: dict[str, float] = {}
    for index in finding.indices:
        best[index.factor] = max(best.get(index.factor, -np.inf), index.value)
    return sorted(finding.indices, key=lambda index: -best[index.factor])


def index_rows(findings: Sequence[Finding]) -> Table:
    """Return every index, one row a target, factor and measure."""
    head = [*ASKED, "factor", "measure", "value", "low", "high", "noise", "points", "failed"]
    rows: list[list[Cell]] = [
        [
            *_asked_cells(each),
            index.factor,
            index.measure,
            *map(_plain, (index.value, index.low, index.high)),
            None if index.noise is None else _plain(index.noise),
            each.points,
            each.failed,
        ]
        for each in findings
        for index in ranked(each)
    ]
    return head, rows


ASKED = ("scenario", "target", "answer", "method", "fails_below")


def _asked_cells(finding: Finding) -> list[Cell]:
    asked = finding.asked
    return [asked.scenario, finding.target, asked.answer, asked.method, asked.fails_below]


def box_rows(findings: Sequence[Finding], made: Mapping[str, Any]) -> Table:
    """Return the boxes of failing points, one row a limited factor; open ends are empty."""
    head = [*ASKED, "box", "factor", "low", "high", "values", "qp_low", "qp_high"]
    head += ["coverage", "density", "mass"]
    factors = {row["name"]: row for row in made["factors"]}
    rows: list[list[Cell]] = []
    for each in findings:
        for number, box in enumerate(each.search.boxes if each.search else (), start=1):
            sizes = [_plain(size) for size in (box.coverage, box.density, box.mass)]
            for name, (low, high) in box.limits.items():
                inside = _inside(factors[name], low, high)
                ends: list[Cell] = [
                    None if inside or not np.isfinite(end) else _plain(end) for end in (low, high)
                ]
                values = ", ".join(map(str, inside))
                doubts = [_plain(qp) if np.isfinite(qp) else None for qp in box.doubts[name]]
                row = [*_asked_cells(each), number, name, *ends, values, *doubts, *sizes]
                rows.append(row)
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


def asked_words(asked: Asked, say: Words) -> str:
    """Return in words what was asked of a study."""
    words = say(
        "base scenario {scenario}; method {method}; a chance below {share} counts as failing",
        scenario=asked.scenario,
        method=asked.method,
        share=say.percent(
            asked.fails_below, 0 if round(100 * asked.fails_below, 6) % 1 == 0 else 1
        ),
    )
    if not asked.passed_over:
        return words
    return words + "; " + say("not shown: {names}", names=", ".join(asked.passed_over))


def sentences(finding: Finding, made: Mapping[str, Any], say: Words) -> Iterator[str]:
    """Yield in words what is noise, and when a target fails, a sentence a box."""
    factors = {row["name"]: row for row in made["factors"]}
    say = say.at(made.get("currency", HOME))
    what = called(finding.target, say)
    noise = [index for index in finding.indices if index.is_noise]
    if noise:
        yield say(
            "{what}: no more than noise, at most {level}, which 95 of 100 factors that do nothing "
            "stay below: {names}.",
            what=what,
            level=written(noise[0].noise or 0.0, say),
            names="; ".join(_inner(factor_name(factors[index.factor], say)) for index in noise),
        )
    if finding.fails is None:
        return
    if not finding.indices:
        yield say(
            "{what}: the chance is {chance} at every point; no factor moves it.",
            what=what,
            chance=say.chance(finding.lowest),
        )
        return
    if finding.search is None:
        every = say("{what}: it fails at every point.", what=what)
        yield every if finding.fails else say("{what}: it fails at no point.", what=what)
        return
    share = say.percent(finding.fails, 0)
    yield say("{what}: it fails at {share} of the points.", what=what, share=share)
    for box in finding.search.boxes:
        yield _box_words(what, box, factors, say)
    yield _end_of_search(what, finding.search, say)


def _box_words(what: str, box: Box, factors: Mapping[str, Mapping[str, Any]], say: Words) -> str:
    when = "; ".join(
        _condition(factors[name], limits, box.doubts[name], say)
        for name, limits in box.limits.items()
    )
    return say(
        "{what}: where {when}, it fails at {density} of the points; "
        "that is {coverage} of all failures.",
        what=what,
        when=when,
        density=say.percent(box.density, 0),
        coverage=say.percent(box.coverage, 0),
    )


def _end_of_search(what: str, search: Search, say: Words) -> str:
    """Say how doubtful the boxes are or, where there is none, why."""
    if search.boxes:
        return say(
            "qp: how likely chance alone makes so many points fail if that limit does nothing "
            "(quasi-p-value); above {level} the limit may be chance.",
            level=say.number(DOUBTFUL, 2),
        )
    if search.rows < search.needed:
        return say(
            "{what}: no conditions are sought. There are {rows} independent points; {needed} are "
            "needed, {each} for each factor that does anything.",
            what=what,
            rows=say.number(search.rows),
            needed=say.number(search.needed),
            each=ROWS,
        )
    if search.refused is None:
        return say("{what}: no limit on any factor tells where it fails.", what=what)
    return say(
        "{what}: no conditions tell well enough where it fails. The best hold {coverage} of all "
        "failures, and {density} of their points fail: too few failures, odds less than {lift} "
        "times those of all points, or limits that may all be chance.",
        what=what,
        coverage=say.percent(search.refused.coverage, 0),
        density=say.percent(search.refused.density, 0),
        lift=say.plain(LIFT),
    )


def _condition(
    factor: Mapping[str, Any],
    limits: tuple[float, float],
    doubts: tuple[float, float],
    say: Words,
) -> str:
    """Say within which limits a factor lies, and how doubtful each of them is."""
    id = str(factor["name"])
    name, inside = _inner(factor_name(factor, say)), _inside(factor, *limits)
    if inside:
        worst = max(qp for qp in doubts if np.isfinite(qp))
        values = say(" or ").join(_level(id, value, say) for value in inside)
        return f"{name} = {values} ({_doubt_words(worst, say)})"
    ends = [
        f"{sign} {_level(id, end, say)} ({_doubt_words(qp, say)})"
        for sign, end, qp in zip("≥≤", limits, doubts, strict=True)
        if np.isfinite(end)
    ]
    return f"{name} " + ", ".join(ends)


def _doubt_words(qp: float, say: Words) -> str:
    told = "< " + say.number(0.01, 2) if qp < 0.01 else say.number(qp, 2)
    return f"qp {told}" + (", " + say("may be chance") if qp > DOUBTFUL else "")


def _inner(name: str) -> str:
    """Return a name as it is written within a sentence.

    >>> _inner("Fibre building"), _inner("2G switch-off"), _inner("PAPI score")
    ('fibre building', '2G switch-off', 'PAPI score')
    """
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _level(name: str, value: Any, say: Words) -> str:
    """Return a factor's value in words: never, a month, a choice, a per cent, or with its unit."""
    lever = known().get(name)
    unit = lever.unit if lever else needs()[name].unit
    if lever and lever.kind in ("choice", "month", "start"):
        value = value if isinstance(value, str) else int(value)
        kind = known()["switch_off_2g"] if lever.kind == "start" else lever
        return _inner(lever_value(kind, value, say))
    if (lever and lever.kind == "share") or unit == "share":
        return say.percent(value, needed(round(100 * value, 1)))
    if unit == "share a month":
        share = say.percent(value, 2)
        return say("{share} a month", share=share)
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3
    number = say.number(round(value, digits), needed(round(value, digits)))
    return number if unit in BARE else f"{number} {say(unit)}"


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
        of = say("chance of the target") if each.asked.answer == "chance" else say("median")
        what, noise = f"{called(each.target, say)}, {of}", each.indices[0].noise
        chart = index_bars(rows, what, each.points, look, noise=noise)
        for line in (asked_words(each.asked, say), caption(made)):
            chart = captioned(chart, line)
        yield f"sensitivity-{each.target}-{each.asked.answer}", chart


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
    asked = asdict(findings[0].asked)
    every = {"indices.csv": index_rows(findings), "boxes.csv": box_rows(findings, made)}
    for name, table in every.items():
        yield name, csv_bytes(*table)
        yield name + SIDE_CAR, side_car(name, table[0], _stamped(made, asked, name, table, say))
    lines = [asked_words(findings[0].asked, say)]
    lines += [line for each in findings for line in sentences(each, made, say)]
    yield "boxes.txt", ("\n".join(lines) + "\n").encode()
    numbers = index_rows(findings)
    for name, chart in drawings(findings, made, Look(say=say)):
        stamps = {
            form: encoded(_stamped(made, asked, f"{name}.{form}", numbers, say))
            for form in PICTURES
        }
        for form, content in pictures(chart, PICTURES, stamps).items():
            yield f"{name}.{form}", content


def _stamped(
    made: Mapping[str, Any], asked: Mapping[str, Any], name: str, numbers: Table, say: Words
) -> dict[str, Any]:
    """Return the stamp of a file of an analysis: that of the study, and what was asked of it."""
    made = {**made, "asked": asked}
    return of_study(made, file=f"sensitivity/{name}", language=say.language, numbers=numbers)
