"""Help: the tutorial, what the words mean, and how a number is made."""

import streamlit as st

from sim.indicators import SERIES
from sim.screen.parts.choices import linked
from sim.screen.parts.frame import frame, present
from sim.screen.parts.view import View
from sim.shipped import beside

SECTIONS = {"tutorial": "Ten minutes with ketnoi", "glossary": "Words", "method": "Method"}


def tutorial(view: View) -> list[str]:
    """Return the tutorial's half in the visitor's language."""
    whole = (beside() / "docs" / "tutorial.md").read_text(encoding="utf-8")
    half = whole.split(f"## {view.say.manner.name}\n")[1].partition("\n## ")[0]
    return [half]


def glossary(view: View) -> list[str]:
    """Return what words mean: those of the page, then those of the report."""
    say, month = view.say, view.say.month(view.case.months[-1])
    words = [*say.prose("glossary#page"), *say.prose("glossary", month=month)]
    words += say.prose("glossary#scores")
    rows = [line.partition(": ") for line in words]
    rows += [(say.indicator(name), ":", say.unit(name)) for name in SERIES]
    return [f"**{word}**: {meaning}" for word, _, meaning in rows]


def method(view: View) -> list[str]:
    """Return in steps how a number is made, and what the chances do not hold for."""
    say = view.say
    steps = [f"{at}. {step}" for at, step in enumerate(say.prose("method"), start=1)]
    limits = [f"- {limit}" for limit in say.prose("limits")]
    return ["\n".join(steps), f"#### {say('Limits')}", "\n".join(limits)]


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say = view.say
    st.title(say("Help"))
    parts = {"tutorial": tutorial, "glossary": glossary, "method": method}
    section = linked(
        st.segmented_control,
        say("Show"),
        "help",
        list(SECTIONS),
        "tutorial",
        lambda id: say(SECTIONS[id]),
        "help",
        required=True,
        label_visibility="collapsed",
    )
    for text in parts[section](view):
        st.markdown(text)


present(page)
