"""Compare: any number of scenarios side by side against the chosen targets."""

from collections.abc import Mapping

import streamlit as st

from sim.ask.answers import Answer, differences
from sim.months import month_of
from sim.place.scenario import Scenario
from sim.screen.parts.choices import in_address, in_link, note_choice
from sim.screen.parts.frame import frame, present
from sim.screen.parts.shown import downloads, grid, in_two, show_wide
from sim.screen.parts.view import View
from sim.screen.parts.visit import now
from sim.screen.parts.waits import answers
from sim.show.figures import (
    difference_list,
    difference_table,
    gain_figure,
    overlays,
    paired,
    strip,
)
from sim.show.tables import shown_indicators


def offered(view: View) -> dict[str, Scenario]:
    """Return every scenario there is, those with unsaved sliders beside their own selves."""
    found = {}
    for id, saved in view.scenarios().items():
        found[id] = saved
        moved = now(view, saved)
        if moved != saved:
            found[moved.id] = moved
    return found


def pick(view: View, found: Mapping[str, Scenario]) -> list[Scenario]:
    """Return the scenarios the visitor wants side by side."""
    say, case = view.say, view.case
    key = f"compared {case.head.id}"
    chosen = st.session_state.setdefault("chosen", {})
    address = in_address("plans", key)
    if address is not None or key not in chosen:
        asked = (address or "").split(",")
        last = chosen.get(f"scenario {case.head.id}", "draft-plan")
        usual = ["baseline", "draft-plan", last, f"{last}-adjusted"]
        known = [id for id in asked if id in found] or [id for id in usual if id in found]
        chosen[key] = list(dict.fromkeys(known))
    picked = [id for id in chosen[key] if id in found]
    st.session_state[key] = picked
    st.multiselect(
        say("Scenarios"),
        list(found),
        key=key,
        format_func=lambda id: view.label(id, found),
        on_change=note_choice,
        args=(key,),
        placeholder=say("Pick at least one scenario."),
        help=say("Shipped, saved and uploaded ones; those with moved sliders as well."),
    )
    in_link("plans", ",".join(picked))
    return [found[id] for id in picked]


def reference(view: View, found: list[Answer]) -> Answer:
    """Return the answer the others are set against."""
    say = view.say
    place = st.selectbox(
        say("Against"),
        range(len(found)),
        key=f"against {say.language} " + " ".join(each.scenario.id for each in found),
        format_func=lambda i: say.named(found[i].summary.scenario.name),
    )
    return found[place or 0]


def side_by_side(view: View, found: list[Answer]) -> None:
    """Show the chances and the fans of all scenarios."""
    summaries = [each.summary for each in found]
    plans = [each.scenario for each in summaries]
    show_wide(strip(summaries, view.targets), view, plans, "strip")
    names = shown_indicators(view.targets)
    in_two(overlays(view.case, summaries, view.targets, names), view, plans)


def pairs(view: View, found: list[Answer]) -> None:
    """Show differences with their intervals, and what a point costs."""
    say, targets = view.say, view.targets
    st.subheader(say("What is gained, and at what price"))
    st.caption(
        say(
            "Every scenario meets the same luck, draw by draw, so differences are far "
            "surer than the levels themselves."
        )
    )
    base = reference(view, found)
    others = [each for each in found if each is not base]
    plans = [each.summary.scenario for each in found]
    gained = differences(others, base, targets)
    asked = [target.indicator for target in targets.targets]
    in_two(
        [paired(gained, base.summary.scenario, name) for name in dict.fromkeys(asked)], view, plans
    )
    grid(
        difference_table(gained, say("Scenario"), say),
        "differences",
        digits={},
        alt=say("What is gained, and at what price"),
    )
    rows = difference_list(gained, base.summary.scenario)
    downloads(rows, view, plans, "differences table")
    where(view, others, base)


@st.fragment
def where(view: View, others: list[Answer], base: Answer) -> None:
    """Show who gains where."""
    say, targets = view.say, view.targets
    st.subheader(say("Who gains where"))
    left, right = st.columns(2)
    place = left.selectbox(
        say("Scenario"),
        range(len(others)),
        key=f"gainer {say.language} " + " ".join(each.scenario.id for each in others),
        format_func=lambda i: say.named(others[i].summary.scenario.name),
    )
    names = shown_indicators(targets)
    indicator = right.selectbox(
        say("Indicator"), names, format_func=say.indicator, key=f"gained {say.language}"
    )
    each = others[place or 0]
    month = month_of(each.summary.months, targets.last_deadline)
    figure = gain_figure(view.case, each, base, indicator, month)
    show_wide(figure, view, [each.summary.scenario, base.summary.scenario], "gains")


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say = view.say
    st.title(say("Compare scenarios"))
    plans = pick(view, offered(view))
    if not plans:
        st.info(say("Pick at least one scenario."))
        return
    found = answers(view, plans, "compared")
    beyond = [plan for plan in plans if plan.unsupported(view.case.levers)]
    if beyond:
        names = ", ".join(view.name(plan) for plan in beyond)
        st.warning(say("Set beyond what the evidence supports: {names}.", names=names))
    if found:
        side_by_side(view, found)
    if len(found) > 1:
        pairs(view, found)


present(page)
