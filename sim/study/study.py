"""A study: a place, base scenarios, factors and a design, read from one checked file.

A factor is a lever with a range or a list of values, or an assumption held at one value
at each point: in its own range and distribution if the file says nothing else.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pydantic
from pydantic import Field

from sim.faults import Fault, InputFaults, from_pydantic, near, refuse, shown
from sim.numbers import MOST_REPLICATES, MOST_SEED, SEED, ten_digits
from sim.place.assumptions import NEEDED, Assumption
from sim.place.case import Case, load_case
from sim.place.levers import BY_NAME, PRIORITIES, SUPPLY, bounds
from sim.place.scenario import Scenario, Setting, load_baseline, load_scenario
from sim.place.targets import TargetSet
from sim.reading import Record, read_text, read_toml
from sim.study.designs import Design

Point = Mapping[str, Setting]
Monthly = Literal["none", "nation", "area"]

CHUNK = 32  # points computed and kept together, unless the file says otherwise
MOST_POINTS = 10**9


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
    file: str | None = None


class FactorRow(Record):
    """One factor: from low to high, or one of some values."""

    low: Annotated[float, Field(strict=True)] | None = None
    high: Annotated[float, Field(strict=True)] | None = None
    steps: Annotated[int, Field(ge=1, strict=True)] | None = None
    values: tuple[float | int | str, ...] | None = None


class Outputs(Record):
    """The `[outputs]` table: verdicts always, quantiles by month on request."""

    monthly: Monthly = "none"


class StudyFile(Record):
    """All of a study file."""

    study: StudyHead
    design: DesignRow
    factors: dict[str, FactorRow] = Field(default_factory=dict)
    outputs: Outputs = Field(default_factory=Outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What a study varies, and over which values.

    Attributes:
        name: of a lever or an assumption.
        low, high: the range, if it has one.
        values: the list, if it has one.
        steps: how many values a grid takes of a range.
        whole: whether only whole numbers make sense.
        own: the assumption whose own distribution it takes, if it has neither.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    values: tuple[Setting, ...] = ()
    steps: int | None = None
    whole: bool = False
    own: Assumption | None = None

    @property
    def count(self) -> int | None:
        """How many values a grid takes; None where a range does not say."""
        return len(self.values) if self.values else self.steps

    def at(self, share: float, *, grid: bool = False) -> Setting:
        """Return the value at a place of the unit interval, to ten digits.

        Args:
            share: 0 to 1.
            grid: whether the place is a grid's node, 0 and 1 being the ends, rather than
                drawn evenly from the interval.
        """
        if self.values:
            count = len(self.values)
            place = round(share * (count - 1)) if grid else min(int(share * count), count - 1)
            return self.values[place]
        if self.own is not None:
            return ten_digits(float(self.own.quantile(np.array([share]))[0]))
        if self.whole:
            span = self.high - self.low
            inner = share * span + 0.5 if grid else share * (span + 1)
            return int(min(self.low + inner, self.high))
        return ten_digits(self.low + share * (self.high - self.low))

    def number(self, setting: Setting) -> float:
        """Return a value as a number; a name is its place in the list."""
        if isinstance(setting, str):
            return float(PRIORITIES.index(setting))
        return float(setting)

    def described(self) -> dict[str, Any]:
        """Return the factor as plain values for a file."""
        if self.values:
            return {"name": self.name, "values": list(self.values)}
        if self.own is not None:
            row = self.own
            return {"name": self.name, "low": row.low, "central": row.central, "high": row.high,
                    "distribution": row.distribution}  # fmt: skip
        return {"name": self.name, "low": self.low, "high": self.high}


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """What is to be computed: every base scenario at every point.

    Attributes:
        id: the file's name without its ending.
        baseline: the case's baseline, which every run is set against.
        scenarios: the base scenarios; a point's levers replace theirs.
        factors: assumptions first, then supply levers, then demand levers, so that
            neighbours of a grid share what is dear to compute.
        design: where the points lie; None where they are given one by one.
        given: the points of a table, if they are given.
        monthly: whether quantiles by month are kept, for the nation or for each area.
        chunk: points computed and kept together.
    """

    id: str
    case: Case
    baseline: Scenario
    scenarios: tuple[Scenario, ...]
    targets: TargetSet
    factors: tuple[Factor, ...]
    design: Design | None
    given: tuple[Point, ...] = ()
    replicates: int = 100
    seed: int = SEED
    monthly: Monthly = "none"
    chunk: int = CHUNK

    @property
    def size(self) -> int:
        """How many points there are, of one base scenario."""
        return len(self.given) if self.design is None else self.design.size

    @property
    def runs(self) -> int:
        """How many runs there are: points times base scenarios."""
        return self.size * len(self.scenarios)

    @cached_property
    def step(self) -> int:
        """Points a chunk, rounded up so that rows that belong together stay together."""
        group = 1 if self.design is None else self.design.group
        return -(-self.chunk // group) * group

    def points(self, start: int, stop: int) -> list[Point]:
        """Return the points from `start` up to, not with, `stop`."""
        if self.design is None:
            return list(self.given[start:stop])
        grid = self.design.kind == "grid"
        return [
            {
                factor.name: factor.at(float(share), grid=grid)
                for factor, share in zip(self.factors, row, strict=True)
            }
            for row in self.design.rows(start, stop)
        ]

    def pieces(self) -> Iterator[tuple[Scenario, int, int]]:
        """Yield base scenario, first point and end of every chunk, in order."""
        for scenario in self.scenarios:
            for start in range(0, self.size, self.step):
                yield scenario, start, min(start + self.step, self.size)

    def described(self) -> dict[str, Any]:
        """Return the study as plain values: what its table was made from."""
        return {
            "study": self.id,
            "case": self.case.head.id,
            "case_hash": self.case.hash,
            "targets": self.targets.id,
            "scenario_hashes": {scenario.id: scenario.hash for scenario in self.scenarios},
            "seed": self.seed,
            "replicates": self.replicates,
            "monthly": self.monthly,
            "chunk": self.step,
            "points": self.size,
            "design": _described(self.design),
            "factors": [{**factor.described(), **self._meaning(factor)} for factor in self.factors],
            "points_hash": self._given_hash(),
        }

    def _meaning(self, factor: Factor) -> dict[str, dict[str, str]]:
        row = self.case.assumptions.get(factor.name)
        return {"meaning": {"vi": row.meaning_vi, "en": row.meaning_en}} if row else {}

    def _given_hash(self) -> str:
        rows = json.dumps([dict(point) for point in self.given])
        return hashlib.sha256(rows.encode()).hexdigest() if self.given else ""


def _described(design: Design | None) -> dict[str, Any]:
    if design is None:
        return {"kind": "csv"}
    return {"kind": design.kind, "samples": design.samples, "seed": design.seed,
            "steps": list(design.steps)}  # fmt: skip


def assuming(case: Case, fixed: Mapping[str, float]) -> Case:
    """Return a case some of whose assumptions are held at one value; itself if none is.

    The new case's hash is of the old one's and of the values, so equal knowledge still
    gives equal hashes.

    Raises:
        KeyError: the case has no such assumption.
    """
    if not fixed:
        return case
    rows = dict(case.assumptions)
    for name, value in fixed.items():
        held = {"low": value, "central": value, "high": value, "distribution": "fixed"}
        rows[name] = rows[name].model_copy(update=held)
    text = case.hash + json.dumps(sorted((name, float(value)) for name, value in fixed.items()))
    return replace(case, assumptions=rows, hash=hashlib.sha256(text.encode()).hexdigest())


def split(point: Point) -> tuple[dict[str, float], dict[str, Setting]]:
    """Return a point's assumptions and its levers."""
    fixed = {name: float(value) for name, value in point.items() if name in NEEDED}
    return fixed, {name: value for name, value in point.items() if name not in NEEDED}


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
    return Study(
        id=path.stem,
        case=case,
        baseline=load_baseline(case),
        scenarios=scenarios,
        targets=case.target_sets[targets],
        factors=factors or _columns(case, given),
        design=design,
        given=given,
        replicates=file.study.replicates,
        seed=file.study.seed,
        monthly=file.outputs.monthly,
        chunk=file.study.chunk,
    )


_KNOWN = [
    name
    for kind in (StudyFile, StudyHead, DesignRow, FactorRow, Outputs)
    for name in kind.model_fields
]


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
    faults += [Fault(str(path), "study.scenarios", f"{n} again", "each once") for n in twice]
    return tuple(found)


def _factors(path: Path, case: Case, file: StudyFile, faults: list[Fault]) -> tuple[Factor, ...]:
    if file.design.kind == "csv":
        if file.factors:
            faults.append(Fault(str(path), "factors", "factors beside a CSV of points",
                                "its columns alone"))  # fmt: skip
        return ()
    if not file.factors:
        faults.append(Fault(str(path), "factors", "nothing", "at least one factor"))
    found = []
    for name, row in file.factors.items():
        met = [
            Fault(str(path), f"factors.{name}" + spot, given, wanted)
            for spot, given, wanted in _factor_faults(case, name, row, file.design.kind)
        ]
        faults += met
        if not met:
            found.append(_factor(case, name, row))
    return tuple(sorted(found, key=lambda factor: _dearness(factor.name)))


def _dearness(name: str) -> int:
    return 0 if name in NEEDED else 1 if name in SUPPLY else 2


def _factor(case: Case, name: str, row: FactorRow) -> Factor:
    whole = name in BY_NAME and BY_NAME[name].whole
    if row.values is not None:
        return Factor(name=name, values=tuple(_exact(name, value) for value in row.values))
    if row.low is None or row.high is None:
        return Factor(name=name, own=case.assumptions[name], steps=row.steps)
    return Factor(name=name, low=row.low, high=row.high, steps=row.steps, whole=whole)


def _exact(name: str, value: Setting) -> Setting:
    """Return a value as a scenario holds it: whole, a float, or a name."""
    if isinstance(value, str):
        return value
    return int(value) if name in BY_NAME and BY_NAME[name].whole else ten_digits(float(value))


def _factor_faults(
    case: Case, name: str, row: FactorRow, kind: str
) -> Iterator[tuple[str, str, str]]:
    """Yield place, what was given and what would do, for everything wrong with a factor."""
    known = [*BY_NAME, "priority", *case.assumptions]
    if name not in known:
        yield "", shown(name), "a lever or an assumption; " + near(name, known)
        return
    ranged = row.low is not None or row.high is not None
    if row.values is not None:
        if ranged or row.steps is not None:
            yield "", "values beside a range", "one of the two"
        yield from _value_faults(case, name, row.values)
    elif ranged:
        yield from _range_faults(case, name, row)
    elif name not in NEEDED:
        yield "", "neither a range nor values", "low and high, or values"
    if kind == "grid" and row.values is None and row.steps is None:
        yield "", "no number of steps", "steps, how many values the grid takes"


def _value_faults(
    case: Case, name: str, values: Sequence[Setting]
) -> Iterator[tuple[str, str, str]]:
    if not values:
        yield ".values", "an empty list", "at least one value"
    for value in values:
        wanted = _wanted(case, name, value)
        if wanted:
            yield ".values", shown(value), wanted
    for value in dict.fromkeys(values):
        if values.count(value) > 1:
            yield ".values", f"{shown(value)} again", "each value once"


def _range_faults(case: Case, name: str, row: FactorRow) -> Iterator[tuple[str, str, str]]:
    if name == "priority":
        yield "", "a range", "values, some of " + ", ".join(PRIORITIES)
        return
    for end, value in (("low", row.low), ("high", row.high)):
        if value is None:
            yield f".{end}", "nothing", "both ends of the range"
        elif wanted := _wanted(case, name, value):
            yield f".{end}", shown(value), wanted
    if row.low is not None and row.high is not None and row.low >= row.high:
        yield "", f"an empty range, {row.low:g} to {row.high:g}", "a low below the high"


def _wanted(case: Case, name: str, value: Setting) -> str:
    """Return what would do in place of a value; nothing if it will do."""
    if name == "priority":
        return "" if value in PRIORITIES else "one of " + ", ".join(PRIORITIES)
    if name in NEEDED:
        low, high, unit, whole = NEEDED[name].least, NEEDED[name].most, NEEDED[name].unit, False
    else:
        low, high = bounds(BY_NAME[name], case.population)
        unit, whole = BY_NAME[name].unit, BY_NAME[name].whole
    number = not isinstance(value, (str, bool)) and np.isfinite(value)
    if number and low <= float(value) <= high and (not whole or float(value).is_integer()):
        return ""
    return f"{'a whole number, ' if whole else ''}{low:,g} to {high:,g} {unit}"


def _design(
    path: Path, file: StudyFile, factors: Sequence[Factor], faults: list[Fault]
) -> Design | None:
    asked = file.design
    if asked.kind == "csv":
        return None
    faults += [Fault(str(path), *fault) for fault in _design_faults(asked, len(factors))]
    if faults:
        return None
    steps = tuple(factor.count or 1 for factor in factors) if asked.kind == "grid" else ()
    design = Design(
        kind=asked.kind,
        dimensions=len(factors),
        samples=asked.samples or 1,
        seed=asked.seed,
        steps=steps,
    )
    if design.size > MOST_POINTS:
        wanted = f"at most {MOST_POINTS:,} points"
        faults.append(Fault(str(path), "design", f"{design.size:,} points", wanted))
    return design


def _design_faults(asked: DesignRow, dimensions: int) -> Iterator[tuple[str, str, str]]:
    if asked.file is not None:
        yield "design.file", shown(asked.file), 'no file, or kind = "csv"'
    if asked.kind == "grid":
        if asked.samples is not None:
            yield "design.samples", str(asked.samples), "none: a grid's factors have steps"
    elif asked.samples is None:
        yield "design.samples", "nothing", "how many samples"
    elif asked.kind == "saltelli" and asked.samples & (asked.samples - 1):
        wanted = f"a power of two, such as {2 ** asked.samples.bit_length()}"
        yield "design.samples", str(asked.samples), wanted
    if asked.kind == "morris" and dimensions < 2:
        yield "design.kind", "morris with fewer than two factors", "two factors or more"


def _given(path: Path, case: Case, file: StudyFile, faults: list[Fault]) -> tuple[Point, ...]:
    if file.design.kind != "csv":
        return ()
    if file.design.samples is not None:
        faults.append(Fault(str(path), "design.samples", str(file.design.samples),
                            "none: the points are in the file"))  # fmt: skip
    if file.design.file is None:
        faults.append(Fault(str(path), "design.file", "nothing", "the CSV of points"))
        return ()
    try:
        return read_points(path.parent / file.design.file, case)
    except InputFaults as error:
        faults += error.faults
        return ()


def read_points(path: Path, case: Case) -> tuple[Point, ...]:
    """Read a CSV of points, a column a lever or assumption; raises `InputFaults` with all."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        place = f"line {reader.line_num}"
        raise InputFaults([Fault(str(path), place, str(error), "valid CSV")]) from None
    if len(lines) < 2:
        raise InputFaults([Fault(str(path), "", "no points", "a header and rows")])
    head = [cell.strip() for cell in lines[0][1]]
    rows = []
    faults: list[Fault] = []
    for line, cells in lines[1:]:
        if len(cells) != len(head):
            given, wanted = f"{len(cells)} cells", f"{len(head)} cells"
            faults.append(Fault(str(path), f"line {line}", given, wanted))
        else:
            rows.append((f"line {line}", dict(zip(head, map(_cell, cells), strict=True))))
    return check_points(case, head, rows, file=str(path), faults=faults)


def _cell(text: str) -> Setting:
    try:
        return float(text)
    except ValueError:
        return text.strip()


def check_points(
    case: Case,
    head: Sequence[str],
    rows: Sequence[tuple[str, Point]],
    *,
    file: str,
    faults: Sequence[Fault] = (),
) -> tuple[Point, ...]:
    """Return points as scenarios hold them; raises `InputFaults` with every fault.

    Args:
        case: gives the assumptions and the bounds of the levers.
        head: the columns.
        rows: where each point stands, and its values.
        file: what the points came from, for faults.
        faults: those met before.
    """
    known = [*BY_NAME, "priority", *case.assumptions]
    met = [
        Fault(file, "header", shown(name), "a lever or an assumption; " + near(name, known))
        for name in head
        if name not in known
    ]
    twice = sorted({name for name in head if head.count(name) > 1})
    met += [Fault(file, "header", f"{name} again", "each column once") for name in twice]
    good = [name for name in head if name in known]
    met += [
        Fault(file, f"{place}, {name}", shown(row[name]), wanted)
        for place, row in rows
        for name in good
        if (wanted := _wanted(case, name, row[name]))
    ]
    refuse([*faults, *met])
    return tuple({name: _exact(name, row[name]) for name in head} for _, row in rows)


def _columns(case: Case, points: Sequence[Point]) -> tuple[Factor, ...]:
    """Return the factors of given points: each column, over the values it takes."""
    found = []
    for name in points[0] if points else ():
        values = [point[name] for point in points]
        if any(isinstance(value, str) for value in values):
            found.append(Factor(name=name, values=tuple(dict.fromkeys(values))))
        else:
            numbers = [float(value) for value in values]
            found.append(Factor(name=name, low=min(numbers), high=max(numbers)))
    return tuple(found)


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
        refuse([Fault("points", "", "no points", "at least one")])
    rows = [(f"point {place}", point) for place, point in enumerate(points)]
    uneven = [
        Fault("points", where, "other columns", ", ".join(head))
        for where, point in rows
        if list(point) != head
    ]
    refuse(uneven)
    checked = check_points(case, head, rows, file="points")
    return Study(
        id="points",
        case=case,
        baseline=load_baseline(case),
        scenarios=(scenario,),
        targets=targets or case.target_sets[case.default_targets],
        factors=_columns(case, checked),
        design=None,
        given=checked,
        replicates=replicates,
        seed=seed,
        monthly=monthly,
        chunk=chunk,
    )
