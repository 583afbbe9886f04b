"""A visit: the visitor's desk, opened, changed and kept, and the words left for them."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

import streamlit as st

from sim.faults import Fault, InputFaults, told
from sim.place.levers import lever_value
from sim.place.scenario import Scenario
from sim.screen.parts.choices import choose, cookie, notice
from sim.screen.parts.desk import Desk, current, merged
from sim.screen.parts.kept import (
    Place,
    desk_folder,
    home,
    keep_desk,
    mark,
    newer_desk,
    open_desk,
    secret_of,
    sweep_desks,
)
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.view import View
from sim.words import Words

# Cookies: the browser's secret, and the tokens of its desks, the last one first.
OWNER, DESKS = "ketnoi", "ketnoi_desk"
MOST_STEPS = 100  # that can be undone
MOST_FAULTS = 50  # of an input that are told on a page


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the desk, and the scenario that was shown before and after it."""

    before: Desk
    after: Desk
    came_from: str
    led_to: str


def keep(view: View, desk: Desk, id: str = "") -> bool:
    """Lay things on the desk so, as a step that can be undone, and write it down.

    Args:
        view: what the visitor looks at.
        desk: as it is to be.
        id: of the scenario to show from then on; the same one if empty.

    Returns whether it was done; where it was refused, the faults are left for the visitor.
    """
    key = _shown(view)
    before, shown = view.desk, st.session_state["chosen"].get(key, "")
    if desk != before:
        if not write(before, desk):
            return False
        done, undone = steps(view)
        done.append(Step(before, desk, shown, id or shown))
        del done[:-MOST_STEPS], undone[:]
    if id:
        choose(key, id)
    return True


def steps(view: View) -> tuple[list[Step], list[Step]]:
    """Return the visitor's steps at a place: those done, and what does again those undone."""
    kept = st.session_state.setdefault("steps", {})
    found: tuple[list[Step], list[Step]] = kept.setdefault(view.case.head.id, ([], []))
    return found


def retrace(view: View, taken: list[Step], laid: list[Step]) -> None:
    """Undo the last step of a pile and lay its opposite on the other one, to be undone likewise.

    What was done since elsewhere stays.
    """
    if taken and write(view.desk, merged(taken[-1].after, taken[-1].before, view.desk)):
        step = taken.pop()
        laid.append(Step(step.after, step.before, step.led_to, step.came_from))
        choose(_shown(view), step.came_from)
        redraw()


def redraw() -> None:
    """Let sliders be made anew, to stand where the desk has them."""
    st.session_state["turn"] = st.session_state.get("turn", 0) + 1


def _shown(view: View) -> str:
    return f"scenario {view.case.head.id}"


def write(before: Desk, after: Desk) -> bool:
    """Write a change of the desk; False where it is refused."""
    place: Place = st.session_state["place"]
    try:
        desk, place = keep_desk(desk_folder(), place, before, after, mark(secret()))
    except OSError as error:
        notice("unkept", str(error))
        desk = after
    except InputFaults as error:
        st.session_state["faults"] = error.faults
        return False
    if desk != after:
        redraw()
    st.session_state["desk"], st.session_state["place"] = desk, place
    return True


def tried(change: Callable[[], tuple[Desk, str]], view: View) -> str:
    """Make a change of the desk and return the scenario it made; faults are shown instead."""
    try:
        desk, id = change()
    except InputFaults as error:
        st.session_state["faults"] = error.faults
        return ""
    return id if keep(view, desk, id) else ""


def now(view: View, start: Scenario) -> Scenario:
    """Return a scenario with the sliders of the visitor's desk."""
    return current(view.case, start, view.desk)


def set_aside(view: View) -> list[Fault]:
    """Return moved sliders that the place, as it is now, does not take, and what stands there."""
    case, say, plans, found = view.case, view.say, view.scenarios(), list[Fault]()
    for id in view.desk.moved.get(case.head.id, {}):
        if id not in plans:
            found.append(
                Fault(
                    id,
                    "",
                    told("sliders of a scenario that is not here"),
                    told("a scenario of this id"),
                )
            )
            continue
        for name, fault in view.desk.aside(case, id).items():
            wanted = fault.wanted
            if name in case.levers:
                standing = lever_value(case.levers[name], plans[id].levers[name], say)
                wanted = told("{wanted}; {value} is used for now", wanted=wanted, value=standing)
            found.append(replace(fault, file=say.named(plans[id].name), wanted=wanted))
    return found


def unpack() -> None:
    """Put the visitor's desk where the session finds it, as all tabs have left it."""
    if "desk" in st.session_state:
        desk, place = st.session_state["desk"], st.session_state["place"]
        newer = newer_desk(desk_folder(), place)
        if newer:
            there, st.session_state["place"] = newer
            st.session_state["desk"] = there if place.revision else merged(Desk(), desk, there)
            redraw()
        return
    _swept()
    asked, key = st.query_params.get("desk", ""), st.query_params.get("key", "")
    found, first = _opened(asked, key), home(mark(secret()))
    if found and not found[1].revision:
        notice("copy", "")
    own = (_opened(token) for token in (*tokens(), first))
    found = found or next((each for each in own if each), None) or (Desk(), Place(first))
    st.session_state["desk"], st.session_state["place"] = found


def _opened(token: str, key: str | None = None) -> tuple[Desk, Place] | None:
    """Return a desk; None where it cannot be opened, which is told if an address asked for it."""
    found, kind = None, "no desk"
    try:
        found = open_desk(desk_folder(), token, mark(secret()), key or "")
    except PermissionError:
        kind = "no key" if key else "foreign"
    except (InputFaults, OSError):
        pass
    if token and key is not None and not found:
        notice(kind, "")
    return found


def tokens() -> list[str]:
    """Return the tokens of the desks that this browser has had open, the last one first."""
    return [token for token in cookie(DESKS).split(".") if token]


def other_desks() -> list[tuple[str, Desk]]:
    """Return the desks of this browser besides the one that lies open."""
    here = st.session_state["place"].token
    every = dict.fromkeys([*tokens(), home(mark(secret()))])
    found = ((token, _opened(token)) for token in every if token != here)
    return [(token, each[0]) for token, each in found if each and each[1].token]


@cache
def _swept() -> int:
    with suppress(OSError):
        return sweep_desks(desk_folder())
    return 0


def secret() -> str:
    """Return the lasting secret of the visitor's browser: what it was given, or is to be."""
    return cookie(OWNER) or secret_of(cookie("_streamlit_xsrf"))


def notices(view: View) -> None:
    """Say what was left for the visitor, each word once."""
    say = view.say
    said = {
        "elsewhere": say("The link's plan is for a place that is not here; nothing was loaded."),
        "missing": say("What the link asks for does not exist; the default is shown."),
        "no desk": say(
            "No desk can be read at the link's address: it was deleted, is damaged, or is on "
            "another server."
        ),
        "copy": say(
            "This desk was made in another browser. You see a copy; your changes are kept "
            "separately."
        ),
        "foreign": say(
            "The address belongs to a desk in another browser; yours is shown instead. Is that "
            "one yours too? Its page Scenario files has an address that lets this browser in."
        ),
        "no key": say("The address no longer opens that desk; yours is shown instead."),
        "nameless": say("Nothing was saved: a scenario needs a name."),
        "unkept": say("Your changes could not be kept on disk. Download what you want to keep."),
        "linked": say("What the link carried is now on your desk."),
    }
    for kind, what in dict.fromkeys(st.session_state.pop("notices", [])):
        if kind == "saved":
            st.success(say("Saved: {name}.", name=unmarked(what)))
        else:
            show_as = st.success if kind == "linked" else st.warning
            show_as(said[kind])
    faults = st.session_state.pop("faults", ())
    if faults:
        show_faults(say("Nothing was changed."), faults, say)
    faults = st.session_state.pop("link_faults", ())
    if faults:
        show_faults(say("The link cannot be opened; nothing was changed."), faults, say)


def show_faults(heading: str, faults: Iterable[Fault], say: Words) -> None:
    """Show every fault of an input in words."""
    every = list(faults)
    lines = [f"- {unmarked(say.fault(fault))}" for fault in every[:MOST_FAULTS]]
    if len(every) > MOST_FAULTS:
        lines.append("- " + say("and {count} more", count=say.number(len(every) - MOST_FAULTS)))
    st.error("\n".join([f"**{heading}**\n", *lines]))
