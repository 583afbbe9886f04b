"""What may be wrong between the files of a case: sums, areas, units, days."""

from collections.abc import Iterator
from pathlib import Path

from sim.faults import Fault, near, shown
from sim.indicators import SERIES
from sim.place.records import SUMMED, Area, CaseFile, Head, Observation, TargetsFile

TOLERANCE = 0.01


def check_head(folder: Path, file: CaseFile, areas: tuple[Area, ...]) -> list[Fault]:
    """Return what is wrong with a case's head, and with areas that do not add up to it."""
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


def check_observations(
    folder: Path,
    file: CaseFile,
    areas: tuple[Area, ...],
    rows: list[tuple[Path, int, Observation]],
) -> list[Fault]:
    """Return what is wrong with observations: areas, units, levels, days, rows twice."""
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
    kind = SERIES[row.indicator]
    if row.unit != kind.unit:
        yield f"unit {row.unit!r} for {row.indicator}", kind.unit
    elif row.level > kind.most:
        yield f"{row.value:g} {row.unit}", f"at most {kind.most / kind.scale:g} {row.unit}"
    if row.published < row.date and row.note == "":
        yield f"published {row.published} before its date {row.date}", "a note that says why"
    if row.date > head.horizon:
        yield f"date {row.date}", f"a day by the horizon {head.horizon}"
    if outcome and row.published <= head.vintage:
        yield f"published {row.published}", f"observations.csv, being known by {head.vintage}"


def check_targets(folder: Path, file: TargetsFile, case: CaseFile | None) -> list[Fault]:
    """Return what is wrong with targets: default, units, levels, deadlines."""
    name = str(folder / "targets.toml")
    faults = []
    if file.default not in file.sets:
        faults.append(Fault(name, "default", shown(file.default), near(file.default, file.sets)))
    for key, entry in file.sets.items():
        for index, row in enumerate(entry.targets):
            place = f"sets.{key}.targets.{index}"
            kind = SERIES[row.indicator]
            if row.at_least * kind.scale > kind.most:
                wanted = f"at most {kind.most / kind.scale:g} {kind.unit}"
                faults.append(Fault(name, place, f"{row.at_least:g} {row.unit}", wanted))
            if row.unit != kind.unit:
                faults.append(Fault(name, place, f"unit {row.unit!r}", kind.unit))
            if case is not None and not case.case.vintage < row.deadline <= case.case.horizon:
                wanted = f"a day after {case.case.vintage} and by {case.case.horizon}"
                faults.append(Fault(name, place, f"deadline {row.deadline}", wanted))
    return faults
