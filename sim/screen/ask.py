"""What would it take: a question asked backwards, its answer in words, its proof, its plans."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from sim.faults import Fault, InputFaults, told
from sim.files.tables import Table
from sim.months import first_month_end
from sim.place.levers import budgets, label
from sim.place.scenario import Scenario
from sim.place.stamp import caption
from sim.screen.parts.choices import in_address, in_link, linked, note_choice
from sim.screen.parts.frame import about_a_plan, present
from sim.screen.parts.plan_text import read_plan, unmarked
from sim.screen.parts.shown import downloads, grid, in_two, words_first
from sim.screen.parts.view import View
from sim.screen.parts.visit import show_faults, tried
from sim.screen.parts.waits import in_turn, replied
from sim.seek.reply import Reply
from sim.seek.telling import head, plans, rows, sentences
from sim.seek.wish import Wish, build_wish
from sim.show.bars import answered, bought, swung
from sim.show.figures import Shown
from sim.show.sentences import goal_name, lever_words

SOUGHT = {
    "money": "The least money for a chance",
    "month": "The earliest month for a chance",
    "chance": "The most chance for a sum",
}
OWN = "own"  # the deadlines that the targets have
Asked = dict[str, Any]


def question(view: View, plan: Scenario) -> Asked:
    """Let the visitor put the question; return it as `build_wish` takes it."""
    say, case = view.say, view.case
    about = f"{case.head.id} {view.targets.id}"
    goals = dict.fromkeys(each.indicator for each in view.targets.targets)
    left, right = st.columns(2)
    with left:
        sought = _picked(
            say("Wanted"), "sought", list(SOUGHT), "sought", lambda id: say(SOUGHT[id])
        )
        target = _picked(
            say("Target"), "target", ["all", *goals], about, lambda id: _goal(view, id)
        )
    with right:
        chance = None
        if sought != "chance":
            per_cent = [str(each) for each in range(1, 100)]
            key, told = "asked chance", "{}%".format
            chosen = linked(st.select_slider, say("Chance"), "chance", per_cent, "80", told, key)
            chance = int(chosen) / 100
        by = _by(view, about) if sought != "month" else None
    free = _free(view)
    cap = _money(view, say("Public money at most, {unit}", unit=say("{bn}")))
    return {
        "target": target,
        "chance": chance,
        "free": free,
        "sought": sought,
        "cap": cap,
        "by": by,
    }


def _picked(
    words: str, name: str, options: Sequence[str], about: str, shown: Callable[[str], str]
) -> str:
    """Let the visitor pick one of some options, the first at first."""
    key = f"asked {name} {about}"
    return linked(st.selectbox, words, name, options, options[0], shown, key)


def _goal(view: View, id: str, whole: str = "") -> str:
    """Return what a target is called, or all of them together."""
    say = view.say
    if id == "all":
        return whole or say("All targets together")
    return goal_name(view.targets.of(id)[0], (), say)


def _by(view: View, about: str) -> date | None:
    """Let the visitor pick a month, or leave each target its own day."""
    say, case = view.say, view.case
    first, last = first_month_end(case.start), case.months[-1]
    months = {f"{day:%Y-%m}": day for day in case.months if first <= day <= last}
    own = say("Each target's own deadline")
    names = {OWN: own, **{id: say.month(day) for id, day in months.items()}}
    return months.get(_picked(say("By"), "by", list(names), about, names.__getitem__))


def _free(view: View) -> list[str]:
    """Let the visitor pick the levers that may move; every budget at first."""
    say, case = view.say, view.case
    key, chosen = f"asked free {case.head.id}", st.session_state.setdefault("chosen", {})
    address = in_address("free", key)
    if address is not None or key not in chosen:
        named = [name for name in (address or "").split(",") if name in case.levers]
        chosen[key] = named or list(budgets(case.levers))
    st.session_state[key] = chosen[key]
    st.multiselect(
        say("Levers that may move"),
        list(case.levers),
        key=key,
        format_func=lambda name: say(label(name)),
        on_change=note_choice,
        args=(key,),
        placeholder=say("Pick at least one lever."),
        help=say(
            "Budgets move between the plan's level and as far as the evidence goes. Permits, "
            "sharing, months and orders move only if they are picked here."
        ),
    )
    in_link("free", ",".join(chosen[key]))
    return [name for name in case.levers if name in chosen[key]]


def _money(view: View, words: str) -> float | None:
    """Let the visitor type the most that may be spent; nothing means that there is no such sum."""
    key, chosen = f"asked money {view.case.head.id}", st.session_state.setdefault("chosen", {})
    address = in_address("money", key)
    if address is not None:
        with suppress(ValueError):
            chosen[key] = max(float(address), 0.0)
    cap: float | None = chosen.setdefault(key, None)
    st.session_state[key] = cap
    st.number_input(
        words,
        min_value=0.0,
        value=None,
        key=key,
        on_change=note_choice,
        args=(key,),
        placeholder=view.say("as much as it takes"),
    )
    if cap is not None:
        in_link("money", f"{cap:.10g}")
    return cap


def in_words(view: View, plan: Scenario, asked: Asked) -> str:
    """Return the question as a sentence."""
    say, by, cap = view.say, asked["by"], asked["cap"]
    what = _goal(view, asked["target"], say("all targets together"))
    when = say("their deadlines") if asked["target"] == "all" else say("its deadline")
    parts = {
        "plan": view.name(plan),
        "what": what,
        "chance": say.percent(asked["chance"] or 0, 0),
        "day": say.month(by) if by else when,
        "money": "…" if cap is None else f"{say.plain(cap)} {say('{bn}')}",
    }
    if asked["sought"] == "chance":
        return say("From {plan}: how sure can {what} be by {day} for {money}?", **parts)
    if asked["sought"] == "month":
        return say("From {plan}: when can {what} first be had with a chance of {chance}?", **parts)
    return say(
        "From {plan}: what is the least money for {what} by {day} with a chance of {chance}?",
        **parts,
    )


def wish_or_faults(view: View, plan: Scenario, asked: Asked) -> Wish | None:
    """Return the wish; None where it is no question, and then every fault is told."""
    say, faults = view.say, list[Fault]()
    money = say("Public money at most, {unit}", unit=say("{bn}"))
    if asked["sought"] == "chance" and asked["cap"] is None:
        faults.append(Fault("", money, told("nothing"), told("a sum")))
    try:
        with in_turn(say):
            wish = build_wish(view.question, plan, **asked)
        if not faults:
            return wish
    except InputFaults as error:
        names = {
            "--free": say("Levers that may move"),
            "--chance": say("Chance"),
            "--cap": money,
            "--money": money,
            "--by": say("By"),
        }
        faults += [replace(each, place=names.get(each.place, each.place)) for each in error.faults]
    own = [replace(fault, file=say("The question")) for fault in faults]
    show_faults(say("This cannot be asked."), own, say)
    return None


def shown_reply(view: View, reply: Reply) -> None:
    """Show an answer: words first, curve, plans to open, all its figures."""
    say = view.say
    shown = Shown(question=view.question, say=say, reply=reply)
    words_first(sentences(reply, say))
    in_two([*bought.all(shown), *swung.all(shown)], view)
    offered(view, reply)
    every = rows(reply, say)
    if every:
        st.subheader(say("The answer in figures"))
        table: Table = head(say), [list(row) for row in every]
        grid(table, "answered table", alt=say("The answer in figures"))
    downloads(answered(shown), view, "answered")
    st.caption(caption(shown.made, reply.wish.plan.id, view.say))


def offered(view: View, reply: Reply) -> None:
    """Offer the plans of an answer: each is laid on the desk and opened on the page Plan."""
    say, case = view.say, view.case
    texts = plans(reply)
    if not texts:
        return
    st.subheader(say("Plans to open"))
    if texts.keys() - {"plan-1"}:
        st.caption(
            say("The others cost nearly the same, are as sure, and differ as much as possible.")
        )
    for id, text in texts.items():
        scenario = read_plan(case, text, id=id, file=id)
        left, right = st.columns([5, 1], vertical_alignment="center")
        sets = lever_words(case, scenario, reply.wish.plan, say)
        left.markdown(f"**{view.name(scenario)}**: {unmarked(sets)}")
        add = partial(view.desk.add, case, scenario, text, set(view.shipped))
        if right.button(say("Open in Plan"), key=f"open {id}") and tried(add, view):
            st.switch_page(Path(__file__).with_name("plan.py"))


def page() -> None:
    """Draw the page from top to bottom."""
    view, plan = about_a_plan()
    say = view.say
    st.title(say("What would it take?"))
    with st.container(border=True, key="question"):
        asked = question(view, plan)
        st.markdown(f"**{unmarked(in_words(view, plan, asked))}**")
        about = repr((view.known, plan.hash, view.targets.id, asked))
        if st.button(say("Ask"), key="ask"):
            st.session_state["asked"] = about
    wanted = st.session_state.get("asked")
    if wanted is None and st.query_params.get("asked"):
        wanted = st.session_state["asked"] = about
    if wanted != about:
        st.caption(say("An answer takes a minute or two, shows how far it is, and can be stopped."))
        return
    in_link("asked", "yes")
    reply = replied(view, plan, about, lambda: wish_or_faults(view, plan, asked))
    if reply is not None:
        shown_reply(view, reply)


present(page)
