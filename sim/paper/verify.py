"""Is this file what ketnoi makes from its own stamp? Same, differs, or cannot be checked.

The stamp says how the file was made; it is made again with the code and the case that are
here, and every byte compared. What differs is told with the input that explains it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sim.faults import Fault, InputFaults, refuse
from sim.files.carriers import LARGEST, SIDE_CAR, NoStamp, read_stamp
from sim.files.contrast import Contrast, contrasts
from sim.numbers import MOST_REPLICATES
from sim.paper.remake import STUDIES, Workshop
from sim.place.case import Case, load_case
from sim.place.stamp import is_whole
from sim.shipped import beside
from sim.words import LANGUAGES, Words

Status = Literal["same", "differs", "unchecked"]
VERSIONS = ("ketnoi", "code", "needs")
UNMAKEABLE = (NoStamp, LookupError, ValueError, TypeError, AttributeError, RuntimeError)
SHOWN = 70  # letters of a stamp's entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was found of one file.

    Attributes:
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


def named(paths: list[Path]) -> list[Path]:
    """Return the files to check: those named, and all within folders, side-cars aside.

    Raises:
        InputFaults: with every path that is not there.
    """
    missing = [path for path in paths if not path.exists()]
    refuse(Fault(str(path), "", "a file that is not there", "a file") for path in missing)
    found = []
    for path in paths:
        inside = (
            sorted(each for each in path.rglob("*") if _may_be_made(each))
            if path.is_dir()
            else [path]
        )
        found += [each for each in inside if each == path or not each.name.endswith(SIDE_CAR)]
    if not found:
        given = ", ".join(map(str, paths))
        refuse([Fault(given, "", "a folder without files", "files that ketnoi made")])
    return found


def _may_be_made(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


class Verifier:
    """Checks files against what ketnoi makes here, one after the other."""

    def __init__(self, say: Words, case: Path | None = None) -> None:
        """Check in a language; against a case folder, or against the one a stamp names."""
        self._say = say
        self._folder = case
        self._cases: dict[Path, Case] = {}
        self._workshop = Workshop()

    def check(self, path: Path) -> Check:
        """Return what is found of a file; whatever it holds, nothing is raised."""
        result = partial(Check, file=str(path))
        say = self._say
        try:
            content, beside = self._read(path)
            stamped = self._stamp(content, beside)
            altered = (
                []
                if is_whole(stamped)
                else [say("The stamp was altered: its checksum does not fit.")]
            )
            try:
                made = self._remake(stamped)
            except _Unchecked as error:
                if altered:
                    return result(status="differs", why=(*altered, str(error)))
                raise
            return self._compared(result, stamped, content, beside, made, altered)
        except _Unchecked as error:
            return result(status="unchecked", why=(str(error),))

    def _read(self, path: Path) -> tuple[bytes, bytes | None]:
        """Return a file's content, and for a table that of its side-car."""
        say = self._say
        side = path.with_name(path.name + SIDE_CAR)
        try:
            if not path.is_file():
                raise _Unchecked(say("It is no plain file."))
            if path.stat().st_size > LARGEST:
                raise _Unchecked(say("It is larger than any file that ketnoi makes."))
            has_side = path.suffix == ".csv" and side.is_file() and side.stat().st_size < LARGEST
            return path.read_bytes(), side.read_bytes() if has_side else None
        except OSError as error:
            why = error.strerror or "?"
            raise _Unchecked(say("It cannot be read: {why}.", why=why)) from None

    def _stamp(self, content: bytes, beside: bytes | None) -> dict[str, Any]:
        say = self._say
        why = {
            "none": say("It carries no stamp, and no side-car with one lies beside it."),
            "unknown": say("It is no kind of file that carries a stamp."),
            "damaged": say("It is damaged, or its stamp is."),
        }
        try:
            stamped = read_stamp(content if beside is None else beside)
        except NoStamp as error:
            raise _Unchecked(why[error.why]) from None
        except (RecursionError, ValueError, LookupError, TypeError):
            raise _Unchecked(why["damaged"]) from None
        wrong = next(_faulty(stamped), None)
        if wrong is not None:
            text = say("Its stamp has no {entry} that ketnoi would write.", entry=wrong)
            raise _Unchecked(text)
        return stamped

    def _remake(
        self, stamped: dict[str, Any], claims: Mapping[str, Any] | None = None
    ) -> dict[str, bytes]:
        say, file = self._say, stamped["file"]
        if file.partition("/")[0] in STUDIES:
            raise _Unchecked(say("It was made from the folder of a study, which no stamp holds."))
        if stamped.get("figure") == {}:
            raise _Unchecked(say("The choices it was made with on the page are not in its stamp."))
        case = self._case(stamped)
        try:
            made = self._workshop.remake(stamped, case, claims)
        except (
            InputFaults,
            NoStamp,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
            RuntimeError,
        ):
            made = {}
        if file not in made:
            raise _Unchecked(
                say("Its stamp names something that ketnoi cannot make: {file}.", file=file[:SHOWN])
            )
        return made

    def _case(self, stamped: Mapping[str, Any]) -> Case:
        say, id = self._say, stamped["case"]
        places = [Path("scenarios") / id, beside() / "scenarios" / id]
        folder = self._folder or next((each for each in places if each.is_dir()), None)
        if folder is None:
            raise _Unchecked(
                say("The case {case} is not here; name its folder with --case.", case=id)
            )
        if folder not in self._cases:
            try:
                self._cases[folder] = load_case(folder)
            except InputFaults as error:
                raise _Unchecked(say("The case here has faults: {faults}", faults=error)) from None
        case = self._cases[folder]
        if case.head.id != id:
            raise _Unchecked(
                say(
                    "It is of the case {case}; the folder holds {other}.",
                    case=id,
                    other=case.head.id,
                )
            )
        return case

    def _compared(
        self,
        result: Callable[..., Check],
        stamped: dict[str, Any],
        content: bytes,
        beside: bytes | None,
        made: Mapping[str, bytes],
        altered: list[str],
    ) -> Check:
        say, file = self._say, stamped["file"]
        name = file
        if _is_side_car(content):
            name, beside = file + SIDE_CAR, None
        mine, side = made[name], made.get(name + SIDE_CAR)
        if content == mine and beside in (None, side):
            return result(status="same")
        here = read_stamp(side if beside is not None and side is not None else mine)
        told = [*altered, *_inputs(stamped, here, say)]
        older = any(stamped[entry] != here[entry] for entry in VERSIONS)
        if older and not altered and self._only_versions(stamped, name, content, beside):
            told.append(say("Nothing else differs: every number, word and line is the same."))
            return result(status="differs", why=tuple(told))
        places = contrasts(name, content, mine, say) if content != mine else []
        if not told:
            told.append(
                say(
                    "Every input named in its stamp is the same here: the file was altered "
                    "after it was made."
                )
            )
        return result(status="differs", why=tuple(told), places=tuple(places))

    def _only_versions(
        self, stamped: dict[str, Any], name: str, content: bytes, beside: bytes | None
    ) -> bool:
        claims = {entry: stamped[entry] for entry in VERSIONS}
        try:
            made = self._remake(stamped, claims)
        except _Unchecked:
            return False
        return content == made[name] and beside in (None, made.get(name + SIDE_CAR))


def _is_side_car(content: bytes) -> bool:
    return content[:100].lstrip().startswith(b"{") and b"http://www.w3.org/ns/csvw" in content[:200]


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
    }
    yield from (name for name, good in meant.items() if not good)


def _inputs(stamped: Mapping[str, Any], here: Mapping[str, Any], say: Words) -> Iterator[str]:
    """Yield each entry of the stamp that is otherwise here, what explains numbers first."""
    words = _entry_words(say)
    for name in [*words, *(key for key in {**here, **stamped} if key not in words)]:
        mine, its = stamped.get(name), here.get(name)
        if name in ("checksum", "scenarios") or mine == its:
            continue
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
