"""Kept chunks: files named by what they compute and by their own checksum, found by point.

A file appears by an atomic rename and is never changed, so a kill at any moment leaves
whole files or none; a file whose bytes do not match its name is damaged and counts as
missing. Each tells which points it holds, so that any study that asks for one finds it.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.faults import Fault, InputFaults, told
from sim.forecast import Flags, Whole
from sim.study.chunks import HELD
from sim.writing import write_whole

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Names = NDArray[np.bytes_]

DIGITS = 16
OPEN = 256  # shards of a table read and held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Which points of a table are kept, sorted by their keys, and where.

    Attributes:
        keys: of the points.
        shard: which of the files holds a point.
        start, count: its rows there.
        failed: whether its run had failed.
        files: names, in order.
        damaged: names of files whose bytes do not match, and how many points they held.
    """

    keys: "Names"
    shard: Whole
    start: Whole
    count: Whole
    failed: Flags
    files: tuple[str, ...]
    damaged: Mapping[str, int]

    def find(self, keys: "Names") -> Whole:
        """Return the place of each key, -1 where it is not kept."""
        if not len(self.keys):
            return np.full(len(keys), -1)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, place, -1)


class Shards:
    """The kept chunks of a folder, which several studies may share."""

    def __init__(self, folder: Path) -> None:
        """Begin with a folder that may not be there yet."""
        self.folder = folder
        self._opened = lru_cache(maxsize=OPEN)(self._open)

    def index(self, kind: str) -> Index:
        """Return what is kept of a table, every checksum checked."""
        files, damaged, found, shard = list[str](), dict[str, int](), [], []
        for path in sorted(self.folder.glob(f"*-{kind}-*.parquet")):
            held = self._held(path)
            if held is None:
                damaged[path.name] = _points_of(path.name)
                continue
            found += held
            shard += [len(files)] * len(held)
            files.append(path.name)
        keys = np.array([row[0] for row in found], dtype="S24")
        counts = np.array([row[1:] for row in found], dtype=np.int64).reshape(-1, 2)
        shards = np.array(shard, dtype=np.int64)
        ends = np.cumsum(counts[:, 0])
        starts = ends - counts[:, 0]
        first = np.searchsorted(shards, shards)  # of the file's own points
        within = starts - starts[first] if len(shards) else starts
        keys, once = np.unique(keys, return_index=True)
        return Index(
            keys=keys,
            shard=shards[once],
            start=within[once],
            count=counts[once, 0],
            failed=counts[once, 1] > 0,
            files=tuple(files),
            damaged=damaged,
        )

    def rows(self, index: Index, places: Whole) -> "pa.Table | None":
        """Return the rows of some points, in their order; of one that is not there (-1) none."""
        return self._gathered(index, places[places >= 0], None)

    def row_each(self, index: Index, places: Whole) -> "pa.Table | None":
        """Return one row a point, empty where the point is not there or holds none."""
        there = (places >= 0) & (index.count[places] > 0) if len(index.keys) else places >= 0
        return self._gathered(index, places[there], there)

    def _gathered(self, index: Index, places: Whole, there: Flags | None) -> "pa.Table | None":
        import pyarrow as pa

        if not len(places):
            return None
        used, which = np.unique(index.shard[places], return_inverse=True)
        parts = [self._opened(index.files[shard]) for shard in used]
        offsets = np.cumsum([0, *(part.num_rows for part in parts[:-1])])
        starts, counts = offsets[which] + index.start[places], index.count[places]
        ends = np.cumsum(counts)
        rows = np.arange(ends[-1]) + np.repeat(starts - ends + counts, counts)
        taken = pa.array(rows)
        if there is not None:
            spread = np.zeros(len(there), dtype=np.int64)
            spread[there] = rows
            taken = pa.array(spread, mask=~there)
        return pa.concat_tables(parts).replace_schema_metadata(None).take(taken)

    def _open(self, name: str) -> "pa.Table":
        return opened((self.folder / name).read_bytes())

    def _held(self, path: Path) -> list[tuple[str, int, int]] | None:
        """Return which points a kept table holds; None if it is missing or damaged."""
        try:
            content = path.read_bytes()
            if not path.stem.endswith("-" + _checksum(content)):
                return None
            told = (opened(content).schema.metadata or {}).get(HELD.encode(), b"[]")
            return [(str(key), int(rows), int(bad)) for key, rows, bad in json.loads(told)]
        except (OSError, ValueError, TypeError):  # Arrow's own errors are such too
            return None

    def keep(self, key: str, parts: Mapping[str, bytes], points: int) -> None:
        """Keep the tables of a chunk of so many points.

        Raises:
            OSError: the disk is full, or the folder cannot be written; nothing half-written
                is left.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for kind, content in parts.items():
            write_whole(
                self.folder / f"{key}-{kind}-{points}-{_checksum(content)}.parquet", content
            )

    def copy(self, other: "Shards", name: str) -> None:
        """Keep a file of another folder as well; raises `OSError`."""
        if not (self.folder / name).exists():
            write_whole(self.folder / name, (other.folder / name).read_bytes())

    def forget(self, index: Index) -> None:
        """Remove what is damaged."""
        for name in index.damaged:
            (self.folder / name).unlink(missing_ok=True)


def _points_of(name: str) -> int:
    number = name.split("-")[2]
    return int(number) if number.isdecimal() else 0


def opened(content: bytes) -> "pa.Table":
    """Return a kept table, read by this thread alone.

    A read ahead by Arrow's own threads may let go of its bytes while Python ends, which
    aborts the process.
    """
    import pyarrow.parquet as pq

    return pq.ParquetFile(io.BytesIO(content), pre_buffer=False).read(use_threads=False)


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; the hold ends with the process, however it ends.

    Raises:
        InputFaults: another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # a system without such locks
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            given = told("a folder that another ketnoi is using")
            raise InputFaults(
                [Fault(str(folder), "--out", given, told("another folder"))]
            ) from None
        yield
    finally:
        os.close(handle)
