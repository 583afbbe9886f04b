"""Desks on disk, each a file under a secret name, shared by all tabs of one browser.

A desk's name is a token that nobody can guess, and opens it only for the browser that made it,
known by a lasting secret of its own. Another browser of the same planner is let in by the desk's
key. All tabs and browsers it is open in write to one desk, entry by entry, so that none loses
what another one does.
"""

import base64
import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Annotated, Literal

import pydantic
from pydantic import Field

from sim.faults import Fault, InputFaults, from_pydantic, refuse, shown, told
from sim.reading import CONTROL, Record, decoded, parse_toml
from sim.screen.own.laid import together
from sim.screen.parts.desk import Desk, entries, merged
from sim.writing import sweep, write_whole

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_MASKED = re.compile(r"2\|((?:[0-9a-f]{2})+)\|((?:[0-9a-f]{2})+)\|\d+")
MOST_BYTES, MOST_TOGETHER = 2_000_000, 2_000_000_000
DAYS_KEPT, DAYS_IN_BIN = 365, 90
BIN = "bin"  # a folder among the desks: what was swept, and comes back when it is asked for
_writing = Lock()
PlaceId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
FileName = Annotated[str, Field(pattern=r"^[\w .-]{1,56}\.(csv|toml)$")]


class DeskCopy(Record):
    """A desk as a file that a planner takes along."""

    version: Literal[1]
    greeted: bool = False
    plans: dict[str, dict[str, str]] = Field(default_factory=dict)
    moved: dict[str, dict[str, dict[str, int | float | str]]] = Field(default_factory=dict)
    old: dict[str, dict[str, str]] = Field(default_factory=dict)
    places: dict[PlaceId, dict[FileName, str]] = Field(default_factory=dict)
    facts: dict[str, dict[str, str]] = Field(default_factory=dict)

    def desk(self) -> Desk:
        """Return the desk."""
        return Desk(
            plans=self.plans,
            moved=self.moved,
            greeted=self.greeted,
            old=self.old,
            places=self.places,
            facts=self.facts,
        )


class DeskFile(DeskCopy):
    """What a desk's file on the server holds."""

    owner: str
    revision: int
    key: str = ""
    others: list[str] = Field(default_factory=list)

    def is_of(self, owner: str) -> bool:
        """Whether the browser of a mark may write to it."""
        return owner in (self.owner, *self.others)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visitor's desk is kept: its token, how often it was written, and its key.

    The token is empty, or that of a desk to come, as long as it was never written.
    """

    token: str = ""
    revision: int = 0
    key: str = ""


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


def home(owner: str) -> str:
    """Return the token of the first desk of a browser: one for all its tabs; empty for none."""
    digest = hashlib.sha256(f"first desk of {owner}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode() if owner else ""


def open_desk(folder: Path, token: str, owner: str, key: str = "") -> tuple[Desk, Place] | None:
    """Return the desk of a token and where it is kept; None if there is none.

    Args:
        folder: of all desks.
        token: as the link gave it; anything at all.
        owner: mark of the browser. A desk without an owner is copied to whoever knows its token.
        key: of the desk, which lets another browser in for good.

    Raises:
        InputFaults: there is such a file, but no desk in it.
        PermissionError: it is another browser's.
    """
    _out_of_bin(folder, token)
    file = _read(folder, token)
    if file is None:
        return None
    if not file.owner:
        return file.desk(), Place(secrets.token_urlsafe(24))
    if owner and file.is_of(owner):
        return file.desk(), Place(token, file.revision, file.key)
    if not (owner and file.key and secrets.compare_digest(file.key.encode(), key.encode())):
        raise PermissionError(token)
    with _writing:
        file = _read(folder, token) or file
        joined = file.model_copy(update={"others": [*file.others, owner]})
        write_whole(folder / f"{token}.json", joined.model_dump_json().encode(), private=True)
    return file.desk(), Place(token, file.revision, file.key)


def newer_desk(folder: Path, place: Place) -> tuple[Desk, Place] | None:
    """Return a desk as another tab has written it meanwhile; None if none has."""
    try:
        file = _read(folder, place.token)
    except InputFaults:
        return None
    if file is None or file.revision == place.revision:
        return None
    return file.desk(), Place(place.token, file.revision, file.key)


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
        token = place.token or home(owner)
        try:
            file = _read(folder, token)
        except InputFaults:
            file = None
        if file is None or not file.is_of(owner):
            free = token and not os.path.lexists(folder / f"{token}.json")
            token = token if free else secrets.token_urlsafe(24)
            file = DeskFile(version=1, owner=owner, revision=0)
        elif file.revision != place.revision:
            after = merged(before, after, file.desk())
        file = file.model_copy(
            update={"revision": file.revision + 1, "key": file.key or secrets.token_urlsafe(24)}
        )
        place = Place(token, file.revision, file.key)
        written = _written(after, file)
        if file.revision == 1:
            _room(folder, len(written))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / f"{place.token}.json", written, private=True)
    return after, place


def _written(desk: Desk, file: DeskFile) -> bytes:
    """Return a desk as its file's bytes; raises `InputFaults` if there are too many."""
    written = file.model_copy(update=asdict(desk)).model_dump_json().encode()
    if len(written) > MOST_BYTES:
        refuse([_too_long("desk", len(written))])
    return written


def packed(desk: Desk) -> bytes:
    """Return a desk as a file to take along, which opens it for anybody."""
    return DeskCopy(version=1, **asdict(desk)).model_dump_json(indent=1).encode()


def unpacked(content: bytes, *, file: str) -> Desk:
    """Return the desk of a file that was taken along.

    Values that a place does not take are told where they lie, as on any desk.

    Raises:
        InputFaults: with every fault: no desk, a text that is no TOML, letters nobody sees.
    """
    if len(content) > MOST_BYTES:
        refuse([_too_long(file, len(content))])
    try:
        copy = DeskCopy.model_validate_json(decoded(content, file=file))
    except pydantic.ValidationError as error:
        known = DeskCopy.model_fields
        raise InputFaults(from_pydantic(error, file=file, known=known)) from None
    faults = list[Fault]()
    for (kind, *way), value in entries(copy.desk()).items():
        place = ".".join([kind, *way])
        if CONTROL.search(place + (str(value) if kind == "moved" else "")):
            faults.append(Fault(file, shown(place), told("invisible characters"), told("text")))
        elif kind in ("plans", "old"):
            try:
                parse_toml(str(value), file=f"{file}: {place}")
            except InputFaults as error:
                faults += error.faults
    for facts in copy.facts.values():
        faults += _spoilt(facts, file)
    refuse(faults)
    return copy.desk()


def _spoilt(facts: Mapping[str, str], file: str) -> list[Fault]:
    """Return the faults of facts that show without their case."""
    try:
        together(facts)
    except InputFaults as error:
        return [replace(fault, file=f"{file}: {fault.file}") for fault in error.faults]
    return []


def _too_long(file: str, size: int) -> Fault:
    most = told("at most {most:,} bytes", most=MOST_BYTES)
    return Fault(file, "", told("{size:,} bytes", size=size), most)


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
        faults = [_too_long("desk", len(content))]
    except OSError as error:
        faults = [Fault("desk", "", told(error.strerror or "cannot be read"), told("a desk"))]
    except pydantic.ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors(include_url=False) if each["loc"]}
        faults = [Fault("desk", ", ".join(sorted(wrong)), told("not a desk file"), told("a desk"))]
    raise InputFaults(faults) from None
