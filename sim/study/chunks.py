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
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.ask.answers import Question, compare
from sim.ask.summary import Summary, as_json
from sim.files.tables import money_name
from sim.forecast import Array, Forecast, quantiles
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.levers import Levers, Setting, only, read_by
from sim.place.scenario import Scenario
from sim.place.stamp import digest
from sim.place.targets import TargetSet
from sim.shipped import ROOT
from sim.study.outcomes import Own
from sim.study.points import split
from sim.study.study import Monthly, Point, Study

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Columns = Mapping[str, Any]

NUMBERS = ("chance", "chance_error", "p05", "p50", "p95", "gap_p50", "chance_change")
HELD = "held"  # in the metadata of a kept table: each of its points, its rows, whether it failed


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
    """Points of one base scenario.

    Attributes:
        key: the hash of what they compute.
        first: the place of its first point.
        keys: of each point, what `Keys` gives it.
        runs: how many runs of the study it stands for; points may come again.
        kinds: table -> the name it is kept under.
    """

    key: str
    first: int
    scenario: Scenario
    points: tuple[Point, ...]
    keys: tuple[str, ...]
    runs: int
    place: Packed
    money: str
    targets: TargetSet
    seed: int
    replicates: int
    monthly: Monthly
    quantiles: tuple[float, ...]
    draws: Monthly
    own: Own | None
    kinds: Mapping[str, str]


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


class Keys:
    """What each point of a world is known by: the hash of all that decides its numbers.

    The base scenario counts by its levers and a point by what it makes of them, so that equal
    plans are one point, whichever study, row or name they come by.
    """

    def __init__(self, study: Study) -> None:
        """Begin with what all points of a study share."""
        goals = [(t.indicator, t.at_least, t.deadline.isoformat()) for t in study.targets.targets]
        knowledge = [study.case.hash, study.case.baseline.hash, goals]
        luck = [study.seed, study.replicates]
        self._common = json.dumps([version("ketnoi"), fingerprint(), *knowledge, *luck])
        self._bases: dict[str, tuple[Scenario, dict[str, str]]] = {}

    def of(self, scenario: Scenario, point: Point) -> str:
        """Return the key of a point: 96 bits, in hex."""
        fixed, levers = split(point)
        plan = self._base(scenario) | {name: _said_of(name, levers[name]) for name in levers}
        what = f"{self._common}{''.join(plan.values())}{json.dumps(fixed, sort_keys=True)}"
        return hashlib.sha256(what.encode()).hexdigest()[:24]

    def _base(self, scenario: Scenario) -> dict[str, str]:
        """Return what a base scenario's levers add to a key, by name; made once."""
        known, told = self._bases.get(scenario.id, (None, {}))
        if known is not scenario:
            told = {name: _said_of(name, scenario.levers[name]) for name in sorted(scenario.levers)}
            self._bases[scenario.id] = scenario, told
        return told


def _said_of(name: str, value: Setting) -> str:
    return f"{name}={value if isinstance(value, str) else float(value)!r};"


def kinds(study: Study) -> dict[str, str]:
    """Return the tables of a study and the name each is kept under: alike only if they hold alike.

    Another output is another table; what is kept of the others is still good.
    """
    found = {"verdicts": "verdicts"}
    for table, what in (
        ("monthly", study.monthly != "none" and [study.monthly, *study.quantiles]),
        ("draws", study.draws != "none" and [study.draws]),
        ("outcomes", study.own is not None and [study.own.hash]),
    ):
        if what:
            found[table] = table + digest(what)[:8]
    return found


def plan(study: Study) -> Iterator["pa.Table"]:
    """Yield the runs of a study in order, piece by piece: key, scenario, point, its settings."""
    keys = Keys(study)
    for scenario, first, end in study.pieces():
        points = study.points(first, end)
        yield plan_table(scenario, range(first, end), points, keys)


def plan_table(
    scenario: Scenario, places: Sequence[int], points: Sequence[Point], keys: Keys
) -> "pa.Table":
    """Return some runs of a plan."""
    import pyarrow as pa

    found: dict[str, pa.Array] = {
        "key": pa.array([keys.of(scenario, point) for point in points], pa.string()),
        "scenario": pa.array([scenario.id] * len(points), pa.string()),
        "point": pa.array(places, pa.int64()),
    }
    for name in points[0]:
        settings = [point[name] for point in points]
        kind = pa.string() if isinstance(settings[0], str) else pa.float64()
        found[name] = pa.array(settings, kind)
    return pa.table(found)


def chunks(study: Study, wanted: "NDArray[np.int64] | None" = None) -> Iterator[Chunk]:
    """Yield the chunks of a study in order, made as they are asked for.

    Args:
        study: what is computed.
        wanted: of each run, how many runs it stands for: 0 for one that is not computed;
            1 for all if None.
    """
    place, keys, tables, run = _packed(study), Keys(study), kinds(study), 0
    for scenario, first, end in study.pieces():
        stands = [1] * (end - first) if wanted is None else wanted[run : run + end - first].tolist()
        run += end - first
        if not any(stands):
            continue
        points = [p for p, n in zip(study.points(first, end), stands, strict=True) if n]
        named = tuple(keys.of(scenario, point) for point in points)
        yield Chunk(
            key=digest(named)[:32],
            first=first,
            scenario=scenario,
            points=tuple(points),
            keys=named,
            runs=sum(stands),
            place=place,
            money=study.case.head.currency,
            targets=study.targets,
            seed=study.seed,
            replicates=study.replicates,
            monthly=study.monthly,
            quantiles=study.quantiles,
            draws=study.draws,
            own=study.own,
            kinds=tables,
        )


def _packed(study: Study) -> Packed:
    case = replace(study.case, folder=Path())  # where it was read is nobody else's business
    return Packed(case=pickle.dumps(case, protocol=5), made_by=fingerprint())


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
    """Return a chunk's tables as the bytes of Parquet files, by the name each is kept under.

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
    rows: dict[int, dict[str, Columns]] = {}
    for place in order:
        rows[place] = _row(worlds, chunk, chunk.points[place])
    in_order = [rows[place] for place in range(len(rows))]
    return {
        name: parquet(_table(chunk, table, [row.get(table, {}) for row in in_order]))
        for table, name in chunk.kinds.items()
    }


def _dearest_first(point: Point, levers: Levers) -> str:
    fixed, set_to = split(point)
    covering, passing = read_by(levers, "villages", "power"), read_by(levers, "homes")
    return json.dumps([fixed, only(set_to, covering), only(set_to, passing), set_to])


class Worlds:
    """A case, and the last question put to it: neighbours of a chunk hold the same assumptions."""

    def __init__(self, case: Case) -> None:
        """Begin with no question."""
        self.case = case
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


def _row(worlds: Worlds, chunk: Chunk, point: Point) -> dict[str, "Columns"]:
    """Return what each table holds of a point: its columns, each a list of cells."""
    fixed, levers = split(point)
    try:
        scenario = replace(chunk.scenario, levers={**chunk.scenario.levers, **levers})
        question = worlds.question(chunk, fixed)
        (summary,) = compare(question, [scenario])
        found: dict[str, Columns] = {"verdicts": _verdicts(summary, chunk)}
        if chunk.kinds.keys() > found.keys():
            forecast = question.forecast(scenario)
            found["monthly"] = _months(forecast, chunk)
            found["draws"] = _draws(forecast, chunk.draws)
            found["outcomes"] = _own(chunk.own, forecast, summary)
        return found
    except (MemoryError, OSError):
        raise
    except Exception as error:
        return {"verdicts": {"error": [_said(error)]}}


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _own(own: Own | None, forecast: Forecast, summary: Summary) -> "Columns":
    if own is None:
        return {}
    try:
        return {name: [value] for name, value in own(forecast, summary).items()}
    except (MemoryError, OSError):
        raise
    except Exception as error:
        return {"error": [_said(error)]}


def _verdicts(summary: Summary, chunk: Chunk) -> "Columns":
    said = as_json(summary, chunk.money)
    row: dict[str, Any] = {}
    for name, verdict in zip(_target_names(chunk.targets), said["targets"], strict=True):
        for number in (*NUMBERS, "month_passed_p50"):
            row[f"{name}.{number}"] = [verdict[number]]
    every = ("chance_all", "binding", f"cost_{money_name(chunk.money)}")
    return {**row, **{name: [said[name]] for name in every}}


def _of_places(forecast: Forecast, name: str, detail: Monthly) -> Array:
    """Return the draws of an indicator, the nation's first: `[replicate, area, month]`."""
    whole, areas = forecast.nation(name)[:, None, :], forecast.values[name]
    parts = {"nation": [whole], "area": [areas], "both": [whole, areas]}[detail]
    return np.concatenate(parts, axis=1)


def _months(forecast: Forecast, chunk: Chunk) -> "Columns":
    """Return indicator, area, month and quantiles; the nation's area is empty."""
    if chunk.monthly == "none":
        return {}
    draws = [_of_places(forecast, name, chunk.monthly) for name in forecast.tracks]
    bands = np.stack([quantiles(each, chunk.quantiles) for each in draws], axis=1)
    levels = bands.reshape(len(chunk.quantiles), -1)
    labels = _labels(forecast, chunk.monthly)
    names = map(level_name, chunk.quantiles)
    return labels | {
        name: [ten_digits(number) for number in row]
        for name, row in zip(names, levels, strict=True)
    }


def _draws(forecast: Forecast, detail: Monthly) -> "Columns":
    """Return indicator, area, month, replicate and value, replicate after replicate."""
    if detail == "none":
        return {}
    found = np.stack([_of_places(forecast, name, detail) for name in forecast.tracks], axis=1)
    count = len(found)
    labels = {name: cells * count for name, cells in _labels(forecast, detail).items()}
    replicate = np.repeat(np.arange(count), found[0].size).tolist()
    return labels | {"replicate": replicate, "value": found.ravel().tolist()}


def _labels(forecast: Forecast, detail: Monthly) -> dict[str, list[str]]:
    areas = {"nation": ("",), "area": forecast.areas, "both": ("", *forecast.areas)}[detail]
    months = [month.isoformat() for month in forecast.months]
    rows = list(product(forecast.tracks, areas, months))
    return dict(
        zip(("indicator", "area", "month"), map(list, zip(*rows, strict=True)), strict=True)
    )


def level_name(level: float) -> str:
    """Return what the column of a quantile is called.

    >>> level_name(0.05), level_name(0.5), level_name(0.025)
    ('p05', 'p50', 'p2.5')
    """
    return "p" + f"{100 * level:.10g}".zfill(2)


def types(chunk: Chunk, table: str) -> dict[str, str]:
    """Return the columns of one of a chunk's tables and their types."""
    labels = dict.fromkeys(("indicator", "area", "month"), "string")
    if table == "monthly":
        return labels | dict.fromkeys(map(level_name, chunk.quantiles), "double")
    if table == "draws":
        return labels | {"replicate": "int64", "value": "double"}
    if table == "outcomes":
        own = chunk.own.columns if chunk.own else ()
        return {**dict.fromkeys(own, "double"), "error": "string"}
    return columns(chunk.targets, chunk.money)


def _table(chunk: Chunk, table: str, rows: Sequence["Columns"]) -> "pa.Table":
    """Return a table of a chunk with the points it holds told in its metadata."""
    import pyarrow as pa

    counts = [max(map(len, row.values()), default=0) for row in rows]
    found = {}
    for name, kind in types(chunk, table).items():
        cells = [row.get(name, [None] * n) for row, n in zip(rows, counts, strict=True)]
        found[name] = pa.array([cell for each in cells for cell in each], pa.type_for_alias(kind))
    failed = [int("error" in row) for row in rows]
    held = json.dumps(list(zip(chunk.keys, counts, failed, strict=True)), separators=(",", ":"))
    return pa.table(found).replace_schema_metadata({HELD: held})


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
