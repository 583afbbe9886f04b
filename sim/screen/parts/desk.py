"""A planner's desk: open scenarios and moved sliders, kept on disk under a secret name.

A desk is a file named by a token that nobody can guess. It belongs to the browser that
made it: another browser that opens the link gets a copy of its own, and so does a second
tab once both write. So nothing is lost, and nobody sees what somebody else does later.
"""

import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pydantic

from sim.faults import Fault, InputFaults, refuse, told
from sim.place.case import Case
from sim.place.levers import Setting
from sim.place.scenario import Scenario, changed
from sim.reading import Record
from sim.screen.parts.plan_text import plan_id, read_plan, with_levers, with_names, write_plan
from sim.writing import sweep, write_whole

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_MASKED = re.compile(r"2\|((?:[0-9a-f]{2})+)\|((?:[0-9a-f]{2})+)\|\d+")
MOST_PLANS, MOST_BYTES = 100, 2_000_000
DAYS_KEPT = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What lies on a desk; every change gives a new one.

    Attributes:
        plans: case -> id -> TOML text of a scenario of the planner's own.
        moved: case -> id -> lever -> value of sliders moved and not yet saved.
        greeted: whether the hint for first visitors has been put away.
    """

    plans: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    moved: Mapping[str, Mapping[str, Mapping[str, Setting]]] = field(default_factory=dict)
    greeted: bool = False

    def own(self, case: Case) -> Mapping[str, str]:
        """Return the planner's own scenarios of a case: id -> text."""
        return self.plans.get(case.head.id, {})

    def scenarios(self, case: Case) -> dict[str, Scenario]:
        """Return the planner's own scenarios of a case by id, as saved; those that still fit."""
        return self._read(case)[0]

    def unfit(self, case: Case) -> dict[str, tuple[Fault, ...]]:
        """Return the faults of scenarios that the case, as it is now, does not take."""
        return self._read(case)[1]

    def _read(self, case: Case) -> tuple[dict[str, Scenario], dict[str, tuple[Fault, ...]]]:
        fit: dict[str, Scenario] = {}
        unfit: dict[str, tuple[Fault, ...]] = {}
        for id, text in self.own(case).items():
            try:
                fit[id] = read_plan(case, text, id=id, file=id)
            except InputFaults as error:
                unfit[id] = error.faults
        return fit, unfit

    def moves(self, case: Case, id: str) -> Mapping[str, Setting]:
        """Return the levers of a scenario that were moved and not yet saved."""
        return self.moved.get(case.head.id, {}).get(id, {})

    def put(self, case: Case, id: str, text: str | None) -> "Desk":
        """Return the desk with a scenario of its own written, or without it for None."""
        rest = {key: kept for key, kept in self.own(case).items() if key != id or text is not None}
        plans = rest if text is None else {**rest, id: text}
        if len(plans) > MOST_PLANS:
            given, most = (
                told("{count} scenarios", count=len(plans)),
                told("at most {most:,}", most=MOST_PLANS),
            )
            raise InputFaults([Fault("desk", "", given, most)])
        desk = replace(self, plans={**self.plans, case.head.id: plans})
        return desk.move(case, id, {})

    def move(self, case: Case, id: str, levers: Mapping[str, Setting]) -> "Desk":
        """Return the desk with a scenario's moved levers; none for an empty mapping."""
        here = {key: kept for key, kept in self.moved.get(case.head.id, {}).items() if key != id}
        if levers:
            here[id] = dict(levers)
        return replace(self, moved={**self.moved, case.head.id: here})

    def slide(self, case: Case, start: Scenario, levers: Mapping[str, Setting]) -> "Desk":
        """Return the desk with a scenario's levers as its sliders stand; itself if unmoved."""
        moves = {name: value for name, value in levers.items() if value != start.levers[name]}
        return self if moves == self.moves(case, start.id) else self.move(case, start.id, moves)

    def save_as(
        self, case: Case, start: Scenario, current: Scenario, name: str, taken: set[str]
    ) -> tuple["Desk", str]:
        """Return the desk with a scenario kept under a new name, and its id.

        Args:
            case: the place.
            start: whose moved sliders the new one takes over; its own text and comments
                go along where it has one.
            current: the scenario with its sliders as they stand.
            name: for both languages.
            taken: ids that are not free.
        """
        id = plan_id(name, {*taken, *self.own(case)})
        kept = self.own(case).get(start.id)
        text = write_plan(case, current) if kept is None else kept
        text = with_levers(case, with_names(text, {"vi": name, "en": name}), current.levers)
        read_plan(case, text, id=id, file=name)
        return self.put(case, id, text).move(case, start.id, {}), id

    def duplicate(self, case: Case, text: str, name: str, taken: set[str]) -> tuple["Desk", str]:
        """Return the desk with a copy of a scenario's text under a new name, and its id."""
        id = plan_id(name, {*taken, *self.own(case)})
        text = with_names(text, {"vi": name, "en": name})
        read_plan(case, text, id=id, file=name)
        return self.put(case, id, text), id

    def save(self, case: Case, current: Scenario, id: str) -> "Desk":
        """Return the desk with a scenario of its own holding the moved levers."""
        return self.put(case, id, with_levers(case, self.own(case)[id], current.levers))

    def rename(self, case: Case, id: str, names: Mapping[str, str]) -> "Desk":
        """Return the desk with a scenario under another name; raises `InputFaults`."""
        text = with_names(self.own(case)[id], names)
        read_plan(case, text, id=id, file=id)
        moves = self.moves(case, id)
        return self.put(case, id, text).move(case, id, moves)

    def add(self, case: Case, scenario: Scenario, text: str, taken: set[str]) -> tuple["Desk", str]:
        """Return the desk with an uploaded or linked scenario, and its id.

        A text that lies there already is not put there twice.
        """
        there = next((id for id, own in self.own(case).items() if own == text), None)
        if there is not None:
            return self, there
        id = plan_id(scenario.name["en"], {*taken, *self.own(case)})
        return self.put(case, id, text), id


def current(case: Case, start: Scenario, desk: Desk) -> Scenario:
    """Return a scenario with its moved levers; as it was where they no longer fit."""
    try:
        return changed(case, start, desk.moves(case, start.id))
    except InputFaults:
        return start


class DeskFile(Record):
    """What a desk's file holds."""

    version: Literal[1]
    owner: str
    revision: int
    greeted: bool
    plans: dict[str, dict[str, str]]
    moved: dict[str, dict[str, dict[str, int | float | str]]]


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


def mark(cookie: str) -> str:
    """Return what a desk remembers its browser by: a digest, never the cookie itself.

    Streamlit's cookie is a secret under a mask that changes with every answer, `2|mask|masked
    secret|time`; the digest is that of the secret.

    >>> mark("2|00000000|68656c6c6f|1") == mark("2|ffffffff|979a939390|1") != mark("other")
    True
    """
    if not cookie:
        return ""
    found = _MASKED.fullmatch(cookie)
    secret = cookie.encode()
    if found:
        veil, masked = bytes.fromhex(found[1]), bytes.fromhex(found[2])
        secret = bytes(letter ^ veil[place % len(veil)] for place, letter in enumerate(masked))
    return hashlib.sha256(secret).hexdigest()[:24]


def open_desk(folder: Path, token: str, owner: str) -> tuple[Desk, Place]:
    """Return the desk of a token and where it is kept.

    Args:
        folder: of all desks.
        token: as the link gave it; anything at all.
        owner: mark of the browser; another owner gets a copy without a place.

    Raises:
        InputFaults: there is such a file, but no desk in it.
    """
    file = _read(folder, token)
    if file is None:
        return Desk(), Place()
    desk = Desk(plans=file.plans, moved=file.moved, greeted=file.greeted)
    mine = owner != "" and secrets.compare_digest(file.owner, owner)
    return desk, Place(token, file.revision) if mine else Place()


def keep_desk(folder: Path, place: Place, desk: Desk, owner: str) -> Place:
    """Write a desk, whole or not at all, and return where it is now kept.

    Where another tab has written meanwhile, this desk goes on under a token of its own.
    """
    try:
        file = _read(folder, place.token)
    except InputFaults:
        file = None
    same = file is not None and file.revision == place.revision and file.owner == owner
    token = place.token if same else secrets.token_urlsafe(24)
    revision = place.revision + 1 if same else 1
    written = (
        DeskFile.model_construct(
            version=1,
            owner=owner,
            revision=revision,
            greeted=desk.greeted,
            plans={case: dict(plans) for case, plans in desk.plans.items()},
            moved={case: {id: dict(m) for id, m in by.items()} for case, by in desk.moved.items()},
        )
        .model_dump_json()
        .encode()
    )
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
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / f"{token}.json", written, private=True)
    return Place(token, revision)


def sweep_desks(folder: Path, days: int = DAYS_KEPT) -> int:
    """Delete desks that nobody has touched for so many days; return how many went."""
    latest = time.time() - 86_400 * days
    desks = [path for path in _names(folder) if TOKEN.fullmatch(path.stem)]
    old = [path for path in desks if (_touched(path) or latest) < latest]
    if len(old) == len(desks) > 1:
        return 0  # a clock that is wrong makes all of them old
    gone = 0
    for path in old:
        with suppress(OSError):  # one odd entry is in nobody's way
            path.unlink()
            gone += 1
    with suppress(OSError):
        sweep(folder)
    return gone


def _names(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.json"))
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
            return DeskFile.model_validate_json(content)
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
