"""Evidence: what every number rests on, and how sure it is."""

from collections.abc import Mapping

import streamlit as st

from pages.frame import View, downloads, frame, grid, linked, present
from sim.evidence import known_areas, started
from sim.figures import Figure, Table, evidence, starting
from sim.run import REPLICATES, SEED

SECTIONS = {
    "assumptions": "Assumptions",
    "observations": "Observations",
    "starts": "Where areas start",
    "targets": "The targets' documents",
}


def listed(view: View, figure: Figure, table: Table, digits: Mapping[str, int | None]) -> None:
    """Show a table with its sources, and offer its files."""
    say, name = view.say, figure.name
    grid(table, name, digits=digits, links=[say("Address")], alt=say(SECTIONS[name]), height=620)
    downloads(figure, view, [], name)


def assumptions(view: View) -> None:
    """Show every assumption with value, range, source and confidence."""
    say = view.say
    st.markdown(say("Nobody sets these: each run draws them from their ranges, the same draws "
                    "for every scenario. {count} assumptions.",
                    count=len(view.case.assumptions)))  # fmt: skip
    figure = evidence(view.case, "assumptions", say)
    table = figure.table()
    listed(view, figure, table, dict.fromkeys(table[0][1:4]))


def observations(view: View) -> None:
    """Show every figure known on the vintage day."""
    say = view.say
    st.markdown(say("Only what had been published by {day} reaches a forecast.",
                    day=say.day(view.case.head.vintage)))  # fmt: skip
    figure = evidence(view.case, "observations", say)
    table = figure.table()
    listed(view, figure, table, {table[0][3]: None})


def starts(view: View) -> None:
    """Show where each area starts, and how that is known."""
    say, case = view.say, view.case
    names = list(started(case, seed=SEED, replicates=REPLICATES))
    indicator = st.segmented_control(
        say("Indicator"), names, default=names[0], format_func=say.indicator, required=True,
        key=f"starts of {case.head.id}",
    )  # fmt: skip
    known = known_areas(case, indicator, seed=SEED, replicates=REPLICATES)
    st.markdown(
        say("Counted in {known} of {all} areas; a count older than a year is an estimate.",
            known=known, all=len(case.areas))
    )  # fmt: skip
    st.markdown(
        say("Elsewhere it is estimated from the urban share and the PAPI internet score, updated "
            "by the areas that are known, and shifted so that the areas add up to the nation in "
            "every draw. Mobile broadband is spread as smartphones are.")
    )  # fmt: skip
    figure = starting(case, indicator, say, seed=SEED, replicates=REPLICATES)
    table = figure.table()
    st.caption(say.unit(indicator))
    listed(view, figure, table, dict.fromkeys(table[0][2:], 1))


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
        st.caption(say("Published {day}. {source}", day=say.day(found.published),
                       source=found.source))  # fmt: skip


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say = view.say
    st.title(say("What the forecasts rest on"))
    parts = {
        "assumptions": assumptions,
        "observations": observations,
        "starts": starts,
        "targets": documents,
    }
    section = linked(
        st.segmented_control, say("Show"), "evidence", list(SECTIONS), "assumptions",
        lambda id: say(SECTIONS[id]), "evidence", required=True, label_visibility="collapsed",
    )  # fmt: skip
    parts[section](view)


present(page)
