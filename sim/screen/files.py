"""Scenario files: rename, duplicate, delete, download, upload, share."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sim.faults import Fault, InputFaults
from sim.place.scenario import Scenario
from sim.screen.parts.choices import words
from sim.screen.parts.frame import carry, frame, pick, present
from sim.screen.parts.kept import packed, unpacked
from sim.screen.parts.plan_text import read_upload, unmarked
from sim.screen.parts.shown import undo
from sim.screen.parts.view import View
from sim.screen.parts.visit import keep, other_desks, show_faults, tried
from sim.words import LANGUAGES, Words


def upload(view: View) -> None:
    """Take scenario files; a fault in any of them changes nothing."""
    say = view.say
    turn = st.session_state.setdefault("uploads", 0)
    key = f"upload {turn}"
    st.file_uploader(
        say("Upload scenario files (TOML) or a desk (JSON)"),
        type=["toml", "json"],
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(view, key),
    )
    faults = st.session_state.pop("upload_faults", ())
    if faults:
        show_faults(say("Nothing was changed. Fix these and upload again:"), faults, say)
    taken = st.session_state.pop("uploaded", 0)
    if taken:
        st.success(say("{count} uploaded; they are on your desk.", count=taken))


def _take(view: View, key: str) -> None:
    given: Sequence[UploadedFile] = st.session_state[key] or []
    if not given:
        return
    desk, faults, id = view.desk, list[Fault](), ""
    for file in given:
        try:
            if file.name.lower().endswith(".json"):
                desk = desk.beside(unpacked(file.getvalue(), file=file.name))
                continue
            scenario, text = read_upload(view.case, file.getvalue(), file=file.name)
            desk, id = desk.add(view.case, scenario, text, set(view.shipped))
        except InputFaults as error:
            faults += error.faults
    if faults:
        st.session_state["upload_faults"] = faults
        return
    if keep(view, desk, id):
        st.session_state["uploaded"] = len(given)
    st.session_state["uploads"] += 1


def actions(view: View, scenario: Scenario) -> None:
    """Offer what can be done with a scenario."""
    say, own = view.say, view.desk.own(view.case)
    mine = scenario.id in own
    text = view.text(scenario.id)
    row = st.container(horizontal=True)
    row.download_button(
        say("Download TOML"),
        data=text,
        file_name=f"{view.case.head.id}_{scenario.id}.toml",
        mime="application/toml",
        on_click="ignore",
        key="toml",
        icon=":material/download:",
    )
    row.button(
        say("Duplicate"),
        on_click=_duplicate,
        args=(view, scenario),
        key="duplicate",
        icon=":material/content_copy:",
    )
    with row.popover(say("Delete"), disabled=not mine, key="delete box", icon=":material/delete:"):
        st.markdown(say("It can be brought back for thirty days, at the foot of this page."))
        st.button(say("Delete it"), on_click=_delete, args=(view, scenario), key="delete")
    undo(view, row)
    if mine:
        rename(view, scenario)
    else:
        st.caption(say("Shipped scenarios stay as they are; duplicate one to change it."))
    st.markdown(f"**{say('The file')}**")
    st.code(text, language=None, wrap_lines=True)  # colours of code are too pale to read


def rename(view: View, scenario: Scenario) -> None:
    """Offer another name in both languages."""
    say = view.say
    with st.form("rename", border=False):
        columns = st.columns(2)
        names = {
            language: column.text_input(
                label, scenario.name[language], max_chars=80, key=f"name {scenario.id} {language}"
            )
            for column, language, label in zip(
                columns, ("vi", "en"), (say("Vietnamese name"), say("English name")), strict=True
            )
        }
        if st.form_submit_button(say("Rename"), key="rename button"):
            if not all(name.strip() for name in names.values()):
                st.error(say("Nothing was changed: a scenario needs a name in both languages."))
                return
            try:
                keep(view, view.desk.rename(view.case, scenario.id, names))
                st.rerun()
            except InputFaults as error:
                show_faults(say("Nothing was changed."), error.faults, say)


def _duplicate(view: View, scenario: Scenario) -> None:
    names: dict[str, str] = {}
    for language in LANGUAGES:
        say = words(language)
        names[language] = say("{name} (copy)", name=scenario.name[language])
    text, taken = view.text(scenario.id), set(view.shipped)
    tried(lambda: view.desk.duplicate(view.case, text, names, taken), view)


def _delete(view: View, scenario: Scenario) -> None:
    keep(view, view.desk.put(view.case, scenario.id, None), "baseline")


def unfit(view: View) -> None:
    """Offer the texts of scenarios that the place, as it is now, does not take."""
    say, own = view.say, view.desk.own(view.case)
    for id in view.desk.unfit(view.case):
        with st.container(horizontal=True, vertical_alignment="center", key=f"unfit {id}"):
            st.markdown(unmarked(id))
            name = f"{id}.toml"
            st.download_button(
                say("Download TOML"), own[id], name, "application/toml", key=f"get {id}"
            )
            st.button(say("Delete it"), on_click=_forget, args=(view, id), key=f"forget {id}")


def _forget(view: View, id: str) -> None:
    keep(view, view.desk.put(view.case, id, None))


def old(view: View) -> None:
    """Offer what scenarios were before a change, and those that were deleted."""
    say, here = view.say, view.desk.scenarios(view.case)
    found = view.desk.earlier(view.case)
    if not found:
        return
    st.subheader(say("Earlier versions and deleted scenarios"))
    st.caption(say("Kept for thirty days."))
    for at, (id, time, text) in enumerate(found):
        name = view.label(id, here) if id in here else say("{name}, deleted", name=id)
        with st.container(horizontal=True, vertical_alignment="center", key=f"old {at}"):
            st.markdown(f"{unmarked(name)} · {moment(time, say)}", width="stretch")
            label = say("Bring back")
            st.button(label, on_click=_bring_back, args=(view, id, text), key=f"back {at}")


def moment(time: datetime, say: Words) -> str:
    """Return day and time where the visitor is."""
    local = time.astimezone(ZoneInfo(st.context.timezone or "UTC"))
    return f"{say.day(local.date())} {local:%H:%M}"


def _bring_back(view: View, id: str, text: str) -> None:
    tried(lambda: (view.desk.put(view.case, id, text), id), view)


def desks(view: View) -> None:
    """Offer the whole desk as a file, its key for another browser, and other desks of this one."""
    say, place = view.say, st.session_state["place"]
    st.subheader(say("Your desk"))
    st.caption(
        say(
            "All your scenarios, moved sliders and earlier versions of every place. It belongs "
            "to this browser: its address does not open it for anyone else."
        )
    )
    st.download_button(
        say("Download the desk"),
        partial(packed, view.desk),
        "ketnoi-desk.json",
        "application/json",
        on_click="ignore",
        key="desk file",
        icon=":material/download:",
    )
    if place.key:
        with st.expander(say("Work on it in another of your browsers"), key="key box"):
            st.caption(
                say(
                    "Open this address there once. Anyone who has it can change everything on "
                    "the desk: keep it to yourself, and give others the link."
                )
            )
            address = str(st.context.url or "").partition("?")[0]
            query = {
                "lang": say.language,
                "case": view.case.folder.name,
                "desk": place.token,
                "key": place.key,
            }
            st.code(f"{address}?{urlencode(query)}", language=None, wrap_lines=True)
    for token, desk in other_desks():
        count = sum(map(len, desk.plans.values()))
        label = say("Another desk of this browser: {count} scenarios", count=say.number(count))
        st.markdown(f"[{label}](?{urlencode({'lang': say.language, 'desk': token})})")


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say, case = view.say, view.case
    st.title(say("Scenario files"))
    unfit(view)
    own = view.desk.own(case)
    if not own:
        st.info(
            say(
                "You have no scenarios of your own here yet. Move a slider on the Plan page and "
                "save, duplicate a shipped one below, or upload a file."
            )
        )
    upload(view)
    plan = pick(view)
    st.caption(unmarked(say.named(plan.why)))
    actions(view, plan)
    carry(view, [plan])
    old(view)
    desks(view)


present(page)
