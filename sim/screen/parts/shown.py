"""Figures and tables on a page with the files they come as, and the buttons of many pages."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from html import escape
from itertools import count, zip_longest
from typing import Any, Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sim.files.tables import Heading, Table
from sim.reading import DAY
from sim.screen.parts.choices import words
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.view import View
from sim.screen.parts.visit import retrace, steps
from sim.show.figures import MIME, Figure
from sim.show.look import Look, on_screen
from sim.words import Words, needed

MOST_PRINTED = 100  # rows of a table that is printed whole
SHORT, LETTER, EDGES = 32, 6.5, 22  # letters of a text that is never cut; pixels of one; of a cell


def undo(view: View, row: DeltaGenerator, *, icons: bool = True) -> None:
    """Offer to undo what was done, step by step, and to do it again."""
    say, (done, undone) = view.say, steps(view)
    for key, label, taken, laid in (
        ("undo", say("Undo"), done, undone),
        ("redo", say("Redo"), undone, done),
    ):
        row.button(
            label,
            on_click=retrace,
            args=(view, taken, laid),
            disabled=not taken,
            key=key,
            icon=f":material/{key}:" if icons else None,
        )


MOST_NAMES = 3  # of scenarios in a file's name


@st.fragment
def words_first(lines: Iterable[str]) -> None:
    """Show an answer in words: its first sentence large, the others as a list."""
    first, *others = map(unmarked, lines)
    with st.container(key="answer"):
        st.markdown(first)
    st.markdown("\n".join(f"- {line}" for line in others))


def show(figure: Figure, view: View, key: str) -> None:
    """Draw a figure and offer its files, which are made only when asked for."""
    look = Look(say=view.say, theme=view.theme, width="container")
    st.vega_lite_chart(on_screen(figure.draw(look)), theme=None, key=key)
    downloads(figure, view, key)


def in_two(figures: Sequence[Figure], view: View) -> None:
    """Show figures two in a row; on a phone one below the other, in the same order."""
    for pair in zip_longest(figures[::2], figures[1::2]):
        for column, figure in zip(st.columns(2), pair, strict=True):
            if figure is not None:
                with column:
                    show(figure, view, figure.name)


def show_wide(figure: Figure, view: View, key: str) -> None:
    """Draw a figure that needs room: on a narrow screen it scrolls sideways."""
    with st.container(key=f"wide-{key}"):
        show(figure, view, key)


def file_name(figure: Figure) -> str:
    """Return what a file says by its name: place, figure, scenarios, targets, day."""
    shown = figure.shown
    plans = [each.id for each in shown.plans]
    more = [f"and-{len(plans) - MOST_NAMES}-more"] if len(plans) > MOST_NAMES else []
    words = [shown.case.head.id, figure.name, *plans[:MOST_NAMES], *more]
    return "_".join([*words, shown.targets.id, f"{shown.case.head.vintage}"])


def downloads(figure: Figure, view: View, key: str) -> None:
    """Offer a figure's files in a drawer."""
    say = view.say
    drawer = st.popover(
        say("Download"),
        key=f"{key} files",
        on_change="rerun",
        type="tertiary",
        icon=":material/download:",
    )
    if not drawer.open:
        return
    for form in figure.forms:
        drawer.download_button(
            form.upper(),
            data=partial(figure.file, form),
            file_name=f"{file_name(figure)}.{form}",
            mime=MIME[form],
            on_click="ignore",
            key=f"{key} {form}",
        )


def grid(
    table: Table,
    key: str,
    *,
    links: Sequence[str] = (),
    alt: str = "",
    height: int | Literal["auto"] = "auto",
    pick: bool = False,
) -> int | None:
    """Show a table that can be sorted; numbers are written as the language does.

    Returns the position of the row a visitor has picked, if rows can be picked.

    Args:
        table: headings, which know how numbers are written, and rows.
        key: of the element.
        links: headings of columns that hold addresses.
        alt: what the table is, for those who cannot see it.
        height: in pixels, or as many rows as fit.
        pick: whether a row can be picked.
    """
    head, rows = table
    say = words()
    rows = [[_as_day(cell) for cell in row] for row in rows]
    names = _apart(head)
    body = pd.DataFrame(rows, columns=names)
    written: dict[Any, Any] = {
        names[place]: partial(_told, say, each)
        for place, each in enumerate(head)
        if isinstance(each, Heading) or (rows and isinstance(rows[0][place], date))
    }
    columns: dict[Any, Any] = {
        **_wide_enough(names, rows),
        **{name: st.column_config.LinkColumn(name, width="medium") for name in links},
    }
    shown = st.dataframe(
        body.style.format(written),
        hide_index=True,
        key=key,
        column_config=columns,
        alt=alt or key,
        height=height,
        on_select="rerun" if pick else "ignore",
        selection_mode="single-row",
    )
    if len(rows) <= MOST_PRINTED:
        with st.container(key=f"paper-{key}"):  # paper cannot scroll: the whole table, unseen here
            st.html(_printed(head, rows, say))
    if isinstance(shown, DeltaGenerator):
        return None  # no row can be picked
    return next(iter(shown["selection"]["rows"]), None)


def _wide_enough(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return columns of short texts as wide as their longest one, which may be far below."""
    found = {}
    for name, *cells in zip(names, *rows, strict=True):
        if cells and all(isinstance(cell, str) for cell in cells):
            longest = max(map(len, [name, *cells]))
            if longest <= SHORT:
                found[name] = st.column_config.Column(width=round(LETTER * longest + EDGES))
    return found


def _apart(head: Sequence[str]) -> list[str]:
    """Return headings no two of which are alike, as a table on a page must have them.

    >>> _apart(["PIT", "with it", "PIT"])
    ['PIT', 'with it', 'PIT (2)']
    """
    found: list[str] = []
    for each in head:
        names = (f"{each} ({number})" if number > 1 else f"{each}" for number in count(1))
        found.append(next(name for name in names if name not in found))
    return found


def _as_day(cell: Any) -> Any:
    """Return a cell, or the day that it is, so that days sort as days."""
    return date.fromisoformat(cell) if isinstance(cell, str) and DAY.fullmatch(cell) else cell


def _printed(head: Sequence[object], rows: Sequence[Sequence[Any]], say: Words) -> str:
    """Return a table as a page is printed with."""
    written = [
        [_told(say, each, cell) for each, cell in zip(head, row, strict=True)] for row in rows
    ]
    top, *lines = [[escape(str(cell)) for cell in row] for row in [head, *written]]
    body = "".join(f"<tr><td>{'</td><td>'.join(line)}</td></tr>" for line in lines)
    return f"<table><tr><th>{'</th><th>'.join(top)}</th></tr>{body}</table>"


def _told(say: Words, heading: object, cell: Any) -> str:
    """Return a cell as the language writes it: a day, a number of a column of numbers, a text."""
    if isinstance(cell, date):
        return say.day(cell)
    if isinstance(heading, Heading):
        return _written(say, heading.digits, cell)
    return str(cell or "")


def _written(say: Words, count: int | None, value: Any) -> str:
    if pd.isna(value):
        return ""
    return say.number(float(value), needed(value) if count is None else count)
