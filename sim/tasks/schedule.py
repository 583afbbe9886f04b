"""The tasks of a plan as a file: who does what by when, after what, and what it drives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.faults import Fault, Message, near, one_of, refuse, told
from sim.files.tables import Cell, Table
from sim.months import month_end
from sim.place.case import Case
from sim.place.levers import budgets
from sim.place.records import Day, Key, Text
from sim.place.scenario import Scenario
from sim.reading import Record, read_rows
from sim.words import Words

FILE = "tasks.csv"
DAYS = 365.25 / 12  # a month
OWN = "own plan"  # the source of a task that nobody has written down yet
LONGEST = 30_000  # days, beyond which something is never done
Class = Literal["rule", "purchase", "building", "platform", "campaign"]
Unit = Annotated[float, Field(ge=0, le=1)]


class Task(Record):
    """One row of `tasks.csv`.

    Attributes:
        after: ids of tasks that must have ended before it begins, separated by semicolons.
        drives: the lever that begins as much later as it ends late; empty for none.
        money: in the case's large unit a year; of a budget that it drives, the budget's sum.
    """

    id: Key
    name_vi: Text
    name_en: Text
    owner: Text
    kind: Class
    start: Day
    end: Day
    after: str = ""
    drives: str = ""
    money: Annotated[float, Field(ge=0)] | None = None
    state: Literal["planned", "done"] = "planned"
    source: Text

    @property
    def predecessors(self) -> tuple[str, ...]:
        """The ids of the tasks it waits for."""
        return tuple(each.strip() for each in self.after.split(";") if each.strip())

    def name(self) -> dict[str, str]:
        """Return the name by language."""
        return {"vi": self.name_vi, "en": self.name_en}


COLUMNS = tuple(Task.model_fields)


class Habit(Record):
    """How tasks of a class go: shares on time and never done, and how late the rest are.

    Lateness is a share of a task's own length, `by_time` the share of its money that goes on as
    long as it does; each is a triangular range.
    """

    kind: Class
    on_time_low: Unit
    on_time: Unit
    on_time_high: Unit
    never_low: Unit
    never: Unit
    never_high: Unit
    late_low: float
    late: float
    late_high: float
    by_time_low: Unit
    by_time: Unit
    by_time_high: Unit
    source: Text


@cache
def habits() -> dict[str, Habit]:
    """Return how tasks go, by class."""
    rows, faults = read_rows(Path(__file__).with_name("kinds.csv"), Habit)
    assert not faults, faults
    return {row.kind: row for _, row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The tasks of a plan, each after those it waits for."""

    tasks: tuple[Task, ...]

    @property
    def driving(self) -> tuple[Task, ...]:
        """The tasks that drive a lever."""
        return tuple(task for task in self.tasks if task.drives)

    @property
    def begins(self) -> date:
        """The first day of the first task."""
        return min(task.start for task in self.tasks)

    def day(self, months: float) -> date | None:
        """Return the day so many months after the first start; None where it is never."""
        if months * DAYS > LONGEST:
            return None
        return self.begins + timedelta(days=months * DAYS)

    def waits_for(self) -> list[list[int]]:
        """Return for each task the places of those it waits for."""
        places = {task.id: place for place, task in enumerate(self.tasks)}
        return [[places[each] for each in task.predecessors] for task in self.tasks]


def schedule_of(entries: Mapping[str, Any]) -> Schedule:
    """Return the tasks of a stamp; raises `ValueError` or `LookupError` if it has none."""
    return Schedule(tasks=tuple(Task.model_validate(row) for row in entries["tasks"]))


def own_schedule(case: Case) -> Schedule | None:
    """Return the tasks that lie in a case's folder, whatever the plan; None if none do.

    Raises:
        InputFaults: with every fault of the file.
    """
    path = case.folder / FILE
    return load_schedule(case, path, None) if path.exists() else None


def asked_schedule(case: Case, path: Path | None, plan: Scenario) -> Schedule:
    """Return the tasks of a plan: those of a file, or else the place's own.

    Raises:
        InputFaults: with every fault of the file, or that the place has none.
    """
    if path is None and not (case.folder / FILE).exists():
        wanted = told("tasks by --tasks FILE, with the columns {names}", names=", ".join(COLUMNS))
        refuse([Fault(str(case.folder / FILE), "", told("no tasks of this place"), wanted)])
    return load_schedule(case, path or case.folder / FILE, plan)


def outline(case: Case, plan: Scenario, due: date, say: Words) -> Table:
    """Return tasks to begin a file with: one for each budget of a plan, from its month on.

    Args:
        case: the place.
        plan: the scenario whose budgets are to be carried out.
        due: when all is to be done.
        say: the language of owners.
    """
    rows: list[list[Cell]] = []
    for name in budgets(case.levers):
        lever, first = case.levers[name], plan.levers[f"{name}_start"]
        day = lever.begins or case.start
        start = month_end(day.year, day.month + int(first) - 2) + timedelta(days=1)
        if plan.value(name) and start <= due:
            titles = [Words(language)(lever.label) for language in ("vi", "en")]
            kind = "building" if lever.side == "supply" else "campaign"
            dates = [start.isoformat(), due.isoformat()]
            money = plan.value(name)
            rows.append(
                [name, *titles, say(lever.owner), kind, *dates, "", name, money, "planned", OWN]
            )
    return list(COLUMNS), rows


def load_schedule(case: Case, path: Path, plan: Scenario | None) -> Schedule:
    """Read the tasks of a plan; of any plan if None.

    Raises:
        InputFaults: with every fault of the file.
    """
    optional = ("after", "drives", "money", "state")
    rows, faults = read_rows(path, Task, optional=optional)
    tasks = [task for _, task in rows]
    known = {task.id for task in tasks}
    for line, task in rows:
        met = (*_own_faults(task, known), *_driven_faults(case, plan, task))
        faults += [Fault(str(path), f"line {line}", *each) for each in met]
    faults += [Fault(str(path), "id", *each) for each in _twice([task.id for task in tasks])]
    driven = [task.drives for task in tasks if task.drives]
    faults += [Fault(str(path), "drives", *each) for each in _twice(driven)]
    loop = _loop(tasks)
    if loop:
        faults.append(Fault(str(path), "after", " > ".join(loop), told("tasks without a loop")))
    if not tasks and not faults:
        faults.append(Fault(str(path), "", told("no tasks"), told("one row per task")))
    refuse(faults)
    return Schedule(tasks=tuple(_in_order(tasks)))


def _own_faults(task: Task, known: set[str]) -> Iterator[tuple[str, str]]:
    if task.end < task.start:
        given = told("end {end} before start {start}", end=task.end, start=task.start)
        yield given, told("an end after the start")
    for each in task.predecessors:
        if each not in known:
            yield told("after {id}", id=each), told("a task; {hint}", hint=near(each, known))


def _driven_faults(case: Case, plan: Scenario | None, task: Task) -> Iterator[tuple[str, Message]]:
    if not task.drives:
        return
    dated = [name for name in case.levers if month_lever(case, name)]
    if task.drives not in dated:
        wanted = near(task.drives, dated) if task.drives not in case.levers else one_of(dated)
        yield told("drives {lever}", lever=task.drives), wanted
        return
    budget, asked = plan.levers[task.drives] if plan else None, task.money
    if asked is None or budget is None or f"{task.drives}_start" not in case.levers:
        return
    if isinstance(budget, float | int) and abs(asked - budget) > 0.01 * max(asked, budget):
        given = told("money {task:g}, where the plan has {plan:g}", task=asked, plan=budget)
        yield given, told("the plan's sum, or a plan with the tasks' sum")


def month_lever(case: Case, name: str) -> str:
    """Return the lever that holds the month from which on a lever acts; empty for none."""
    if f"{name}_start" in case.levers:
        return f"{name}_start"
    return name if name in case.levers and case.levers[name].kind == "month" else ""


def _twice(names: Sequence[str]) -> Iterator[tuple[str, Message]]:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield told("{id} {count} times", id=name, count=names.count(name)), told("each once")


def _loop(tasks: Sequence[Task]) -> list[str]:
    """Return the ids of a loop in its order, the first one again at its end; empty for none."""
    waits = {task.id: task.predecessors for task in tasks}
    for first in waits:
        path, seen = [first], {first}
        while path:
            ahead = next((e for e in waits.get(path[-1], ()) if e == first or e not in seen), None)
            if ahead == first:
                return [*path, first]
            if ahead is None:
                path.pop()
            else:
                path.append(ahead)
                seen.add(ahead)
    return []


def _in_order(tasks: Sequence[Task]) -> Iterator[Task]:
    """Yield tasks so that each comes after those it waits for."""
    left, done = list(tasks), set[str]()
    while left:
        ready = next(task for task in left if done.issuperset(task.predecessors))
        left.remove(ready)
        done.add(ready.id)
        yield ready
