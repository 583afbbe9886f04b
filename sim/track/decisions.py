"""A log of decisions that cannot be edited unseen, and its score when outcomes are known.

A line is an entry as JSON with the hash of the line before; whoever changes, drops or swaps one
breaks the chain from there on. Lines are only ever added, under a lock, whole or not at all.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import log
from pathlib import Path
from typing import Any

import pydantic
from pydantic import Field

from sim.ask.answers import Question
from sim.ask.hindsight import figures_of
from sim.ask.summary import Summary
from sim.faults import Fault, InputFaults, from_pydantic, refuse, told
from sim.place.case import Case
from sim.place.records import Day, Text
from sim.reading import Record, read_text

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


def decision(asked: Question, answer: Summary, *, who: str, why: str, day: str) -> Entry:
    """Return a decision for a plan, with its chances and how they will be judged.

    Raises:
        InputFaults: who, why or the day is nothing that can be written down.
    """
    plan, targets = answer.scenario, asked.targets
    entries = {
        "day": day,
        "who": who,
        "why": why,
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
    try:
        return Entry.model_validate(entries, strict=False)
    except pydantic.ValidationError as error:
        raise InputFaults(from_pydantic(error, file="ketnoi track decide")) from None


def read_log(path: Path) -> list[Entry]:
    """Read a log; raises `InputFaults` with the first broken line."""
    return [line.entry for line in _lines(path)] if path.exists() else []


def append(path: Path, entry: Entry) -> None:
    """Add a decision to a log, made if it is not there; the chain is checked first.

    Raises:
        InputFaults: the log is broken.
        OSError: it cannot be written; then it is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = _lines(path)[-1].hash if path.stat().st_size else FIRST
        content = entry.model_dump(mode="json")
        line = {"entry": content, "before": before, "hash": line_hash(content, before)}
        end = file.seek(0, os.SEEK_END)
        try:
            file.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def line_hash(content: Mapping[str, Any], before: str) -> str:
    """Return the hash of an entry, as JSON holds it, and of the line before."""
    text = json.dumps([before, content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _lines(path: Path) -> list[_Line]:
    found: list[_Line] = []
    before = FIRST
    wanted = told("a log as it was written: no line changed, removed or inserted")
    for number, text in enumerate(read_text(path).splitlines(), 1):
        place = f"line {number}"
        try:
            line = _Line.model_validate_json(text, strict=False)
        except pydantic.ValidationError as error:
            given = told("a line that is no entry")
            faults = from_pydantic(error, file=str(path)) if text.startswith("{") else []
            refuse(faults or [Fault(str(path), place, given, wanted)])
            raise
        content = json.loads(text)["entry"]
        if line.before != before or line.hash != line_hash(content, before):
            refuse([Fault(str(path), place, told("a broken chain"), wanted)])
        before = line.hash
        found.append(line)
    return found


def scored(entries: Iterable[Entry], case: Case) -> list[Scored]:
    """Return the promises whose outcome is among a case's figures of the very day."""
    found = []
    for entry in entries:
        for each in entry.promised:
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
