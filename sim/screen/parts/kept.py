"""Desks on disk, each a file under a secret name, shared by all tabs of one browser.

A desk's name is a token that nobody can guess. It belongs to the browser that made it, known
by a lasting secret of its own: another browser that opens the link gets a copy. Two tabs of
one browser write to one desk, entry by entry, so that neither loses what the other does.
"""

import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

import pydantic

from sim.faults import Fault, InputFaults, refuse, told
from sim.reading import Record, decoded
from sim.screen.parts.desk import Desk, merged
from sim.writing import sweep, write_whole

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_MASKED = re.compile(r"2\|((?:[0-9a-f]{2})+)\|((?:[0-9a-f]{2})+)\|\d+")
MOST_BYTES, MOST_TOGETHER = 2_000_000, 2_000_000_000
DAYS_KEPT, DAYS_IN_BIN = 365, 90
BIN = "bin"  # a folder among the desks: what was swept, and comes back when it is asked for
_writing = Lock()


class DeskFile(Record):
    """What a desk's file holds."""

    version: Literal[1]
    owner: str
    revision: int
    greeted: bool
    plans: dict[str, dict[str, str]]
    moved: dict[str, dict[str, dict[str, int | float | str]]]

    def desk(self) -> Desk:
        """Return the desk."""
        return Desk(plans=self.plans, moved=self.moved, greeted=self.greeted)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visitor's desk is kept: its token, empty for not yet, and how often written."""

    token: str = ""
    revision: int = 0


def desk_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of all desks: `KETNOI_DESKS`, or one in the user's own state.

    >>> desk_folder({"KETNOI_DESKS": "/srv/desks"})
    PosixPath('/srv/desks')
    """
    named = environment.get("KETNOI_DESKS")
    if named:
        return Path(named)
    state = environment.get("XDG_STATE_HOME")
    if state:
        return Path(state) / "ketnoi" / "desks"
    try:
        return Path.home() / ".local" / "state" / "ketnoi" / "desks"
    except RuntimeError:  # a user without a home: nothing can be kept
        return Path(os.devnull) / "ketnoi"


def secret_of(cookie: str) -> str:
    """Return the lasting secret that a browser is given, made from Streamlit's cookie.

    That cookie, which ends with the browser, is a secret under a mask that changes with every
    answer, `2|mask|masked secret|time`; all tabs of a browser get one secret from it.

    >>> one, other = "2|00000000|68656c6c6f|1", "2|ffffffff|979a939390|1"
    >>> secret_of(one) == secret_of(other) != secret_of("another")
    True
    """
    if not cookie:
        return ""
    found = _MASKED.fullmatch(cookie)
    secret = cookie.encode()
    if found:
        veil, masked = bytes.fromhex(found[1]), bytes.fromhex(found[2])
        secret = bytes(letter ^ veil[place % len(veil)] for place, letter in enumerate(masked))
    return hashlib.sha256(b"desks of " + secret).hexdigest()[:32]


def mark(secret: str) -> str:
    """Return what a desk remembers its browser by: a digest, never the secret itself."""
    return hashlib.sha256(secret.encode()).hexdigest()[:24] if secret else ""


def open_desk(folder: Path, token: str, owner: str) -> tuple[Desk, Place] | None:
    """Return the desk of a token and where it is kept; None if there is none.

    Args:
        folder: of all desks.
        token: as the link gave it; anything at all.
        owner: mark of the browser; another owner gets a copy without a place.

    Raises:
        InputFaults: there is such a file, but no desk in it.
    """
    _out_of_bin(folder, token)
    file = _read(folder, token)
    if file is None:
        return None
    mine = owner != "" and secrets.compare_digest(file.owner, owner)
    return file.desk(), Place(token, file.revision) if mine else Place()


def newer_desk(folder: Path, place: Place) -> tuple[Desk, Place] | None:
    """Return a desk as another tab has written it meanwhile; None if none has."""
    try:
        file = _read(folder, place.token)
    except InputFaults:
        return None
    if file is None or file.revision == place.revision:
        return None
    return file.desk(), Place(place.token, file.revision)


def keep_desk(
    folder: Path, place: Place, before: Desk, after: Desk, owner: str
) -> tuple[Desk, Place]:
    """Write a change of a desk, whole or not at all; return the desk and where it is kept.

    Args:
        folder: of all desks.
        place: where it was read or written last.
        before, after: what was changed; what another tab has written meanwhile stays.
        owner: mark of the browser.

    Raises:
        InputFaults: the desk would be too large, or all desks together.
        OSError: it cannot be written.
    """
    with _writing:
        try:
            file = _read(folder, place.token)
        except InputFaults:
            file = None
        same = file is not None and file.owner == owner
        if file is not None and same and file.revision != place.revision:
            after = merged(before, after, file.desk())
        revision = file.revision + 1 if file is not None and same else 1
        place = Place(place.token if same else secrets.token_urlsafe(24), revision)
        written = _written(after, owner, revision)
        if not same:
            _room(folder, len(written))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / f"{place.token}.json", written, private=True)
    return after, place


def _written(desk: Desk, owner: str, revision: int) -> bytes:
    """Return a desk as its file's bytes; raises `InputFaults` if there are too many."""
    file = DeskFile.model_construct(
        version=1,
        owner=owner,
        revision=revision,
        greeted=desk.greeted,
        plans={case: dict(plans) for case, plans in desk.plans.items()},
        moved={case: {id: dict(m) for id, m in by.items()} for case, by in desk.moved.items()},
    )
    written = file.model_dump_json().encode()
    if len(written) > MOST_BYTES:
        refuse(
            [
                Fault(
                    "desk",
                    "",
                    told("{size:,} bytes", size=len(written)),
                    told("at most {most:,} bytes", most=MOST_BYTES),
                )
            ]
        )
    return written


def _room(folder: Path, more: int) -> None:
    """Refuse a new desk where all desks together would take too much of the disk."""
    taken = 0
    with suppress(OSError):
        taken = sum(path.lstat().st_size for path in folder.iterdir())
    if taken + more > MOST_TOGETHER:
        given, most = (
            told("{size:,} bytes", size=taken + more),
            told("at most {most:,} bytes", most=MOST_TOGETHER),
        )
        refuse([Fault("desks", "", given, most)])


def sweep_desks(folder: Path, days: int = DAYS_KEPT) -> int:
    """Put desks that nobody has touched for so many days into a bin; return how many went.

    What lies in the bin for long is deleted. Until then a desk comes back when it is asked for,
    so that a clock that is wrong once deletes nothing.
    """
    now, gone = time.time(), 0
    for path in _desks(folder):
        if now - (_touched(path) or now) > 86_400 * days:
            with suppress(OSError):
                (folder / BIN).mkdir(mode=0o700, exist_ok=True)
                os.utime(path, (now, now))
                path.replace(folder / BIN / path.name)
                gone += 1
    for path in _desks(folder / BIN):
        if now - (_touched(path) or now) > 86_400 * DAYS_IN_BIN:
            with suppress(OSError):
                path.unlink()
    with suppress(OSError):
        sweep(folder)
    return gone


def _out_of_bin(folder: Path, token: str) -> None:
    if TOKEN.fullmatch(token) and not (folder / f"{token}.json").exists():
        with suppress(OSError):
            (folder / BIN / f"{token}.json").rename(folder / f"{token}.json")


def _desks(folder: Path) -> list[Path]:
    try:
        return [path for path in sorted(folder.glob("*.json")) if TOKEN.fullmatch(path.stem)]
    except OSError:
        return []


def _touched(path: Path) -> float | None:
    """Return when a plain file was last written; None for anything else."""
    try:
        about = path.lstat()
    except OSError:
        return None
    return about.st_mtime if stat.S_ISREG(about.st_mode) else None


def _read(folder: Path, token: str) -> DeskFile | None:
    if not TOKEN.fullmatch(token):
        return None
    path = folder / f"{token}.json"
    if _touched(path) is None:
        return None
    try:
        content = path.read_bytes()
        if len(content) <= MOST_BYTES:
            return DeskFile.model_validate_json(decoded(content, file="desk"))
        faults = [
            Fault(
                "desk",
                "",
                told("{size:,} bytes", size=len(content)),
                told("at most {most:,} bytes", most=MOST_BYTES),
            )
        ]
    except OSError as error:
        faults = [Fault("desk", "", told(error.strerror or "cannot be read"), told("a desk"))]
    except pydantic.ValidationError as error:
        entries = {str(each["loc"][0]) for each in error.errors(include_url=False) if each["loc"]}
        faults = [
            Fault("desk", ", ".join(sorted(entries)), told("what is no desk"), told("a desk"))
        ]
    raise InputFaults(faults) from None
