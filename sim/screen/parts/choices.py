"""Choices that a link carries: language, place, targets, scenario, section."""

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sim.words import LANGUAGES, Words

LANGUAGE = "ketnoi_language"  # a cookie


def linked(
    box: Callable[..., object],
    label: str,
    name: str,
    options: Sequence[str],
    default: str,
    shown: Callable[[str], str],
    key: str,
    **how: object,
) -> str:
    """Return a choice that the link carries: read from it at first and when it goes back.

    What was chosen is kept apart from the box and told to it in every run, for a box is made
    anew on another page, where it would start with its first option.
    """
    chosen = st.session_state.setdefault("chosen", {})
    asked = in_address(name, key) or chosen.get(key, default)
    if asked not in options:
        notice("missing", f"{name}={asked}")
    chosen[key] = asked if asked in options else default
    if st.session_state.get(key) != chosen[key]:  # a slider that shows it may be moving on
        st.session_state[key] = chosen[key]
    box(label, options, format_func=shown, key=key, on_change=note_choice, args=(key,), **how)
    in_link(name, chosen[key])
    return str(chosen[key])


def in_address(name: str, key: str) -> str | None:
    """Return what the link asks for, where it is the link that is to be followed."""
    if key in st.session_state["chosen"] and not gone_back():
        return None
    return st.query_params.get(name)


def gone_back() -> bool:
    """Whether the visitor has pressed Back or Forward in the browser."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def note_choice(key: str) -> None:
    """Keep what a visitor has just chosen in a box."""
    st.session_state["chosen"][key] = st.session_state[key]


def begin_link() -> None:
    """Begin to gather what the link of this run carries."""
    st.session_state["link"] = {}


def in_link(name: str, value: str) -> None:
    """Let the link carry a value."""
    st.session_state.setdefault("link", {})[name] = value


def write_link() -> None:
    """Write the address with all it carries at once, so that Back takes one step."""
    wanted = st.session_state.get("link", {})
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def cookie(name: str) -> str:
    """Return a cookie of the visitor's browser; empty if it has none such."""
    found: object = st.context.cookies.get(name)
    return found if isinstance(found, str) else ""


def choose(key: str, value: str | list[str]) -> None:
    """Make a choice for the visitor, to be shown by its box from the next run on."""
    st.session_state.setdefault("chosen", {})[key] = value


def words(language: str | None = None) -> Words:
    """Return the words of a language, by default of the one chosen."""
    chosen = language or st.session_state.get("chosen", {}).get("lang", "vi")
    return Words(chosen if chosen in LANGUAGES else next(iter(LANGUAGES)))


def choose_language() -> Words:
    """Return the words of the chosen language: at first that of the browser, if it is spoken.

    A visitor who has come by a colleague's link keeps the language they chose here before.
    """
    locale = (st.context.locale or "").partition("-")[0]
    known = (cookie(LANGUAGE), st.query_params.get("from", ""), locale, *LANGUAGES)
    chosen = linked(
        st.sidebar.radio,
        "Ngôn ngữ / Language",
        "lang",
        list(LANGUAGES),
        next(code for code in known if code in LANGUAGES),
        lambda code: LANGUAGES[code].name,
        "lang",
        horizontal=True,
        label_visibility="collapsed",
    )
    return words(chosen)


def notice(kind: str, what: str) -> None:
    """Leave a word for the visitor, shown once."""
    st.session_state.setdefault("notices", []).append((kind, what))
