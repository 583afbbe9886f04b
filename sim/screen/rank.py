"""Where to start: need, leverage and doubt of every area, in ranks that say how sure they are."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from sim.place.stamp import caption
from sim.rank.start import Start, usual_top, where_to_start
from sim.rank.telling import head, rows, sentences
from sim.screen.parts.choices import linked
from sim.screen.parts.frame import carry, frame, pick, present
from sim.screen.parts.shown import grid, show_wide, words_first
from sim.screen.parts.view import View
from sim.screen.parts.visit import now
from sim.screen.parts.waits import computed_next
from sim.show.figures import Shown
from sim.show.next.ranks import ranked

NO_FLOOR = "0"


def asked(view: View) -> tuple[int, float | None, bool]:
    """Let the visitor say how many areas are first, a floor, and whether leverage is measured."""
    say, about = view.say, view.case.head.id
    areas = len(view.case.areas)
    tops = [str(top) for top in range(1, min(areas, 31))]
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    with left:
        top = str(usual_top(areas))
        if len(tops) > 1:  # a slider has two ends
            words = say("How many areas are first")
            top = linked(st.select_slider, words, "top", tops, top, str, f"top {about}")
    floors = [str(floor) for floor in range(0, 100, 5)]
    with middle:
        floor = linked(
            st.select_slider,
            say("No area below"),
            "floor",
            floors,
            NO_FLOOR,
            lambda each: say("no floor") if each == NO_FLOOR else f"{each}%",
            "floor",
        )
    words = say("Measure leverage ({count} runs)", count=areas)
    moved = right.checkbox(words, key=f"leverage {about}")
    return int(top), None if floor == NO_FLOOR else int(floor) / 100, moved


def shown_start(view: View, start: Start) -> None:
    """Show the answer in words, the chart and the table."""
    say = view.say
    words_first(sentences(start, say))
    shown = Shown(question=view.question, say=say, next=start)
    show_wide(ranked(shown), view, "ranks")
    grid(
        (head(start, say), [list(row) for row in rows(start, say)]),
        "ranks table",
        alt=say("Where to start"),
    )
    st.caption(
        say("Criteria and weights of your own: ketnoi rank --criteria FILE.")
        + " "
        + caption(shown.made, start.plan.id, say)
    )


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say = view.say
    with st.sidebar:
        plan = now(view, pick(view))
    carry(view, [plan])
    st.title(say("Where to start"))
    st.caption(
        say(
            "Nobody agrees on weights, so they are drawn from ranges like all else that is not "
            "known; areas that cannot be told apart stand in one group."
        )
    )
    if len(view.case.areas) < 2:
        st.info(say("This place has one area alone, so there is nothing to rank."))
        return
    top, floor, moved = asked(view)
    about = repr((view.known, plan.hash, view.targets.id, top, floor, moved))

    def make(done: Callable[[], None]) -> Start:
        return where_to_start(view.question, plan, top=top, floor=floor, moved=moved, done=done)

    found = computed_next(view, about, 1 + moved * len(view.case.areas), make)
    if found is not None:
        shown_start(view, replace(found, plan=plan))


present(page)
