"""A report's sections on what to do next: where to start, and the plan's tasks."""

from dataclasses import replace

from sim.paper.parts import Charts, Facts, Grid, Section, section, table
from sim.rank import telling as starting
from sim.show.next.gantt import gantt
from sim.show.next.ranks import ranked
from sim.tasks import telling as lateness
from sim.words import Words

FEW = 10  # areas whose chart is low enough to stand where it is told of


def where_to_start(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return need, leverage and doubt of the areas, and how sure their ranks are."""
    start = facts.rank
    if start is None:
        return section("")
    chart = ranked(replace(facts.shown(say), next=start)).draw(charts.look)
    head = starting.head(start, say)
    return section(
        say("Where to start"),
        {"kind": "list", "words": [*starting.sentences(start, say), *starting.heads(start, say)]},
        charts.part(chart, 0.86, floats=len(start.question.case.areas) > FEW),
        {"kind": "text", "words": say.prose("doing#ranks")},
        table(head, starting.rows(start, say), "rl".ljust(len(head), "r"), small=True),
    )


def tasks(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return when the plan's tasks end, which decide, and what lateness costs."""
    found = facts.tasks
    if found is None:
        return section("")
    chart = gantt(replace(facts.shown(say), next=found)).draw(charts.look)
    chances, both = lateness.chance_head(found, say), lateness.joint_head(found, say)
    return section(
        say("Tasks"),
        {"kind": "list", "words": list(lateness.sentences(found, say))},
        charts.part(chart, 0.86, floats=True),
        _numbers(chances, lateness.chance_rows(found, say), say("What delays do to the chances")),
        _numbers(both, lateness.joint_rows(found, say), say("Date and cost together")),
        {"kind": "text", "words": say.prose("doing#tasks")},
        table(lateness.task_head(say), lateness.task_rows(found, say), "llllrrl", small=True),
    )


def _numbers(head: list[str], rows: list[list[str]], caption: str) -> Grid:
    """Return a table of words in its first column and numbers in the others, kept on one page."""
    sides = "l".ljust(len(head), "r")
    return table(head, rows, sides, small=True, whole=True, caption=caption)
