"""Many runs: a study computed, kept, resumed and read again.

From a notebook::

    from sim.study.batch import pool, read_table, run_points, run_study

`run_points` takes a pandas table of points and gives one back; `run_study` runs a study
file's worth of them into a folder that can be killed and resumed.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sim.faults import Fault, InputFaults, refuse, told
from sim.files.carriers import SIDE_CAR, side_car
from sim.files.tables import Cell, Rows, harmless
from sim.files.workbook import xlsx_bytes
from sim.place.case import Case
from sim.place.scenario import Scenario
from sim.place.stamp import digest, encoded, of_study
from sim.study.chunks import PARQUET, Chunk, chunks, fingerprint
from sim.study.engines import Engine, dask, here, pool
from sim.study.shards import Shards, alone
from sim.study.study import Study
from sim.study.study_file import given_study, load_study
from sim.writing import as_faults, sweep, whole, write_together, write_whole

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [  # also what a notebook imports from here
    "Stopped",
    "Tally",
    "dask",
    "here",
    "load_study",
    "pool",
    "read_columns",
    "read_study",
    "read_table",
    "run_points",
    "run_study",
    "status",
    "write_table",
]

Format = Literal["csv", "parquet", "xlsx"]
FORMATS: tuple[Format, ...] = ("csv", "parquet", "xlsx")
ROW_GROUP = 4_096
SHEET_ROWS = 1_048_575


@dataclass(slots=True, kw_only=True)
class Tally:
    """How far a study is.

    Attributes:
        runs: all runs of the study: points times base scenarios.
        kept: runs whose results are kept.
        failed: kept runs that ended in an error.
        damaged: runs whose kept results were found damaged, and are to be computed again.
        lost: runs whose chunk could not be computed at all, this time.
        why: the first reason for a lost chunk.
    """

    runs: int = 0
    kept: int = 0
    failed: int = 0
    damaged: int = 0
    lost: int = 0
    why: str = ""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to compute."""
        return self.kept == self.runs


class Stopped(Exception):  # noqa: N818  (it is what happened: the study stopped)
    """Raised when a study had to stop; what it had computed is kept."""

    def __init__(self, reason: str, tally: Tally) -> None:
        """Keep why, and how far it came."""
        super().__init__(reason)
        self.reason, self.tally = reason, tally


@dataclass(frozen=True, slots=True)
class _Planned:
    """A line of `plan.csv`: a chunk without its points."""

    key: str
    scenario: str
    first: int
    runs: int


def run_study(
    study: Study,
    out: Path,
    *,
    engine: Engine = here,
    resume: bool = False,
    limit: int | None = None,
    watch: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Compute what is missing of a study and keep it in a folder.

    The folder gets `study.json`, `plan.csv`, `shards/` and, once nothing is missing,
    `verdicts.parquet` (and `monthly.parquet`), the same bytes whatever the engine, the
    order, or how often it was stopped.

    Args:
        study: what to compute.
        out: the folder, new or empty unless `resume` is set.
        engine: `here`, `pool(workers)` or `dask(address)`.
        resume: whether the folder may hold results, of this study or another; whatever is
            the same and whole is not computed again.
        limit: stop giving out chunks after so many runs.
        watch: called after each chunk.

    Raises:
        InputFaults: the folder may not or cannot be written.
        Stopped: the disk is full, or the user stopped it; nothing kept is lost.
    """
    _check(out, resume=resume)
    tally = Tally(runs=study.runs)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with alone(out):
            shards = Shards(out / "shards")
            sweep(out)
            sweep(shards.folder)
            _plan(study, out)
            _work(study, shards, engine, limit, tally, watch)
            if tally.complete:
                for kind in _kinds(study.monthly):
                    merge(out, kind, out / f"{kind}.parquet", shards)
    except OSError as error:
        if not tally.kept and not (out / "plan.csv").exists():
            refuse([Fault(str(out), "--out", _reason(error), told("a place that can be written"))])
        raise Stopped(_reason(error), tally) from error
    except KeyboardInterrupt:
        raise Stopped("interrupted", tally) from None
    return tally


def _check(out: Path, *, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        refuse([Fault(str(out), "--out", told("a file"), told("a folder, or a name not taken"))])
    if out.is_dir():
        sweep(out)
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not (out / "plan.csv").exists():
        wanted = told("an empty folder, or one that holds a study")
        refuse([Fault(str(out), "--out", told("a folder that is not empty"), wanted)])
    if not resume:
        wanted = told("--resume to go on with it, or a new folder")
        refuse([Fault(str(out), "--out", told("a folder that holds a study"), wanted)])


def _reason(error: OSError) -> str:
    return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")


def _kinds(monthly: str) -> tuple[str, ...]:
    return ("verdicts",) if monthly == "none" else ("verdicts", "monthly")


def _plan(study: Study, out: Path) -> None:
    """Write what is to be computed; what was merged of another plan goes."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("key", "scenario", "first", "runs"))
    for chunk in chunks(study):
        writer.writerow((chunk.key, chunk.scenario.id, chunk.first, len(chunk.points)))
    plan = lines.getvalue()
    made = {"ketnoi": version("ketnoi"), "code": fingerprint(), **study.described()}
    made |= {"plan_hash": digest(plan)}
    text = json.dumps(made | {"hash": digest(made)}, indent=2, ensure_ascii=False) + "\n"
    old = out / "plan.csv"
    if not old.exists() or old.read_bytes() != plan.encode():
        for kind in _kinds("area"):
            (out / f"{kind}.parquet").unlink(missing_ok=True)
    write_together({out / "study.json": text.encode(), old: plan.encode()})


def _work(
    study: Study,
    shards: Shards,
    engine: Engine,
    limit: int | None,
    tally: Tally,
    watch: Callable[[Tally], None],
) -> None:
    todo = _limited(_missing(study, shards, tally), limit)
    with closing(engine(todo)) as results:  # type: ignore[type-var]
        for chunk, result in results:
            if isinstance(result, BaseException):
                tally.lost += len(chunk.points)
                tally.why = tally.why or f"{type(result).__name__}: {result}"
            else:
                shards.keep(chunk.key, result)
                tally.kept += len(chunk.points)
                tally.failed += _failures(result["verdicts"])
            watch(tally)
    watch(tally)


def _missing(study: Study, shards: Shards, tally: Tally) -> Iterator[Chunk]:
    kinds = _kinds(study.monthly)
    for chunk in chunks(study):
        if shards.whole(chunk.key, kinds):
            tally.kept += len(chunk.points)
            tally.failed += _failures(shards.read(chunk.key, "verdicts") or b"")
            continue
        if shards.present(chunk.key, kinds):
            tally.damaged += len(chunk.points)
        yield chunk


def _limited(todo: Iterator[Chunk], limit: int | None) -> Iterator[Chunk]:
    given = 0
    while limit is None or given < limit:
        chunk = next(todo, None)
        if chunk is None:
            return
        given += len(chunk.points)
        yield chunk


def _failures(content: bytes) -> int:
    errors = _read(content, ["error"]).column("error")
    return len(errors) - int(errors.null_count)


def _read(content: bytes, names: list[str] | None = None) -> "pa.Table":
    """Return a kept table, read by this thread alone.

    A read ahead by Arrow's own threads may let go of its bytes while Python ends, which
    aborts the process.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False)
    return file.read(columns=names, use_threads=False)


def _planned(out: Path) -> Iterator[_Planned]:
    """Yield the lines of a folder's plan.

    Raises:
        InputFaults: the folder holds no study, or a damaged one.
    """
    text = _as_made(out)[1]
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield _Planned(row["key"], row["scenario"], int(row["first"]), int(row["runs"]))


def _as_made(out: Path) -> tuple[dict[str, Any], str]:
    """Return the content of a folder's `study.json` and its plan, both as they were written.

    Raises:
        InputFaults: the folder holds no study, or one of the two files is damaged.
    """
    study, plan = out / "study.json", out / "plan.csv"
    if not study.is_file() or not plan.is_file():
        refuse(
            [
                Fault(
                    str(out),
                    "",
                    told("a folder that holds no study"),
                    told("one that batch has made"),
                )
            ]
        )
    broken = study
    try:
        made: dict[str, Any] = json.loads(study.read_bytes())
        whole = made.pop("hash") == digest(made)
        broken = plan if whole else study
        text = plan.read_bytes().decode()
        if whole and digest(text) == made.pop("plan_hash"):
            return made, text
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        pass  # not even what could be compared
    wanted = told("the file as batch wrote it; batch run with --resume makes it again")
    raise InputFaults([Fault(str(broken), "", told("a damaged file"), wanted)])


def read_study(out: Path) -> dict[str, Any]:
    """Return what a folder's study was: the content of its `study.json`.

    Raises:
        InputFaults: the folder holds no study, or a damaged one.
    """
    return _as_made(out)[0]


def status(out: Path) -> Tally:
    """Return how far the study of a folder is, every checksum checked.

    Raises:
        InputFaults: the folder holds no study.
    """
    kinds = _kinds(read_study(out)["monthly"])
    shards, tally = Shards(out / "shards"), Tally()
    for line in _planned(out):
        tally.runs += line.runs
        if shards.whole(line.key, kinds):
            tally.kept += line.runs
            tally.failed += _failures(shards.read(line.key, "verdicts") or b"")
        elif shards.present(line.key, kinds):
            tally.damaged += line.runs
    return tally


def tables(out: Path, kind: str, shards: Shards | None = None) -> Iterator["pa.Table"]:
    """Yield the kept tables of a study in the order of its plan, those missing left out."""
    kept = shards or Shards(out / "shards")
    for line in _planned(out):
        content = kept.read(line.key, kind)
        if content is not None:
            yield _read(content)


def merge(out: Path, kind: str, to: Path, shards: Shards | None = None) -> int:
    """Write what is kept of a study as one Parquet file, and return its rows.

    The file carries its study as metadata (`ketnoi`); no more than one row group is in
    memory at a time.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = json.dumps(read_study(out), ensure_ascii=False, sort_keys=True)
    groups, rows = _grouped(tables(out, kind, shards)), 0
    first = next(groups, None)
    if first is None:
        return 0
    schema = first.schema.with_metadata({"ketnoi": made})
    with whole(to) as part, pq.ParquetWriter(part, schema, **PARQUET) as writer:
        for group in chain([first], groups):
            writer.write_table(pa.table(group.columns, schema=schema), ROW_GROUP)
            rows += group.num_rows
    return rows


def _grouped(pieces: Iterable["pa.Table"]) -> Iterator["pa.Table"]:
    """Yield tables of `ROW_GROUP` rows, the last one shorter."""
    import pyarrow as pa

    hand: list[pa.Table] = []
    count = 0
    for piece in pieces:
        hand.append(piece)
        count += piece.num_rows
        while count >= ROW_GROUP:
            whole = pa.concat_tables(hand).combine_chunks()
            yield whole.slice(0, ROW_GROUP)
            hand, count = [whole.slice(ROW_GROUP)], count - ROW_GROUP
    if count:
        yield pa.concat_tables(hand).combine_chunks()


def write_table(out: Path, form: Format, to: Path, *, kind: str = "verdicts") -> int:
    """Write what is kept of a study as a CSV, Parquet or XLSX file, and return its rows.

    Raises:
        InputFaults: the folder holds no study or nothing yet, the study has no such table,
            or a sheet cannot hold so many rows.
    """
    made = read_study(out)
    if kind not in _kinds(made["monthly"]):
        given = told("a study without {kind} quantiles", kind=kind)
        refuse(
            [Fault(str(out), "--monthly", given, told('monthly = "nation" or "area" in its file'))]
        )
    if next(tables(out, kind), None) is None:
        refuse(
            [
                Fault(
                    str(out),
                    "",
                    told("a study of which nothing is kept yet"),
                    told("some of its runs"),
                )
            ]
        )
    with as_faults(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        sweep(to.parent, to.name)
        if form == "parquet":
            return merge(out, kind, to)
        return (_write_xlsx if form == "xlsx" else _write_csv)(out, kind, to, made)


def _write_csv(out: Path, kind: str, to: Path, made: Mapping[str, Any]) -> int:
    rows, head = 0, list[str]()
    with whole(to.with_name(to.name + SIDE_CAR)) as beside, whole(to) as part:
        with part.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            for piece in tables(out, kind):
                if not rows:
                    head = piece.column_names
                    writer.writerow(map(harmless, head))
                writer.writerows(map(harmless, row) for row in _rows(piece))
                rows += piece.num_rows
        with part.open("rb") as stream:  # the table may be too large to hold
            numbers = hashlib.file_digest(stream, "sha256").hexdigest()
        stamped = of_study(made, file=f"batch/{kind}.csv", language="en", numbers=numbers)
        beside.write_bytes(side_car(to.name, head, stamped))
    return rows


def _rows(table: "pa.Table") -> Iterator[tuple[Cell, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _write_xlsx(out: Path, kind: str, to: Path, made: Mapping[str, Any]) -> int:
    total = sum(line.runs for line in _planned(out))
    rows: list[tuple[Cell, ...]] = []
    head: list[str] = []
    for piece in tables(out, kind):
        head = piece.column_names
        rows += _rows(piece)
        if max(len(rows), total) > SHEET_ROWS:
            wanted = told("csv or parquet; a sheet holds {most:,} rows", most=SHEET_ROWS)
            refuse([Fault(str(out), "--format", told("xlsx for too many rows"), wanted)])
    about = [(name, json.dumps(value, ensure_ascii=False)) for name, value in made.items()]
    stamped = of_study(made, file=f"batch/{kind}.xlsx", language="en", numbers=[head, rows])
    sheets: dict[str, tuple[list[str], Rows]] = {
        kind: (head, rows),
        "study": (["entry", "value"], about),
    }
    book = xlsx_bytes(sheets, encoded(stamped))
    write_whole(to, book)
    return len(rows)


def read_table(out: Path, *, kind: str = "verdicts") -> "pd.DataFrame":
    """Return what is kept of a study as a pandas table, `verdicts` or `monthly`.

    Raises:
        InputFaults: the folder holds no study.
    """
    import pandas as pd
    import pyarrow as pa

    pieces = list(tables(out, kind))
    return pa.concat_tables(pieces).to_pandas() if pieces else pd.DataFrame()


def read_columns(out: Path) -> dict[str, list[Cell]]:
    """Return the verdict table of a finished study as lists, for analyses that need it whole.

    Raises:
        InputFaults: the folder holds no study, or some of it is not computed yet.
    """
    import pyarrow as pa

    pieces = list(tables(out, "verdicts"))
    missing = sum(line.runs for line in _planned(out)) - sum(each.num_rows for each in pieces)
    if missing:
        given = told("a study of which {missing} runs are missing or damaged", missing=missing)
        refuse([Fault(str(out), "", given, told("a finished one; ketnoi batch --resume"))])
    found: dict[str, list[Cell]] = pa.concat_tables(pieces).to_pydict()
    return found


def run_points(
    case: Case,
    scenario: Scenario,
    points: "pd.DataFrame",
    *,
    engine: Engine = here,
    replicates: int = 100,
    seed: int = 2022,
    targets: str | None = None,
) -> "pd.DataFrame":
    """Return the verdicts at the points of a table, in its order and with its index.

    Args:
        case: the place.
        scenario: what a point's levers replace.
        points: a column a lever or assumption, a row a point.
        engine: `here`, `pool(workers)` or `dask(address)`.
        replicates, seed: as in `sim.world.run.run`.
        targets: which of the case's sets; its default one if None.

    Raises:
        InputFaults: with every fault of every point.
        RuntimeError: a chunk could not be computed at all.
    """
    import pyarrow as pa

    rows = [
        {str(name): value for name, value in row.items()}
        for row in points.astype(object).to_dict("records")
    ]
    chosen = case.target_sets[targets or case.default_targets]
    study = given_study(case, scenario, rows, targets=chosen, replicates=replicates, seed=seed)
    found: dict[int, pa.Table] = {}
    for chunk, result in engine(chunks(study)):
        if isinstance(result, BaseException):
            raise RuntimeError(f"points from {chunk.first} on: {result}") from result
        found[chunk.first] = _read(result["verdicts"])
    whole = pa.concat_tables([found[first] for first in sorted(found)]).to_pandas()
    found_rows: pd.DataFrame = whole.drop(columns=["scenario", "point"]).set_index(points.index)
    return found_rows
