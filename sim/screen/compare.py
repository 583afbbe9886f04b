"""Compare: any number of scenarios side by side against the chosen targets."""

from collections.abc import Mapping, Sequence

import streamlit as st

from sim.ask.answers import Answer
from sim.place.scenario import Scenario, told_apart
from sim.screen.parts.choices import in_address, in_link, note_choice
from sim.screen.parts.frame import carry, frame, present
from sim.screen.parts.paper import report, which_is_best
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.shown import downloads, grid, in_two, show_wide
from sim.screen.parts.view import View
from sim.screen.parts.visit import now
from sim.screen.parts.waits import answers
from sim.show.bars import difference, differences
from sim.show.fans import overlay
from sim.show.figures import Shown
from sim.show.sentences import difference_table, leader, levers_beside
from sim.show.tiles import gain_map, verdicts

FEW = 2  # plans that stand beside the baseline where a place has no draft of its own


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
        others = [id for id in view.shipped if id != "baseline"]
        first = ["draft-plan"] if "draft-plan" in others else others[:FEW]
        usual = ["baseline", *first, last, f"{last}-adjusted"]
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
        help=say("Shipped, saved and uploaded scenarios, also those with moved sliders."),
    )
    in_link("plans", ",".join(picked))
    return [found[id] for id in picked]


def reference(view: View, found: Sequence[Answer]) -> Answer:
    """Return the answer the others are set against."""
    say = view.say
    place = st.selectbox(
        say("Against"),
        range(len(found)),
        key=f"against {say.language} " + " ".join(each.scenario.id for each in found),
        format_func=lambda i: say.named(found[i].summary.scenario.name),
    )
    return found[place or 0]


def what_they_are(view: View, shown: Shown) -> None:
    """Show the levers that the scenarios set differently, and their money, side by side."""
    say = view.say
    head, rows = levers_beside(shown.case, shown.summaries, view.targets, say)
    lines = [" | ".join(map(unmarked, head)), " | ".join(["---"] * len(head))]
    for name, first, *others in rows:
        bold = [f"**{unmarked(each)}**" if each != first else unmarked(each) for each in others]
        lines.append(" | ".join([unmarked(name), unmarked(first), *bold]))
    st.subheader(say("What the scenarios set"))
    with st.container(key="wide-levers"):
        st.markdown("\n".join(f"| {line} |" for line in lines))
    st.caption(say("Levers that differ; bold: different from the first scenario."))


def side_by_side(view: View, shown: Shown) -> None:
    """Show which scenario is best for what, what each sets, and what comes of it."""
    if shown.summaries[1:]:
        with st.container(key="answer"):
            st.markdown(unmarked(leader(shown.summaries, view.say)))
        st.markdown("\n".join(f"- {unmarked(line)}" for line in which_is_best(view, shown.answers)))
    show_wide(verdicts(shown), view, "strip")
    what_they_are(view, shown)
    in_two(overlay.all(shown), view)


def pairs(view: View, shown: Shown) -> None:
    """Show differences with their intervals, and what a point costs."""
    say, targets = view.say, view.targets
    st.subheader(say("What is gained, and at what price"))
    st.caption(
        say(
            "All scenarios share the same draws, so differences between them are far more "
            "certain than the levels themselves."
        )
    )
    st.caption(
        say(
            "Extra money is what a scenario spends by the last deadline, not its yearly budgets. "
            "It covers the whole scenario, so a price per point is shown only where a single "
            "lever moved."
        )
    )
    base = reference(view, shown.answers)
    against = base.scenario.id
    asked = dict.fromkeys(target.indicator for target in targets.targets)
    in_two([difference(shown, indicator=name, against=against) for name in asked], view)
    grid(
        difference_table(shown.differences(against), base.summary.scenario, say("Scenario"), say),
        "differences",
        alt=say("What is gained, and at what price"),
    )
    downloads(differences(shown, against=against), view, "differences table")
    where(view, [each for each in shown.answers if each is not base], base)


@st.fragment
def where(view: View, others: list[Answer], base: Answer) -> None:
    """Show who gains where."""
    say = view.say
    st.subheader(say("Who gains where"))
    left, right = st.columns(2)
    place = left.selectbox(
        say("Scenario"),
        range(len(others)),
        key=f"gainer {say.language} " + " ".join(each.scenario.id for each in others),
        format_func=lambda i: say.named(others[i].summary.scenario.name),
    )
    shown = Shown.on_page(view.question, say, [others[place or 0], base])
    indicator = right.selectbox(
        say("Indicator"), shown.indicators, format_func=say.indicator, key=f"gained {say.language}"
    )
    show_wide(gain_map(shown, indicator=indicator, month=shown.last), view, "gains")


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say = view.say
    st.title(say("Compare scenarios"))
    plans = pick(view, offered(view))
    if not plans:
        st.info(say("Pick at least one scenario."))
        return
    carry(view, plans)
    found = answers(view, told_apart(plans), "compared")
    beyond = [plan for plan in plans if plan.unsupported(view.case.levers)]
    if beyond:
        names = ", ".join(view.name(plan) for plan in beyond)
        st.warning(say("Set beyond what the evidence supports: {names}.", names=names))
    shown = Shown.on_page(view.question, say, found)
    if found:
        side_by_side(view, shown)
        if len(found) == len(plans):
            report(view, found)
    if len(found) > 1:
        pairs(view, shown)


present(page)
