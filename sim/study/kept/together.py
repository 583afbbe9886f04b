"""Several studies: put together into one, or held against each other.

Runs are the same where base scenario and settings are; equal ones are kept once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.faults import Fault, refuse, told
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.levers import Setting
from sim.study.kept.folder import (
    KINDS,
    ROW_GROUP,
    SOURCE,
    Folder,
    check_place,
    merge,
    open_study,
    write_folder,
)
from sim.study.kept.shards import alone
from sim.writing import sweep

if TYPE_CHECKING:
    import pyarrow as pa

ALIKE = ("ketnoi", "code", "case", "case_hash", "targets_hash", "baseline", "seed", "replicates")
Run = tuple[str, tuple[Setting, ...]]  # base scenario, settings


def combine(paths: Sequence[Path], out: Path) -> tuple[int, int]:
    """Write a study of all runs of some, and return how many it has and how many came again.

    Args:
        paths: folders of studies of one case, with the same luck.
        out: a new or empty folder.

    Raises:
        InputFaults: with everything in which they are not alike.
    """
    folders = [open_study(path) for path in paths]
    refuse(_unlike(folders))
    names = list(dict.fromkeys(row["name"] for f in folders for row in f.made["factors"]))
    runs: dict[Run, str] = {}
    for folder in folders:
        for run, key in _runs(folder, names):
            runs.setdefault(run, key)
    check_place(out, resume=False)
    out.mkdir(parents=True, exist_ok=True)
    with alone(out):
        sweep(out)
        source = _source(folders[0].path)
        joined = write_folder(out, _about(folders, names, runs), _plan(names, runs), source)
        for folder in folders:
            _copy(folder, joined)
        whole = open_study(out)
        if whole.kept.all():
            for kind in whole.kinds.keys() & set(KINDS):
                merge(whole, kind, out / f"{kind}.parquet")
    return len(runs), sum(folder.runs for folder in folders) - len(runs)


def _unlike(folders: Sequence[Folder]) -> Iterator[Fault]:
    first = folders[0]
    varied = {row["name"] for folder in folders for row in folder.made["factors"]}
    levers = first.made["scenarios"][0]["levers"]
    for folder in folders:
        made, where = folder.made, str(folder.path)
        for entry in ALIKE:
            if made.get(entry) != first.made.get(entry):
                given = told("another {entry} than {other}", entry=entry, other=first.path)
                wanted = told(
                    "studies of one case and the same draws; ketnoi batch diff shows what differs"
                )
                yield Fault(where, entry, given, wanted)
        hashes = made["scenario_hashes"]
        for id in hashes.keys() & first.made["scenario_hashes"].keys():
            if hashes[id] != first.made["scenario_hashes"][id]:
                given = told("other levers than in {other}", other=first.path)
                yield Fault(where, f"scenario {id}", given, told("another name for it"))
        for name in sorted(varied - levers.keys() - {row["name"] for row in made["factors"]}):
            given = told("an assumption that only another one holds")
            yield Fault(where, name, given, told("the same assumptions as factors"))


def _runs(folder: Folder, names: Sequence[str]) -> Iterator[tuple[Run, str]]:
    """Yield each run with its key; a lever that a study does not vary is its scenario's."""
    standing = {row["id"]: row["levers"] for row in folder.made["scenarios"]}
    for table in folder.plan(ROW_GROUP):
        for row in table.to_pylist():
            base = standing[row["scenario"]]
            settings = tuple(_bare(row.get(name, base.get(name))) for name in names)
            yield (row["scenario"], settings), row["key"]


def _bare(value: Setting) -> Setting:
    return value if isinstance(value, str) else float(value)


def _plan(names: Sequence[str], runs: Mapping[Run, str]) -> Iterator["pa.Table"]:
    """Yield a plan: runs by base scenario, points by their settings in the order they came."""
    import pyarrow as pa

    points: dict[tuple[Setting, ...], int] = {}
    for _, settings in runs:
        points.setdefault(settings, len(points))
    bases = list(dict.fromkeys(id for id, _ in runs))
    rows = [
        {"key": runs[id, settings], "scenario": id, "point": number}
        | dict(zip(names, settings, strict=True))
        for id in bases
        for settings, number in points.items()
        if (id, settings) in runs
    ]
    yield pa.Table.from_pylist(rows)


def _about(
    folders: Sequence[Folder], names: Sequence[str], runs: Mapping[Run, str]
) -> dict[str, Any]:
    made = {name: value for name, value in folders[0].made.items() if name != "plan_hash"}
    every = [folder.made for folder in folders]
    bases = {row["id"]: row for each in every for row in each["scenarios"]}
    hashes = {id: each["scenario_hashes"][id] for each in every for id in each["scenario_hashes"]}
    kinds = {
        table: kind
        for table, kind in made["kinds"].items()
        if all(each["kinds"].get(table) == kind for each in every)
    }
    factors = [_factor(name, place, every, runs) for place, name in enumerate(names)]
    parts = [
        {"study": f.made["study"], "plan_hash": f.made["plan_hash"], "runs": f.runs}
        for f in folders
    ]
    return made | {
        "study": "+".join(dict.fromkeys(each["study"] for each in every)),
        "scenarios": list(bases.values()),
        "scenario_hashes": hashes,
        "kinds": kinds,
        "outputs": made["outputs"] | _fewer(made["outputs"], kinds),
        "points": len({settings for _, settings in runs}),
        "design": {"kind": "csv"},
        "factors": factors,
        "parts": parts,
    }


def _fewer(outputs: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return the outputs that not every part has as not asked for."""
    gone = {"monthly": "none", "draws": "none", "outcomes": None}
    return {table: nothing for table, nothing in gone.items() if table not in kinds}


def _factor(
    name: str, place: int, every: Sequence[Mapping[str, Any]], runs: Mapping[Run, str]
) -> dict[str, Any]:
    """Return a factor over all the values it takes."""
    rows = [row for made in every for row in made["factors"] if row["name"] == name]
    if all(row == rows[0] for row in rows) and len(rows) == len(every):
        return dict(rows[0])
    taken = {settings[place] for _, settings in runs}
    meaning = {"meaning": rows[0]["meaning"]} if "meaning" in rows[0] else {}
    if any(isinstance(value, str) for value in taken):
        return {"name": name, "values": sorted(map(str, taken)), **meaning}
    numbers = [float(value) for value in taken]
    return {"name": name, "low": min(numbers), "high": max(numbers), **meaning}


def _source(path: Path) -> dict[str, bytes]:
    top = path / SOURCE
    files = [each for each in sorted(top.rglob("*")) if each.is_file()]
    return {each.relative_to(top).as_posix(): each.read_bytes() for each in files}


def _copy(folder: Folder, to: Folder) -> None:
    """Copy the kept files that hold runs of another study, whole ones alone."""
    to.shards.folder.mkdir(parents=True, exist_ok=True)
    for table in to.kinds:
        index = folder.indices[table]
        places = index.find(to.keys)
        for shard in np.unique(index.shard[places[places >= 0]]):
            name = index.files[shard]
            to.shards.copy(folder.shards, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How a number of two studies differs over the runs that both have.

    Attributes:
        column: of the verdict table.
        runs: how many both have, failed ones left out.
        mean, least, most: of the second minus the first.
        points: settings of the run that moved most.
    """

    scenario: str
    column: str
    runs: int
    mean: float
    least: float
    most: float
    point: Mapping[str, Setting]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What two studies were made from differently."""

    what: str
    before: str
    now: str


def moved(one: Folder, other: Folder) -> tuple[list[Moved], tuple[int, int, int]]:
    """Return how the chances of two studies differ, and how many runs are in both, in either."""
    shared = {row["name"] for row in one.made["factors"]} | {
        row["name"] for row in other.made["factors"]
    }
    names = sorted(shared)
    mine, its = (dict(_verdicts(folder, names)) for folder in (one, other))
    both = [run for run in mine if run in its]
    columns = [
        name for name in (mine[both[0]] if both else ()) if name in its[both[0]] and _told(name)
    ]
    found = []
    for scenario in dict.fromkeys(run[0] for run in both):
        here = [run for run in both if run[0] == scenario]
        for column in columns:
            pairs = [(mine[run][column], its[run][column], run) for run in here]
            steps = [(b - a, run) for a, b, run in pairs if a is not None and b is not None]
            if steps:
                found.append(_moved(scenario, column, steps, names))
    return found, (len(both), len(mine) - len(both), len(its) - len(both))


def _moved(
    scenario: str, column: str, steps: Sequence[tuple[float, Run]], names: Sequence[str]
) -> Moved:
    sizes = [size for size, _ in steps]
    _, run = max(steps, key=lambda step: abs(step[0]))
    return Moved(
        scenario=scenario,
        column=column,
        runs=len(steps),
        mean=ten_digits(float(np.mean(sizes))),
        least=ten_digits(min(sizes)),
        most=ten_digits(max(sizes)),
        point=dict(zip(names, run[1], strict=True)),
    )


def _told(column: str) -> bool:
    return column.endswith(".chance") or column == "chance_all" or column.startswith("cost_")


def _verdicts(folder: Folder, names: Sequence[str]) -> Iterator[tuple[Run, dict[str, Any]]]:
    standing = {row["id"]: row["levers"] for row in folder.made["scenarios"]}
    for table in folder.tables("verdicts"):
        for row in table.to_pylist():
            base = standing[row["scenario"]]
            settings = tuple(_bare(row.get(name, base.get(name, np.nan))) for name in names)
            yield (row["scenario"], settings), row


def inputs(one: Folder, other: Folder, cases: tuple[Case, Case]) -> list[Input]:
    """Return what two studies were made from differently, assumption by assumption."""
    mine, its = one.made, other.made
    found = [
        Input(what=entry, before=str(mine.get(entry))[:40], now=str(its.get(entry))[:40])
        for entry in ("ketnoi", "code", "case", "targets", "seed", "replicates")
        if mine.get(entry) != its.get(entry)
    ]
    rows, others = (case.assumptions for case in cases)
    found += _between(rows, others, lambda row: row.told)
    levers = [
        {
            f"{row['id']}: {name}": value
            for row in [{**made["baseline"], "id": "case"}, *made["scenarios"]]
            for name, value in row["levers"].items()
        }
        for made in (mine, its)
    ]
    found += _between(levers[0], levers[1], str)
    figures = [{(r.indicator, r.area, r.date): r for r in case.observations} for case in cases]
    told_by = [
        {" ".join(map(str, key)): row.value for key, row in each.items()} for each in figures
    ]
    return found + _between(told_by[0], told_by[1], str)


def _between(
    mine: Mapping[str, Any], its: Mapping[str, Any], told_as: Callable[[Any], str]
) -> list[Input]:
    return [
        Input(
            what=name,
            before=told_as(mine[name]) if name in mine else "–",
            now=told_as(its[name]) if name in its else "–",
        )
        for name in dict.fromkeys([*mine, *its])
        if mine.get(name) != its.get(name)
        and (name not in mine or name not in its or told_as(mine[name]) != told_as(its[name]))
    ]
