"""The tasks of a plan over time: when each is planned, when such tasks end, what a month costs."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sim.files.pictures import Chart
from sim.numbers import ten_digits
from sim.show.figures import Shown, figure
from sim.show.look import Look, framed, layer, line_of_text, named, time_axis, told
from sim.tasks import telling
from sim.tasks.chances import TaskChances, ends_of
from sim.words import Words


def _tasks(shown: Shown) -> TaskChances:
    assert isinstance(shown.next, TaskChances)
    return shown.next


@figure(
    "gantt", lambda shown: telling.table(_tasks(shown)), each=lambda shown: [{}], folder="tasks"
)
def gantt(shown: Shown, look: Look) -> Chart:
    """Return a row a task: its planned span, and the 90 % range of its end as such tasks go."""
    say, found = look.say, _tasks(shown)
    rows = _rows(found, say)
    return framed(
        look,
        title=say("Tasks over time"),
        subtitle=[
            say.named(found.plan.name),
            say("Grey: as planned; blue: 90% range of the end; tick: median"),
            say("Number: points of chance lost if a month late"),
        ],
        description=say(
            "Tasks and their ends: {list}.",
            list="; ".join(f"{row['task']} {row['text']}" for row in rows),
        ),
        body={
            "data": {"values": rows},
            "height": {"step": 38},
            "layer": _layers([str(row["id"]) for row in rows], look),
        },
    )


def _layers(order: Sequence[str], look: Look) -> list[Chart]:
    """Return the planned span, the band of the end, its median, and the words above them."""
    say, colours = look.say, look.palette
    down = named("id", order, title=None, axis=None)
    titles = {
        "task": say("Task"),
        "planned": say("Planned end"),
        "text": say("Going by similar tasks"),
    }
    tips = told(**titles, price=say("Cost of a month's delay, points"))
    across = time_axis("start", look)

    def span(begin: str, end: str) -> Chart:
        ends = {"x": {**across, "field": begin}, "x2": {"field": end}}
        return {"y": down, **ends, "tooltip": tips}

    at: Chart = {"y": down, "x": {**across, "field": "middle"}, "tooltip": tips}
    words = "datum.task + (datum.price ? ' · ' + datum.price : '')"
    band: Chart = {"height": 7, "opacity": 0.45, "color": colours.main, "yOffset": 7}
    names = {"y": down, "x": {"value": 0}}
    behind: Chart = {"color": colours.paper, "stroke": colours.paper, "strokeWidth": 4}
    return [
        layer("bar", span("start", "end"), color=colours.ghost, height=7, yOffset=7),
        layer("bar", span("low", "high"), **band),
        layer("tick", at, color=colours.ink, thickness=2, size=14, yOffset=7),
        line_of_text(words, names, dy=-7, **behind),
        line_of_text(words, names, dy=-7, color=colours.ink),
    ]


def _rows(found: TaskChances, say: Words) -> list[dict[str, Any]]:
    """Return a row a task; what is never done reaches to the end of what is drawn."""
    ends = [[found.schedule.day(months) for months in row] for row in ends_of(found.ends).tolist()]
    last = max(day for row in ends for day in row if day is not None)
    words = telling.task_rows(found, say)

    def drawn(day: date | None) -> str:
        return (day or last).isoformat()

    return [
        {
            "id": task.id,
            "task": say.named(task.name()),
            "start": task.start.isoformat(),
            "end": task.end.isoformat(),
            "low": drawn(ends[0][place]),
            "middle": drawn(ends[1][place]),
            "high": drawn(ends[2][place]),
            "planned": say.day(task.end),
            "text": words[place][4],
            "price": _price(found, task.id, say),
        }
        for place, task in enumerate(found.schedule.tasks)
    ]


def _price(found: TaskChances, id: str, say: Words) -> str:
    own = found.month_late.get(id)
    return "" if own is None else say.signed(ten_digits(100 * (own[-1] - found.on_time[-1])))
