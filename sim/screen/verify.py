"""Check a file: it is dropped here, made again from its stamp, and the verdict told in words."""

from hashlib import sha256

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sim.files.carriers import SIDE_CAR
from sim.paper.verify import Check, Verifier, place_words
from sim.screen.parts.frame import frame, present
from sim.screen.parts.waits import in_turn
from sim.words import Words

LARGEST = 30_000_000  # bytes of a file that is looked at
MOST_FILES = 5  # at once
MOST_DRAWS = 12_000  # of all scenarios of a file: a report on a dozen of a thousand draws each
KEPT = 20  # verdicts a visitor may go back to


def checked(file: UploadedFile, beside: UploadedFile | None, say: Words) -> Check:
    """Return what is found of a file, made again in its turn; asked again, what was found."""
    if max(file.size, beside.size if beside else 0) > LARGEST:
        why = say("It is larger than any file that ketnoi makes.")
        return Check(file=file.name, status="unchecked", why=(why,))
    content, side = file.getvalue(), beside.getvalue() if beside else None
    about = sha256(content + (side or b"") + f"{file.name} {say.language}".encode()).hexdigest()
    kept: dict[str, Check] = st.session_state.setdefault("checked", {})
    if about not in kept:
        with in_turn(say), st.spinner(say("Making files again")):
            kept[about] = Verifier(say, most=MOST_DRAWS).check_content(file.name, content, side)
        while len(kept) > KEPT:
            del kept[next(iter(kept))]
    return kept[about]


def show(check: Check, say: Words) -> None:
    """Tell a verdict in words: the sentence first, then why, then where."""
    words = {
        "same": say("The same: every byte matches."),
        "resaved": say("The same content, saved again by another program."),
        "differs": say("Not the same as what ketnoi makes from its stamp."),
        "unchecked": say("It cannot be checked."),
    }
    box = {"same": st.success, "resaved": st.success, "differs": st.error}
    with st.container(border=True):
        st.text(check.file)
        box.get(check.status, st.warning)(words[check.status])
        for line in (*check.why, *(place_words(place, say) for place in check.places)):
            st.text(line)


def page() -> None:
    """Draw the page from top to bottom."""
    say = frame().say
    st.title(say("Check a file"))
    for words in say.prose("checking#page"):
        st.markdown(words)
    given = st.file_uploader(
        say("Reports, tables, workbooks, charts that ketnoi made"),
        accept_multiple_files=True,
        key="to verify",
    )
    sides = {file.name: file for file in given if file.name.endswith(SIDE_CAR)}
    files = [file for file in given if file.name not in sides]
    if len(files) > MOST_FILES:
        st.warning(say("Only the first {most} are checked.", most=MOST_FILES))
    for file in files[:MOST_FILES]:
        show(checked(file, sides.get(file.name + SIDE_CAR), say), say)


present(page)
