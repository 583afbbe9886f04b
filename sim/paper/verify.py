"""Is this file what ketnoi makes from its own stamp? Same, saved again, differs, unchecked.

The stamp says how the file was made; it is made again with the code and the case that are
here, and every byte compared. Where only the bytes differ, it holds the same and was saved
again by another program. What differs is told with the input that explains it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sim.faults import Fault, InputFaults, refuse, told
from sim.files.carriers import LARGEST, SIDE_CAR, NoStamp, read_stamp
from sim.files.contrast import Contrast, contrasts
from sim.files.likeness import same_content
from sim.numbers import MOST_REPLICATES
from sim.paper.remake import ASKED, STUDIES, Workshop
from sim.place.case import Case, load_case
from sim.place.facts import from_json
from sim.place.stamp import is_whole
from sim.shipped import beside
from sim.words import LANGUAGES, Words

Status = Literal["same", "resaved", "differs", "unchecked"]
GOOD: tuple[Status, ...] = ("same", "resaved")
VERSIONS = ("ketnoi", "code", "needs")
UNMAKEABLE = (NoStamp, LookupError, ValueError, TypeError, AttributeError, RuntimeError)
SHOWN = 70  # letters of a stamp's entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was found of one file.

    Attributes:
        status: `resaved` where it holds the same, but another program wrote it.
        why: sentences; none where it is the same.
        places: where its content differs from what was made again.
    """

    file: str
    status: Status
    why: tuple[str, ...] = ()
    places: tuple[Contrast, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as the object that `ketnoi verify --json` prints."""
        rows = [{**asdict(place), "difference": place.difference} for place in self.places]
        return {"file": self.file, "status": self.status, "why": list(self.why), "places": rows}


class _Unchecked(Exception):  # noqa: N818  (it is no error)
    """Raised with why a file cannot be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A file as it was handed in: its content, for a table that of its side-car too."""

    content: bytes
    beside: bytes | None = None

    @property
    def is_side_car(self) -> bool:
        start = self.content[:200]
        return start[:100].lstrip().startswith(b"{") and b"http://www.w3.org/ns/csvw" in start

    def equals(self, made: Mapping[str, bytes], name: str) -> bool:
        return self.content == made[name] and self.beside in (None, made.get(name + SIDE_CAR))

    def holds(self, made: Mapping[str, bytes], name: str) -> bool:
        """Whether it holds what was made, whichever program saved it."""
        side = made.get(name + SIDE_CAR)
        beside = None if side is None else self.beside
        return (self.content == made[name] or same_content(name, self.content, made[name])) and (
            beside in (None, side) or same_content(name + SIDE_CAR, beside or b"", side or b"")
        )


def named(paths: list[Path]) -> list[Path]:
    """Return the files to check: those named, and all within folders, side-cars aside.

    Raises:
        InputFaults: with every path that is not there.
    """
    missing = [path for path in paths if not path.exists()]
    refuse(
        Fault(str(path), "", told("a file that does not exist"), told("a file")) for path in missing
    )
    found = []
    for path in paths:
        inside = sorted(filter(_may_be_made, path.rglob("*"))) if path.is_dir() else [path]
        found += [file for file in inside if file == path or not file.name.endswith(SIDE_CAR)]
    if not found:
        given = ", ".join(map(str, paths))
        refuse([Fault(given, "", told("a folder without files"), told("files that ketnoi made"))])
    return found


def _may_be_made(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


class Verifier:
    """Checks files against what ketnoi makes here, one after the other."""

    def __init__(self, say: Words, case: Path | None = None, most: int | None = None) -> None:
        """Check in a language; against a case folder, or against the one a stamp names.

        Args:
            say: the language.
            case: the case folder.
            most: draws of all scenarios that are made again at most; as many as there are if None.
        """
        self._say, self._most = say, most
        self._folder = case
        self._cases: dict[tuple[Path, str], Case] = {}
        self._workshop = Workshop()

    def check(self, path: Path) -> Check:
        """Return what is found of a file; whatever it holds, nothing is raised."""
        try:
            return self._checked(str(path), self._read(path))
        except _Unchecked as error:
            return Check(file=str(path), status="unchecked", why=(str(error),))

    def check_content(self, name: str, content: bytes, beside: bytes | None = None) -> Check:
        """Return what is found of a file that was handed in, with a table's side-car if given."""
        return self._checked(name, _Given(content=content, beside=beside))

    def _checked(self, file: str, given: _Given) -> Check:
        why = list[str]()
        try:
            stamped = self._stamp(given)
            if not is_whole(stamped):
                why.append(self._say("The stamp was altered: its checksum does not fit."))
            return self._compared(file, given, stamped, why)
        except _Unchecked as error:
            status: Status = "differs" if why else "unchecked"
            return Check(file=file, status=status, why=(*why, str(error)))

    def _read(self, path: Path) -> _Given:
        say = self._say
        side = path.with_name(path.name + SIDE_CAR)
        try:
            if not path.is_file():
                raise _Unchecked(say("It is not a regular file."))
            if path.stat().st_size > LARGEST:
                raise _Unchecked(say("It is larger than any file that ketnoi makes."))
            has_side = path.suffix == ".csv" and side.is_file() and side.stat().st_size < LARGEST
            beside = side.read_bytes() if has_side else None
            return _Given(content=path.read_bytes(), beside=beside)
        except OSError as error:
            reason = error.strerror or "?"
            raise _Unchecked(say("It cannot be read: {why}.", why=reason)) from None

    def _stamp(self, given: _Given) -> dict[str, Any]:
        say = self._say
        why = {
            "none": say("It has no stamp, and there is no side-car file with one next to it."),
            "unknown": say("This kind of file carries no stamp."),
            "damaged": say("It is damaged, or its stamp is."),
        }
        try:
            stamped = read_stamp(given.content if given.beside is None else given.beside)
        except NoStamp as error:
            raise _Unchecked(why[error.why]) from None
        except (RecursionError, ValueError, LookupError, TypeError):
            raise _Unchecked(why["damaged"]) from None
        wrong = next(_faulty(stamped), None)
        if wrong is not None:
            raise _Unchecked(
                say("The {entry} in its stamp is not one that ketnoi would write.", entry=wrong)
            )
        return stamped

    def _remake(
        self, stamped: dict[str, Any], claims: Mapping[str, Any] | None = None
    ) -> dict[str, bytes]:
        say, file = self._say, stamped["file"]
        if file.partition("/")[0] in STUDIES:
            raise _Unchecked(say("It was made from a study folder, which a stamp cannot hold."))
        draws = stamped["replicates"] * len(stamped["scenarios"])
        more = ASKED if file.startswith("report.") else ("ask",)
        asked = any(entry in stamped for entry in more)
        if self._most is not None and (asked or draws > self._most):
            raise _Unchecked(say("This takes too long for a page; use ketnoi verify instead."))
        if stamped.get("figure") == {}:
            raise _Unchecked(say("The choices it was made with on the page are not in its stamp."))
        case = self._case(stamped)
        try:
            made = self._workshop.remake(stamped, case, claims)
        except (InputFaults, *UNMAKEABLE):
            made = {}
        if file not in made:
            raise _Unchecked(
                say("Its stamp names something that ketnoi cannot make: {file}.", file=file[:SHOWN])
            )
        return made

    @property
    def folders(self) -> list[str]:
        """The case folders that files were made again from."""
        return list(dict.fromkeys(str(folder.resolve()) for folder, _ in self._cases))

    def _case(self, stamped: Mapping[str, Any]) -> Case:
        say, id = self._say, stamped["case"]
        places = [Path("scenarios") / id, beside() / "scenarios" / id]
        folder = self._folder or next((each for each in places if each.is_dir()), None)
        if folder is None:
            raise _Unchecked(
                say("The case {case} is not here; name its folder with --case.", case=id)
            )
        key = folder, json.dumps(stamped.get("facts", {}), sort_keys=True)
        if key not in self._cases:
            try:
                own = from_json(stamped.get("facts", {}), Path("stamp"))
                self._cases[key] = load_case(folder, facts=own)
            except InputFaults as error:
                raise _Unchecked(say("The case here has faults: {faults}", faults=error)) from None
        case = self._cases[key]
        if case.head.id != id:
            other = case.head.id
            text = say(
                "It belongs to the case {case}; the folder holds {other}.", case=id, other=other
            )
            raise _Unchecked(text)
        return case

    def _compared(
        self, file: str, given: _Given, stamped: dict[str, Any], altered: list[str]
    ) -> Check:
        """Return whether a file is what is made here and, if not, why and where it differs."""
        say, made = self._say, self._remake(stamped)
        name = stamped["file"] + (SIDE_CAR if given.is_side_car else "")
        if given.equals(made, name):
            return Check(file=file, status="same")
        side = made.get(name + SIDE_CAR)
        here = read_stamp(made[name] if given.beside is None or side is None else side)
        why = [*altered, *_inputs(stamped, here, say)]
        if not why and given.holds(made, name):
            again = say("Another program has saved it again; its content is unchanged.")
            return Check(file=file, status="resaved", why=(again,))
        older = any(stamped[entry] != here[entry] for entry in VERSIONS)
        if older and not altered and self._only_versions(given, stamped, name):
            why.append(say("Nothing else differs: every number, word and line is the same."))
            return Check(file=file, status="differs", why=tuple(why))
        unexplained = say(
            "Every input named in its stamp is the same here: the file was altered "
            "after it was made."
        )
        differ = given.content != made[name]
        places = contrasts(name, given.content, made[name], say) if differ else []
        why = why or [unexplained]
        return Check(file=file, status="differs", why=tuple(why), places=tuple(places))

    def _only_versions(self, given: _Given, stamped: dict[str, Any], name: str) -> bool:
        """Return whether it holds the same once it is made with the versions it names."""
        try:
            made = self._remake(stamped, {entry: stamped[entry] for entry in VERSIONS})
        except _Unchecked:
            return False
        return given.equals(made, name) or given.holds(made, name)


_ID = re.compile(r"[a-z0-9-]{1,80}")
_TYPES: Mapping[str, type] = {
    "ketnoi": str,
    "code": str,
    "needs": dict,
    "case": str,
    "case_hash": str,
    "targets": str,
    "targets_hash": str,
    "scenario_hashes": dict,
    "scenarios": list,
    "seed": int,
    "replicates": int,
    "file": str,
    "language": str,
    "numbers": str,
}


def _faulty(stamped: Mapping[str, Any]) -> Iterator[str]:
    """Yield the entries that a stamp lacks, or that cannot be meant."""
    study = str(stamped.get("file", "")).partition("/")[0] in STUDIES
    wanted = {"ketnoi": str, "file": str} if study else _TYPES
    missing = [name for name, kind in wanted.items() if type(stamped.get(name)) is not kind]
    if missing or study:
        yield from missing
        return
    meant = {
        "case": _ID.fullmatch(stamped["case"]),
        "language": stamped["language"] in LANGUAGES,
        "replicates": 1 <= stamped["replicates"] <= MOST_REPLICATES,
        "seed": 0 <= stamped["seed"] < 2**63,
        "figure": isinstance(stamped.get("figure", {}), dict),
        **{name: isinstance(stamped.get(name, {}), dict) for name in ASKED},
    }
    yield from (name for name, good in meant.items() if not good)


def _inputs(stamped: Mapping[str, Any], here: Mapping[str, Any], say: Words) -> Iterator[str]:
    """Yield each entry of the stamp that is otherwise here, what explains numbers first."""
    words = _entry_words(say)
    for name in [*words, *(key for key in {**here, **stamped} if key not in words)]:
        mine, its = stamped.get(name), here.get(name)
        if name in ("checksum", "scenarios") or mine == its:
            continue
        if name == "assumptions" and not (mine and its):
            continue  # a stamp of an older ketnoi
        what = words.get(name, name)
        if not (isinstance(mine, dict) and isinstance(its, dict)):
            yield _otherwise(what, mine, its, say)
            continue
        for key in {**its, **mine}:
            if mine.get(key) != its.get(key):
                whose = key if name == "needs" else f"{what} {key}"
                yield _otherwise(whose, mine.get(key), its.get(key), say)


def _entry_words(say: Words) -> dict[str, str]:
    return {
        "ketnoi": say("version of ketnoi"),
        "code": say("ketnoi's own code"),
        "case_hash": say("the case's figures and assumptions"),
        "assumptions": say("assumption"),
        "areas_hash": say("the case's areas"),
        "targets_hash": say("the targets"),
        "baseline_hash": say("the case's baseline"),
        "outcomes_hash": say("what was published later"),
        "scenario_hashes": say("the levers of the scenario"),
        "numbers": say("hash of the numbers"),
    }


def _otherwise(what: str, mine: object, its: object, say: Words) -> str:
    given, here = (say("nothing") if x is None else str(x)[:SHOWN] for x in (mine, its))
    return say("{what}: {given} in the stamp, {here} here.", what=what, given=given, here=here)


def place_words(place: Contrast, say: Words) -> str:
    """Return in words where a file differs, and how."""
    if place.given is None and place.remade is None:
        return place.place
    given, remade = (say("nothing") if x is None else x for x in (place.given, place.remade))
    text = say(
        "{place}: {given} in the file, {remade} made again",
        place=place.place,
        given=given,
        remade=remade,
    )
    return text if place.difference is None else f"{text} ({place.difference:+.6g})"
