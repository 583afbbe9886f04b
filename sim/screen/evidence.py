"""Evidence: what every number rests on, and how sure it is."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from sim.ask.notes import notes
from sim.faults import Note
from sim.files.tables import Cell
from sim.place.case import Case
from sim.screen.own import forms
from sim.screen.parts.choices import linked
from sim.screen.parts.frame import frame, present
from sim.screen.parts.paper import past
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.shown import downloads, grid, show_wide
from sim.screen.parts.view import View
from sim.screen.parts.waits import in_turn
from sim.show import evidence
from sim.show.fans import hindsight
from sim.show.figures import Figure, Shown
from sim.show.sentences import past_tables

MANY, TALL = 16, 620  # a table of more rows scrolls in so many pixels
SECTIONS = {
    "own": "Your own facts",
    "assumptions": "Assumptions",
    "effects": "What levers did",
    "observations": "Observations",
    "starts": "Where areas start",
    "past": "Past forecasts",
    "targets": "The targets' documents",
}


def in_full(cell: str) -> str:
    """Return a cell's text as it is; an address as a link."""
    return f"<{cell}>" if cell.startswith("https://") else unmarked(cell)


@st.fragment
def listed(view: View, figure: Figure) -> None:
    """Show a table with its sources, and offer its files."""
    say, name, table = view.say, figure.name, figure.table()
    row = grid(
        table,
        name,
        links=[say("Address")],
        alt=say(SECTIONS[name]),
        height=TALL if len(table[1]) > MANY else "auto",
        pick=True,
    )
    if row is None:
        st.caption(say("Pick a row by the box at its left to read it in full."))
    else:
        told = zip(table[0], table[1][row], strict=True)
        words = [(what, cell) for what, cell in told if isinstance(cell, str) and cell]
        st.markdown("  \n".join(f"**{what}**: {in_full(cell)}" for what, cell in words))
    downloads(figure, view, name)


def rests(view: View) -> Shown:
    """Return what is shown of a place, whichever scenario is followed."""
    return Shown(question=view.question, say=view.say)


def assumptions(view: View) -> None:
    """Show every assumption with value, range, source and confidence."""
    say = view.say
    st.markdown(
        say(
            "Nobody sets these: each run draws them from their ranges, the same draws "
            "for every scenario. {count} assumptions.",
            count=len(view.case.assumptions),
        )
    )
    with st.expander(say("Correct an assumption"), key="own assumption"):
        forms.assumption(view)
    listed(view, evidence.assumptions(rests(view)))


def effects(view: View) -> None:
    """Show what was measured of each lever's effect, and how."""
    say = view.say
    st.markdown(say.paragraph("levers#measured", kept=say.percent(evidence.UNCOMPARED, 0)))
    listed(view, evidence.effects(rests(view)))


def observations(view: View) -> None:
    """Show every figure known on the vintage day."""
    say = view.say
    st.markdown(
        say(
            "Forecasts use only what had been published by {day}.",
            day=say.day(view.case.head.vintage),
        )
    )
    if view.case.reference_name and view.case.reference_note:
        st.caption(f"{say.named(view.case.reference_name)}: {view.case.reference_note}")
    with st.expander(say("Add a figure"), key="own figure"):
        forms.figure(view)
    listed(view, evidence.observations(rests(view)))


def starts(view: View) -> None:
    """Show where each area starts, and how that is known."""
    say, case = view.say, view.case
    with in_turn(say):
        begin = view.question.starts
    names = list(begin.levels)
    indicator = st.segmented_control(
        say("Indicator"),
        names,
        default=names[0],
        format_func=say.indicator,
        required=True,
        key=f"starts of {case.head.id}",
    )
    known = int(begin.observed[indicator].sum())
    st.markdown(
        say(
            "Counted in {known} of {all} areas; a count over a year old is treated as an estimate.",
            known=known,
            all=len(case.areas),
        )
    )
    st.markdown(
        say(
            "Elsewhere it is estimated from the urban share and the PAPI internet score, updated "
            "with the areas that are known, and shifted so that the areas add up to the nation "
            "in every draw. Mobile broadband is distributed in the same way as smartphones."
        )
    )
    st.caption(say.unit(indicator))
    listed(view, evidence.starts(rests(view), indicator=indicator))


def forecasts(view: View) -> None:
    """Show how forecasts made on earlier days did, and show how far their making is."""
    say, case = view.say, view.case
    if not case.outcomes:
        st.info(say("This case holds nothing published after the vintage day."))
        return
    seen = past(view)
    if seen is None:
        return
    hindcasts, promises = seen
    st.markdown(say.paragraph("past#how") + " " + say.paragraph("past#errors"))
    for each in past_tables(hindcasts, promises, say):
        st.markdown(f"**{each.title}**")
        table = each.head, [list[Cell](row) for row in each.cells]
        grid(table, f"past {each.title}", alt=each.title)
    shown = replace(rests(view), played=lambda: seen)
    downloads(evidence.forecasts(shown), view, "past table")
    for figure in hindsight.all(shown):
        show_wide(figure, view, figure.name)


def documents(view: View) -> None:
    """Show where each set of targets comes from."""
    say = view.say
    for found in view.case.target_sets.values():
        st.markdown(f"**{say.named(found.name)}**")
        goals = "\n".join(
            f"- {say.indicator(each.indicator)} ≥ {say.goal(each.indicator, each.at_least)}, "
            + say("by {day}", day=say.day(each.deadline))
            for each in found.targets
        )
        st.markdown(goals)
        st.caption(
            say("Published {day}. {source}", day=say.day(found.published), source=found.source)
        )


def own(view: View) -> None:
    """Let the visitor put facts of their own in, see them and take them back."""
    say = view.say
    st.markdown(
        say(
            "What you know that is better or newer than the place's files. It is kept on your "
            "desk, goes along in links and the desk's file, and every answer that uses it says "
            "so."
        )
    )
    forms.listing(view)
    for words, form in (
        (say("Correct an assumption"), forms.assumption),
        (say("Add a figure"), forms.figure),
        (say("Set a target of your own"), forms.target),
        (say("Move to a later day"), forms.day),
        (say("From a file"), forms.upload),
    ):
        with st.expander(words, key=f"own {form.__name__}"):
            form(view)


@st.cache_resource(max_entries=8, show_spinner=False)
def noted(_case: Case, identity: str) -> list[Note]:
    """Return what is odd in a case or not used, kept by what the case says."""
    return [replace(note, file=Path(note.file).name) for note in notes(_case)]


def odd(view: View) -> None:
    """Tell what is odd in the case or not used, if anything is."""
    say, found = view.say, noted(view.case, view.known)
    if found:
        with st.expander(say("Odd or unused: {count}", count=len(found))):
            st.markdown("\n".join(f"- {unmarked(say.note(note))}" for note in found))


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say = view.say
    st.title(say("What the forecasts rest on"))
    odd(view)
    parts = {
        "own": own,
        "assumptions": assumptions,
        "effects": effects,
        "observations": observations,
        "starts": starts,
        "past": forecasts,
        "targets": documents,
    }
    section = linked(
        st.segmented_control,
        say("Show"),
        "evidence",
        list(SECTIONS),
        "assumptions",
        lambda id: say(SECTIONS[id]),
        "evidence",
        required=True,
        label_visibility="collapsed",
    )
    parts[section](view)


present(page)
