"""Evidence: what every number rests on, and how sure it is."""

from collections.abc import Mapping

import streamlit as st

from pages.frame import View, downloads, frame, grid, linked, present
from sim.evidence import assumption_table, known_areas, observation_table, start_table, started
from sim.figures import Figure, Table
from sim.run import REPLICATES, SEED

SECTIONS = {
    "assumptions": "Assumptions",
    "observations": "Observations",
    "starts": "Where areas start",
    "targets": "The targets' documents",
}


def listed(view: View, table: Table, name: str, digits: Mapping[str, int | None]) -> None:
    """Show a table with its sources, and offer its files."""
    say = view.say
    grid(table, name, digits=digits, links=[say("Address")], alt=say(SECTIONS[name]), height=620)
    downloads(Figure(name=name, table=lambda: table), view, [], name)


def assumptions(view: View) -> None:
    """Show every assumption with value, range, source and confidence."""
    say = view.say
    st.markdown(say("Nobody sets these: each run draws them from their ranges, the same draws "
                    "for every scenario. {count} assumptions.",
                    count=len(view.case.assumptions)))  # fmt: skip
    table = assumption_table(view.case, say)
    listed(view, table, "assumptions", dict.fromkeys(table[0][1:4]))


def observations(view: View) -> None:
    """Show every figure known on the vintage day."""
    say = view.say
    st.markdown(say("Only what had been published by {day} reaches a forecast.",
                    day=say.day(view.case.head.vintage)))  # fmt: skip
    table = observation_table(view.case, say)
    listed(view, table, "observations", {table[0][3]: None})


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
    table = start_table(case, indicator, say, seed=SEED, replicates=REPLICATES)
    st.caption(say.unit(indicator))
    listed(view, table, "starts", dict.fromkeys(table[0][2:], 1))


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
