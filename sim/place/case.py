"""A place and a date: its areas, observations, assumptions and targets, with their sources."""

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pydantic
from pydantic import Field

from sim.arrays import Array
from sim.faults import Fault, InputFaults, from_pydantic, near, refuse, shown
from sim.indicators import INDICATORS
from sim.place.assumptions import Assumption, Confidence, load_assumptions
from sim.place.targets import Target, TargetSet
from sim.reading import Record, read_rows, read_toml

Day = date  # a field called date would hide the type
Text = Annotated[str, Field(min_length=1)]

SERIES = (*INDICATORS, "uncovered_villages", "fixed_broadband")
SCALE: Mapping[str, float] = {"%": 0.01, "per 100": 0.01, "villages": 1.0}
UNITS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(INDICATORS, ("%",)),
    "mobile_broadband": ("per 100",),
    "fixed_broadband": ("per 100",),
    "uncovered_villages": ("villages",),
}
MOST: Mapping[str, float] = {"mobile_broadband": 3, "fixed_broadband": 1, "uncovered_villages": 1e6}
SUMMED = ("population", "households", "villages")
TOLERANCE = 0.01


class Names(Record):
    """A name in each language."""

    vi: Text
    en: Text


class Area(Record):
    """One row of `areas.csv`, without the columns that a case may add."""

    code: Text
    name_vi: Text
    name_en: Text
    region: str = ""
    upland: Literal[0, 1]
    population: Annotated[float, Field(gt=0)]
    households: Annotated[float, Field(gt=0)]
    villages: Annotated[float, Field(ge=0)]
    communes: Annotated[float, Field(ge=0)]
    urban_share: Annotated[float, Field(ge=0, le=1)]
    area_km2: Annotated[float, Field(gt=0)]
    papi_internet_2020: float | None = None
    tile_column: Annotated[int, Field(ge=0)]
    tile_row: Annotated[int, Field(ge=0)]

    @pydantic.field_validator("upland", mode="before")
    @classmethod
    def _flag(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value in ("0", "1") else value

    def name(self) -> dict[str, str]:
        """Return the name by language."""
        return {"vi": self.name_vi, "en": self.name_en}


class Observation(Record):
    """One row of `observations.csv` or `outcomes.csv`; `value` is as printed, in `unit`."""

    date: Day
    indicator: Literal[SERIES]  # type: ignore[valid-type]
    area: Text
    value: Annotated[float, Field(ge=0)]
    unit: Literal["%", "per 100", "villages"]
    published: Day
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence
    note: str = ""

    @property
    def level(self) -> float:
        """The value as a fraction, per person, or a count."""
        return self.value * SCALE[self.unit]


class Quantity(Record):
    """A figure of the nation with its source."""

    value: Annotated[float, Field(gt=0)]
    unit: Text
    source: Annotated[str, Field(min_length=3)]
    published: date
    note: str = ""


class Column(Record):
    """Where a column of `areas.csv` comes from, and since when it is known."""

    unit: Text
    source: Annotated[str, Field(min_length=3)]
    published: date
    note: str = ""


class Reference(Record):
    """The place whose path a place without series of its own follows at a distance."""

    area: Text
    name: Names
    note: str = ""


class Head(Record):
    """The `[case]` table."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    name: Names
    vintage: date
    base_year: int
    horizon: date
    currency: Text
    nation: Text
    leaf: Names


class Nation(Record):
    """The `[nation]` table: the whole that the areas add up to."""

    population: Quantity
    households: Quantity
    villages: Quantity


class CaseFile(Record):
    """All of `case.toml`."""

    case: Head
    nation: Nation
    columns: dict[str, Column]
    reference: Reference | None = None


class TargetRow(Record):
    """One target of a set, in the unit its document uses."""

    indicator: Literal[INDICATORS]  # type: ignore[valid-type]
    at_least: Annotated[float, Field(gt=0)]
    unit: Literal["%", "per 100"]
    deadline: date
    note: str = ""


class TargetSetFile(Record):
    """One named set of targets."""

    name: Names
    source: Annotated[str, Field(min_length=3)]
    published: date
    note: str = ""
    targets: Annotated[tuple[TargetRow, ...], Field(min_length=1)]


class TargetsFile(Record):
    """All of `targets.toml`."""

    default: Text
    sets: dict[str, TargetSetFile]


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A place as it was known on its vintage day; made by `load_case`.

    Attributes:
        start: the last month's end on or before the vintage day: where a run begins.
        observations: only what was published by the vintage day.
        columns: the columns of `areas.csv` known by then, `[area]`, NaN where empty.
        hash: of everything above that a run may use, so equal knowledge gives equal hashes.
    """

    folder: Path
    head: Head
    nation: Nation
    start: date
    areas: tuple[Area, ...]
    columns: Mapping[str, Array]
    column_sources: Mapping[str, Column]
    observations: tuple[Observation, ...]
    assumptions: Mapping[str, Assumption]
    target_sets: Mapping[str, TargetSet]
    default_targets: str
    reference: str
    reference_name: Mapping[str, str] | None
    hash: str = ""

    def __eq__(self, other: object) -> bool:
        """Cases are equal when they know the same."""
        return isinstance(other, Case) and self.hash == other.hash

    def __hash__(self) -> int:
        """Return the hash of what the case knows, so that results can be kept by it."""
        return hash(self.hash)

    @property
    def codes(self) -> tuple[str, ...]:
        """The areas' codes, in the order of every array."""
        return tuple(area.code for area in self.areas)

    @property
    def population(self) -> float:
        """Inhabitants of all areas together."""
        return float(self.columns["population"].sum())

    @cached_property
    def months(self) -> tuple[date, ...]:
        """The last day of every month from the start to the horizon."""
        return tuple(month_ends(self.start, self.head.horizon))

    def series(self, indicator: str, area: str) -> list[Observation]:
        """Return an area's observations of an indicator by date, then by publication."""
        rows = [o for o in self.observations if (o.indicator, o.area) == (indicator, area)]
        return sorted(rows, key=lambda row: (row.date, row.published))


def month_end(year: int, month: int) -> date:
    """Return the last day of a month; months beyond 12 run into later years.

    >>> month_end(2021, 14)
    datetime.date(2022, 2, 28)
    """
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def month_ends(start: date, horizon: date) -> Iterator[date]:
    """Yield the month ends after a start, up to and with the horizon's month."""
    step = 1
    while (end := month_end(start.year, start.month + step)) <= horizon:
        yield end
        step += 1


def months_between(start: date, end: date) -> int:
    """Return how many month ends lie between two days, as a difference of their months."""
    return 12 * (end.year - start.year) + end.month - start.month


def load_case(folder: Path, *, vintage: date | None = None) -> Case:
    """Read a case folder as it was known on its vintage day.

    Args:
        folder: holds `case.toml`, `areas.csv`, `observations.csv`, `assumptions.csv`,
            `targets.toml` and, for scoring, `outcomes.csv`.
        vintage: another day to stand on, for back-tests; outcomes published by then
            count as observations.

    Raises:
        InputFaults: with every fault of every file.
    """
    if not folder.is_dir():
        raise InputFaults([Fault(str(folder), "", "a folder that is not there", "a case folder")])
    faults: list[Fault] = []
    file = _read(folder / "case.toml", CaseFile, faults)
    areas = _areas(folder / "areas.csv", faults)
    seen = _observations(folder / "observations.csv", faults)
    later = load_outcomes(folder, faults)
    assumptions = _gather(lambda: load_assumptions(folder / "assumptions.csv"), {}, faults)
    targets = _read(folder / "targets.toml", TargetsFile, faults)
    if not (folder / "baseline.toml").exists():
        file_ = str(folder / "baseline.toml")
        faults.append(Fault(file_, "", "a file that is not there", "the case's baseline"))
    if file is not None:
        faults += _check_head(folder, file, areas)
        faults += _check_observations(folder, file, areas, [*seen, *later])
    if targets is not None:
        faults += _check_targets(folder, targets, file)
    refuse(faults)
    assert file is not None
    assert targets is not None
    rows = [row for _, _, row in (*seen, *later)] if vintage else [row for _, _, row in seen]
    return _build(folder, file, areas, rows, assumptions, targets, vintage or file.case.vintage)


def load_outcomes(
    folder: Path, faults: list[Fault] | None = None
) -> list[tuple[Path, int, Observation]]:
    """Return what was published after the vintage; for scoring only, never for a run."""
    path = folder / "outcomes.csv"
    if not path.exists():
        return []
    met: list[Fault] = []
    rows = _observations(path, met)
    if faults is None:
        refuse(met)
    else:
        faults += met
    return rows


def _gather(load: Any, empty: Any, faults: list[Fault]) -> Any:
    try:
        found, met = load()
    except InputFaults as error:
        faults += error.faults
        return empty
    faults += met
    return found


def _read(path: Path, kind: type[Any], faults: list[Fault]) -> Any:
    try:
        entries = read_toml(path)
        return kind.model_validate(entries, strict=False)
    except InputFaults as error:
        faults += error.faults
    except pydantic.ValidationError as error:
        faults += from_pydantic(error, file=str(path), known=_field_names(kind))
    return None


def _field_names(kind: type[pydantic.BaseModel]) -> set[str]:
    definitions = kind.model_json_schema().get("$defs", {}).values()
    nested = {name for each in definitions for name in each.get("properties", {})}
    return nested | set(kind.model_fields)


_MAY_LACK = ("region", "papi_internet_2020")


def _areas(path: Path, faults: list[Fault]) -> tuple[Area, ...]:
    rows = _gather(lambda: read_rows(path, Area, optional=_MAY_LACK), [], faults)
    seen: dict[str, int] = {}
    tiles: dict[tuple[int, int], str] = {}
    for line, area in rows:
        if area.code in seen:
            given = f"code {area.code} again (first on line {seen[area.code]})"
            faults.append(Fault(str(path), f"line {line}", given, "each area once"))
        tile = (area.tile_column, area.tile_row)
        if tile in tiles and area.code not in seen:
            given = f"tile {tile}, where {tiles[tile]} stands"
            faults.append(Fault(str(path), f"line {line}", given, "a tile of its own"))
        seen.setdefault(area.code, line)
        tiles.setdefault(tile, area.code)
    return tuple(area for _, area in rows)


def _observations(path: Path, faults: list[Fault]) -> list[tuple[Path, int, Observation]]:
    rows = _gather(lambda: read_rows(path, Observation, optional=("note",)), [], faults)
    return [(path, line, row) for line, row in rows]


def _check_head(folder: Path, file: CaseFile, areas: tuple[Area, ...]) -> list[Fault]:
    name, head = str(folder / "case.toml"), file.case
    faults = []
    if head.horizon <= head.vintage:
        given = f"{head.horizon}, not after the vintage {head.vintage}"
        faults.append(Fault(name, "case.horizon", given, "a later day"))
    for column in file.columns:
        if column not in Area.model_fields:
            wanted = "no such column; " + near(column, Area.model_fields)
            faults.append(Fault(name, f"columns.{column}", shown(column), wanted))
    if not areas:
        return faults
    for column in SUMMED:
        whole, total = getattr(file.nation, column).value, sum(getattr(a, column) for a in areas)
        if abs(total / whole - 1) > TOLERANCE:
            given = f"areas add up to {total:,.0f} {column}"
            wanted = f"{whole:,.0f} of the nation in case.toml, within {TOLERANCE:.0%}"
            faults.append(Fault(str(folder / "areas.csv"), f"column {column}", given, wanted))
    return faults


def _check_observations(
    folder: Path,
    file: CaseFile,
    areas: tuple[Area, ...],
    rows: list[tuple[Path, int, Observation]],
) -> list[Fault]:
    known = {area.code for area in areas}
    if known:  # else areas.csv has faults of its own, and every code would seem unknown
        known |= {file.case.nation, *([file.reference.area] if file.reference else [])}
    faults: list[Fault] = []
    seen: dict[tuple[object, ...], str] = {}
    for path, line, row in rows:
        for given, wanted in _row_faults(row, known, file.case, path.name == "outcomes.csv"):
            faults.append(Fault(str(path), f"line {line}", given, wanted))
        key = (row.date, row.indicator, row.area, row.published, row.source, row.value)
        if key in seen:
            given = f"the row of {seen[key]} again"
            faults.append(Fault(str(path), f"line {line}", given, "each observation once"))
        seen.setdefault(key, f"{path.name} line {line}")
    return faults


def _row_faults(
    row: Observation, known: set[str], head: Head, outcome: bool
) -> Iterator[tuple[str, str]]:
    if known and row.area not in known:
        yield f"area {row.area!r}", "an area of areas.csv; " + near(row.area, known)
    if row.unit not in UNITS[row.indicator]:
        yield f"unit {row.unit!r} for {row.indicator}", " or ".join(UNITS[row.indicator])
    elif row.level > MOST.get(row.indicator, 1):
        most = MOST.get(row.indicator, 1) / SCALE[row.unit]
        yield f"{row.value:g} {row.unit}", f"at most {most:g} {row.unit}"
    if row.published < row.date and row.note == "":
        yield f"published {row.published} before its date {row.date}", "a note that says why"
    if row.date > head.horizon:
        yield f"date {row.date}", f"a day by the horizon {head.horizon}"
    if outcome and row.published <= head.vintage:
        yield f"published {row.published}", f"observations.csv, being known by {head.vintage}"


def _check_targets(folder: Path, file: TargetsFile, case: CaseFile | None) -> list[Fault]:
    name = str(folder / "targets.toml")
    faults = []
    if file.default not in file.sets:
        faults.append(Fault(name, "default", shown(file.default), near(file.default, file.sets)))
    for key, entry in file.sets.items():
        for index, row in enumerate(entry.targets):
            place = f"sets.{key}.targets.{index}"
            if row.at_least * SCALE[row.unit] > MOST.get(row.indicator, 1):
                faults.append(Fault(name, place, f"{row.at_least:g} {row.unit}", "at most 100 %"))
            if row.unit not in UNITS[row.indicator]:
                wanted = " or ".join(UNITS[row.indicator])
                faults.append(Fault(name, place, f"unit {row.unit!r}", wanted))
            if case is not None and not case.case.vintage < row.deadline <= case.case.horizon:
                wanted = f"a day after {case.case.vintage} and by {case.case.horizon}"
                faults.append(Fault(name, place, f"deadline {row.deadline}", wanted))
    return faults


def _build(
    folder: Path,
    file: CaseFile,
    areas: tuple[Area, ...],
    rows: list[Observation],
    assumptions: Mapping[str, Assumption],
    targets: TargetsFile,
    vintage: date,
) -> Case:
    head = file.case.model_copy(update={"vintage": vintage})
    this_month = month_end(vintage.year, vintage.month)
    known = [name for name, column in file.columns.items() if column.published <= vintage]
    observations = tuple(row for row in rows if row.published <= vintage)
    case = Case(
        folder=folder,
        head=head,
        nation=file.nation,
        start=this_month if this_month == vintage else month_end(vintage.year, vintage.month - 1),
        areas=areas,
        columns={name: _column(areas, name) for name in sorted({*known, *SUMMED, "upland"})},
        column_sources=file.columns,
        observations=observations,
        assumptions=assumptions,
        target_sets={key: _target_set(key, entry) for key, entry in targets.sets.items()},
        default_targets=targets.default,
        reference=file.reference.area if file.reference else file.case.nation,
        reference_name=file.reference.name.model_dump() if file.reference else None,
    )
    return replace(case, hash=_fingerprint(case))


def _column(areas: tuple[Area, ...], name: str) -> Array:
    values = [getattr(area, name) for area in areas]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _target_set(key: str, entry: TargetSetFile) -> TargetSet:
    targets = tuple(
        Target(
            indicator=row.indicator,
            at_least=row.at_least * SCALE[row.unit],
            deadline=row.deadline,
            note=row.note,
        )
        for row in entry.targets
    )
    return TargetSet(
        id=key,
        name=entry.name.model_dump(),
        source=entry.source,
        published=entry.published,
        targets=targets,
    )


def _fingerprint(case: Case) -> str:
    content = {
        "head": case.head.model_dump(mode="json"),
        "nation": case.nation.model_dump(mode="json"),
        "areas": [(area.code, area.name_vi, area.name_en) for area in case.areas],
        "columns": {name: values.tolist() for name, values in case.columns.items()},
        "observations": [row.model_dump(mode="json") for row in case.observations],
        "assumptions": [row.model_dump(mode="json") for row in case.assumptions.values()],
        "reference": case.reference,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
