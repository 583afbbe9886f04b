"""New place: from a country of the shipped panel or a filled workbook to a place of one's own."""

import re
from collections.abc import Mapping
from functools import partial

import streamlit as st

from sim.begin.book import case_book, case_texts, case_zip
from sim.begin.country import (
    SHIPPED_UNTIL,
    Country,
    countries,
    country_names,
    folder_files,
    panel_of,
)
from sim.begin.filled import read_book
from sim.begin.readiness import readiness
from sim.faults import Fault, InputFaults, told
from sim.place.case import Case, load_case
from sim.place.records import CURRENCY
from sim.screen.parts.choices import choose, linked
from sim.screen.parts.frame import frame, present
from sim.screen.parts.plan_text import plan_id, unmarked
from sim.screen.parts.view import View, laid_out, opened_texts, places, taken_fault
from sim.screen.parts.visit import show_faults, write
from sim.screen.parts.waits import computing
from sim.show.sentences import goal_name
from sim.words import Words

MOST_PEOPLE, MOST_RATE = 2_000_000_000, 1e9
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def from_country(view: View) -> None:
    """Offer a country of the panel: what will be answered, and to keep it as a place."""
    say = view.say
    st.subheader(say("From a country"))
    known = countries(say.language)
    first = next(iter(known))
    code = linked(
        st.selectbox, say("Country"), "country", list(known), first, known.__getitem__, "country"
    )
    columns = st.columns(3)
    people = columns[0].number_input(
        say("Inhabitants, if known"),
        1,
        MOST_PEOPLE,
        None,
        1,
        key="people",
        placeholder=say("one million if left empty"),
    )
    money = columns[1].text_input(say("Money, in a large unit"), "m USD", 6, key="money")
    rate = columns[2].number_input(
        say("Units of the money for one dollar"), 1e-6, MOST_RATE, 1.0, key="rate", format="%g"
    )
    if not re.fullmatch(CURRENCY, money):
        wanted = told("m, bn or tn and three capital letters, such as bn LAK")
        fault = Fault(say("Money, in a large unit"), "", unmarked(money), wanted)
        show_faults(say("Nothing was changed."), [fault], say)
        return
    country = Country(code=code, people=people, currency=money, per_usd=rate)
    id, files = _begun(view, country)
    opened, faults = opened_texts(id, tuple(files.items()))
    if opened is None:
        show_faults(say("This place cannot be made."), faults, say)
        return
    tell(opened[0], say.at(money))
    st.button(
        say("Keep it on your desk"),
        on_click=_keep,
        args=(view, id, files),
        key="keep place",
        icon=":material/add_location:",
    )


def _begun(view: View, country: Country) -> tuple[str, dict[str, str]]:
    """Return a free id for a new place of a country, and the texts of its files."""
    panel, until = panel_of([])
    name = f"{country_names(country.code)['en']} {SHIPPED_UNTIL.year}"
    id = plan_id(name, _taken(view))
    made = folder_files(country, panel, until, id)
    return id, {name: content.decode() for name, content in made}


def _taken(view: View) -> set[str]:
    known = places()[0]
    ids = {case.head.id for case, *_ in known.values()}
    return {*known, *ids, *view.desk.places}


def tell(case: Case, say: Words) -> None:
    """Say in words what a place answers, what not and what would open it, and what is borrowed."""
    answers = list(readiness(case))
    given = [each for each in answers if each.given]
    asked = case.target_sets[case.default_targets]
    count, every = say.number(len(given)), say.number(len(answers))
    words = say("Answered: {count} of {every}", count=count, every=every)
    st.markdown(f"**{say.named(case.head.name.model_dump())} · {words}**")
    lines = []
    for each in given:
        figures = say("{count} figures", count=say.number(each.figures))
        lines.append(say.indicator(each.indicator) + f" ({figures})" * bool(each.figures))
    st.markdown("\n".join(f"- {line}" for line in lines))
    closed = [each for each in answers if not each.given]
    if closed:
        st.markdown(f"**{say('Not answered, and what is needed')}**")
        shut = (f"- {say.indicator(each.indicator)}: {say.told(each.wanted)}" for each in closed)
        st.markdown("\n".join(shut))
    goals = [
        f"{goal_name(each, asked.targets, say)} ≥\N{NO-BREAK SPACE}"
        f"{say.goal(each.indicator, each.at_least)}"
        for each in asked.targets
    ]
    st.markdown(f"**{say.named(asked.name)}**: {'; '.join(goals)}")
    st.caption(
        say(
            "Assumptions borrowed: {count} of {every}.",
            count=len(case.borrowed),
            every=len(case.assumptions),
        )
    )


def _keep(view: View, id: str, files: Mapping[str, str]) -> None:
    """Lay a place on the visitor's desk and show it from then on."""
    try:
        desk = view.desk.settle(id, files)
    except InputFaults as error:
        st.session_state["faults"] = error.faults
        return
    if write(view.desk, desk):
        choose("case", id)
        st.session_state["place done"] = True


def from_workbook(view: View) -> None:
    """Take a workbook that was filled in; a fault in it changes nothing."""
    say = view.say
    st.subheader(say("From a workbook"))
    turn = st.session_state.setdefault("books", 0)
    key = f"book {turn}"
    label = say("Upload a workbook that was filled in (XLSX)")
    st.file_uploader(label, type=["xlsx"], key=key, on_change=_take, args=(view, key))
    faults = st.session_state.pop("book_faults", ())
    if faults:
        show_faults(say("Nothing was changed. Fix these and upload again:"), faults, say)
    notes = st.session_state.pop("book_notes", ())
    if notes:
        read = "\n".join(f"- {unmarked(say.note(note))}" for note in notes)
        st.info(f"{say('Read, but please note:')}\n\n{read}")


def _take(view: View, key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    try:
        with computing().turn():
            files, notes = read_book(file.getvalue(), file=file.name)
        texts = {name: content.decode() for name, content in files.items()}
        opened, faults = opened_texts("place", tuple(texts.items()))
        if opened is None:
            raise InputFaults(faults)
        id = opened[0].head.id
        if id in _taken(view) - {*view.desk.places}:
            raise InputFaults([taken_fault(file.name, id)])
    except InputFaults as error:
        st.session_state["book_faults"] = error.faults
        return
    _keep(view, id, texts)
    st.session_state["book_notes"] = notes
    st.session_state["books"] += 1


def chosen(view: View) -> None:
    """Offer the place at the side as a workbook and as a folder; one's own may be deleted."""
    say, id = view.say, view.case.head.id
    own = view.desk.places.get(id)
    files = own or case_texts(view.case)
    name = unmarked(say.named(view.case.head.name.model_dump()))
    st.subheader(say("Place selected: {name}", name=name))
    if own:
        st.caption(
            say(
                "It is on your desk: only you can open it on the other pages, and links do not "
                "carry it. To share it, send the workbook or the folder."
            )
        )
    row = st.container(horizontal=True)
    row.download_button(
        say("Download the workbook"),
        partial(_book, id, files, say),
        f"{id}.xlsx",
        SHEET,
        on_click="ignore",
        key="workbook",
        icon=":material/table_view:",
    )
    row.download_button(
        say("Download the folder (ZIP)"),
        partial(case_zip, id, files),
        f"{id}.zip",
        "application/zip",
        on_click="ignore",
        key="folder",
        icon=":material/folder_zip:",
    )
    if own:
        with row.popover(say("Delete"), key="delete place box", icon=":material/delete:"):
            st.markdown(say("It cannot be brought back; its scenarios stay on your desk."))
            st.button(
                say("Delete the place"), on_click=_delete, args=(view, id), key="delete place"
            )
        with st.expander(say("What it answers")):
            tell(view.case, say)


def _book(id: str, files: Mapping[str, str], say: Words) -> bytes:
    with laid_out(id, files) as folder:
        return case_book(load_case(folder), say)


def _delete(view: View, id: str) -> None:
    if write(view.desk, view.desk.settle(id, None)):
        choose("case", next(name for name in places()[0] if name != id))


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say = view.say
    st.title(say("New place"))
    st.caption(
        say(
            "A place needs only what is known about it. Pick a country and keep it; download its "
            "workbook, fill in what you know better, upload it again."
        )
    )
    done = st.session_state.pop("place done", False)
    if done:
        name = unmarked(say.named(view.case.head.name.model_dump()))
        st.success(
            say("{name} is on your desk. Plan, Compare and Evidence now show it.", name=name)
        )
    from_country(view)
    from_workbook(view)
    chosen(view)


present(page)
