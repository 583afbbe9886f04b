"""A visit: the visitor's desk, opened, changed and kept, and the words left for them."""

from collections.abc import Callable, Iterable

import streamlit as st

from sim.faults import Fault, InputFaults
from sim.place.scenario import Scenario
from sim.screen.parts.choices import notice
from sim.screen.parts.desk import (
    Desk,
    Place,
    current,
    desk_folder,
    keep_desk,
    mark,
    open_desk,
    sweep_desks,
)
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.view import View
from sim.words import Words


def keep(desk: Desk) -> None:
    """Lay things on the desk so, and write it down."""
    if desk == st.session_state["desk"]:
        return
    st.session_state["desk"] = desk
    try:
        st.session_state["place"] = keep_desk(
            desk_folder(), st.session_state["place"], desk, _owner()
        )
    except (OSError, InputFaults) as error:
        notice("unkept", str(error))


def tried(change: Callable[[], tuple[Desk, str]]) -> str:
    """Make a change of the desk and return the scenario it made; faults are shown instead."""
    try:
        desk, id = change()
    except InputFaults as error:
        st.session_state["faults"] = error.faults
        return ""
    keep(desk)
    return id


def now(view: View, start: Scenario) -> Scenario:
    """Return a scenario with the sliders of the visitor's desk."""
    return current(view.case, start, view.desk)


def unpack() -> None:
    """Put the visitor's desk where the session finds it."""
    if "desk" in st.session_state:
        return
    _swept()
    token = st.query_params.get("desk", "")
    try:
        desk, place = open_desk(desk_folder(), token, _owner())
    except InputFaults:
        desk, place = Desk(), Place()
        notice("desk", "")
    st.session_state["desk"], st.session_state["place"] = desk, place


@st.cache_resource(show_spinner=False)
def _swept() -> int:
    return sweep_desks(desk_folder())


def _owner() -> str:
    """Return the mark of the visitor's browser: of the cookie Streamlit gives each."""
    cookie: object = st.context.cookies.get("_streamlit_xsrf")
    return mark(cookie) if isinstance(cookie, str) else ""


def notices(view: View) -> None:
    """Say what was left for the visitor, each word once."""
    say = view.say
    said = {
        "elsewhere": say(
            "The link's plan is of a place that is not here; it was not laid anywhere."
        ),
        "missing": say("The link asked for something that is not there; the default is shown."),
        "desk": say("The desk of this link cannot be read; a new one is laid out."),
        "unkept": say("Your changes could not be kept on disk. Download what you want to keep."),
        "linked": say("The scenario of the link now lies on your desk."),
    }
    for kind in dict.fromkeys(kind for kind, _ in st.session_state.pop("notices", [])):
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
    lines = "\n".join(f"- {unmarked(line)}" for line in map(say.fault, faults))
    st.error(f"**{heading}**\n\n{lines}")
