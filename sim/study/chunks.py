"""A chunk of a study: some points of one base scenario, computed anywhere to the same bytes.

A chunk carries all it needs, its place included, so that a machine that has only ketnoi
can compute it; what comes back are Parquet files as bytes, ready to be kept.
"""

import ast
import hashlib
import io
import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.ask.answers import Question, compare
from sim.ask.summary import Summary, as_json
from sim.files.tables import money_name
from sim.forecast import Forecast, quantiles
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.levers import Levers, Setting, only, read_by
from sim.place.scenario import Scenario
from sim.place.targets import TargetSet
from sim.shipped import ROOT
from sim.study.points import split
from sim.study.study import Point, Study

Month = tuple[str | float, ...]  # a row of the monthly table: names and quantiles

if TYPE_CHECKING:
    import pyarrow as pa

NUMBERS = ("chance", "chance_error", "p05", "p50", "p95", "gap_p50", "chance_change")
BANDS = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Where the runs of a study happen, packed once and carried by every chunk.

    Attributes:
        case: the pickled case.
        made_by: the fingerprint of the code that is to compute it.
    """

    case: bytes
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Points of one base scenario; `key` is the hash of what they compute."""

    key: str
    first: int
    scenario: Scenario
    points: tuple[Point, ...]
    place: Packed
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
    data = (path for form in ("json", "csv") for path in ROOT.glob(f"sim/**/*.{form}"))
    files = [*_needed("sim.study.chunks"), *data]
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


def _packed(study: Study) -> Packed:
    case = replace(study.case, folder=Path())  # where it was read is nobody else's business
    return Packed(case=pickle.dumps(case, protocol=5), made_by=fingerprint())


def _common(study: Study, place: Packed) -> list[object]:
    goals = [(t.indicator, t.at_least, t.deadline.isoformat()) for t in study.targets.targets]
    knowledge = [study.case.hash, study.case.baseline.hash, goals]
    luck = [study.seed, study.replicates, study.monthly]
    return [version("ketnoi"), place.made_by, *knowledge, *luck]


def columns(targets: TargetSet, money: str) -> dict[str, str]:
    """Return the result columns of the verdict table and their types.

    A target's columns begin with its indicator, and with its deadline too where a set
    asks one indicator twice.
    """
    found: dict[str, str] = {}
    for name in _target_names(targets):
        found |= {f"{name}.{number}": "double" for number in NUMBERS}
        found[f"{name}.month_passed_p50"] = "string"
    found |= {"chance_all": "double", "binding": "string", f"cost_{money_name(money)}": "double"}
    return {**found, "error": "string"}


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
    worlds = _unpacked(chunk.place)
    levers = worlds.case.levers
    order = sorted(range(len(chunk.points)), key=lambda i: _dearest_first(chunk.points[i], levers))
    rows: dict[int, dict[str, Any]] = {}
    months: dict[int, list[Month]] = {}
    for place in order:
        rows[place], months[place] = _row(worlds, chunk, chunk.points[place])
    tables = {"verdicts": _verdict_table(chunk, worlds.money, [rows[i] for i in range(len(rows))])}
    if chunk.monthly != "none":
        tables["monthly"] = _monthly_table(chunk, months)
    return {kind: parquet(table) for kind, table in tables.items()}


def _dearest_first(point: Point, levers: Levers) -> str:
    fixed, set_to = split(point)
    covering, passing = read_by(levers, "villages", "power"), read_by(levers, "homes")
    return json.dumps([fixed, only(set_to, covering), only(set_to, passing), set_to])


class Worlds:
    """A case, and the last question put to it: neighbours of a chunk hold the same assumptions."""

    def __init__(self, case: Case) -> None:
        """Begin with no question."""
        self.case, self.money = case, case.head.currency
        self._last: tuple[object, Question] | None = None

    def question(self, chunk: Chunk, fixed: Mapping[str, float]) -> Question:
        """Return a chunk's question to the case with some assumptions held."""
        key = (fixed, chunk.targets, chunk.seed, chunk.replicates)
        if self._last is None or self._last[0] != key:
            case = self.case.assuming(fixed)
            question = Question(
                case=case, targets=chunk.targets, seed=chunk.seed, replicates=chunk.replicates
            )
            self._last = (key, question)
        return self._last[1]


@lru_cache(maxsize=2)
def _unpacked(packed: Packed) -> Worlds:
    """Return the case and the questions put to it, kept from chunk to chunk."""
    case = pickle.loads(packed.case)
    return Worlds(case)


def _row(worlds: Worlds, chunk: Chunk, point: Point) -> tuple[dict[str, Any], list[Month]]:
    fixed, levers = split(point)
    try:
        scenario = replace(chunk.scenario, levers={**chunk.scenario.levers, **levers})
        question = worlds.question(chunk, fixed)
        (summary,) = compare(question, [scenario])
        if chunk.monthly == "none":
            return _verdicts(summary, chunk.targets, worlds.money), []
        months = _months(question.forecast(scenario), chunk.monthly)
        return _verdicts(summary, chunk.targets, worlds.money), list(months)
    except (MemoryError, OSError):
        raise
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:500]}, []


def _verdicts(summary: Summary, targets: TargetSet, money: str) -> dict[str, Any]:
    said = as_json(summary, money)
    row: dict[str, Any] = {}
    for name, verdict in zip(_target_names(targets), said["targets"], strict=True):
        for number in (*NUMBERS, "month_passed_p50"):
            row[f"{name}.{number}"] = verdict[number]
    return {
        **row,
        **{name: said[name] for name in ("chance_all", "binding", f"cost_{money_name(money)}")},
    }


def _months(forecast: Forecast, detail: str) -> Iterator[Month]:
    """Yield indicator, area, month and quantiles; the nation's area is empty."""
    for name in forecast.tracks:
        draws = forecast.values[name] if detail == "area" else forecast.nation(name)[:, None, :]
        bands = quantiles(draws, BANDS)
        for place, area in enumerate(forecast.areas if detail == "area" else ("",)):
            for number, month in enumerate(forecast.months):
                levels = (ten_digits(level) for level in bands[:, place, number])
                yield (name, area, month.isoformat(), *levels)


def _verdict_table(chunk: Chunk, money: str, rows: Sequence[Mapping[str, Any]]) -> "pa.Table":
    import pyarrow as pa

    count = len(rows)
    found: dict[str, pa.Array] = {
        "scenario": pa.array([chunk.scenario.id] * count, pa.string()),
        "point": pa.array(range(chunk.first, chunk.first + count), pa.int64()),
    }
    for name in chunk.points[0]:
        settings = [point[name] for point in chunk.points]
        found[name] = pa.array(settings, _type(settings[0]))
    for name, kind in columns(chunk.targets, money).items():
        found[name] = pa.array([row.get(name) for row in rows], pa.type_for_alias(kind))
    return pa.table(found)


def _type(setting: Setting) -> "pa.DataType":
    import pyarrow as pa

    return pa.string() if isinstance(setting, str) else pa.float64()


def _monthly_table(chunk: Chunk, months: Mapping[int, Sequence[Month]]) -> "pa.Table":
    import pyarrow as pa

    rows = [
        (chunk.scenario.id, chunk.first + place, *row)
        for place in sorted(months)
        for row in months[place]
    ]
    kinds = {"scenario": "string", "point": "int64"}
    kinds |= dict.fromkeys(("indicator", "area", "month"), "string")
    kinds |= dict.fromkeys(("p05", "p50", "p95"), "double")
    return pa.table(
        {
            name: pa.array([row[i] for row in rows], pa.type_for_alias(kind))
            for i, (name, kind) in enumerate(kinds.items())
        }
    )


PARQUET = {
    "compression": "zstd",
    "compression_level": 3,
    "version": "2.6",
    "data_page_version": "1.0",
    "write_statistics": True,
}


def parquet(table: "pa.Table") -> bytes:
    """Return a table as the bytes of a Parquet file, always written the same way."""
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(table, stream, **PARQUET)
    return stream.getvalue()
