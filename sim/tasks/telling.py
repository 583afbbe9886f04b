"""Tasks in words: when each ends, how often it decides, and what lateness does to the chances."""

from collections.abc import Iterator, Sequence
from datetime import date
from math import inf
from typing import Any

from sim.files.tables import Cell, Table
from sim.numbers import ten_digits
from sim.place.levers import label
from sim.place.targets import wilson
from sim.tasks.chances import TaskChances, ends_of
from sim.tasks.schedule import Task
from sim.words import Words

UNKNOWN = "not known"  # an owner whom nobody found
CLASSES = {
    "rule": "rule",
    "purchase": "purchase",
    "building": "building",
    "platform": "platform",
    "campaign": "campaign",
}


def sentences(found: TaskChances, say: Words) -> Iterator[str]:
    """Yield in words what lateness does to the chance, and which tasks matter."""
    prompt, go = (_chance(found, each[-1], say) for each in (found.on_time, found.as_they_go))
    yield say("If all tasks are on time: chance of all targets {on_time}.", on_time=prompt)
    yield say("Going by similar tasks: chance of all targets {chance}.", chance=go)
    place = int(found.deciding.argmax())
    yield say(
        "Most often decides when all is done: {task}, {share}.",
        task=say.named(found.schedule.tasks[place].name()),
        share=say.percent(float(found.deciding[place]), 0),
    )
    yield from _jointly(found, say)
    idle = len(found.schedule.tasks) - len(found.schedule.driving)
    if idle == 1:
        yield say("1 task affects no target of the model.")
    elif idle:
        yield say("{count} tasks affect no target of the model.", count=say.number(idle))


def _jointly(found: TaskChances, say: Words) -> Iterator[str]:
    """Yield how likely all is done by the planned day, within the planned money, and both."""
    both, (end, money) = found.joint, found.joint.planned
    told = {"day": day_of(found, end, say), "in_time": _chance(found, both.chance(end), say)}
    if not money:
        yield say("All tasks done by {day}, as planned: chance {in_time}.", **told)
        return
    yield say(
        "All tasks done by {day}, as planned: chance {in_time}; for the {sum} {bn} planned for "
        "them or less, whenever: {in_money}; both: {both}.",
        **told,
        sum=say.plain(float(f"{money:.4g}")),
        in_money=_chance(found, both.chance(cost=money), say),
        both=_chance(found, both.chance(end, money), say),
    )


def joint_head(found: TaskChances, say: Words) -> list[str]:
    """Return the headings of `joint_rows`."""
    sums = [say.plain(float(f"{each:.4g}")) for each in found.joint.sums]
    within = [say("For {sum} {bn} or less", sum=each) for each in sums]
    return [say("All tasks done by"), *within, say("Whatever it costs")]


def joint_rows(found: TaskChances, say: Words) -> list[list[str]]:
    """Return a row a day: how likely all is done by then for no more than each sum."""
    _, cells = joint_table(found)
    days = [say.day(date.fromisoformat(str(day))) if day else say("any time") for day, *_ in cells]
    return [
        [day, *(_chance(found, float(each or 0), say) for each in row[1:])]
        for day, row in zip(days, cells, strict=True)
    ]


def joint_table(found: TaskChances) -> Table:
    """Return how likely all is done by days and for sums as numbers; no day is ever, any sum."""
    both, first = found.joint, found.schedule
    sums = [*both.sums, inf]
    rows: list[list[Cell]] = []
    for months in [*both.ends, inf]:
        day = None if months == inf else first.day(months)
        chances = [ten_digits(both.chance(months, each)) for each in sums]
        rows.append([day.isoformat() if day else None, *chances])
    names = [f"cost_{ten_digits(each):g}" for each in both.sums]
    return ["done_by", *names, "any_cost"], rows


def _chance(found: TaskChances, share: float, say: Words) -> str:
    return say.chance(share, wilson(share, found.question.replicates))


def task_head(say: Words) -> list[str]:
    """Return the headings of `task_rows`."""
    return [
        say("Task"),
        say("Owner"),
        say("Class"),
        say("Planned end"),
        say("Going by similar tasks"),
        say("Decides"),
        say("Drives"),
    ]


def task_rows(found: TaskChances, say: Words) -> list[list[str]]:
    """Return a row a task, in the order in which they may be done."""
    low, middle, high = (
        [day_of(found, months, say) for months in row.tolist()] for row in ends_of(found.ends)
    )
    return [
        [
            say.named(task.name()),
            say(UNKNOWN) if task.owner == UNKNOWN else task.owner,
            say(CLASSES[task.kind]),
            say.day(task.end),
            f"{middle[place]} ({low[place]} – {high[place]})",
            say.percent(float(found.deciding[place])),
            say(label(task.drives)) if task.drives else say("no target"),
        ]
        for place, task in enumerate(found.schedule.tasks)
    ]


def day_of(found: TaskChances, months: float, say: Words) -> str:
    """Return the day so many months after the first start, or that it is never."""
    day = found.schedule.day(months)
    return say("not done") if day is None else say.day(day)


def chance_head(found: TaskChances, say: Words) -> list[str]:
    """Return the headings of `chance_rows`."""
    every = found.question.targets.targets
    names = [say.indicator(each.indicator) for each in every]
    due = [
        f" · {say.month(each.deadline)}" if names.count(name) > 1 else ""
        for each, name in zip(every, names, strict=True)
    ]
    return [say("Chance"), *map(str.__add__, names, due), say("All together")]


def chance_rows(found: TaskChances, say: Words) -> list[list[str]]:
    """Return the chances if all is on time, as such tasks go, and what a month late costs."""
    rows = [
        [say("If all tasks are on time"), *(_chance(found, each, say) for each in found.on_time)],
        [say("Going by similar tasks"), *(_chance(found, each, say) for each in found.as_they_go)],
    ]
    for task in found.schedule.driving:
        late = zip(found.month_late[task.id], found.on_time, strict=True)
        name = say.named(task.name())
        moved = [say.signed(100 * (now - then)) for now, then in late]
        rows.append([say("{task} a month late", task=name), *moved])
    return rows


def table(found: TaskChances) -> Table:
    """Return it as numbers, a row a task: its days, how often it decides, a month's price."""
    low, middle, high = ends_of(found.ends).tolist()
    rows: list[list[Cell]] = []
    for place, task in enumerate(found.schedule.tasks):
        ends = (found.schedule.day(each) for each in (low[place], middle[place], high[place]))
        days = [None if day is None else day.isoformat() for day in ends]
        own = found.month_late.get(task.id)
        price = None if own is None else ten_digits(own[-1] - found.on_time[-1])
        planned = (task.start.isoformat(), task.end.isoformat())
        decides = ten_digits(float(found.deciding[place]))
        rows.append([task.id, *planned, *days, decides, task.drives, price])
    head = ["task", "start", "end", "end_p05", "end_p50", "end_p95", "decides", "drives"]
    return [*head, "month_late"], rows


def tasks_json(found: TaskChances) -> dict[str, Any]:
    """Return it as the object that `ketnoi tasks --json` prints."""
    low, middle, high = ends_of(found.ends).tolist()
    targets = found.question.targets.targets
    names = [*(target.indicator for target in targets), "all"]

    def by_target(values: Sequence[float]) -> dict[str, float]:
        return {name: ten_digits(value) for name, value in zip(names, values, strict=True)}

    def one(place: int, task: Task) -> dict[str, Any]:
        return {
            "id": task.id,
            "months_p05": ten_digits(low[place]),
            "months_p50": ten_digits(middle[place]),
            "months_p95": ten_digits(high[place]),
            "decides": ten_digits(float(found.deciding[place])),
            "drives": task.drives,
        }

    return {
        "tasks": [one(place, task) for place, task in enumerate(found.schedule.tasks)],
        "on_time": by_target(found.on_time),
        "as_they_go": by_target(found.as_they_go),
        "month_late": {id: by_target(values) for id, values in found.month_late.items()},
        "joint": _joint_json(found),
    }


def _joint_json(found: TaskChances) -> dict[str, Any]:
    _, rows = joint_table(found)
    return {
        "costs": [*map(ten_digits, found.joint.sums), None],
        "by": [{"day": day, "chance": chances} for day, *chances in rows],
    }
