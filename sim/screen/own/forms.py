"""Forms for facts of the planner's own: an assumption, a figure, a target, the day stood on.

What is wrong with an entry is told beside its form, all of it at once, and nothing is changed.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import get_args

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sim.faults import Fault, InputFaults, shown, told
from sim.indicators import SERIES
from sim.place.assumptions import Confidence
from sim.place.facts import OWN, FactsFile, from_json, read_facts
from sim.place.records import Observation
from sim.screen.own.laid import DAY, FILE, apart, together
from sim.screen.parts.choices import choose
from sim.screen.parts.plan_text import unmarked, write_facts
from sim.screen.parts.shown import undo
from sim.screen.parts.view import View, laid_out
from sim.screen.parts.visit import keep, show_faults
from sim.show.evidence import place_names
from sim.show.track.words import figure_name
from sim.words import Words, needed

Typed = Mapping[str, object]
DATES = "DD/MM/YYYY"


def kept(view: View) -> Mapping[str, str]:
    """Return the facts that the desk keeps about the place."""
    return view.desk.facts.get(view.plain.head.id, {})


def _know(view: View, form: str, new: Mapping[str, str]) -> bool:
    """Lay facts on the desk beside those there; faults are left for the form."""
    every = {**kept(view), **new}
    try:
        view.standing(together(every, view.plain.head.vintage))
        desk = view.desk.know(view.plain.head.id, every)
    except InputFaults as error:
        st.session_state[f"faults of {form}"] = error.faults
        return False
    return keep(view, desk)


def _entered(view: View, form: str, entries: Typed) -> None:
    """Lay on the desk what was typed into a form, and empty the form."""
    try:
        new = apart(from_json(entries, FILE).entries)
        again = [key for key in new if key in kept(view) and key.startswith("observations.")]
        if again:
            given = told("a figure that is already there")
            raise InputFaults(
                [Fault(str(FILE), key, given, told("each figure once")) for key in again]
            )
    except InputFaults as error:
        st.session_state[f"faults of {form}"] = error.faults
        return
    if _know(view, form, new):
        st.session_state["own turn"] = st.session_state.get("own turn", 0) + 1
        if "targets" in entries:
            choose(f"targets {view.plain.head.id}", OWN)


def _tell(view: View, form: str) -> None:
    """Show what was wrong with what was typed into a form, its fields by their labels."""
    say = view.say
    labels = {
        "value": say("Value"),
        "source": say("Source"),
        "low": say("Low"),
        "central": say("Central"),
        "high": say("High"),
        "at_least": say("Level"),
        "date": say("Date"),
        "published": say("Published"),
        "deadline": say("Deadline"),
    }
    faults = []
    for fault in st.session_state.pop(f"faults of {form}", ()):
        place = labels.get(fault.place.rpartition(".")[2], fault.place)
        own = fault.file == str(FILE)
        faults.append(Fault("" if own else fault.file, place, fault.given, fault.wanted))
    if faults:
        show_faults(say("Nothing was changed."), faults, say)


def _key(view: View, name: str) -> str:
    return f"own {name} {view.plain.head.id} {st.session_state.get('own turn', 0)}"


def _number(say: Words, key: str) -> object:
    """Return the number that was typed into a field, or what stands there instead."""
    text = str(st.session_state[key]).strip()
    value = say.read(text)
    return text if value is None else value


def assumption(view: View) -> None:
    """Let the visitor put a range of their own in the place of an assumption's."""
    say, every = view.say, view.case.assumptions
    id = st.selectbox(
        say("Assumption"),
        list(every),
        key=_key(view, "assumption"),
        format_func=lambda name: every[name].meaning(say.language),
    )
    row, ends = every[id or next(iter(every))], ("low", "central", "high")
    labels = (say("Low"), say("Central"), say("High"))
    with st.form(f"assumption {row.id}", border=False):
        for end, label, column in zip(ends, labels, st.columns(3), strict=True):
            value = float(getattr(row, end))
            text = say.number(value, needed(value))
            column.text_input(f"{label}, {say(row.unit)}", text, key=_key(view, f"{row.id} {end}"))
        st.text_input(say("Source"), key=_key(view, f"{row.id} source"))
        _submit(view, say("Use this range"), "assumption", partial(_range, view, row.id))


def _range(view: View, id: str) -> Typed:
    ends = ("low", "central", "high")
    entry = {end: _number(view.say, _key(view, f"{id} {end}")) for end in ends}
    source = st.session_state[_key(view, f"{id} source")]
    return {"assumptions": {id: {**entry, "source": source}}}


def _submit(view: View, label: str, form: str, typed: Callable[[], Typed]) -> None:
    """End a form with its button and what was wrong with it."""
    st.form_submit_button(
        label, on_click=lambda: _entered(view, form, typed()), key=f"enter {form}"
    )
    _tell(view, form)


def figure(view: View) -> None:
    """Let the visitor add a figure that was published."""
    say, case = view.say, view.case
    told_of = {row.indicator for row in case.figures} | {*case.followed}
    names, areas = [name for name in SERIES if name in told_of], place_names(case, say)
    codes = [case.head.nation, *(code for code in areas if code != case.head.nation)]
    with st.form("figure", border=False):
        left, right = st.columns(2)
        left.selectbox(
            say("Indicator"),
            names,
            key=_key(view, "indicator"),
            format_func=lambda name: f"{say.indicator(name)} ({say(SERIES[name].unit)})",
        )
        right.selectbox(say("Area"), codes, key=_key(view, "area"), format_func=areas.__getitem__)
        columns = st.columns(4)
        columns[0].text_input(say("Value"), key=_key(view, "value"))
        for column, name, label in (
            (columns[1], "date", say("Date")),
            (columns[2], "published", say("Published")),
        ):
            _day(column, label, _key(view, name), case.head.vintage, view)
        columns[3].selectbox(
            say("Confidence"), get_args(Confidence), key=_key(view, "confidence"), format_func=say
        )
        st.text_input(say("Source"), key=_key(view, "source"))
        st.text_input(say("Note"), key=_key(view, "note"))
        _submit(view, say("Add the figure"), "figure", partial(_figure, view))


def _day(place: object, label: str, key: str, usual: date, view: View) -> None:
    least, most = date(1990, 1, 1), view.case.head.horizon
    place.date_input(label, usual, least, most, key=key, format=DATES)  # type: ignore[attr-defined]


def _figure(view: View) -> Typed:
    typed = {
        name: st.session_state[_key(view, name)]
        for name in ("indicator", "area", "date", "published", "confidence", "source", "note")
    }
    value = _number(view.say, _key(view, "value"))
    return {"observations": [{**typed, "value": value, "unit": SERIES[typed["indicator"]].unit}]}


def target(view: View, where: str = "") -> None:
    """Let the visitor set a target of their own; `where` tells two such forms of a page apart."""
    say, case = view.say, view.case
    with st.form(f"target{where}", border=False):
        st.selectbox(
            say("Indicator"),
            list(case.forecast),
            key=_key(view, f"goal{where}"),
            format_func=lambda name: f"{say.indicator(name)} ({say(SERIES[name].unit)})",
        )
        left, right = st.columns(2)
        left.text_input(say("Level"), key=_key(view, f"level{where}"))
        usual = view.targets.last_deadline
        _day(right, say("Deadline"), _key(view, f"deadline{where}"), usual, view)
        _submit(view, say("Set the target"), f"target{where}", partial(_goal, view, where))


def _goal(view: View, where: str) -> Typed:
    name = st.session_state[_key(view, f"goal{where}")]
    entry = {
        "indicator": name,
        "at_least": _number(view.say, _key(view, f"level{where}")),
        "unit": SERIES[name].unit,
        "deadline": st.session_state[_key(view, f"deadline{where}")],
    }
    return {"targets": [entry]}


def day(view: View) -> None:
    """Let the visitor stand on a later day."""
    say, case = view.say, view.case
    key = f"{_key(view, DAY)} {case.head.vintage}"
    st.date_input(
        say("Known on"),
        case.head.vintage,
        view.plain.head.vintage,
        case.head.horizon,
        key=key,
        format=DATES,
        on_change=_stand,
        args=(view, key),
        help=say(
            "A later day brings in what the place's files hold up to then, and targets whose "
            "deadlines have passed are dropped. It cannot be before the last of your figures was "
            "published."
        ),
    )
    _tell(view, DAY)


def _stand(view: View, key: str) -> None:
    _know(view, DAY, {DAY: json.dumps(f"{st.session_state[key]}")})


def listing(view: View) -> None:
    """Show every fact of the planner's own with a way to take it back, and all."""
    say, facts = view.say, kept(view)
    if not facts:
        st.info(
            say(
                "You have none here yet. Correct an assumption, add a figure or set a target "
                "below: it stays on your desk, and all pages use it."
            )
        )
    for at, (key, text) in enumerate(sorted(facts.items())):
        with st.container(horizontal=True, vertical_alignment="center", key=f"fact {at}"):
            st.markdown(unmarked(in_words(view, key, text)), width="stretch")
            st.button(say("Remove"), on_click=_take_back, args=(view, [key]), key=f"take back {at}")
    row = st.container(horizontal=True, vertical_alignment="center")
    if facts:
        row.button(say("Remove all"), on_click=_take_back, args=(view, [*facts]), key="all back")
    undo(view, row)
    if facts:
        _download(view)


def _take_back(view: View, keys: list[str]) -> None:
    rest = {key: text for key, text in kept(view).items() if key not in keys}
    keep(view, view.desk.know(view.plain.head.id, rest))


def in_words(view: View, key: str, text: str) -> str:
    """Return a fact as a sentence; one that cannot be read as it is kept."""
    try:
        entries = together({key: text}).entries
    except InputFaults:
        return f"{key}: {shown(text)}"
    for row in entries.observations:
        return figure_words(view, row)
    return _range_words(view, entries) or _goal_words(view.say, entries)


def figure_words(view: View, row: Observation) -> str:
    """Return a figure with where and when it was counted and published."""
    say = view.say
    figure, published = figure_name(row, view.case, say), say.day(row.published)
    return say(
        "{figure}; published {day}. {source}", figure=figure, day=published, source=row.source
    )


def _range_words(view: View, entries: FactsFile) -> str:
    say = view.say
    for id, own in entries.assumptions.items():
        row = view.plain.assumptions.get(id)
        if row is None:
            return id
        ends = [" – ".join(map(say.figure, (r.low, r.central, r.high))) for r in (own, row)]
        return say(
            "{meaning}: {own} {unit} in place of {before}. {source}",
            meaning=row.meaning(say.language),
            own=ends[0],
            before=ends[1],
            unit=say(row.unit),
            source=own.source,
        )
    return ""


def _goal_words(say: Words, entries: FactsFile) -> str:
    for row in entries.targets:
        goal = say.goal(row.indicator, row.at_least * SERIES[row.indicator].scale)
        day = say("by {day}", day=say.day(row.deadline))
        return f"{say.indicator(row.indicator)} ≥ {goal}, {day}"
    return say("As of {day}.", day=say.day(entries.vintage)) if entries.vintage else ""


def _download(view: View) -> None:
    say = view.say
    try:
        text = write_facts(together(kept(view), view.plain.head.vintage).entries)
    except InputFaults:
        return
    st.download_button(
        say("Download the facts (TOML)"),
        text,
        f"{view.plain.head.id}-facts.toml",
        "application/toml",
        on_click="ignore",
        key="facts file",
        icon=":material/download:",
        help=say("Also for the commands: ketnoi run --case CASE --with FACTS."),
    )


def upload(view: View) -> None:
    """Take a file of facts; a fault in it changes nothing."""
    key = f"facts upload {st.session_state.get('own turn', 0)}"
    st.file_uploader(
        view.say("Upload facts (TOML), or figures (CSV)"),
        type=["toml", "csv"],
        key=key,
        on_change=_take,
        args=(view, key),
    )
    _tell(view, "upload")


def _take(view: View, key: str) -> None:
    file: UploadedFile | None = st.session_state[key]
    if file is None:
        return
    name = "facts.csv" if file.name.lower().endswith(".csv") else str(FILE)
    with laid_out("facts", {}) as folder:
        (folder / name).write_bytes(file.getvalue())
        try:
            new = apart(read_facts(folder / name).entries)
        except InputFaults as error:
            st.session_state["faults of upload"] = [
                Fault(file.name, each.place, each.given, each.wanted) for each in error.faults
            ]
            return
    if _know(view, "upload", new):
        st.session_state["own turn"] = st.session_state.get("own turn", 0) + 1
