"""What a visitor looks at: words, theme, place, targets, scenarios, and what is asked."""

import json
import os
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from sim.ask.answers import Question
from sim.faults import Fault, InputFaults, told
from sim.place.case import Case, load_case, shipped
from sim.place.facts import NO_FACTS, Facts, from_json
from sim.place.scenario import Scenario, build_scenario
from sim.place.stamp import digest
from sim.place.targets import TargetSet
from sim.reading import parse_toml, read_text
from sim.screen.own.laid import DAY, FILE, of_own
from sim.screen.parts.desk import Desk
from sim.screen.parts.plan_text import unmarked, write_plan
from sim.shipped import CASES, DEFAULT, beside
from sim.show.look import Theme
from sim.words import Words

MOST_BYTES = 2_400_000_000  # of the worlds that are kept, each of a place and its targets


def case_folders() -> dict[str, Path]:
    """Return the Place box's case folders by name: given ones, the default, other shipped ones."""
    given = [Path(each) for each in os.environ.get(CASES, "").split(os.pathsep) if each]
    found = {folder.name: folder for folder in given}
    shipped = sorted(file.parent for file in beside().glob("scenarios/*/case.toml"))
    for folder in sorted(shipped, key=lambda folder: folder.name != DEFAULT.name):
        found.setdefault(folder.name, folder)
    return found


def _files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, time and size of a case's files: when they change, it is read again."""
    found = []
    for path in sorted((*folder.glob("*.toml"), *folder.glob("*.csv"))):
        with suppress(OSError):  # a file that has gone meanwhile is told by its absence
            about = path.stat()
            found.append((path.name, about.st_mtime_ns, about.st_size))
    return tuple(found)


Opened = tuple[Case, dict[str, Scenario], dict[str, str]]
Places = dict[str, Opened]
Read = tuple[Opened | None, tuple[Fault, ...]]


@lru_cache(maxsize=32)
def _opened(folder: Path, files: object, own: str = "") -> Read:
    """Return what is read of a folder, again when its files have changed."""
    return _read(folder, own)


@lru_cache(maxsize=64)
def opened_texts(id: str, files: tuple[tuple[str, str], ...], own: str = "") -> Read:
    """Return what is read of a place that is no folder: the names and texts of its files.

    Whoever made it may be a stranger; a picture in a name would have browsers ask its address.
    """
    pictures = tuple(
        Fault(f"{id}/{name}", "", "![", told("words without pictures"))
        for name, text in files
        if "![" in text
    )
    if pictures:
        return None, pictures
    with laid_out(id, dict(files)) as folder:
        return _read(folder, own)


@contextmanager
def laid_out(id: str, files: Mapping[str, str]) -> Iterator[Path]:
    """Yield a folder of these files, which goes again."""
    with TemporaryDirectory() as room:
        folder = Path(room) / id
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
        yield folder


def _read(folder: Path, own: str) -> Read:
    """Return a place with its scenarios and their texts, None if it cannot be read; and faults.

    Args:
        folder: of the place.
        own: JSON of facts to be laid over it.
    """
    try:
        case = load_case(folder, facts=from_json(json.loads(own), FILE) if own else NO_FACTS)
    except InputFaults as error:
        return None, _short(error.faults, folder)
    plans, texts, faults = dict[str, Scenario](), dict[str, str](), list[Fault]()
    for path in shipped(case):
        try:
            text, id = read_text(path).replace("\r\n", "\n"), path.stem
            entries = parse_toml(text, file=str(path))
            plans[id] = build_scenario(case, entries, id=id, file=str(path))
            texts[id] = text
        except InputFaults as error:
            faults += error.faults
    return (case, plans, texts), _short(faults, folder)


def _short(faults: Iterable[Fault], folder: Path) -> tuple[Fault, ...]:
    """Return faults that do not say where on the server a place lies."""
    above = f"{folder.parent}{os.sep}"
    return tuple(replace(fault, file=fault.file.replace(above, "")) for fault in faults)


@cache
def _last() -> dict[Path, Opened]:
    return {}


def places() -> tuple[Places, tuple[Fault, ...], tuple[str, ...]]:
    """Return the places, the faults met, and which places stand as they were before these."""
    found, faults, old = Places(), list[Fault](), list[str]()
    for name, folder in case_folders().items():
        opened, met = _opened(folder, _files(folder))
        faults += met
        if opened is not None:
            found[name] = _last()[folder] = opened
        elif folder in _last():
            found[name] = _last()[folder]
            old.append(name)
    faults += _add_own(found)
    return found, tuple(faults), tuple(old)


def _add_own(found: Places) -> list[Fault]:
    """Add the places of the visitor's desk; return why some of them cannot be opened."""
    faults, desk = list[Fault](), st.session_state.get("desk", Desk())
    for id, files in desk.places.items():
        opened, met = opened_texts(id, tuple(files.items()))
        faults += met
        if opened is None:
            continue
        if id in found or opened[0].head.id in (case.head.id for case, *_ in found.values()):
            faults.append(taken_fault(id, opened[0].head.id))
        else:
            found[id] = opened
    return faults


def taken_fault(file: str, id: str) -> Fault:
    """Return that a place of the visitor's own is called as another one is."""
    return Fault(file, "case.id", told("{id}, which is another place", id=id), told("a new id"))


def judged(case: Case) -> dict[str, TargetSet]:
    """Return the sets of targets whose deadlines all lie ahead of what is known."""
    return {
        name: asked
        for name, asked in case.target_sets.items()
        if case.months[0] <= min(target.deadline for target in asked.targets)
    }


def titles(known: Places, say: Words) -> dict[str, str]:
    """Return what each place is called; those of one name are told apart by their folders."""
    plain = {name: say.named(case.head.name.model_dump()) for name, (case, *_) in known.items()}
    count = Counter(plain.values())
    return {
        name: title if count[title] == 1 else f"{title} ({name})" for name, title in plain.items()
    }


@cache
def _asked() -> OrderedDict[tuple[str, str], Question]:
    return OrderedDict()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a visitor looks at: words, theme, place, targets, and the scenarios there are.

    Attributes:
        place: the name of the place among all.
        plain: the place without facts of the planner's own.
        case: the same with them.
        texts: of the shipped scenarios.
    """

    say: Words
    theme: Theme
    place: str
    plain: Case
    case: Case
    targets: TargetSet
    shipped: Mapping[str, Scenario]
    texts: Mapping[str, str]

    @property
    def question(self) -> Question:
        """What is asked; one world is kept for all who ask the same, the last asked ones."""
        kept, about = _asked(), (self.known, self.targets.id)
        found = kept.pop(about, None) or Question(case=self.case, targets=self.targets)
        kept[about] = found
        while len(kept) > 1 and sum(each.bytes for each in kept.values()) > MOST_BYTES:
            kept.popitem(last=False)
        return found

    @property
    def known(self) -> str:
        """What answers are kept by: all that the case says, and whose words its stamp holds."""
        return digest([self.case.identity, self.case.facts.as_json()])

    def standing(self, facts: Facts) -> Case:
        """Return the place with facts laid over it; raises `InputFaults`."""
        own, folder = json.dumps(facts.as_json()), case_folders().get(self.place)
        if folder is not None:
            opened, faults = _opened(folder, _files(folder), own)
        else:
            texts = tuple(self.desk.places[self.place].items())
            opened, faults = opened_texts(self.place, texts, own)
        if opened is None:
            raise InputFaults(of_own(faults, facts))
        if not judged(opened[0]):
            given = f"{opened[0].head.vintage}"
            raise InputFaults([Fault(str(FILE), DAY, given, told("a day before a deadline"))])
        return opened[0]

    @property
    def desk(self) -> Desk:
        """The visitor's desk as it now is."""
        found: Desk = st.session_state["desk"]
        return found

    def scenarios(self) -> dict[str, Scenario]:
        """Return every scenario as it is saved, the shipped ones first."""
        return {**self.shipped, **self.desk.scenarios(self.case)}

    def text(self, id: str) -> str:
        """Return a scenario's text: its own file's, comments and all."""
        return {**self.texts, **self.desk.own(self.case)}[id]

    def label(self, id: str, among: Mapping[str, Scenario]) -> str:
        """Return what a box calls a scenario: its name, told apart where two read alike."""
        name = self.say.named(among[id].name)
        alike = [each for each in among if self.say.named(among[each].name) == name]
        if len(alike) < 2:
            return name
        whose = self.say("yours") if id in self.desk.own(self.case) else self.say("shipped")
        return f"{name} ({whose}, {id})"

    def name(self, scenario: Scenario) -> str:
        """Return a scenario's name without markup."""
        return unmarked(self.say.named(scenario.name))

    def carried(self, scenarios: Iterable[Scenario]) -> dict[str, str]:
        """Return the texts of those that a reader elsewhere does not have, by id."""
        saved = self.scenarios()
        return {
            each.id: self.text(each.id)
            if saved.get(each.id) == each
            else write_plan(self.case, each)
            for each in scenarios
            if each.id not in self.shipped
        }
