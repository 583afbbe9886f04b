"""A place and a date, as a value: what is known there, what may be set, what is asked."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pydantic

from sim.faults import Fault, InputFaults, Message, from_pydantic, refuse, told
from sim.forecast import Array
from sim.indicators import FOLLOWED, INDICATORS, SERIES, of_kind
from sim.months import first_month_end, month_end, month_ends
from sim.place.assumptions import (
    HOME,
    Assumption,
    cash_faults,
    load_assumptions,
    range_faults,
)
from sim.place.checks import (
    USED,
    check_events,
    check_frontier,
    check_head,
    check_observations,
    check_targets,
)
from sim.place.defaults import Money, inherited, money_faults, raised, worth
from sim.place.facts import NO_FACTS, Facts
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
WORDS = ("code", "name_vi", "name_en", "region")  # columns of areas.csv that are no numbers
LEAST_FIGURES = 2  # of which a trend can be made
RESERVED = ("case.toml", "targets.toml")  # TOML files of a case that are no scenarios

Found = TypeVar("Found")
Entry = TypeVar("Entry", bound=pydantic.BaseModel)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Case:
    """A place as it was known on its vintage day; made by `load_case`, and a value from then on.

    Attributes:
        folder: where it was read; for messages and to list its scenario files, nothing else.
        start: the last month's end on or before the vintage day: where a run begins.
        figures: every observation of its files, whenever published.
        outcomes: those of `outcomes.csv`: for scoring only, never for a run.
        observations: those of the figures that were published by the vintage day.
        columns: the columns of `areas.csv` known by then, `[area]`, NaN where empty.
        borrowed: the assumptions that are the library's and not the place's own.
        facts: what somebody laid over its files; all else here holds it already.
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
    borrowed: frozenset[str]
    levers: Mapping[str, Lever]
    baseline: Scenario
    target_sets: Mapping[str, TargetSet]
    default_targets: str
    reference: str
    reference_name: Mapping[str, str] | None
    reference_note: str
    year: Year
    season: Season
    money: Money | None
    score: Score
    back_test: BackTest
    facts: Facts = NO_FACTS
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

    def __repr__(self) -> str:
        """Return the case in one line."""
        own = " with own facts" if self.facts else ""
        return f"<case {self.head.id}, {len(self.areas)} areas, known {self.head.vintage}{own}>"

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

    @cached_property
    def followed(self) -> tuple[str, ...]:
        """The indicators whose path history gives.

        Those of which two figures were ever printed for the reference; of what is taken up
        under one reach the first in the table, and what is derived if it has a driver.
        """
        days = {(row.indicator, row.date) for row in self.figures if row.area == self.reference}
        printed = Counter(name for name, _ in days)
        found: list[str] = []
        reaches: set[tuple[str, ...]] = set()
        for row in (*of_kind("taken_up"), *of_kind("derived")):
            taken_up = row.kind == "taken_up"
            fits = row.drivers not in reaches if taken_up else {*row.drivers} & {*found}
            if printed[row.name] >= LEAST_FIGURES and fits:
                found.append(row.name)
                reaches.add(row.drivers)
        return tuple(name for name in FOLLOWED if name in found)

    @property
    def lines(self) -> str:
        """What is followed of households with a line: with fibre, or else any; empty for none."""
        return self._taken_up("homes_passed")

    @property
    def users(self) -> str:
        """What is followed of users: smartphones, or else the Internet; empty for none."""
        return self._taken_up("covered_villages")

    def _taken_up(self, reach: str) -> str:
        names = (n for n in self.followed if SERIES[n].drivers == (reach,))
        return next((n for n in names if SERIES[n].kind == "taken_up"), "")

    def driver(self, indicator: str) -> str:
        """Return what an indicator is taken up under or moves with here; empty for nothing."""
        drivers = SERIES[indicator].drivers
        if SERIES[indicator].kind == "taken_up":
            return drivers[0]
        return next((name for name in drivers if name in self.followed), "")

    @cached_property
    def lists_villages(self) -> bool:
        """Whether villages, and those of them without signal, were ever counted here."""
        counted = {row.indicator for row in self.figures if row.area == self.head.nation}
        return self.nation.villages is not None and bool(
            counted & {"uncovered_villages", "covered_villages"}
        )

    @property
    def forecast(self) -> tuple[str, ...]:
        """The indicators that a run of this case gives, in the order of the table."""
        given = {*self.followed}
        if self.lines:
            given.add("homes_passed")
        if self.lists_villages:
            given |= {"covered_villages", "listed_villages"}
        return tuple(name for name in INDICATORS if name in given)

    @property
    def population(self) -> float:
        """Inhabitants of all areas together."""
        return float(self.columns["population"].sum())

    def sizes(self, indicator: str) -> Array:
        """Return how many a level of one is in each area, `[area]`: homes, villages, people."""
        row = SERIES[indicator]
        return self.columns[row.counts] * (self.assumptions[row.part].central if row.part else 1.0)

    @cached_property
    def months(self) -> tuple[date, ...]:
        """The last day of every month from the start to the horizon."""
        return tuple(month_ends(self.start, self.head.horizon))

    def series(self, indicator: str, area: str) -> list[Observation]:
        """Return an area's observations of an indicator by date, publication, value."""
        rows = [o for o in self.observations if (o.indicator, o.area) == (indicator, area)]
        return sorted(rows, key=lambda row: (row.date, row.published, row.value, row.source))

    @property
    def service_column(self) -> str:
        """The column that stands for service: the one named, or the only covariate; else none."""
        others = [
            name
            for name, values in self.columns.items()
            if name not in Area.model_fields and np.isfinite(values).any()
        ]
        return self.score.column or (others[0] if len(others) == 1 else "")

    def as_of(self, day: date) -> "Case":
        """Return the place as it was known on another day, for back-tests.

        Outcomes published by then count as observations.
        """
        month = month_end(day.year, day.month)
        known = {
            name
            for name, column in self.column_sources.items()
            if column.published <= day and name not in WORDS
        }
        standing = replace(
            self,
            head=self.head.model_copy(update={"vintage": day}),
            start=month if month == day else month_end(day.year, day.month - 1),
            columns={n: _column(self.areas, n) for n in sorted({*known, *USED})},
            observations=tuple(row for row in self.figures if row.published <= day),
        )
        return replace(standing, hash=_fingerprint(standing))

    def knowing(self, rows: Iterable[Observation], assumptions: Mapping[str, Assumption]) -> "Case":
        """Return the case as if these figures and ranges were all that is known of it."""
        standing = replace(self, observations=tuple(rows), assumptions=assumptions)
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


def load_case(folder: Path, *, vintage: date | None = None, facts: Facts = NO_FACTS) -> Case:
    """Read a case folder as it was known on its vintage day.

    Args:
        folder: holds `case.toml`, `areas.csv`, `observations.csv`, `targets.toml`,
            `baseline.toml` and perhaps `assumptions.csv`, `levers.csv` and `outcomes.csv`.
        vintage: another day to stand on, see `Case.as_of`.
        facts: of one's own, to be laid over what the files say.

    Raises:
        InputFaults: with every fault of every file.
    """
    if not folder.is_dir():
        raise InputFaults(
            [Fault(str(folder), "", told("a folder that does not exist"), told("a case folder"))]
        )
    faults: list[Fault] = []
    file: CaseFile | None = _read(folder / "case.toml", CaseFile, faults)
    areas = _areas(folder / "areas.csv", faults)
    seen = _observations(folder / "observations.csv", faults)
    later = _observations(folder / "outcomes.csv", faults, optional=True)
    seen += facts.rows(row for _, _, row in [*seen, *later])
    assumptions, lent = _assumed(folder, file, areas, facts, faults)
    targets: TargetsFile | None = _read(folder / "targets.toml", TargetsFile, faults)
    if file is not None:
        spoiled = any(fault.file == str(folder / "areas.csv") for fault in faults)
        faults += check_head(folder, file, () if spoiled else areas)
        faults += check_observations(folder, file, () if spoiled else areas, [*seen, *later])
        assumptions = raised(assumptions, lent, _highest(row for _, _, row in seen))
        faults += check_frontier(folder, file, seen, assumptions)
    if targets is not None:
        faults += check_targets(folder, targets, file)
    levers = _levers(folder, file, areas, faults)
    faults += check_events(folder, file, levers)
    baseline = _baseline(folder / "baseline.toml", levers, faults) if areas else None
    file, targets = _with_own(folder, file, targets, facts, faults)
    refuse(faults)
    if file is None or targets is None or baseline is None:
        raise AssertionError("a file that cannot be read is a fault")
    outcomes = tuple(row for _, _, row in later)
    parts: dict[str, Any] = {
        "areas": areas,
        "assumptions": assumptions,
        "borrowed": lent,
        "levers": levers,
        "baseline": baseline,
        "outcomes": outcomes,
        "figures": (*(row for _, _, row in seen), *outcomes),
    }
    case = replace(_case(folder, file, targets, parts), facts=facts)
    refuse(map(facts.blamed, _unanswerable(case.as_of(file.case.vintage))))
    return case.as_of(vintage or file.case.vintage)


def _with_own(
    folder: Path,
    file: CaseFile | None,
    targets: TargetsFile | None,
    facts: Facts,
    faults: list[Fault],
) -> tuple[CaseFile | None, TargetsFile | None]:
    """Return a case's file on the later day of own facts, and its targets with one's own."""
    if file is None:
        return file, targets
    own = facts.asking(file)
    file = facts.standing(file, faults)
    faults += facts.unknown_yet(file)
    if own is None:
        return file, targets
    faults += map(facts.blamed, check_targets(folder, own, file))
    sets = targets.sets if targets else {}
    return file, TargetsFile(default=own.default, sets={**sets, **own.sets})


def _unanswerable(case: Case) -> Iterator[Fault]:
    """Yield targets of which nothing can be forecast from what was known on the vintage day."""
    for key, targets in case.target_sets.items():
        for index, target in enumerate(targets.targets):
            name = target.indicator
            known = len({row.date for row in case.series(name, case.reference)})
            if name in case.forecast and (name not in case.followed or known >= LEAST_FIGURES):
                continue
            place = f"sets.{key}.targets.{index}"
            given = told("{indicator}, with too few figures", indicator=name)
            yield Fault(str(case.folder / "targets.toml"), place, given, _wanted(case, name))


def _wanted(case: Case, indicator: str) -> Message:
    """Return which figures would make an indicator one that can be forecast."""
    if SERIES[indicator].near:
        return told(
            "{count} figures of {indicator} for {place} published by {vintage}, in "
            "observations.csv",
            count=LEAST_FIGURES,
            indicator=indicator,
            place=case.reference,
            vintage=case.head.vintage,
        )
    if indicator == "homes_passed":
        names = " / ".join(row.name for row in of_kind("taken_up") if indicator in row.drivers)
        return told("figures of {indicator}", indicator=names)
    return told(
        "villages in case.toml and areas.csv, and a row uncovered_villages or covered_villages"
        " of {place} in observations.csv; 0 if there are none",
        place=case.head.nation,
    )


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
        reference_note=reference.note if reference else "",
        year=file.year,
        season=file.season,
        money=file.money,
        score=file.score,
        back_test=file.back_test,
        **parts,
    )


def _people(areas: Iterable[Area]) -> float:
    return sum(area.population for area in areas) or 1e6


def _highest(rows: Iterable[Observation]) -> dict[str, float]:
    """Return the highest level of each indicator."""
    found: dict[str, float] = {}
    for row in rows:
        found[row.indicator] = max(row.level, found.get(row.indicator, 0.0))
    return found


def _assumed(
    folder: Path, file: CaseFile | None, areas: Iterable[Area], facts: Facts, faults: list[Fault]
) -> tuple[dict[str, Assumption], frozenset[str]]:
    """Return the case's assumptions over the library's, and which are borrowed from there."""
    currency, money = (file.case.currency, file.money) if file else (HOME, None)
    path = folder / "assumptions.csv"
    if file is not None:
        faults += money_faults(str(folder / "case.toml"), currency, money)
    each = worth(currency, money)
    own = _gather(lambda: load_assumptions(path, currency, each), faults) or {}
    every, lent = inherited(own, currency, money, _people(areas))
    every, moved = facts.assuming(every, faults)
    for name in sorted(moved):
        met = range_faults(every[name], currency, each)
        faults += [Fault(str(facts.file), f"assumptions.{name}", *fault) for fault in met]
    faults += cash_faults(every, str(path))
    return every, lent - moved


def _levers(
    folder: Path, file: CaseFile | None, areas: Iterable[Area], faults: list[Fault]
) -> dict[str, Lever]:
    currency, money, begins = HOME, None, None
    if file is not None:
        currency, money = file.case.currency, file.money
        begins = first_month_end(file.case.vintage)
    levers = levers_at(_people(areas), currency, begins, worth(currency, money))
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


_MAY_LACK = tuple(name for name, each in Area.model_fields.items() if not each.is_required())


def _areas(path: Path, faults: list[Fault]) -> tuple[Area, ...]:
    names = ("name_vi", "name_en")
    rows = _gather(lambda: read_rows(path, Area, optional=(*_MAY_LACK, *names)), faults) or []
    seen: dict[str, int] = {}
    tiles: dict[tuple[int | None, int | None], str] = {}
    for line, area in rows:
        if area.code in seen:
            given = told(
                "code {code} again (first on line {seen})", code=area.code, seen=seen[area.code]
            )
            faults.append(Fault(str(path), f"line {line}", given, told("each area once")))
        tile = (area.tile_column, area.tile_row)
        if None not in tile and tile in tiles and area.code not in seen:
            given = told("tile {tile}, where {area} stands", tile=tile, area=tiles[tile])
            faults.append(Fault(str(path), f"line {line}", given, told("a tile of its own")))
        seen.setdefault(area.code, line)
        tiles.setdefault(tile, area.code)
    if not rows and not faults:
        faults.append(Fault(str(path), "", told("no areas"), told("one row per area")))
    if len(rows) > MOST_AREAS:
        faults.append(
            Fault(
                str(path),
                "",
                told("{count:,} areas", count=len(rows)),
                told("at most {most:,}", most=MOST_AREAS),
            )
        )
    return _laid_out(tuple(area for _, area in rows))


def _laid_out(areas: tuple[Area, ...]) -> tuple[Area, ...]:
    """Return areas with a tile each: row by row, in their order, unless all have their own."""
    if all(area.tile_column is not None and area.tile_row is not None for area in areas):
        return areas
    across = math.ceil(math.sqrt(len(areas)))
    return tuple(
        area.model_copy(update={"tile_column": place % across, "tile_row": place // across})
        for place, area in enumerate(areas)
    )


def _observations(
    path: Path, faults: list[Fault], *, optional: bool = False
) -> list[tuple[Path, str, Observation]]:
    if optional and not path.exists():
        return []
    rows = _gather(lambda: read_rows(path, Observation, optional=("note",)), faults) or []
    return [(path, f"line {line}", row) for line, row in rows]


def _column(areas: tuple[Area, ...], name: str) -> Array:
    values = [getattr(area, name, None) for area in areas]
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
        "head": case.head.model_dump(mode="json", exclude_none=True),
        "nation": case.nation.model_dump(mode="json", exclude_none=True),
        "areas": [(area.code, area.name_vi, area.name_en) for area in case.areas],
        "columns": {name: values.tolist() for name, values in case.columns.items()},
        "observations": [row.model_dump(mode="json") for row in case.observations],
        "assumptions": [row.model_dump(mode="json") for row in case.assumptions.values()],
        "reference": case.reference,
    }
    calendar = {"year": case.year, "season": case.season, "score": case.score}
    told = {name: each.model_dump(exclude_defaults=True) for name, each in calendar.items()}
    told["money"] = case.money.model_dump() if case.money else {}
    content |= {name: entries for name, entries in told.items() if entries}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
