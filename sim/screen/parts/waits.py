"""Answers, and what is shown while they take longer than a second.

What all visitors share is kept by this module and not by Streamlit, whose caches any visitor can
have emptied.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from threading import Condition, get_ident
from typing import TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sim.ask.answers import Answer
from sim.ask.answers import answer as computed
from sim.faults import InputFaults
from sim.place.scenario import Scenario
from sim.screen.parts.view import View
from sim.seek.ask import ask
from sim.seek.reply import Reply
from sim.seek.wish import Wish
from sim.words import Words

Found = TypeVar("Found")
MOST_KEPT = 256  # answers
MOST_NEXT = 16  # of tasks and ranks, which hold draws
HALF_WAY = 75  # runs that draw a bar out by half, of nobody knows how many
DRAWN = 2  # pages at a time
PATIENCE = 0.5  # seconds between looks at whether a visitor still waits


class Turnstile:
    """Lets so many visitors in at a time, in the order in which they came."""

    def __init__(self, places: int) -> None:
        """Begin with nobody there."""
        self._free = Condition()
        self._places, self._here = places, list[int]()  # threads, those inside first

    @property
    def open(self) -> bool:
        """Whether somebody who came now would be let in at once."""
        with self._free:
            return len(self._here) < self._places

    @contextmanager
    def turn(self, watch: Callable[[int], None] = lambda before: None) -> Iterator[None]:
        """Wait for one's turn; `watch` is told, again and again, how many are before one."""
        with self._free:
            self._here.append(get_ident())
        try:
            self._wait(watch)
            yield
        finally:
            self._leave()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others in meanwhile, where one is inside; wait for one's turn again after it."""
        inside = get_ident() in self._here
        if inside:
            self._leave()
        try:
            yield
        finally:
            if inside:
                with self._free:
                    self._here.append(get_ident())
                self._wait(lambda before: None)

    def _wait(self, watch: Callable[[int], None]) -> None:
        told = 0
        while True:
            with self._free:
                before = self._here.index(get_ident()) + 1 - self._places
                if before <= 0:
                    return
                if before == told:
                    self._free.wait(PATIENCE)
            told = before
            watch(before)  # also where a visitor who has left is noticed

    def _leave(self) -> None:
        with self._free:
            self._here.remove(get_ident())
            self._free.notify_all()


@cache
def computing() -> Turnstile:
    """Return what visitors pass one at a time to compute.

    Memory then does not grow with the number of visitors who ask at once.
    """
    return Turnstile(1)


@cache
def drawing() -> Turnstile:
    """Return what visitors pass to have a page drawn; those who wait for an answer are aside.

    However many come at once, the server has time for all else, such as telling that it is well.
    """
    return Turnstile(DRAWN)


@cache
def _known() -> "OrderedDict[tuple[str, ...], Answer]":
    return OrderedDict()


def _answered(view: View, scenario: Scenario, turn: AbstractContextManager[None]) -> Answer:
    """Return an answer, from those kept where anybody asked the same, or else made in turn.

    What is kept bears no name, so that nobody meets the words of another visitor.
    """
    blank = {"vi": "", "en": ""}
    bare = replace(scenario, id="", name=blank, why=blank)
    about = view.known, scenario.hash, view.targets.id  # the identity has what they say
    known = _known()
    found = known.get(about)
    if found is None:
        with turn:
            found = known.get(about) or computed(view.question, bare)
            known[about] = found
            while len(known) > MOST_KEPT:
                known.popitem(last=False)
    return found.under(scenario)


@contextmanager
def in_turn(say: Words, place: DeltaGenerator | None = None) -> Iterator[None]:
    """Wait for one's turn to compute, and show meanwhile, at a place, how many are before one."""
    place = place or st.empty()

    def watch(before: int) -> None:
        place.info(say("People ahead of you: {count}. Then it is your turn.", count=before))

    with drawing().aside(), computing().turn(watch):
        place.empty()
        yield


def answer(view: View, scenario: Scenario) -> Answer:
    """Return a scenario's answer, from the cache where anybody asked for the same levers."""
    return _answered(view, scenario, in_turn(view.say))


def ahead(view: View, scenario: Scenario) -> None:
    """Make an answer before the page that shows it is drawn, unless that takes long.

    The page then comes as one: a browser takes as long over each part of it as over the whole.
    Where somebody else is computing the page itself waits, and says so; and what is wrong with
    the scenario is told where the answer is asked for.
    """
    if not is_first(view) and computing().open:
        with suppress(InputFaults):
            _answered(view, scenario, computing().turn())


def is_first(view: View) -> bool:
    """Return whether nobody has asked about a place and its targets yet: that takes seconds."""
    return asked(view) not in begun()


def asked(view: View) -> str:
    """Return what stands for a place, as it was read, and its targets."""
    return f"{view.known} {view.targets.id}"


@cache
def begun() -> set[str]:
    """Return the places and targets whose first answer somebody has waited for."""
    return set()


@dataclass(frozen=True, slots=True)
class Wait:
    """What is shown while something takes longer than a second: how far it is, and a way out."""

    say: Words
    key: str
    place: DeltaGenerator
    bar: DeltaGenerator
    stopped: bool

    def end(self, stopped: str = "") -> None:
        """Take it off the page; where the visitor stopped it, say so and offer to go on."""
        if not stopped:
            self.place.empty()
        else:
            with self.place.container(horizontal=True, vertical_alignment="center"):
                st.warning(stopped)
                st.button(self.say("Continue"), key=f"go on with {self.key}")


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
    marks = [(asked(view), plan.hash) for plan in plans]
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


@cache
def _next() -> "OrderedDict[str, object]":
    return OrderedDict()


@cache
def _replies() -> "OrderedDict[str, Reply]":
    return OrderedDict()


def replied(
    view: View, plan: Scenario, about: str, wish: Callable[[], Wish | None]
) -> Reply | None:
    """Return the answer to a question asked backwards, from those kept if anybody asked it.

    Each of its runs is made in its turn, so that others who ask for less are not kept waiting,
    and before each of them the search can be stopped.

    Args:
        view: what the visitor looks at.
        plan: the one that the question begins from.
        about: all that is asked, as text.
        wish: gives the question, or None where there is none.
    """
    kept = _replies()
    if about not in kept:
        found = _sought(view, wish)
        if found is None:
            return None
        kept[about] = found
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return replace(kept[about], wish=replace(kept[about].wish, plan=plan))


def computed_next(
    view: View,
    about: str,
    total: int,
    make: Callable[[Callable[[], None]], Found],
    key: str = "next",
    so_far: Sequence[object] = (),
    stopped: str = "",
) -> Found | None:
    """Return what is to be done next, or what was followed: what is kept if anybody asked it.

    What is kept has the plan of whoever asked first: each page puts its own in. Others may compute
    between any two of its runs, and before each of them it can be stopped.

    Args:
        view: what the visitor looks at.
        about: all that is asked, as text.
        total: how many runs it takes.
        make: computes it; calls what it is given after each run.
        key: of the bar, where a page has several.
        so_far: what was made before it was stopped.
        stopped: what is said where it is; that there is no answer yet if empty.
    """
    kept, say = _next(), view.say
    if about in kept:
        return cast("Found", kept[about])
    wait = waiting(say, say("Computing …"), key)
    if wait.stopped:
        wait.end(stopped or say("Stopped: there is no answer yet."))
        return None
    line, made = st.empty(), [None for _ in so_far]
    wait.bar.progress(len(made) / total, say("Computing …"))
    with drawing().aside(), ExitStack() as turn:
        turn.enter_context(in_turn(say, line))

        def done() -> None:
            turn.close()
            made.append(None)
            wait.bar.progress(min(len(made) / total, 1.0), say("Computing …"))
            turn.enter_context(in_turn(say, line))

        found = make(done)
    wait.end()
    kept.pop(f"unfinished {about}", None)
    kept[about] = found
    while len(kept) > MOST_NEXT:
        kept.popitem(last=False)
    return found


def unfinished(about: str, make: Callable[[], Found]) -> Found:
    """Return what `computed_next` makes `about` from, as whoever asked for the same has left it."""
    kept = _next()
    return (
        make() if about in kept else cast("Found", kept.setdefault(f"unfinished {about}", make()))
    )


def _sought(view: View, wish: Callable[[], Wish | None]) -> Reply | None:
    """Return a new answer that bears no name; None where it was stopped or nothing is asked."""
    say, made, blank = view.say, list[None](), {"vi": "", "en": ""}
    wait = waiting(say, say("Asking backwards"), "asking")
    if wait.stopped:
        wait.end(say("Stopped: there is no answer yet."))
        return None
    line = st.empty()

    @contextmanager
    def turn() -> Iterator[None]:
        words = say("Runs so far: {count}", count=say.number(len(made)))
        wait.bar.progress(len(made) / (len(made) + HALF_WAY), words)
        with in_turn(say, line):
            yield
        made.append(None)

    with drawing().aside():
        asked = wish()
        found = None
        if asked is not None:
            bare = replace(asked.plan, id="", name=blank, why=blank)
            found = ask(replace(asked, plan=bare), turn=turn).bare()
    wait.end()
    return found
