"""Track: the chance from vintage to vintage, its marks, and why it moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import streamlit as st

from sim.faults import InputFaults
from sim.files.tables import Table
from sim.months import first_month_end, month_end
from sim.numbers import REPLICATES, SEED
from sim.place.scenario import Scenario
from sim.place.stamp import caption
from sim.screen.own import forms
from sim.screen.parts.choices import choose, in_address, in_link, linked, note_choice
from sim.screen.parts.frame import about_a_plan, present
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.shown import downloads, grid, in_two, show
from sim.screen.parts.view import View
from sim.screen.parts.visit import show_faults
from sim.screen.parts.waits import computed_next, unfinished
from sim.show.figures import Shown
from sim.show.sentences import goal_name
from sim.show.track import charts
from sim.show.track.words import (
    mark_rows,
    month_sentences,
    question_of,
    spread,
    surprises,
    why_sentences,
)
from sim.track.months import Following, Month
from sim.track.telling import learned, month_rows
from sim.track.times import Track
from sim.track.why import State, Why, changes, why

LUCK = {"seed": SEED, "replicates": REPLICATES}
MOST_AT_FIRST = 6  # vintages that are picked for a visitor
PLAIN = "-plain"  # ends the name of a time without facts of the planner's own


def vintages(view: View) -> dict[str, date]:
    """Return the days that can be stood on: the place's own, and ends of months that brought news.

    Also the day of the planner's own facts; all so early that a deadline lies ahead.
    """
    first, here = view.plain.head.vintage, view.case.head
    until = min(target.deadline for target in view.targets.targets)
    news = {row.published for row in view.case.figures if row.published > first}
    days = {first, here.vintage, *(month_end(day.year, day.month) for day in news)}
    fit = sorted(day for day in days if day < here.horizon and first_month_end(day) <= until)
    return {f"{day}": day for day in fit}


def picked(view: View, days: Mapping[str, date]) -> list[date]:
    """Let the visitor pick vintages; at first some up to the day that all pages stand on."""
    say, key = view.say, f"vintages {view.case.head.id}"
    chosen = st.session_state.setdefault("chosen", {})
    address = in_address("vintages", key)
    if address is not None or key not in chosen:
        chosen[key] = [day for day in (address or "").split(",") if day in days]
    here, first = view.case.head.vintage, view.plain.head.vintage
    usual = [id for id, day in days.items() if here == first or day <= here]
    usual = [usual[at] for at in spread(usual, MOST_AT_FIRST)]
    st.session_state[key] = [day for day in chosen[key] if day in days] or usual
    st.multiselect(
        say("What was known on"),
        list(days),
        key=key,
        format_func=lambda id: say.day(days[id]),
        on_change=note_choice,
        args=(key,),
        placeholder=say("Pick at least one day."),
        help=say("The day of the place's files, and the ends of months with new figures."),
    )
    if chosen[key]:
        in_link("vintages", ",".join(chosen[key]))
    return sorted(days[id] for id in st.session_state[key] if id in days)


def state(view: View, plan: Scenario, day: date, *, own: bool = True) -> State:
    """Return what was known on a day, with or without the planner's own; raises `InputFaults`."""
    facts = view.case.facts.on(day, own=own)
    if day == view.plain.head.vintage:
        facts = replace(facts, entries=facts.entries.model_copy(update={"vintage": None}))
    case = view.standing(facts) if facts else view.plain
    return State(case=case, targets=case.target_sets[view.targets.id], plan=plan)


def about(view: View, plan: Scenario, states: Sequence[State]) -> str:
    """Return all that an answer about states rests on, as text."""
    known = [(each.case.identity, each.case.facts.as_json()) for each in states]
    return repr((known, view.targets.id, plan.hash))


def asked(view: View, key: str, label: str, wanted: str) -> bool:
    """Show the button that asks; return whether this has been asked, here or by the link."""
    if st.button(label, key=key):
        st.session_state[f"{key} asked"] = wanted
    if st.session_state.get(f"{key} asked") is None and st.query_params.get(key):
        st.session_state[f"{key} asked"] = wanted
    if st.session_state.get(f"{key} asked") != wanted:
        return False
    in_link(key, "yes")
    return True


def bare(plan: Scenario) -> Scenario:
    """Return a plan without the words of a visitor."""
    blank = {"vi": "", "en": ""}
    return replace(plan, id="", name=blank, why=blank)


def shown_track(view: View, plan: Scenario, track: Track) -> Shown:
    """Return what figures are drawn from, under the plan's own name."""
    states = [replace(each, plan=plan) for each in track.states]
    months = [replace(each, answer=replace(each.answer, scenario=plan)) for each in track.months]
    question = replace(view.question, case=states[-1].case, targets=states[-1].targets)
    named = replace(track, states=states, months=months)
    return Shown(question=question, say=view.say, next=named)


def follow(view: View, plan: Scenario, days: Mapping[str, date]) -> None:
    """Follow the chance over the vintages that the visitor picks."""
    say, chosen = view.say, picked(view, days)
    if not chosen:
        return
    states = [state(view, bare(plan), day) for day in chosen]
    wanted = about(view, plan, states)
    if not asked(view, "follow", say("Follow"), wanted):
        st.caption(say("Each day takes a few seconds; if stopped, it can continue from there."))
        return
    key = f"months {wanted}"
    following = unfinished(key, lambda: Following(states, **LUCK))
    so_far = following.months
    stopped = say("Stopped: {count} of {all} days are shown.", count=len(so_far), all=len(states))
    told = stopped if so_far else ""
    found = computed_next(view, key, len(states), following.go_on, "months", so_far, told)
    if months := found or [*so_far]:
        track = Track(states=states[: len(months)], months=months)
        shown_months(view, shown_track(view, plan, track))


def shown_months(view: View, shown: Shown) -> None:
    """Show what was followed: in words, as a chart, its marks, figures outside what was said."""
    say = view.say
    assert isinstance(shown.next, Track)
    months = shown.next.months
    with st.container(key="answer"):
        st.markdown("  \n".join(unmarked(line) for line in month_sentences(months, say)))
    questions(view, months)
    if told := [unmarked(line) for line in learned(months[-1], say)]:
        (st.warning if months[-1].conflict else st.caption)("  \n".join(told))
    show(charts.vintages(shown), view, "vintages")
    targets = months[-1].answer.judgement.targets
    what = f"{say('chance')} · {say('median')}"
    names = [f"{goal_name(each, targets, say)}: {what}" for each in targets]
    head = [say("Known on"), *names, say("Came unexpectedly")]
    rows = [[cell.replace("\n", " · ") for cell in row] for row in month_rows(months, say)]
    grid((head, [list(row) for row in rows]), "months table", alt=say("Chance by what was known"))
    st.subheader(say("Is it moving as expected, and will it arrive?"))
    marks: Table = (
        [
            say("Target"),
            say("Moving as expected?"),
            say("Will it arrive?"),
            say("Needed per month, points"),
            say("So far per month, points"),
        ],
        [list(row) for row in mark_rows(months, say)],
    )
    grid(marks, "marks table", alt=say("Is it moving as expected, and will it arrive?"))
    if any(month.came for month in months):
        downloads(charts.came(shown), view, "came")
    st.caption(caption(shown.made, shown.plans[0].id, say))


def questions(view: View, months: Sequence[Month]) -> None:
    """Put a figure that could not be foreseen to the planner as a question."""
    found = surprises(months)
    if not found:
        return
    lines = [question_of(seen, month, view.say) for month, seen in found]
    heading = view.say("Outside the 99% range of what was forecast")
    st.warning("\n".join([f"**{heading}**\n", *(f"- {unmarked(line)}" for line in lines)]))


def moved(view: View, plan: Scenario, days: Mapping[str, date]) -> None:
    """Say why the chance moved between two times, or by the planner's own facts."""
    say = view.say
    st.subheader(say("Why did the chance move?"))
    times = {id: (day, True) for id, day in days.items()}
    if view.case.facts.entries.observations or view.case.facts.entries.assumptions:
        times |= {f"{id}{PLAIN}": (day, False) for id, day in days.items()}
    here = f"{view.case.head.vintage}"
    last = here if view.case.facts and here in days else max(days)
    first = min(days) if min(days) != last else f"{last}{PLAIN}"
    left, right = st.columns(2)
    with left:
        old = time(view, say("Before"), "before", times, first)
    with right:
        new = time(view, say("Now"), "now", times, last)
    if old == new:
        st.caption(say("Pick two different times."))
        return
    states = [state(view, bare(plan), day, own=own) for day, own in (times[old], times[new])]
    steps, wanted = changes(*states), about(view, plan, states)
    if not asked(view, "why", say("Why did it move?"), wanted):
        st.caption(say("Runs needed: {count}.", count=say.number(steps)))
        return
    found = computed_next(
        view,
        f"why {wanted}",
        steps,
        lambda step: why(states[0], states[1], done=step, **LUCK),
        "why",
    )
    if found is not None:
        shown_why(view, found, shown_track(view, plan, Track(states=states, why=found)))


def time(
    view: View, label: str, name: str, times: Mapping[str, tuple[date, bool]], usual: str
) -> str:
    """Let the visitor pick a time, with or without their own facts."""
    say = view.say
    if name in st.query_params and st.query_params[name] not in times:  # taken back since
        del st.query_params[name]

    def told(id: str) -> str:
        day, own = times[id]
        known = say.day(day)
        return known if own else say("{day}, without facts of your own", day=known)

    key = f"{name} {view.case.head.id} {usual}"
    return linked(
        st.selectbox,
        label,
        name,
        list(times),
        usual if usual in times else next(iter(times)),
        told,
        key,
    )


def shown_why(view: View, found: Why, shown: Shown) -> None:
    """Show why the chance moved: in words, a chart a target, a table."""
    say = view.say
    with st.container(key="why answer"):
        lines = why_sentences(found, shown.case, say)
        st.markdown("\n".join(f"- {unmarked(line)}" for line in lines))
    in_two(charts.moved.all(shown), view)
    if found.parts:
        grid(charts.parts_table(found, shown, say), "parts table", alt=say("Why did it move?"))
        st.caption(say("In points of chance; the parts add up to the change, in this order."))
    st.caption(caption(shown.made, shown.plans[0].id, say))


def news(view: View) -> None:
    """Offer to add the month's figures."""
    say = view.say
    with st.expander(say("Add the month's figures"), key="own figure"):
        forms.figure(view)
        forms.upload(view)
    if view.case.facts:
        return
    words = say(
        "Is a real cost different, or do you have a target of your own? Enter it under Evidence."
    )
    if st.button(words, type="tertiary", key="to own facts", icon=":material/edit_note:"):
        choose("evidence", "own")
        st.switch_page(Path(__file__).parents[1] / "evidence.py")


def page() -> None:
    """Draw the page from top to bottom."""
    view, plan = about_a_plan()
    say = view.say
    st.title(say("What changed, and why"))
    news(view)
    days = vintages(view)
    if len(days) == 1:
        day = say.day(view.plain.head.vintage)
        st.info(say("No new figures here since {day}; add one above.", day=day))
    try:
        follow(view, plan, days)
        if len(days) > 1 or view.case.facts:
            moved(view, plan, days)
    except InputFaults as error:
        show_faults(say("This cannot be followed."), error.faults, say)


present(page)
