"""Tasks: who does what by when, when such tasks really end, and what a month late costs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from sim.faults import InputFaults
from sim.files.tables import csv_bytes
from sim.place.scenario import Scenario
from sim.place.stamp import caption
from sim.screen.parts.frame import about_a_plan, present
from sim.screen.parts.shown import grid, show_wide, words_first
from sim.screen.parts.view import View
from sim.screen.parts.visit import show_faults
from sim.screen.parts.waits import computed_next
from sim.show.figures import Shown
from sim.show.next.gantt import gantt
from sim.tasks.chances import TaskChances, chances, runs
from sim.tasks.schedule import FILE, Schedule, load_schedule, outline
from sim.tasks.telling import (
    chance_head,
    chance_rows,
    joint_head,
    joint_rows,
    sentences,
    task_head,
    task_rows,
)
from sim.words import Words


def schedule(view: View, plan: Scenario) -> Schedule | None:
    """Return the tasks the visitor uploads, or else the place's own; None where there are none."""
    say, own = view.say, view.case.folder / FILE
    given = st.file_uploader(say("Upload tasks of your own (CSV)"), type=["csv"], key="tasks file")
    if given is None and not own.is_file():
        st.info(say("This place has no tasks yet: upload a file, or add tasks.csv to its folder."))
        _offer(view, plan)
        return None
    try:
        if given is None:
            return load_schedule(view.case, own, plan)
        with TemporaryDirectory() as room:
            path = Path(room) / FILE
            path.write_bytes(given.getvalue())
            return load_schedule(view.case, path, plan)
    except InputFaults as error:
        name = given.name if given is not None else FILE
        told = [replace(fault, file=name) for fault in error.faults]
        show_faults(say("The tasks cannot be read."), told, say)
        return None


def _offer(view: View, plan: Scenario) -> None:
    """Offer a file to begin with: a task for each budget of the plan."""
    say, (head, rows) = view.say, outline(view.case, plan, view.targets.last_deadline, view.say)
    if rows:
        st.download_button(
            say("A file to begin with: a task for each budget (CSV)"),
            csv_bytes(head, rows),
            f"{view.case.folder.name}-{plan.id}-{FILE}",
            "text/csv",
            on_click="ignore",
            key="tasks to begin with",
            icon=":material/download:",
        )


def _heads(found: TaskChances, say: Words) -> list[str]:
    return task_head(say)


def shown_tasks(view: View, found: TaskChances) -> None:
    """Show the answer in words, the chart, the chances and the tasks."""
    say = view.say
    words_first(sentences(found, say))
    shown = Shown(question=view.question, say=say, next=found)
    show_wide(gantt(shown), view, "gantt")
    for title, head, rows, key in (
        (say("What delays do to the chances"), chance_head, chance_rows, "late table"),
        (say("Date and cost together"), joint_head, joint_rows, "joint table"),
        (say("Tasks"), _heads, task_rows, "tasks table"),
    ):
        st.subheader(title)
        grid((head(found, say), [list(row) for row in rows(found, say)]), key, alt=title)
    st.caption(caption(shown.made, found.plan.id, view.say))


def page() -> None:
    """Draw the page from top to bottom."""
    view, plan = about_a_plan()
    say = view.say
    st.title(say("Tasks"))
    st.caption(
        say(
            "Each task takes its planned time or longer, judging by task lists of the Vietnamese "
            "government and of building programmes; some are never done."
        )
    )
    tasks = schedule(view, plan)
    if tasks is None:
        return
    about = repr((view.known, plan.hash, view.targets.id, tasks))

    def make(done: Callable[[], None]) -> TaskChances:
        return chances(view.question, plan, tasks, done)

    found = computed_next(view, about, runs(tasks), make)
    if found is not None:
        shown_tasks(view, replace(found, plan=plan))


present(page)
