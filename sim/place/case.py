"""A place and a date, as a value: what is known there, what may be set, what is asked."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pydantic

from sim.faults import Fault, InputFaults, from_pydantic, refuse, told
from sim.forecast import Array
from sim.indicators import FOLLOWED, SERIES
from sim.months import first_month_end, month_end, month_ends
from sim.place.assumptions import Assumption, load_assumptions
from sim.place.checks import (
    USED,
    check_events,
    check_frontier,
    check_head,
    check_observations,
    check_targets,
)
from sim.place.levers import Lever, levers_at, with_own
from sim.place.records import (
    Area,
    BackTest,
    CaseFile,
    Column,
    Head,
    Nation,
    Observation,
    Score,
    Season,
    TargetSetFile,
    TargetsFile,
    Year,
)
from sim.place.scenario import Scenario, read_scenario, scenario_model
from sim.place.targets import Target, TargetSet
from sim.reading import read_rows, read_toml

MOST_AREAS = 10_000
RESERVED = ("case.toml", "targets.toml")  # TOML files of a case that are no scenarios

Found = TypeVar("Found")
Entry = TypeVar("Entry", bound=pydantic.BaseModel)


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A place as it was known on its vintage day; made by `load_case`, and a value from then on.

    Attributes:
        folder: where it was read; for messages and to list its scenario files, nothing else.
        start: the last month's end on or before the vintage day: where a run begins.
        figures: every observation of its files, whenever published.
        outcomes: those of `outcomes.csv`: for scoring only, never for a run.
        observations: those of the figures that were published by the vintage day.
        columns: the columns of `areas.csv` known by then, `[area]`, NaN where empty.
        levers: what may be set here, and within which bounds.
        baseline: what every lever is if policy simply goes on.
        hash: of all that a run may use but the baseline, so equal knowledge gives equal hashes.
    """

    folder: Path
    head: Head
    nation: Nation
    start: date
    areas: tuple[Area, ...]
    columns: Mapping[str, Array]
    column_sources: Mapping[str, Column]
    figures: tuple[Observation, ...]
    outcomes: tuple[Observation, ...]
    observations: tuple[Observation, ...]
    assumptions: Mapping[str, Assumption]
    levers: Mapping[str, Lever]
    baseline: Scenario
    target_sets: Mapping[str, TargetSet]
    default_targets: str
    reference: str
    reference_name: Mapping[str, str] | None
    year: Year
    season: Season
    score: Score
    back_test: BackTest
    hash: str = ""

    @cached_property
    def identity(self) -> str:
        """A fingerprint of everything the case says; the folder does not matter."""
        calendar = (self.year, self.season, self.score, self.back_test)
        content = {
            "knowledge": self.hash,
            "areas": [area.model_dump() for area in self.areas],
            "baseline": asdict(self.baseline),
            "levers": {name: asdict(lever) for name, lever in self.levers.items()},
            "figures": [row.model_dump(mode="json") for row in self.figures],
            "outcomes": [row.model_dump(mode="json") for row in self.outcomes],
            "targets": {key: asdict(each) for key, each in self.target_sets.items()},
            "default": self.default_targets,
            "calendar": [row.model_dump(mode="json") for row in calendar],
        }
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def form(self) -> type[pydantic.BaseModel]:
        """The model of a scenario file of this place."""
        return scenario_model(self.levers, self.baseline.levers)

    def __getstate__(self) -> dict[str, object]:
        """Return what another process is given: all but the form, which it makes for itself."""
        return {name: value for name, value in vars(self).items() if name != "form"}

    def __eq__(self, other: object) -> bool:
        """Cases are equal when they say the same: knowledge, baseline, levers, targets."""
        return isinstance(other, Case) and self.identity == other.identity

    def __hash__(self) -> int:
        """Return the hash of what the case says."""
        return hash(self.identity)

    @property
    def codes(self) -> tuple[str, ...]:
        """The areas' codes, in the order of every array."""
        return tuple(area.code for area in self.areas)

    @property
    def followed(self) -> tuple[str, ...]:
        """The indicators whose path history gives: those of which figures were ever printed."""
        printed = {row.indicator for row in self.figures}
        return tuple(name for name in FOLLOWED if name in printed)

    @property
    def population(self) -> float:
        """Inhabitants of all areas together."""
        return float(self.columns["population"].sum())

    @cached_property
    def months(self) -> tuple[date, ...]:
        """The last day of every month from the start to the horizon."""
        return tuple(month_ends(self.start, self.head.horizon))

    def series(self, indicator: str, area: str) -> list[Observation]:
        """Return an area's observations of an indicator by date, publication, value."""
        rows = [o for o in self.observations if (o.indicator, o.area) == (indicator, area)]
        return sorted(rows, key=lambda row: (row.date, row.published, row.value, row.source))

    def as_of(self, day: date) -> "Case":
        """Return the place as it was known on another day, for back-tests.

        Outcomes published by then count as observations.
        """
        month = month_end(day.year, day.month)
        known = {name for name, column in self.column_sources.items() if column.published <= day}
        standing = replace(
            self,
            head=self.head.model_copy(update={"vintage": day}),
            start=month if month == day else month_end(day.year, day.month - 1),
            columns={n: _column(self.areas, n) for n in sorted({*known, *USED})},
            observations=tuple(row for row in self.figures if row.published <= day),
        )
        return replace(standing, hash=_fingerprint(standing))

    def assuming(self, fixed: Mapping[str, float]) -> "Case":
        """Return the case with some assumptions held at one value; itself if none is.

        The new case's hash is of the old one's and of the values, so equal knowledge still
        gives equal hashes.

        Raises:
            KeyError: the case has no such assumption.
        """
        if not fixed:
            return self
        rows = dict(self.assumptions)
        for name, value in fixed.items():
            held = {"low": value, "central": value, "high": value, "distribution": "fixed"}
            rows[name] = rows[name].model_copy(update=held)
        text = self.hash + json.dumps(sorted((name, float(v)) for name, v in fixed.items()))
        return replace(self, assumptions=rows, hash=hashlib.sha256(text.encode()).hexdigest())


def shipped(case: Case) -> list[Path]:
    """Return the case's scenario files, the baseline first, then by name."""
    paths = sorted(path for path in case.folder.glob("*.toml") if _may_be_a_plan(path))
    return sorted(paths, key=lambda path: path.name != "baseline.toml")


def _may_be_a_plan(path: Path) -> bool:
    """Return whether a file may be a scenario: no hidden file, none of the case's, no study."""
    if path.name.startswith(".") or path.name in RESERVED:
        return False
    try:
        return not {"study", "design"} <= read_toml(path).keys()
    except InputFaults:
        return True  # its faults are told by whoever reads it


def load_case(folder: Path, *, vintage: date | None = None) -> Case:
    """Read a case folder as it was known on its vintage day.

    Args:
        folder: holds `case.toml`, `areas.csv`, `observations.csv`, `assumptions.csv`,
            `targets.toml`, `baseline.toml` and perhaps `levers.csv` and `outcomes.csv`.
        vintage: another day to stand on, see `Case.as_of`.

    Raises:
        InputFaults: with every fault of every file.
    """
    if not folder.is_dir():
        raise InputFaults(
            [Fault(str(folder), "", told("a folder that is not there"), told("a case folder"))]
        )
    faults: list[Fault] = []
    file: CaseFile | None = _read(folder / "case.toml", CaseFile, faults)
    areas = _areas(folder / "areas.csv", faults)
    seen = _observations(folder / "observations.csv", faults)
    later = _observations(folder / "outcomes.csv", faults, optional=True)
    assumptions = _gather(lambda: load_assumptions(folder / "assumptions.csv"), faults) or {}
    targets: TargetsFile | None = _read(folder / "targets.toml", TargetsFile, faults)
    if file is not None:
        spoiled = any(fault.file == str(folder / "areas.csv") for fault in faults)
        faults += check_head(folder, file, () if spoiled else areas)
        faults += check_observations(folder, file, () if spoiled else areas, [*seen, *later])
        faults += check_frontier(folder, file, seen, assumptions)
    if targets is not None:
        faults += check_targets(folder, targets, file)
    levers = _levers(folder, file, areas, faults)
    faults += check_events(folder, file, levers)
    baseline = _baseline(folder / "baseline.toml", levers, faults) if areas else None
    refuse(faults)
    if file is None or targets is None or baseline is None:
        raise AssertionError("a file that cannot be read is a fault")
    outcomes = tuple(row for _, _, row in later)
    parts: dict[str, Any] = {
        "areas": areas,
        "assumptions": assumptions,
        "levers": levers,
        "baseline": baseline,
        "outcomes": outcomes,
        "figures": (*(row for _, _, row in seen), *outcomes),
    }
    return _case(folder, file, targets, parts).as_of(vintage or file.case.vintage)


def _case(folder: Path, file: CaseFile, targets: TargetsFile, parts: Mapping[str, Any]) -> Case:
    """Return a case that nobody knows anything of yet; `Case.as_of` says what is known."""
    reference = file.reference
    return Case(
        folder=folder,
        head=file.case,
        nation=file.nation,
        start=file.case.vintage,
        columns={},
        column_sources=file.columns,
        observations=(),
        target_sets={key: _target_set(key, entry) for key, entry in targets.sets.items()},
        default_targets=targets.default,
        reference=reference.area if reference else file.case.nation,
        reference_name=reference.name.model_dump() if reference else None,
        year=file.year,
        season=file.season,
        score=file.score,
        back_test=file.back_test,
        **parts,
    )


def _levers(
    folder: Path, file: CaseFile | None, areas: Iterable[Area], faults: list[Fault]
) -> dict[str, Lever]:
    people = sum(area.population for area in areas) or 1e6
    money, begins = "bn VND", None
    if file is not None:
        money, begins = file.case.currency, first_month_end(file.case.vintage)
    levers = levers_at(people, money, begins)
    own = folder / "levers.csv"
    return with_own(levers, own, faults) if own.exists() else levers


def _baseline(path: Path, levers: Mapping[str, Lever], faults: list[Fault]) -> Scenario | None:
    usual = {name: lever.usual for name, lever in levers.items()}
    try:
        return read_scenario(levers, usual, read_toml(path), id="baseline", file=str(path))
    except InputFaults as error:
        faults += error.faults
        return None


def _gather(load: Callable[[], tuple[Found, list[Fault]]], faults: list[Fault]) -> Found | None:
    try:
        found, met = load()
    except InputFaults as error:
        faults += error.faults
        return None
    faults += met
    return found


def _read(path: Path, kind: type[Entry], faults: list[Fault]) -> Entry | None:
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
    rows = _gather(lambda: read_rows(path, Area, optional=_MAY_LACK), faults) or []
    seen: dict[str, int] = {}
    tiles: dict[tuple[int, int], str] = {}
    for line, area in rows:
        if area.code in seen:
            given = told(
                "code {code} again (first on line {seen})", code=area.code, seen=seen[area.code]
            )
            faults.append(Fault(str(path), f"line {line}", given, told("each area once")))
        tile = (area.tile_column, area.tile_row)
        if tile in tiles and area.code not in seen:
            given = told("tile {tile}, where {area} stands", tile=tile, area=tiles[tile])
            faults.append(Fault(str(path), f"line {line}", given, told("a tile of its own")))
        seen.setdefault(area.code, line)
        tiles.setdefault(tile, area.code)
    if not rows and not faults:
        faults.append(Fault(str(path), "", told("no areas"), told("a row an area")))
    if len(rows) > MOST_AREAS:
        faults.append(
            Fault(
                str(path),
                "",
                told("{count:,} areas", count=len(rows)),
                told("at most {most:,}", most=MOST_AREAS),
            )
        )
    return tuple(area for _, area in rows)


def _observations(
    path: Path, faults: list[Fault], *, optional: bool = False
) -> list[tuple[Path, int, Observation]]:
    if optional and not path.exists():
        return []
    rows = _gather(lambda: read_rows(path, Observation, optional=("note",)), faults) or []
    return [(path, line, row) for line, row in rows]


def _column(areas: tuple[Area, ...], name: str) -> Array:
    values = [getattr(area, name) for area in areas]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _target_set(key: str, entry: TargetSetFile) -> TargetSet:
    targets = tuple(
        Target(
            indicator=row.indicator,
            at_least=row.at_least * SERIES[row.indicator].scale,
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
    content: dict[str, Any] = {
        "head": case.head.model_dump(mode="json"),
        "nation": case.nation.model_dump(mode="json"),
        "areas": [(area.code, area.name_vi, area.name_en) for area in case.areas],
        "columns": {name: values.tolist() for name, values in case.columns.items()},
        "observations": [row.model_dump(mode="json") for row in case.observations],
        "assumptions": [row.model_dump(mode="json") for row in case.assumptions.values()],
        "reference": case.reference,
    }
    calendar = {"year": case.year, "season": case.season, "score": case.score}
    told = {name: each.model_dump(exclude_defaults=True) for name, each in calendar.items()}
    content |= {name: entries for name, entries in told.items() if entries}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
