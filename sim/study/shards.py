"""Kept chunks: files named by what they compute and by their own checksum.

A file appears by an atomic rename and is never changed, so a kill at any moment leaves
whole files or none; a file whose bytes do not match its name is damaged and counts as
missing.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sim.faults import Fault, InputFaults, told
from sim.writing import write_whole

DIGITS = 16


class Shards:
    """The kept chunks of a folder; listed once, then kept up to date by `keep`."""

    def __init__(self, folder: Path) -> None:
        """List what the folder holds; it may not be there yet."""
        self.folder = folder
        self._names: dict[tuple[str, str], str] = {}
        for name in sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []:
            key, kind, _ = (*name.split("-"), "", "")[:3]
            if name.endswith(".parquet"):
                self._names[key, kind] = name

    def read(self, key: str, kind: str) -> bytes | None:
        """Return the bytes of a kept table; None if it is missing or damaged."""
        name = self._names.get((key, kind))
        if name is None:
            return None
        try:
            content = (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        return content if name == _named(key, kind, content) else None

    def present(self, key: str, kinds: Sequence[str]) -> bool:
        """Return whether a chunk was kept, whole or damaged."""
        return any((key, kind) in self._names for kind in kinds)

    def whole(self, key: str, kinds: Sequence[str]) -> bool:
        """Return whether every table of a chunk is kept and undamaged."""
        return all(self.read(key, kind) is not None for kind in kinds)

    def keep(self, key: str, parts: Mapping[str, bytes]) -> None:
        """Keep the tables of a chunk, in place of damaged ones.

        Raises:
            OSError: the disk is full, or the folder cannot be written; nothing half-written
                is left.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for kind, content in parts.items():
            name, old = _named(key, kind, content), self._names.get((key, kind))
            write_whole(self.folder / name, content)
            self._names[key, kind] = name
            if old not in (None, name):
                (self.folder / str(old)).unlink(missing_ok=True)


def _named(key: str, kind: str, content: bytes) -> str:
    return f"{key}-{kind}-{hashlib.sha256(content).hexdigest()[:DIGITS]}.parquet"


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
            given = told("a folder at which another ketnoi is at work")
            raise InputFaults(
                [Fault(str(folder), "--out", given, told("another folder"))]
            ) from None
        yield
    finally:
        os.close(handle)
