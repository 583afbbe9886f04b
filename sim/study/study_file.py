"""A study's file: read, checked with its case, scenarios and points, and made a value.

A factor is a lever with a range or a list of values, or an assumption held at one value
at each point: in its own range and distribution if the file says nothing else.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import Field

from sim.ask.answers import Question
from sim.faults import Fault, InputFaults, from_pydantic, near, refuse, shown, told, unfit
from sim.numbers import MOST_REPLICATES, MOST_SEED, SEED
from sim.place.assumptions import needs
from sim.place.case import Case, load_case
from sim.place.levers import Setting
from sim.place.scenario import Scenario, load_scenario
from sim.place.targets import TargetSet
from sim.reading import Record, read_toml
from sim.study.chunks import columns
from sim.study.designs import Design
from sim.study.outcomes import Own, load_own
from sim.study.points import check_points, columns_of, exact, read_points, wanted_of
from sim.study.study import BANDS, CHUNK, MOST_POINTS, Factor, Monthly, Point, Study


class StudyHead(Record):
    """The `[study]` table."""

    case: Annotated[str, Field(min_length=1)]
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)] = ("baseline",)
    targets: str | None = None
    replicates: Annotated[int, Field(ge=1, le=MOST_REPLICATES, strict=True)] = 100
    seed: Annotated[int, Field(ge=0, le=MOST_SEED, strict=True)] = SEED
    chunk: Annotated[int, Field(ge=1, le=100_000, strict=True)] = CHUNK


class DesignRow(Record):
    """The `[design]` table."""

    kind: Literal["grid", "latin_hypercube", "sobol", "saltelli", "morris", "csv"]
    samples: Annotated[int, Field(ge=1, le=MOST_POINTS, strict=True)] | None = None
    seed: Annotated[int, Field(ge=0, le=MOST_SEED, strict=True)] = 1
    second_order: Annotated[bool, Field(strict=True)] = False
    file: str | None = None


class FactorRow(Record):
    """One factor: from low to high, or one of some values."""

    low: Annotated[float, Field(strict=True)] | None = None
    high: Annotated[float, Field(strict=True)] | None = None
    steps: Annotated[int, Field(ge=1, strict=True)] | None = None
    values: tuple[float | int | str, ...] | None = None
    group: Annotated[str, Field(pattern=r"^\w[\w -]{0,39}$")] | None = None


GROUPED = ("saltelli", "morris")  # designs whose factors may move together
Level = Annotated[float, Field(ge=0, le=1, strict=True)]


class Outputs(Record):
    """The `[outputs]` table: verdicts always, the rest on request."""

    monthly: Monthly = "none"
    quantiles: Annotated[tuple[Level, ...], Field(min_length=1, max_length=99)] = BANDS
    draws: Monthly = "none"
    outcomes: str | None = None

    @pydantic.field_validator("quantiles")
    @classmethod
    def _rising(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if sorted(set(levels)) != list(levels):
            raise unfit("quantiles that rise, such as 0.1, 0.5, 0.9")
        return levels


class StudyFile(Record):
    """All of a study file."""

    study: StudyHead
    design: DesignRow
    factors: dict[str, FactorRow] = Field(default_factory=dict)
    outputs: Outputs = Field(default_factory=Outputs)


def load_study(path: Path) -> Study:
    """Read a study file; paths in it are from its own folder.

    Raises:
        InputFaults: with every fault of the file, its case, scenarios and points.
    """
    entries = read_toml(path)
    try:
        file = StudyFile.model_validate(entries)
    except pydantic.ValidationError as error:
        raise InputFaults(from_pydantic(error, file=str(path), known=_KNOWN)) from None
    case = load_case(path.parent / file.study.case)
    faults: list[Fault] = []
    scenarios = _scenarios(path, case, file.study.scenarios, faults)
    factors = _factors(path, case, file, faults)
    given = _given(path, case, file, faults)
    design = _design(path, file, factors, faults)
    targets = file.study.targets or case.default_targets
    if targets not in case.target_sets:
        wanted = near(targets, case.target_sets)
        faults.append(Fault(str(path), "study.targets", shown(targets), wanted))
        refuse(faults)
    chosen = case.target_sets[targets]
    named = [factor.name for factor in factors] or [name for point in given[:1] for name in point]
    own = _own(path, file, Question(case=case, targets=chosen), named, faults)
    refuse(faults)
    return Study(
        id=path.stem,
        case=case,
        scenarios=scenarios,
        targets=chosen,
        factors=factors or columns_of(case, given),
        design=design,
        given=given,
        replicates=file.study.replicates,
        seed=file.study.seed,
        monthly=file.outputs.monthly,
        quantiles=file.outputs.quantiles,
        draws=file.outputs.draws,
        own=own,
        chunk=file.study.chunk,
    )


_KNOWN = [
    name
    for kind in (StudyFile, StudyHead, DesignRow, FactorRow, Outputs)
    for name in kind.model_fields
]


def _own(
    path: Path, file: StudyFile, question: Question, named: Sequence[str], faults: list[Fault]
) -> Own | None:
    if file.outputs.outcomes is None:
        return None
    taken = dict.fromkeys(
        ("scenario", "point", *columns(question.targets, question.case.head.currency)), "verdicts"
    )
    taken |= dict.fromkeys(named, "factors")
    try:
        return load_own(file.outputs.outcomes, path, question, taken)
    except InputFaults as error:
        faults += error.faults
        return None


def _scenarios(
    path: Path, case: Case, names: Sequence[str], faults: list[Fault]
) -> tuple[Scenario, ...]:
    found = []
    for name in names:
        own = case.folder / f"{name}.toml"
        try:
            found.append(load_scenario(case, path.parent / name if name.endswith(".toml") else own))
        except InputFaults as error:
            faults += error.faults
    twice = sorted({name for name in names if names.count(name) > 1})
    faults += [
        Fault(str(path), "study.scenarios", told("{name} again", name=n), told("each once"))
        for n in twice
    ]
    return tuple(found)


def _factors(path: Path, case: Case, file: StudyFile, faults: list[Fault]) -> tuple[Factor, ...]:
    if file.design.kind == "csv":
        if file.factors:
            given = told("factors beside a CSV of points")
            faults.append(Fault(str(path), "factors", given, told("only its own columns")))
        return ()
    if not file.factors:
        faults.append(Fault(str(path), "factors", told("nothing"), told("at least one factor")))
    found = []
    for name, row in file.factors.items():
        met = [
            Fault(str(path), f"factors.{name}" + spot, given, wanted)
            for spot, given, wanted in _factor_faults(case, name, row, file.design.kind)
        ]
        faults += met
        if not met:
            found.append(_factor(case, name, row))
    return tuple(sorted(found, key=lambda factor: _dearness(case, factor.name)))


def _dearness(case: Case, name: str) -> tuple[int, int]:
    """Return where a factor stands: what is dear first, then by the tables, not by the file."""
    if name in needs():
        return 0, list(needs()).index(name)
    return 1 if case.levers[name].side == "supply" else 2, list(case.levers).index(name)


def _factor(case: Case, name: str, row: FactorRow) -> Factor:
    lever = case.levers.get(name)
    if row.values is not None:
        values = tuple(exact(case, name, value) for value in row.values)
        return Factor(name=name, values=values, choices=tuple(lever.choices) if lever else ())
    if row.low is None or row.high is None:
        return Factor(name=name, own=case.assumptions[name], steps=row.steps)
    return Factor(
        name=name, low=row.low, high=row.high, steps=row.steps, whole=bool(lever and lever.whole)
    )


def _factor_faults(
    case: Case, name: str, row: FactorRow, kind: str
) -> Iterator[tuple[str, str, str]]:
    """Yield place, what was given and what would do, for everything wrong with a factor."""
    known = [*case.levers, *case.assumptions]
    if name not in known:
        yield "", shown(name), told("a lever or an assumption; {hint}", hint=near(name, known))
        return
    ranged = row.low is not None or row.high is not None
    if row.values is not None:
        if ranged or row.steps is not None:
            yield "", told("both values and a range"), told("one of the two")
        yield from _value_faults(case, name, row.values)
    elif ranged:
        yield from _range_faults(case, name, row)
    elif name not in needs():
        yield "", told("neither a range nor values"), told("low and high, or values")
    if kind == "grid" and row.values is None and row.steps is None:
        yield "", told("no number of steps"), told("steps, how many values the grid takes")
    if row.group is not None:
        yield from _group_faults(row.group, known, kind)


def _group_faults(group: str, known: Sequence[str], kind: str) -> Iterator[tuple[str, str, str]]:
    if kind not in GROUPED:
        wanted = told("no groups; only saltelli and morris designs have them")
        yield ".group", shown(group), wanted
    elif group in known:
        yield ".group", shown(group), told("a name that no lever or assumption has")


def _value_faults(
    case: Case, name: str, values: Sequence[Setting]
) -> Iterator[tuple[str, str, str]]:
    if not values:
        yield ".values", told("an empty list"), told("at least one value")
    for value in values:
        wanted = wanted_of(case, name, value)
        if wanted:
            yield ".values", shown(value), wanted
    for value in dict.fromkeys(values):
        if values.count(value) > 1:
            yield ".values", told("{value} again", value=shown(value)), told("each value once")


def _range_faults(case: Case, name: str, row: FactorRow) -> Iterator[tuple[str, str, str]]:
    choices = case.levers[name].choices if name in case.levers else {}
    if choices:
        yield "", told("a range"), told("values, some of {names}", names=", ".join(choices))
        return
    for end, value in (("low", row.low), ("high", row.high)):
        if value is None:
            yield f".{end}", told("nothing"), told("both ends of the range")
        elif wanted := wanted_of(case, name, value):
            yield f".{end}", shown(value), wanted
    if row.low is not None and row.high is not None and row.low >= row.high:
        yield (
            "",
            told("an empty range, {low:g} to {high:g}", low=row.low, high=row.high),
            told("a low below the high"),
        )


def _design(
    path: Path, file: StudyFile, factors: Sequence[Factor], faults: list[Fault]
) -> Design | None:
    asked = file.design
    if asked.kind == "csv":
        return None
    alone = not any(row.group for row in file.factors.values())
    groups = () if alone else tuple(file.factors[f.name].group or f.name for f in factors)
    moved = len(set(groups)) or len(factors)
    faults += [Fault(str(path), *fault) for fault in _design_faults(asked, moved)]
    if faults:
        return None
    steps = tuple(factor.count or 1 for factor in factors) if asked.kind == "grid" else ()
    design = Design(
        kind=asked.kind,
        dimensions=len(factors),
        samples=asked.samples or 1,
        seed=asked.seed,
        steps=steps,
        groups=groups,
        second_order=asked.second_order,
    )
    if design.size > MOST_POINTS:
        wanted = told("at most {most:,} points", most=MOST_POINTS)
        faults.append(
            Fault(str(path), "design", told("{count:,} points", count=design.size), wanted)
        )
    return design


def _design_faults(asked: DesignRow, moved: int) -> Iterator[tuple[str, str, str]]:
    if asked.file is not None:
        yield "design.file", shown(asked.file), told('no file, or kind = "csv"')
    if asked.kind == "grid":
        if asked.samples is not None:
            yield "design.samples", str(asked.samples), told("none: a grid's factors have steps")
    elif asked.samples is None:
        yield "design.samples", told("nothing"), told("how many samples")
    elif asked.kind == "saltelli" and asked.samples & (asked.samples - 1):
        wanted = told("a power of two, such as {value}", value=2 ** asked.samples.bit_length())
        yield "design.samples", str(asked.samples), wanted
    if asked.second_order and asked.kind != "saltelli":
        yield "design.second_order", "true", told('false, or kind = "saltelli"')
    if moved < 2 and (asked.kind == "morris" or asked.second_order):
        kind = "morris" if asked.kind == "morris" else "second_order"
        given = told("{kind} with fewer than two factors", kind=kind)
        yield "design", given, told("at least two factors or groups that move independently")


def _given(path: Path, case: Case, file: StudyFile, faults: list[Fault]) -> tuple[Point, ...]:
    if file.design.kind != "csv":
        return ()
    if file.design.samples is not None:
        given, wanted = str(file.design.samples), told("none: the points are in the file")
        faults.append(Fault(str(path), "design.samples", given, wanted))
    if file.design.file is None:
        faults.append(Fault(str(path), "design.file", told("nothing"), told("the CSV of points")))
        return ()
    try:
        return read_points(path.parent / file.design.file, case)
    except InputFaults as error:
        faults += error.faults
        return ()


def given_study(
    case: Case,
    scenario: Scenario,
    points: Sequence[Point],
    *,
    targets: TargetSet | None = None,
    replicates: int = 100,
    seed: int = SEED,
    monthly: Monthly = "none",
    chunk: int = CHUNK,
) -> Study:
    """Return a study of points given one by one; raises `InputFaults` with every fault."""
    head = list(points[0]) if points else []
    if not points:
        refuse([Fault("points", "", told("no points"), told("at least one"))])
    rows = [(f"point {place}", point) for place, point in enumerate(points)]
    uneven = [
        Fault("points", where, told("other columns"), ", ".join(head))
        for where, point in rows
        if list(point) != head
    ]
    refuse(uneven)
    checked = check_points(case, head, rows, file="points")
    return Study(
        id="points",
        case=case,
        scenarios=(scenario,),
        targets=targets or case.target_sets[case.default_targets],
        factors=columns_of(case, checked),
        design=None,
        given=checked,
        replicates=replicates,
        seed=seed,
        monthly=monthly,
        chunk=chunk,
    )
