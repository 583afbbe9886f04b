"""What a study says: which factor moves each target's chance, and when the plan fails.

What `sim.study` computes of a study's table, asked for by a planner's names, and as tables.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sim.faults import Fault, near, refuse, shown, told
from sim.files.tables import Cell, Table
from sim.forecast import Array
from sim.indicators import SERIES
from sim.study.designs import Design, design_of
from sim.study.prim import Box, Hits, Search, boxes
from sim.study.sensitivity import (
    METHODS,
    Index,
    Method,
    idle,
    indices,
    methods,
    settling,
)

Columns = Mapping[str, Sequence[Any]]

ALL = "all"
ANSWERS = ("chance", "p50")
FAILS_BELOW = 0.5  # a chance that counts as failing, unless something else is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of a study.

    Attributes:
        scenario: the base scenario.
        passed_over: its other base scenarios, which nothing is said of.
        answer: which number of a target is looked at, `chance` or `p50`.
        chances: whether any chance is looked at.
        method: of the indices.
        fails_below: a point whose answer is below it counts as failing; None: one whose chance
            is below `FAILS_BELOW`.
        seed: of bootstraps and dummies.
    """

    scenario: str
    passed_over: tuple[str, ...]
    answer: str
    chances: bool
    method: Method
    fails_below: float | None
    seed: int

    def threshold(self, target: str) -> float | None:
        """Return below which answer a point fails; None where every answer is as good."""
        chance = self.answer == "chance" and not is_number(target)
        return FAILS_BELOW if chance and self.fails_below is None else self.fails_below


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a study says of one target, or of all together.

    Attributes:
        target: the beginning of its columns, `ALL`, or a column of numbers.
        points: how many points were used.
        failed: how many were left out because their run had failed.
        indices: how much each factor moves the answer; none if it never changes.
        lowest, highest: the answers' range.
        fails: share of the points that fail; None where no threshold applies.
        search: for the conditions under which they do; None where none or all fail.
        settling: the indices as points grow, see `sim.study.sensitivity.settling`.
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
    settling: tuple[tuple[int, Index], ...] = ()


def is_number(target: str) -> bool:
    """Return whether what is asked about is a column of numbers rather than a target."""
    return target != ALL and target.partition("@")[0] not in SERIES


def numbers_of(made: Mapping[str, Any], columns: Columns) -> list[str]:
    """Return the columns of numbers that may be asked about: one's own outcomes, and the cost."""
    own = made["outputs"]["outcomes"] or {"columns": []}
    return [*own["columns"], *(name for name in columns if name.startswith("cost_"))]


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
    fails_below: float | None = None,
) -> list[Finding]:
    """Return what a study says of some targets, or of other numbers in its table.

    Args:
        made: the study's `study.json`.
        columns: its verdict table, whole and in order.
        targets: which, or columns of numbers; if none is named every target, all together and
            one's own outcomes.
        answer: `chance`, or `p50` for the indicator's median.
        method: see `sim.study.sensitivity.METHODS`; the best that fits the design if None.
        scenario: which base scenario; the first if None.
        fails_below: a point whose answer is below it counts as failing; of chances below
            `FAILS_BELOW` if None, of other answers none then.

    Raises:
        InputFaults: with everything asked for that the study does not have.
    """
    own = made["outputs"]["outcomes"] or {"columns": []}
    every = [t for t in targets_of(columns) if answer == "chance" or t != ALL]
    wanted = list(targets) or [*every, *own["columns"]]
    refuse([*_faults(made, columns, wanted, answer, method, scenario, fails_below)])
    factors, design, base = made["factors"], design_of(made), list(made["scenario_hashes"])
    chosen = scenario or base[0]
    asked = Asked(
        scenario=chosen,
        passed_over=tuple(name for name in base if name != chosen),
        answer=answer,
        chances=answer == "chance" and not all(map(is_number, wanted)),
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
    fails_below: float | None,
) -> Iterator[Fault]:
    """Yield everything asked for that a study does not have."""
    known = [*targets_of(columns), *numbers_of(made, columns)]
    base, fitting = made["scenario_hashes"], methods(design_of(made))
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
    of_chance = answer == "chance" and not all(map(is_number, asked))
    below, most = fails_below or 0.0, 1 if of_chance else np.finfo(float).max
    if not (0 if of_chance else -most) <= below <= most:
        wanted = told("a chance from 0 to 1") if of_chance else told("a finite number")
        yield Fault("ketnoi sensitivity", "--fails-below", f"{fails_below:g}", wanted)
    if answer == "p50" and ALL in asked:
        yield Fault("ketnoi sensitivity", "--target", told("all with p50"), told("one indicator"))


def _unknown(option: str, given: str, known: Sequence[str]) -> Fault:
    return Fault("ketnoi sensitivity", option, repr(given), near(given, known))


def _numbers(factor: Mapping[str, Any], column: Sequence[Any]) -> Array:
    """Return a factor's values, or their places in its list of values."""
    if "values" in factor:
        place = {value: float(i) for i, value in enumerate(factor["values"])}
        return np.array([place[value] for value in column])
    return np.asarray(column, dtype=float)


def _answers(columns: Columns, target: str, answer: str) -> Array:
    name = target if is_number(target) else f"{target}.{answer}"
    name = "chance_all" if target == ALL else name
    return np.array([np.nan if value is None else value for value in columns[name]], dtype=float)


def _finding(
    asked: Asked, names: Sequence[str], x: Array, design: Design | None, target: str, y: Array
) -> Finding:
    good, below = np.isfinite(y), asked.threshold(target)
    event = y[good] < (-np.inf if below is None else below)
    threshold = below is not None and len(event) > 0
    some = threshold and event.any() and not event.all()
    measured = partial(indices, names, x, y, design=design, seed=asked.seed)
    grown = settling(names, x, y, method=asked.method, design=design, seed=asked.seed)
    most = max((points for points, _ in grown), default=0)
    return Finding(
        asked=asked,
        target=target,
        points=int(good.sum()),
        failed=int((~good).sum()),
        indices=tuple(index for points, index in grown if points == most),
        lowest=float(y[good].min(initial=np.inf)),
        highest=float(y[good].max(initial=-np.inf)),
        fails=float(event.mean()) if threshold else None,
        search=_searched(names, x[good], event, design, measured) if some else None,
        settling=tuple(grown),
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
    moved = design.groups if design and design.groups else names
    kept = [place for place, name in enumerate(moved) if name not in out]
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
    rows: list[list[Cell]] = [
        [*_asked_cells(each), *_index_cells(index), each.points, each.failed]
        for each in findings
        for index in ranked(each)
    ]
    return [*ASKED, *INDEX, "points", "failed"], rows


def settling_rows(findings: Sequence[Finding]) -> Table:
    """Return every index at a part of the points, one row a target, part, factor and measure."""
    rows: list[list[Cell]] = [
        [*_asked_cells(each), *_index_cells(index), points]
        for each in findings
        for points, index in each.settling
    ]
    return [*ASKED, *INDEX, "points"], rows


def _index_cells(index: Index) -> list[Cell]:
    named: list[Cell] = [index.factor, index.beside or None, index.measure]
    numbers: list[Cell] = [*map(_plain, (index.value, index.low, index.high))]
    return [*named, *numbers, None if index.noise is None else _plain(index.noise)]


ASKED = ("scenario", "target", "answer", "method", "fails_below")
INDEX = ("factor", "beside", "measure", "value", "low", "high", "noise")


def _asked_cells(finding: Finding) -> list[Cell]:
    asked, what = finding.asked, finding.target
    answer = "value" if is_number(what) else asked.answer
    return [asked.scenario, what, answer, asked.method, asked.threshold(what)]


def box_rows(findings: Sequence[Finding], made: Mapping[str, Any]) -> Table:
    """Return the boxes of failing points, one row a limited factor; open ends are empty."""
    return _rows_of(findings, made, "box", lambda search: search.boxes)


def step_rows(findings: Sequence[Finding], made: Mapping[str, Any]) -> Table:
    """Return the boxes on the way to each first box: coverage against density, to choose from."""
    return _rows_of(findings, made, "step", lambda search: search.steps)


def _rows_of(
    findings: Sequence[Finding],
    made: Mapping[str, Any],
    called: str,
    wanted: Callable[[Search], Sequence[Box]],
) -> Table:
    head = [*ASKED, called, "coverage", "density", "mass"]
    head += ["factor", "low", "high", "values", "qp_low", "qp_high"]
    factors = {row["name"]: row for row in made["factors"]}
    rows: list[list[Cell]] = []
    for each in findings:
        for number, box in enumerate(wanted(each.search) if each.search else (), start=1):
            sizes = [_plain(size) for size in (box.coverage, box.density, box.mass)]
            first: list[Cell] = [*_asked_cells(each), number, *sizes]
            limits = [_limit_cells(factors[name], box, name) for name in box.limits]
            rows += [[*first, *cells] for cells in limits or [[None] * 6]]
    return head, rows


def _limit_cells(factor: Mapping[str, Any], box: Box, name: str) -> list[Cell]:
    inside = inside_values(factor, *box.limits[name])
    ends: list[Cell] = [
        None if inside or not np.isfinite(end) else _plain(end) for end in box.limits[name]
    ]
    doubts = [_plain(qp) if np.isfinite(qp) else None for qp in box.doubts[name]]
    return [name, *ends, ", ".join(map(str, inside)), *doubts]


def inside_values(factor: Mapping[str, Any], low: float, high: float) -> list[Any]:
    """Return those of a factor's listed values that lie within limits; none of a range."""
    values = factor.get("values", [])
    return [value for place, value in enumerate(values) if low <= place <= high]


def _plain(number: float) -> float:
    return float(f"{number:.6g}") + 0.0


def said(findings: Sequence[Finding], made: Mapping[str, Any]) -> Iterator[tuple[str, Table]]:
    """Yield name and rows of every table of an analysis."""
    yield "indices", index_rows(findings)
    yield "settling", settling_rows(findings)
    yield "boxes", box_rows(findings, made)
    yield "trade-off", step_rows(findings, made)
