"""A chunk of a study: some points of one base scenario, computed anywhere to the same bytes.

A chunk carries all it needs, its place included, so that a machine that has only ketnoi
can compute it; what comes back are Parquet files as bytes, ready to be kept.
"""

import ast
import hashlib
import io
import json
import pickle
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.ask.summary import Summary, as_json, compare
from sim.forecast import Forecast, quantiles
from sim.indicators import INDICATORS
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.scenario import Scenario, Setting, part
from sim.place.targets import TargetSet
from sim.reading import ROOT
from sim.study.study import Point, Study, assuming, split
from sim.world import homes, villages
from sim.world.run import run

if TYPE_CHECKING:
    import pyarrow as pa

NUMBERS = ("chance", "chance_error", "p05", "p50", "p95", "gap_p50", "chance_change")
BANDS = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the runs of a study happen, packed once and carried by every chunk.

    Attributes:
        case: the pickled case.
        baseline: the text of a file of its baseline.
        made_by: the fingerprint of the code that is to compute it.
    """

    case: bytes
    baseline: str
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Points of one base scenario; `key` is the hash of what they compute."""

    key: str
    first: int
    scenario: Scenario
    points: tuple[Point, ...]
    place: Place
    targets: TargetSet
    seed: int
    replicates: int
    monthly: str


@cache
def fingerprint() -> str:
    """Return the hash of the code and the fitted numbers that turn a point into an answer.

    A version number does not change with every edit of a checkout; this does, and leaves
    out pages, charts and commands, which change no number.
    """
    files = [*_needed("sim.study.chunks"), *ROOT.glob("sim/world/fitted/*.json")]
    seen = hashlib.sha256()
    for path in sorted(set(files)):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        seen.update(f"{path.relative_to(ROOT).as_posix()} {len(text)}\n".encode() + text)
    return seen.hexdigest()


def _needed(module: str) -> set[Path]:
    """Return the files of a module of ours and of all modules of ours that it imports."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        path = ROOT.joinpath(*waiting.pop().split(".")).with_suffix(".py")
        if path in found or not path.exists():
            continue
        found.add(path)
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [node.module, *parts]
                waiting += [name for name in names if name.split(".")[0] in ("models", "sim")]
    return found


def chunks(study: Study) -> Iterator[Chunk]:
    """Yield the chunks of a study in order, made as they are asked for."""
    place = _packed(study)
    common = _common(study, place)
    for scenario, first, end in study.pieces():
        points = tuple(study.points(first, end))
        rows = [list(point.items()) for point in points]
        what = json.dumps([common, scenario.id, scenario.hash, first, rows])
        yield Chunk(
            key=hashlib.sha256(what.encode()).hexdigest()[:32],
            first=first,
            scenario=scenario,
            points=points,
            place=place,
            targets=study.targets,
            seed=study.seed,
            replicates=study.replicates,
            monthly=study.monthly,
        )


def _packed(study: Study) -> Place:
    base = study.baseline
    entries: dict[str, Mapping[str, Setting]] = {
        "name": dict(base.name),
        "why": dict(base.why),
        "levers": base.levers,
    }
    return Place(
        case=pickle.dumps(study.case, protocol=5),
        baseline="\n".join(_toml(entries)),
        made_by=fingerprint(),
    )


def _toml(entries: Mapping[str, Mapping[str, Setting]]) -> Iterator[str]:
    for table, rows in entries.items():
        yield f"[{table}]"
        for name, value in rows.items():  # a JSON string, int or float is also TOML's
            yield f"{name} = {json.dumps(value, ensure_ascii=False)}"


def _common(study: Study, place: Place) -> list[Any]:
    goals = [(t.indicator, t.at_least, t.deadline.isoformat()) for t in study.targets.targets]
    return [version("ketnoi"), place.made_by, study.case.hash, study.baseline.hash, goals,
            study.seed, study.replicates, study.monthly]  # fmt: skip


def columns(targets: TargetSet) -> dict[str, str]:
    """Return the result columns of the verdict table and their types.

    A target's columns begin with its indicator, and with its deadline too where a set
    asks one indicator twice.
    """
    found: dict[str, str] = {}
    for name in _target_names(targets):
        found |= {f"{name}.{number}": "double" for number in NUMBERS}
        found[f"{name}.month_passed_p50"] = "string"
    return {**found, "chance_all": "double", "binding": "string", "cost_bn_vnd": "double",
            "error": "string"}  # fmt: skip


def _target_names(targets: TargetSet) -> list[str]:
    every = [target.indicator for target in targets.targets]
    return [
        name if every.count(name) == 1 else f"{name}@{target.deadline}"
        for name, target in zip(every, targets.targets, strict=True)
    ]


def compute(chunk: Chunk) -> dict[str, bytes]:
    """Return a chunk's tables as the bytes of Parquet files, `verdicts` and perhaps `monthly`.

    Points are taken in an order that lets neighbours share what is dear: draws of luck and
    paths of the same assumptions, then villages covered, then homes passed. A point whose
    run fails becomes a row with its error; want of memory or of files fails the chunk.

    Raises:
        RuntimeError: this process runs other code than the one the study was made with.
    """
    if fingerprint() != chunk.place.made_by:
        raise RuntimeError("this worker runs another ketnoi than the study was made with")
    case = _unpacked(chunk.place)
    order = sorted(range(len(chunk.points)), key=lambda i: _dearest_first(chunk.points[i]))
    rows: dict[int, dict[str, Any]] = {}
    months: dict[int, list[tuple[Any, ...]]] = {}
    for place in order:
        rows[place], months[place] = _row(case, chunk, chunk.points[place])
    tables = {"verdicts": _verdict_table(chunk, [rows[i] for i in range(len(rows))])}
    if chunk.monthly != "none":
        tables["monthly"] = _monthly_table(chunk, months)
    return {kind: parquet(table) for kind, table in tables.items()}


def _dearest_first(point: Point) -> str:
    fixed, levers = split(point)
    return json.dumps([fixed, part(levers, villages.LEVERS), part(levers, homes.LEVERS), levers])


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


def leave() -> None:
    """Remove the folders that this process has unpacked cases into, before it ends."""
    _unpacked.cache_clear()
    while _FOLDERS:
        _FOLDERS.pop().cleanup()


@lru_cache(maxsize=2)
def _unpacked(place: Place) -> Case:
    """Return the case, standing on a folder of this machine that holds its baseline."""
    folder = tempfile.TemporaryDirectory(prefix="ketnoi-")
    _FOLDERS.append(folder)
    (Path(folder.name) / "baseline.toml").write_text(place.baseline, encoding="utf-8")
    case = pickle.loads(place.case)
    assert isinstance(case, Case)
    return replace(case, folder=Path(folder.name))


def _row(case: Case, chunk: Chunk, point: Point) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    fixed, levers = split(point)
    try:
        scenario = replace(chunk.scenario, levers={**chunk.scenario.levers, **levers})
        world = assuming(case, fixed)
        seed, count = chunk.seed, chunk.replicates
        (summary,) = compare(world, [scenario], chunk.targets, seed=seed, replicates=count)
        if chunk.monthly == "none":
            return _verdicts(summary, chunk.targets), []
        until = summary.months[-1]
        forecast = run(world, scenario, seed=seed, replicates=count, until=until)
        return _verdicts(summary, chunk.targets), list(_months(forecast, chunk.monthly))
    except (MemoryError, OSError):
        raise
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:500]}, []


def _verdicts(summary: Summary, targets: TargetSet) -> dict[str, Any]:
    said = as_json(summary)
    row: dict[str, Any] = {}
    for name, verdict in zip(_target_names(targets), said["targets"], strict=True):
        for number in (*NUMBERS, "month_passed_p50"):
            row[f"{name}.{number}"] = verdict[number]
    return {**row, **{name: said[name] for name in ("chance_all", "binding", "cost_bn_vnd")}}


def _months(forecast: Forecast, detail: str) -> Iterator[tuple[Any, ...]]:
    """Yield indicator, area, month and quantiles; the nation's area is empty."""
    for name in INDICATORS:
        draws = forecast.values[name] if detail == "area" else forecast.nation(name)[:, None, :]
        bands = quantiles(draws, BANDS)
        for place, area in enumerate(forecast.areas if detail == "area" else ("",)):
            for number, month in enumerate(forecast.months):
                levels = (ten_digits(level) for level in bands[:, place, number])
                yield (name, area, month.isoformat(), *levels)


def _verdict_table(chunk: Chunk, rows: Sequence[Mapping[str, Any]]) -> "pa.Table":
    import pyarrow as pa

    count = len(rows)
    found: dict[str, pa.Array] = {
        "scenario": pa.array([chunk.scenario.id] * count, pa.string()),
        "point": pa.array(range(chunk.first, chunk.first + count), pa.int64()),
    }
    for name in chunk.points[0]:
        settings = [point[name] for point in chunk.points]
        found[name] = pa.array(settings, _type(settings[0]))
    for name, kind in columns(chunk.targets).items():
        found[name] = pa.array([row.get(name) for row in rows], pa.type_for_alias(kind))
    return pa.table(found)


def _type(setting: Setting) -> "pa.DataType":
    import pyarrow as pa

    return pa.string() if isinstance(setting, str) else pa.float64()


def _monthly_table(chunk: Chunk, months: Mapping[int, Sequence[tuple[Any, ...]]]) -> "pa.Table":
    import pyarrow as pa

    rows = [
        (chunk.scenario.id, chunk.first + place, *row)
        for place in sorted(months)
        for row in months[place]
    ]
    kinds = {"scenario": "string", "point": "int64", "indicator": "string", "area": "string",
             "month": "string", "p05": "double", "p50": "double", "p95": "double"}  # fmt: skip
    return pa.table(
        {
            name: pa.array([row[i] for row in rows], pa.type_for_alias(kind))
            for i, (name, kind) in enumerate(kinds.items())
        }
    )


PARQUET = {"compression": "zstd", "compression_level": 3, "version": "2.6",
           "data_page_version": "1.0", "write_statistics": True}  # fmt: skip


def parquet(table: "pa.Table") -> bytes:
    """Return a table as the bytes of a Parquet file, always written the same way."""
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(table, stream, **PARQUET)
    return stream.getvalue()
