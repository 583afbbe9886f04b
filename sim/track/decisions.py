"""A log of decisions that cannot be edited unseen, and its score when outcomes are known.

A line is an entry as JSON with the hash of the line before; whoever changes, drops or swaps one
breaks the chain from there on. Lines are only ever added, under a lock, whole or not at all.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import log
from pathlib import Path
from typing import Any, BinaryIO

import pydantic
from pydantic import Field

from sim.ask.answers import Question
from sim.ask.hindsight import figures_of
from sim.ask.summary import Summary
from sim.faults import Fault, InputFaults, from_pydantic, refuse, told
from sim.place.case import Case
from sim.place.records import Day, Text
from sim.reading import Record, read_text
from sim.writing import check_file

FIRST = "0" * 64


class Promised(Record):
    """A chance that was given for a target, and how it will be judged."""

    indicator: Text
    at_least: float
    deadline: Day
    chance: float = Field(ge=0, le=1)
    baseline: float = Field(ge=0, le=1)
    source: Text


class Entry(Record):
    """One decision: which plan, on what knowledge, who and why."""

    day: Day
    who: Text
    why: Text
    case: Text
    case_hash: Text
    plan: Text
    plan_hash: Text
    seed: int
    replicates: int
    promised: tuple[Promised, ...]


class _Line(Record):
    entry: Entry
    before: Text
    hash: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A promise whose outcome was published.

    Attributes:
        met: whether it was.
        brier: squared error of the chance, of a coin's, of the baseline's.
        log_score: minus the logarithm of the chance given to what came, bounded at 0.1 %.
    """

    entry: Entry
    promised: Promised
    happened: float
    met: bool

    @property
    def brier(self) -> tuple[float, float, float]:
        """Squared errors: of what was said, of a coin, of the baseline."""
        met = float(self.met)
        return (self.promised.chance - met) ** 2, 0.25, (self.promised.baseline - met) ** 2

    @property
    def log_score(self) -> float:
        """Minus the logarithm of the chance that was given to what came."""
        chance = self.promised.chance if self.met else 1 - self.promised.chance
        return -log(max(chance, 1e-3))


class _Words(Record):
    day: Day | None
    who: Text
    why: Text


def check_words(
    *, day: str | None, who: str, why: str, days: tuple[date, date] | None = None
) -> list[Fault]:
    """Return what is wrong with the words of a decision, by the options that they come in.

    Args:
        day, who, why: see `Entry`; no day is that of the figures.
        days: that of the figures, and the last deadline; None where they are not known.
    """
    said = {"day": day, "who": who.strip(), "why": why.strip()}
    try:
        words = _Words.model_validate(said, strict=False)
    except pydantic.ValidationError as error:
        found = from_pydantic(error, file="ketnoi track decide")
        return [replace(fault, place=f"--{fault.place}") for fault in found]
    if words.day is None or days is None or days[0] <= words.day <= days[1]:
        return []
    first, last = days
    wanted = told("a day from that of the figures, {first}, to {last}", first=first, last=last)
    return [Fault("ketnoi track decide", "--day", str(words.day), wanted)]


def decision(asked: Question, answer: Summary, *, who: str, why: str, day: str) -> Entry:
    """Return a decision for a plan, with its chances and how they will be judged.

    Raises:
        InputFaults: see `check_words`.
    """
    plan, targets = answer.scenario, asked.targets
    days = (asked.case.head.vintage, targets.last_deadline)
    refuse(check_words(day=day, who=who, why=why, days=days))
    entries = {
        "day": day,
        "who": who.strip(),
        "why": why.strip(),
        "case": asked.case.head.id,
        "case_hash": asked.case.hash,
        "plan": plan.id,
        "plan_hash": plan.hash,
        "seed": asked.seed,
        "replicates": asked.replicates,
        "promised": [
            {
                "indicator": each.target.indicator,
                "at_least": each.target.at_least,
                "deadline": each.target.deadline,
                "chance": each.chance,
                "baseline": each.chance - each.chance_change,
                "source": targets.source,
            }
            for each in answer.judgement.verdicts
        ],
    }
    return Entry.model_validate(entries, strict=False)


def read_log(path: Path) -> list[Entry]:
    """Read a log, none if it is not there; raises `InputFaults` with the first broken line."""
    there = os.path.lexists(os.path.realpath(path))  # a link in a circle is: it is told
    return [line.entry for line in _lines(path)] if there else []


def check_log(path: Path) -> None:
    """Refuse a log that nothing can be added to, before any work is done.

    Raises:
        InputFaults: it is broken, or cannot be written.
    """
    read_log(path)
    check_file(Path(os.path.realpath(path)), force=True, option="")
    if path.exists() and not os.access(path, os.W_OK):
        given = told("{place}, not writable", place=path)
        refuse([Fault(str(path), "", given, told("a writable location"))])


def append(path: Path, entry: Entry) -> None:
    """Add a decision to a log, made if it is not there; the chain is checked first.

    Raises:
        InputFaults: the log is broken.
        OSError: it cannot be written; then it is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = _lines(path)
        before = lines[-1].hash if lines else FIRST
        content = entry.model_dump(mode="json")
        line = {"entry": content, "before": before, "hash": line_hash(content, before)}
        end = file.seek(0, os.SEEK_END)
        try:
            file.write(_unended(file, end) if lines else b"")
            file.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def _unended(file: BinaryIO, end: int) -> bytes:
    """Return what ends a log's last line where an editor has left it without an end."""
    file.seek(max(end - 1, 0))
    return b"" if file.read(1) in (b"", b"\n") else b"\n"


def line_hash(content: Mapping[str, Any], before: str) -> str:
    """Return the hash of an entry, as JSON holds it, and of the line before."""
    text = json.dumps([before, content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def log_lines(path: Path) -> list[str]:
    """Return the lines of a log; what ends one is a line feed, and none of an entry's letters."""
    text = read_text(path)
    return text.removesuffix("\n").split("\n") if text else []


def _lines(path: Path) -> list[_Line]:
    found: list[_Line] = []
    before = FIRST
    for number, text in enumerate(log_lines(path), 1):
        found.append(_line(text, before, str(path), f"line {number}"))
        before = found[-1].hash
    return found


def _line(text: str, before: str, file: str, place: str) -> _Line:
    """Return a line that goes on with the chain; raises `InputFaults` where it does not."""
    given = told("a line that is no entry")
    try:
        line = json.loads(text, object_pairs_hook=_once)
        if {*line} == {*_Line.model_fields} and isinstance(line["entry"], dict):
            whole = line["hash"] == line_hash(line["entry"], before)
            if whole and line["before"] == before:
                return _Line.model_validate(line, strict=False)
            given = told("a broken chain")
    except pydantic.ValidationError as error:  # what was written, and none of this version's
        known = told("the version of ketnoi that wrote it")
        faults = from_pydantic(error, file=file, place=place)
        refuse(replace(fault, wanted=known) for fault in faults)
    except (ValueError, TypeError, RecursionError):
        pass
    wanted = told("a log as it was written: no line changed, removed or inserted")
    raise InputFaults([Fault(file, place, given, wanted)])


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of JSON; raises `ValueError` where a name stands twice: one is unread."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def scored(entries: Iterable[Entry], case: Case) -> list[Scored]:
    """Return the promises about a case whose outcome is among its figures of the very day."""
    found = []
    for entry in entries:
        for each in entry.promised if entry.case == case.head.id else ():
            level = happened(case, each.indicator, each.deadline)
            if level is not None:
                met = level >= each.at_least - 1e-9
                found.append(Scored(entry=entry, promised=each, happened=level, met=met))
    return found


def happened(case: Case, indicator: str, day: date) -> float | None:
    """Return the mean of the whole's figures of a day, whenever published; None without one."""
    rows = figures_of(case, case.figures, indicator, case.head.nation)
    levels = [level for row, level in rows if row.date == day]
    return sum(levels) / len(levels) if levels else None
