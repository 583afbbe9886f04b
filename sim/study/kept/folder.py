"""The folder of a study: what it is, what is to be computed, what is kept, as tables.

`study.json` says all a study was made from but its case, which lies in `source/`; `plan.parquet`
has a row a run; `shards/` (or another folder named in `store.txt`) keeps what was computed, by
point. What was there of an earlier study moves to `earlier/`, where it can be read as before.
"""

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.faults import Fault, InputFaults, refuse, told
from sim.files.carriers import SIDE_CAR, side_car
from sim.files.tables import Cell, Rows, harmless
from sim.files.workbook import xlsx_bytes
from sim.forecast import Whole
from sim.place.stamp import digest, encoded, of_study
from sim.study.chunks import PARQUET, fingerprint, kinds, plan
from sim.study.kept.shards import Index, Shards
from sim.study.study import Study
from sim.writing import as_faults, sweep, whole, write_together, write_whole

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from sim.study.kept.shards import Names

Format = Literal["csv", "parquet", "xlsx"]
FORMATS: tuple[Format, ...] = ("csv", "parquet", "xlsx")
KINDS = ("verdicts", "monthly", "draws")
STUDY, PLAN, STORE = "study.json", "plan.parquet", "store.txt"
SOURCE, EARLIER = "source", "earlier"  # folders
CASE_FILES = ("case", "targets", "baseline", "areas", "observations", "outcomes", "assumptions")
ROW_GROUP = 4_096
RUNS_AT_ONCE = 32  # whose rows by month are in hand
SHEET_ROWS = 1_048_575


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The folder of a study, opened: what it was, and what is kept of it.

    Attributes:
        path: of the folder.
        made: the content of `study.json`.
    """

    path: Path
    made: dict[str, Any]
    shards: Shards = field(repr=False)

    @property
    def kinds(self) -> dict[str, str]:
        """Its tables, and the name each is kept under."""
        return dict(self.made["kinds"])

    @property
    def runs(self) -> int:
        """How many runs the study has."""
        return len(self.keys)

    @cached_property
    def keys(self) -> "Names":
        """The key of each run, in order."""
        import pyarrow.parquet as pq

        column = pq.ParquetFile(self.path / PLAN, pre_buffer=False).read(
            columns=["key"], use_threads=False
        )
        return np.asarray(column.column("key").to_numpy(), dtype="S24")

    @cached_property
    def indices(self) -> dict[str, Index]:
        """Which points of each table are kept."""
        return {table: self.shards.index(kind) for table, kind in self.kinds.items()}

    def places(self, table: str) -> Whole:
        """Return where the point of each run is kept in a table, -1 where it is not."""
        return self.indices[table].find(self.keys)

    @property
    def kept(self) -> "Whole":
        """Of each run, 1 if all tables keep it."""
        there = [self.places(table) >= 0 for table in self.kinds]
        return np.asarray(np.all(there, axis=0), dtype=np.int64)

    @property
    def failed(self) -> "Whole":
        """Of each run, 1 if what is kept is an error."""
        found = np.zeros(len(self.keys), dtype=bool)
        for table, index in self.indices.items():
            if len(index.keys):
                places = self.places(table)
                found |= (places >= 0) & index.failed[places]
        return found.astype(np.int64)

    @property
    def damaged(self) -> int:
        """How many runs are missing whose kept results were found damaged."""
        held = [sum(index.damaged.values()) for index in self.indices.values()]
        return int(min(max(held), len(self.keys) - self.kept.sum()))

    def plan(self, rows: int = ROW_GROUP) -> Iterator["pa.Table"]:
        """Yield the plan, so many rows at a time."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = pq.ParquetFile(self.path / PLAN, pre_buffer=False)
        for batch in file.iter_batches(batch_size=rows, use_threads=False):
            yield pa.Table.from_batches([batch])

    def tables(self, kind: str) -> Iterator["pa.Table"]:
        """Yield the rows of a table in the order of the plan, those missing left out."""
        places, run = self.places(kind), 0
        for planned in self.plan(ROW_GROUP if kind == "verdicts" else RUNS_AT_ONCE):
            mine, head = places[run : run + planned.num_rows], planned.drop_columns(["key"])
            if kind == "verdicts":
                found = self._verdicts(head, mine, slice(run, run + planned.num_rows))
            else:
                found = self._by_month(kind, head.select(["scenario", "point"]), mine)
            run += planned.num_rows
            if found is not None:
                yield found

    def _verdicts(self, head: "pa.Table", places: Whole, part: slice) -> "pa.Table | None":
        """Return settings, verdicts and outcomes of one's own side by side."""
        import pyarrow.compute as pc

        rows = self.shards.rows(self.indices["verdicts"], places)
        if rows is None:
            return None
        there = places >= 0
        found = _beside(head.filter(there), rows.drop_columns(["error"]))
        error = rows.column("error")
        if "outcomes" in self.kinds:
            own = self.places("outcomes")[part][there]
            more = self.shards.row_each(self.indices["outcomes"], own)
            if more is not None:
                found = _beside(found, more.drop_columns(["error"]))
                error = pc.coalesce(error, more.column("error"))
        return found.append_column("error", error)

    def _by_month(self, kind: str, head: "pa.Table", places: Whole) -> "pa.Table | None":
        import pyarrow as pa

        rows, index = self.shards.rows(self.indices[kind], places), self.indices[kind]
        if rows is None:
            return None
        runs = np.flatnonzero(places >= 0)
        whose = pa.array(np.repeat(runs, index.count[places[runs]]))
        return _beside(head.take(whose), rows)


def _beside(one: "pa.Table", other: "pa.Table") -> "pa.Table":
    for name in other.column_names:
        one = one.append_column(name, other.column(name))
    return one


def open_study(out: Path) -> Folder:
    """Return the folder of a study.

    Raises:
        InputFaults: it holds no study, or a damaged one.
    """
    if not (out / STUDY).is_file() or not (out / PLAN).is_file():
        given, wanted = told("a folder that holds no study"), told("one that batch has made")
        refuse([Fault(str(out), "", given, wanted)])
    broken = out / STUDY
    try:
        made = json.loads((out / STUDY).read_bytes())
        whole = made.pop("hash") == digest(made)
        broken = out / PLAN if whole else broken
        if whole and hash_of(out / PLAN) == made["plan_hash"]:
            return Folder(path=out, made=made, shards=Shards(store_of(out)))
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        pass  # not even what could be compared
    wanted = told("the file as batch wrote it; batch run with --resume makes it again")
    raise InputFaults([Fault(str(broken), "", told("a damaged file"), wanted)])


def check_place(out: Path, *, resume: bool) -> None:
    """Refuse a folder that must not take a study; raises `InputFaults`."""
    if out.exists() and not out.is_dir():
        refuse([Fault(str(out), "--out", told("a file"), told("a folder, or a name not taken"))])
    for room in (out, *_rooms(out / SOURCE), *_rooms(out / EARLIER)):
        sweep(room)
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not (out / PLAN).exists():
        wanted = told("an empty folder, or one that holds a study")
        refuse([Fault(str(out), "--out", told("a folder that is not empty"), wanted)])
    if not resume:
        wanted = told("--resume to go on with it, or a new folder")
        refuse([Fault(str(out), "--out", told("a folder that holds a study"), wanted)])


def _rooms(folder: Path) -> Iterator[Path]:
    """Yield a folder and those in it, where there is one."""
    return (each for each in (folder, *folder.rglob("*")) if each.is_dir())


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file that may be too large to hold."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def store_of(out: Path) -> Path:
    """Return the folder in which the results of a study are kept."""
    named = out / STORE
    return out / (named.read_text(encoding="utf-8").strip() if named.is_file() else "shards")


def make_folder(study: Study, out: Path, store: Path | None = None) -> Folder:
    """Write what a study is and what is to be computed; what was there moves to `earlier/`."""
    about = {"ketnoi": version("ketnoi"), "code": fingerprint(), **study.described()}
    source = {f"case/{name}": text for name, text in case_files(study).items()}
    if study.own is not None:
        source["outcomes.py"] = study.own.text.encode()
    return write_folder(out, about | {"kinds": kinds(study)}, plan(study), source, store)


def case_files(study: Study) -> dict[str, bytes]:
    """Return the files of a study's case, by name; none where it was not read from a folder."""
    paths = [path for name in CASE_FILES for path in study.case.folder.glob(f"{name}.*")]
    levers = study.case.folder / "levers.csv"
    found = [path for path in (*paths, levers) if path.suffix in (".toml", ".csv")]
    return {path.name: path.read_bytes() for path in sorted(found) if path.is_file()}


def write_folder(
    out: Path,
    about: dict[str, Any],
    runs: Iterable["pa.Table"],
    source: Mapping[str, bytes],
    store: Path | None = None,
) -> Folder:
    """Write a study's description, plan and source; an earlier study's move to `earlier/`."""
    files = {out / SOURCE / name: content for name, content in source.items()}
    if store is not None:
        files[out / STORE] = f"{os.path.relpath(store, out)}\n".encode()
    out.mkdir(parents=True, exist_ok=True)
    with whole(out / STUDY) as described, whole(out / PLAN) as planned:
        _write_parquet(planned, grouped(runs))
        made = about | {"plan_hash": hash_of(planned)}
        text = json.dumps(made | {"hash": digest(made)}, indent=2, ensure_ascii=False) + "\n"
        described.write_bytes(text.encode())
        _set_aside(out, text.encode())
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
    write_together(files)  # after what makes the folder a study, which can be gone on with
    return Folder(path=out, made=made, shards=Shards(store_of(out)))


def _set_aside(out: Path, new: bytes) -> None:
    """Move a study that is another one into a folder of its own, its results where they are."""
    if not (out / STUDY).is_file() or (out / STUDY).read_bytes() == new:
        return
    try:
        old = open_study(out)
    except InputFaults:
        return
    aside = out / EARLIER / digest(old.made)[:8]
    aside.mkdir(parents=True, exist_ok=True)
    kept = [out / STUDY, out / PLAN, *(out / SOURCE).rglob("*")]
    copies = {aside / p.relative_to(out): p.read_bytes() for p in kept if p.is_file()}
    for path in copies:
        path.parent.mkdir(parents=True, exist_ok=True)
    store = os.path.relpath(store_of(out), aside)
    write_together({**copies, aside / STORE: f"{store}\n".encode()})
    for table in KINDS:
        for path in out.glob(f"{table}.*"):
            path.replace(aside / path.name)


def merge(folder: Folder, kind: str, to: Path) -> int:
    """Write what is kept of a study as one Parquet file, and return its rows.

    The file carries its study as metadata (`ketnoi`); no more than one row group is in
    memory at a time.
    """
    made = json.dumps(folder.made, ensure_ascii=False, sort_keys=True)
    with whole(to) as part:
        return _write_parquet(part, grouped(folder.tables(kind)), {"ketnoi": made})


def _write_parquet(
    to: Path, groups: Iterator["pa.Table"], about: Mapping[str, str] | None = None
) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first, rows = next(groups, None), 0
    if first is None:
        return 0
    schema = first.schema.with_metadata(dict(about or {}))
    with pq.ParquetWriter(to, schema, **PARQUET) as writer:
        for group in chain([first], groups):
            writer.write_table(pa.table(group.columns, schema=schema), ROW_GROUP)
            rows += group.num_rows
    return rows


def grouped(pieces: Iterable["pa.Table"]) -> Iterator["pa.Table"]:
    """Yield tables of `ROW_GROUP` rows, the last one shorter."""
    import pyarrow as pa

    hand: list[pa.Table] = []
    count = 0
    for piece in pieces:
        hand.append(piece)
        count += piece.num_rows
        while count >= ROW_GROUP:
            full = pa.concat_tables(hand).combine_chunks()
            yield full.slice(0, ROW_GROUP)
            hand, count = [full.slice(ROW_GROUP)], count - ROW_GROUP
    if count:
        yield pa.concat_tables(hand).combine_chunks()


def check_table(folder: Folder, kind: str, form: Format) -> None:
    """Refuse a table that a study does not have, or not in this form; raises `InputFaults`."""
    out = str(folder.path)
    if kind not in folder.kinds:
        lacks = {"monthly": told("a study without quantiles by month")}
        given = lacks.get(kind, told("a study without draws"))
        wanted = told('{kind} = "nation" or "area" in its file', kind=kind)
        refuse([Fault(out, f"--{kind}", given, wanted)])
    if not folder.kept.any():
        given = told("a study with no results yet")
        refuse([Fault(out, "", given, told("some of its runs"))])
    rows = int(folder.indices[kind].count[folder.places(kind)].sum())
    if form == "xlsx" and rows > SHEET_ROWS:
        wanted = told("csv or parquet; a sheet holds {most:,} rows", most=SHEET_ROWS)
        refuse([Fault(out, "--format", told("xlsx for too many rows"), wanted)])


def write_table(out: Path, form: Format, to: Path, *, kind: str = "verdicts") -> int:
    """Write what is kept of a study as a CSV, Parquet or XLSX file, and return its rows.

    Raises:
        InputFaults: the folder holds no study or nothing yet, the study has no such table,
            or a sheet cannot hold so many rows.
    """
    folder = open_study(out)
    check_table(folder, kind, form)
    with as_faults(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        sweep(to.parent, to.name)
        if form == "parquet":
            return merge(folder, kind, to)
        return (_write_xlsx if form == "xlsx" else _write_csv)(folder, kind, to)


_CSVW = {"string": "string", "int64": "integer", "double": "number"}


def _write_csv(folder: Folder, kind: str, to: Path) -> int:
    rows, head, types = 0, list[str](), dict[str, str]()
    with whole(to.with_name(to.name + SIDE_CAR)) as beside, whole(to) as part:
        with part.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            for piece in folder.tables(kind):
                if not rows:
                    head = piece.column_names
                    types = {f.name: _CSVW.get(str(f.type), "") for f in piece.schema}
                    writer.writerow(map(harmless, head))
                writer.writerows(map(harmless, row) for row in _rows(piece))
                rows += piece.num_rows
        file = f"batch/{kind}.csv"
        stamped = of_study(folder.made, file=file, language="en", numbers=hash_of(part))
        beside.write_bytes(side_car(to.name, head, stamped, types))
    return rows


def _rows(table: "pa.Table") -> Iterator[tuple[Cell, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _write_xlsx(folder: Folder, kind: str, to: Path) -> int:
    rows: list[tuple[Cell, ...]] = []
    head: list[str] = []
    for piece in folder.tables(kind):
        head = piece.column_names
        rows += _rows(piece)
    about = [(name, json.dumps(value, ensure_ascii=False)) for name, value in folder.made.items()]
    stamped = of_study(folder.made, file=f"batch/{kind}.xlsx", language="en", numbers=[head, rows])
    sheets: dict[str, tuple[list[str], Rows]] = {
        kind: (head, rows),
        "study": (["entry", "value"], about),
    }
    write_whole(to, xlsx_bytes(sheets, encoded(stamped)))
    return len(rows)


def read_study(out: Path) -> dict[str, Any]:
    """Return what a folder's study was: the content of its `study.json`.

    Raises:
        InputFaults: the folder holds no study, or a damaged one.
    """
    return open_study(out).made


def read_table(out: Path, *, kind: str = "verdicts") -> "pd.DataFrame":
    """Return what is kept of a study as a pandas table: `verdicts`, `monthly` or `draws`.

    Raises:
        InputFaults: the folder holds no study, or it has no such table.
    """
    import pandas as pd
    import pyarrow as pa

    folder = open_study(out)
    if kind not in folder.kinds:
        check_table(folder, kind, "parquet")
    pieces = list(folder.tables(kind))
    return pa.concat_tables(pieces).to_pandas() if pieces else pd.DataFrame()


def read_columns(out: Path) -> dict[str, list[Cell]]:
    """Return the verdict table of a finished study as lists, for analyses that need it whole.

    Raises:
        InputFaults: the folder holds no study, or some of it is not computed yet.
    """
    import pyarrow as pa

    folder = open_study(out)
    missing = folder.runs - int(folder.kept.sum())
    if missing:
        given = told("a study of which {missing} runs are missing or damaged", missing=missing)
        refuse([Fault(str(out), "", given, told("a finished one; ketnoi batch --resume"))])
    found: dict[str, list[Cell]] = pa.concat_tables(folder.tables("verdicts")).to_pydict()
    return found
