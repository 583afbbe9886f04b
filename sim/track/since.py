"""What was decided, and what has moved since: a log of decisions beside what is known today.

A log holds hashes of what was known and planned, and neither itself. So the state of the last
decision is looked for among what today's files and facts can be taken back to; where none has its
hashes, the chances are told without their parts.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal

from sim.ask.answers import Question
from sim.faults import Fault, InputFaults, refuse, told
from sim.place.case import Case, load_case, shipped
from sim.place.facts import Facts, from_json
from sim.place.scenario import Scenario, build_scenario, load_scenario
from sim.place.stamp import written
from sim.place.targets import TargetSet
from sim.reading import read_text
from sim.track.decisions import Entry, Scored, line_hash, read_log, scored
from sim.track.why import State, Why, changes, why

Line = Mapping[str, Any]  # an entry, the hash of the line before, its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What a log says of a place.

    Attributes:
        lines: about the place, as they stand in the log, each with its hash.
        count: how many lines the log has.
        head: the hash of its last line.
    """

    lines: tuple[Line, ...]
    count: int
    head: str

    @property
    def entries(self) -> list[Entry]:
        """The decisions about the place, in the order of the log."""
        return [Entry.model_validate(line["entry"], strict=False) for line in self.lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Decisions about a place, and what has moved since the last of them.

    Attributes:
        logged: the decisions.
        last: the one that today is held against.
        today: what is known, asked and planned now.
        then: the same when it was taken; None where that cannot be made again.
        why: from then to today; None where it cannot be told.
        scored: what was promised, where the outcome is known.
    """

    logged: Logged
    last: Entry
    today: State
    then: State | None
    why: Why | None
    scored: Sequence[Scored]

    kind: ClassVar[Literal["since"]] = "since"

    @property
    def entries(self) -> dict[str, Any]:
        """The decisions and the state of the last one, as a stamp holds them."""
        logged, then = self.logged, self.then
        told_of = then and {
            "facts": then.case.facts.as_json(),
            "targets": then.targets.id,
            "plan": written(then.plan),
        }
        lines = [dict(line) for line in logged.lines]
        return {"lines": lines, "count": logged.count, "head": logged.head, "then": told_of}


def read_logged(path: Path, case: Case) -> Logged:
    """Read what a log says of a place.

    Raises:
        InputFaults: there is no such file, its chain is broken, or it has nothing of the place.
    """
    if not path.is_file():
        given = told("a file that does not exist")
        refuse([Fault(str(path), "", given, told("a log of decisions"))])
    count = len(read_log(path))
    lines = [json.loads(text) for text in read_text(path).splitlines()]
    own = tuple(line for line in lines if line["entry"]["case"] == case.head.id)
    if not own:
        given = told("no decision about {case}", case=case.head.id)
        refuse([Fault(str(path), "", given, told("a log of decisions about it"))])
    return Logged(lines=own, count=count, head=lines[-1]["hash"])


def last_of(logged: Logged, plan: Scenario) -> Entry:
    """Return the last decision for a plan, by its id; the last of all where none was for it."""
    entries = logged.entries
    return next((each for each in reversed(entries) if each.plan == plan.id), entries[-1])


def state_then(today: State, last: Entry, plans: Iterable[Scenario]) -> State | None:
    """Return the state in which a decision was taken, by its hashes; None if nothing has them.

    Args:
        today: what is known, asked and planned now.
        last: the decision.
        plans: among which its plan may be.
    """
    cases = _earlier(today.case, last.day)
    case = next((each for each in cases if each.hash == last.case_hash), None)
    plan = next((each for each in _plans(today, plans) if each.hash == last.plan_hash), None)
    if case is None or plan is None:
        return None
    wanted = [(each.indicator, each.at_least, each.deadline) for each in last.promised]
    for targets in case.target_sets.values():
        if _aims(targets) == wanted and len(wanted) == len(today.targets.targets):
            return State(case=case, targets=targets, plan=plan)
    return None


def _aims(targets: TargetSet) -> list[tuple[str, float, date]]:
    return [(each.indicator, each.at_least, each.deadline) for each in targets.targets]


def _plans(today: State, plans: Iterable[Scenario]) -> Iterator[Scenario]:
    yield from (today.plan, *plans, today.case.baseline)
    for path in shipped(today.case):
        try:
            yield load_scenario(today.case, path)
        except InputFaults:
            continue


def _earlier(case: Case, day: date) -> Iterator[Case]:
    """Yield what today's files and facts can be taken back to, the likeliest first."""
    yield case
    plain = load_case(case.folder)
    for then in dict.fromkeys((day, plain.head.vintage, case.head.vintage)):
        for facts in _fewer(case.facts, then):
            try:
                yield load_case(case.folder, facts=facts)
            except InputFaults:
                continue


def _fewer(facts: Facts, day: date) -> Iterator[Facts]:
    """Yield own facts as known on a day: all, without ranges of one's own, targets alone."""
    known = facts.on(day)
    yield known
    yield replace(known, entries=known.entries.model_copy(update={"assumptions": {}}))
    yield facts.on(day, own=False)


def runs(then: State | None, today: State) -> int:
    """Return how many runs `since` takes."""
    return 0 if then is None else changes(then, today)


def since(
    asked: Question,
    plan: Scenario,
    logged: Logged,
    then: State | None,
    done: Callable[[], object] = lambda: None,
) -> Since:
    """Return what has moved since the last decision about a plan.

    Args:
        asked: the place, its targets and the luck, as they are today.
        plan: as it is today.
        logged: the decisions.
        then: the state of the last one, from `state_then`.
        done: called after each run.
    """
    today = State(case=asked.case, targets=asked.targets, plan=plan)
    luck = {"seed": asked.seed, "replicates": asked.replicates}
    return Since(
        logged=logged,
        last=last_of(logged, plan),
        today=today,
        then=then,
        why=None if then is None else why(then, today, done=done, **luck),
        scored=scored(logged.entries, asked.case),
    )


def since_of(asked: Question, plan: Scenario, entries: Mapping[str, Any]) -> Since:
    """Return what a stamp holds, followed again.

    Raises:
        InputFaults, LookupError, ValueError: it is nothing that a report would hold.
    """
    lines = tuple(entries["lines"])
    logged = Logged(lines=lines, count=int(entries["count"]), head=str(entries["head"]))
    if not lines or not all(map(holds, lines)):
        raise ValueError("a line of the log is not as it was written")
    found = entries["then"]
    if found is None:
        return since(asked, plan, logged, None)
    case = load_case(asked.case.folder, facts=from_json(found["facts"], Path("stamp")))
    row = found["plan"]
    levers = {name: row[name] for name in ("name", "why", "levers")}
    then = State(
        case=case,
        targets=case.target_sets[found["targets"]],
        plan=build_scenario(case, levers, id=row["id"], file="stamp"),
    )
    return since(asked, plan, logged, then)


def holds(line: Line) -> bool:
    """Return whether a line of a log has the hash of what it says and of the line before."""
    return line_hash(line["entry"], line["before"]) == str(line["hash"])
