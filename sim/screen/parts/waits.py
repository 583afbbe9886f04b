"""Answers, and what is shown while they take longer than a second."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from sim.ask.answers import Answer, Question
from sim.ask.answers import answer as computed
from sim.place.scenario import Scenario
from sim.screen.parts.view import View
from sim.words import Words


@st.cache_resource(max_entries=256, show_spinner=False)
def _answered(
    _question: Question, _scenario: Scenario, case: str, levers: str, targets: str
) -> Answer:
    return computed(_question, _scenario)


def answer(view: View, scenario: Scenario) -> Answer:
    """Return a scenario's answer, from the cache where anybody asked for the same levers.

    What is kept bears no name, so that nobody meets the words of another visitor.
    """
    blank = {"vi": "", "en": ""}
    bare = replace(scenario, id="", name=blank, why=blank)
    about = view.case.identity, scenario.hash, view.targets.id  # the identity has what they say
    found = _answered(view.question, bare, *about)
    return found.under(scenario)


@st.cache_resource(show_spinner=False)
def begun() -> set[str]:
    """Return the places and targets whose first answer somebody has waited for."""
    return set()


@dataclass(frozen=True, slots=True)
class Wait:
    """What is shown while something takes longer than a second: how far it is, and a way out."""

    say: Words
    key: str
    place: Any
    bar: Any
    stopped: bool

    def end(self, stopped: str = "") -> None:
        """Take it off the page; where the visitor stopped it, say so and offer to go on."""
        if not stopped:
            self.place.empty()
        else:
            with self.place.container(horizontal=True, vertical_alignment="center"):
                st.warning(stopped)
                st.button(self.say("Go on"), key=f"go on with {self.key}")


def waiting(say: Words, words: str, key: str) -> Wait:
    """Show a bar beside a button that stops what is computed at its next step."""
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, words)
        return Wait(say, key, place, bar, st.button(say("Stop"), key=f"stop {key}"))


def answers(view: View, plans: Sequence[Scenario], key: str) -> list[Answer]:
    """Return the answers; what takes long can be stopped, and goes on where it was."""
    say = view.say
    done: set[tuple[str, str]] = st.session_state.setdefault("done", set())
    marks = [(f"{view.case.hash} {view.targets.id}", plan.hash) for plan in plans]
    missing = [mark for mark in marks if mark not in done]
    if not missing:
        return [answer(view, plan) for plan in plans]
    wait = waiting(say, say("Computing …"), key)
    found = []
    for count, (plan, own) in enumerate(zip(plans, marks, strict=True)):
        if wait.stopped and own not in done:
            continue
        wait.bar.progress(count / len(plans), say.named(plan.name))
        found.append(answer(view, plan))
        done.add(own)
    if len(found) == len(plans):
        wait.end()
    else:
        wait.end(
            say("Stopped: {count} of {all} scenarios are shown.", count=len(found), all=len(plans))
        )
    return found
