"""Where to start: need, leverage and doubt of every area, in ranks that say how sure they are."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pydantic
import streamlit as st

from sim.faults import Fault, InputFaults, from_pydantic
from sim.place.stamp import caption
from sim.rank.criteria import USUAL, Criterion, checked, possible, usual
from sim.rank.start import Start, usual_top, where_to_start
from sim.rank.telling import DIRECTIONS, criterion_name, head, rows, sentences
from sim.screen.parts.choices import in_address, in_link, linked, notice
from sim.screen.parts.frame import about_a_plan, present
from sim.screen.parts.shown import grid, show_wide, words_first
from sim.screen.parts.view import View
from sim.screen.parts.visit import show_faults
from sim.screen.parts.waits import computed_next
from sim.show.figures import Shown
from sim.show.next.ranks import ranked

NO_FLOOR = "0"


def asked(view: View) -> tuple[int, float | None, bool]:
    """Let the visitor say how many areas are first, a floor, and whether leverage is measured."""
    say, about = view.say, view.case.head.id
    areas = len(view.case.areas)
    tops = [str(top) for top in range(1, min(areas, 31))]
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    with left:
        top = str(usual_top(areas))
        if len(tops) > 1:  # a slider has two ends
            words = say("How many areas come first")
            top = linked(st.select_slider, words, "top", tops, top, str, f"top {about}")
    floors = [str(floor) for floor in range(0, 100, 5)]
    with middle:
        floor = linked(
            st.select_slider,
            say("No area below"),
            "floor",
            floors,
            NO_FLOOR,
            lambda each: say("no floor") if each == NO_FLOOR else f"{each}%",
            "floor",
        )
    words = say("Measure leverage ({count} runs)", count=areas)
    moved = right.checkbox(words, key=f"leverage {about}")
    return int(top), None if floor == NO_FLOOR else int(floor) / 100, moved


def _written(found: Sequence[Criterion]) -> str:
    """Return criteria as a link carries them."""
    return ";".join(f"{row.id}:{row.direction}:{row.low:g}:{row.high:g}" for row in found)


def _read(text: str) -> list[Criterion]:
    """Return the criteria of a link; raises `ValueError` if it carries none."""
    fields = ("id", "direction", "low", "high")
    rows = [dict(zip(fields, row.split(":"), strict=True)) for row in text.split(";")]
    return [Criterion.model_validate(row, strict=False) for row in rows]


def _begun(view: View, key: str) -> tuple[Criterion, ...]:
    """Return the criteria that the boxes begin with: the link's, those of before, the usual."""
    chosen, standard = st.session_state.setdefault("chosen", {}), usual(view.question)
    address = in_address("criteria", key)
    if address is not None:
        chosen[key] = address
        for box in [each for each in st.session_state if str(each).startswith(f"{key} ")]:
            del st.session_state[box]
    try:
        return checked(view.question, _read(chosen[key]), "") if chosen.get(key) else standard
    except ValueError:  # faults of input are of that kind
        notice("missing", f"criteria={chosen.pop(key)}")
        return standard


def criteria(view: View) -> tuple[Criterion, ...] | None:
    """Let the visitor say by what areas are ranked; None where it cannot be ranked by that."""
    say, key = view.say, f"criteria {view.case.head.id}"
    begun = {row.id: row for row in _begun(view, key)}
    known, boxes = possible(view.question), st.session_state
    boxes.setdefault(f"{key} ids {say.language}", list(begun))
    with st.expander(say("Criteria and weights"), key="criteria box"):
        ids = st.multiselect(
            say("Ranked by"),
            known,
            key=f"{key} ids {say.language}",  # options are told in a language
            format_func=lambda id: criterion_name(id, say),
            placeholder=say("Pick at least one criterion."),
        )
        rows = [_row(view, key, begun.get(id), id) for id in ids]
    found, faults = list[Criterion](), list[Fault]()
    for row in rows:
        try:
            found.append(Criterion.model_validate(row, strict=False))
        except pydantic.ValidationError as error:
            faults += from_pydantic(error, file=criterion_name(str(row["id"]), say))
    try:
        by = checked(view.question, found, "", faults)
    except InputFaults as error:
        show_faults(say("It cannot be ranked this way."), error.faults, say)
        return None
    own = by != usual(view.question)
    boxes["chosen"][key] = _written(by) if own else ""
    if own:
        in_link("criteria", boxes["chosen"][key])
    return by


def _row(view: View, key: str, begun: Criterion | None, id: str) -> dict[str, object]:
    """Show the direction and the range of weights of a criterion; return them as they stand."""
    say = view.say
    begun = begun or Criterion(id=id, direction="more", low=USUAL[0], high=USUAL[1])
    name, both = st.columns([3, 2], vertical_alignment="bottom")
    pair = both.container(horizontal=True)  # side by side on a phone, too
    box = f"{key} {id} {say.language}"
    st.session_state.setdefault(f"{box} direction", begun.direction)
    direction = name.selectbox(
        criterion_name(id, say),
        list(DIRECTIONS),
        key=f"{box} direction",
        format_func=lambda each: say("{direction} first", direction=say(DIRECTIONS[each])),
    )
    weights, labels = {}, {"low": say("Weight from"), "high": say("Weight to")}
    for end, label in labels.items():
        st.session_state.setdefault(f"{box} {end}", say.plain(getattr(begun, end)))
        text = pair.text_input(label, key=f"{box} {end}")
        weights[end] = text if say.read(text) is None else say.read(text)
    return {"id": id, "direction": direction, **weights}


def shown_start(view: View, start: Start) -> None:
    """Show the answer in words, the chart and the table."""
    say = view.say
    words_first(sentences(start, say))
    shown = Shown(question=view.question, say=say, next=start)
    show_wide(ranked(shown), view, "ranks")
    grid(
        (head(start, say), [list(row) for row in rows(start, say)]),
        "ranks table",
        alt=say("Where to start"),
    )
    st.caption(caption(shown.made, start.plan.id, say))


def page() -> None:
    """Draw the page from top to bottom."""
    view, plan = about_a_plan()
    say = view.say
    st.title(say("Where to start"))
    st.caption(
        say(
            "Nobody agrees on weights, so they are drawn from ranges like everything else that "
            "is not known; areas that cannot be told apart stand in one group."
        )
    )
    if len(view.case.areas) < 2:
        st.info(say("This place has only one area, so there is nothing to rank."))
        return
    top, floor, moved = asked(view)
    by = criteria(view)
    if by is None:
        return
    about = repr((view.known, plan.hash, view.targets.id, top, floor, moved, by))

    def make(done: Callable[[], None]) -> Start:
        return where_to_start(
            view.question, plan, criteria=by, top=top, floor=floor, moved=moved, done=done
        )

    found = computed_next(view, about, 1 + moved * len(view.case.areas), make)
    if found is not None:
        shown_start(view, replace(found, plan=plan))


present(page)
