"""Tasks in words: when each ends, how often it decides, and what lateness does to the chances."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sim.numbers import ten_digits
from sim.place.levers import label
from sim.place.targets import TargetSet
from sim.tasks.chances import NEVER, TaskChances, ends_of
from sim.tasks.schedule import Schedule, Task
from sim.tasks.slip import DAYS
from sim.words import Words

CLASSES = {
    "rule": "rule",
    "purchase": "purchase",
    "building": "building",
    "platform": "platform",
    "campaign": "campaign",
}


def task_head(say: Words) -> list[str]:
    """Return the headings of `task_rows`."""
    heads = ("Task", "Owner", "Class", "Planned end", "As such tasks go", "Decides", "Drives")
    return [say(each) for each in heads]


def task_rows(schedule: Schedule, found: TaskChances, say: Words) -> list[list[str]]:
    """Return a row a task, in the order in which they may be done."""
    first = min(task.start for task in schedule.tasks)
    low, middle, high = ends_of(found.ends)

    def day(months: float) -> str:
        return say("never") if months >= NEVER else say.day(first + timedelta(days=months * DAYS))

    return [
        [
            say.named(task.name()),
            task.owner,
            say(CLASSES[task.kind]),
            say.day(task.end),
            f"{day(middle[place])} ({day(low[place])} – {day(high[place])})",
            say.percent(float(found.deciding[place])),
            say(label(task.drives)) if task.drives else say("no target"),
        ]
        for place, task in enumerate(schedule.tasks)
    ]


def chance_rows(
    schedule: Schedule, found: TaskChances, targets: TargetSet, say: Words
) -> list[list[str]]:
    """Return the chances if all is on time, as such tasks go, and what a month late costs."""
    rows = [
        [say("If all tasks are on time"), *map(say.percent, found.on_time)],
        [say("As such tasks go"), *map(say.percent, found.as_they_go)],
    ]
    for task in schedule.driving:
        late = zip(found.month_late[task.id], found.on_time, strict=True)
        name = say.named(task.name())
        moved = [say.signed(100 * (now - then)) for now, then in late]
        rows.append([say("{task} a month late", task=name), *moved])
    return rows


def tasks_json(schedule: Schedule, found: TaskChances, targets: TargetSet) -> dict[str, Any]:
    """Return it as the object that `ketnoi tasks --json` prints."""
    low, middle, high = ends_of(found.ends)
    names = [*(target.indicator for target in targets.targets), "all"]

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
        "tasks": [one(place, task) for place, task in enumerate(schedule.tasks)],
        "on_time": by_target(found.on_time),
        "as_they_go": by_target(found.as_they_go),
        "month_late": {id: by_target(values) for id, values in found.month_late.items()},
    }
