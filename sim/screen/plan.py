"""Plan: move the levers and see at once whether the targets will be met."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sim.ask.answers import Answer, Difference
from sim.ask.summary import Summary
from sim.ask.trials import moved_by, ranked, trials
from sim.faults import Fault, InputFaults, Message, shown, span, told
from sim.months import month_of
from sim.numbers import REPLICATES
from sim.place.case import Case
from sim.place.levers import DECIDERS, POLICY_NAMES, Lever, Setting, budgets, lever_value, shared
from sim.place.scenario import Scenario
from sim.place.stamp import caption
from sim.screen.parts.choices import linked, notice
from sim.screen.parts.frame import carry, frame, pick, present
from sim.screen.parts.paper import in_words, report, where_missing, why_power_waits
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.shown import downloads, grid, in_two, show_wide, undo
from sim.screen.parts.view import View
from sim.screen.parts.visit import keep, now, redraw, tried
from sim.screen.parts.waits import ahead, answer, answers, asked, begun, is_first
from sim.show.bars import allocation, difference, differences, money, waiting
from sim.show.evidence import measured
from sim.show.fans import fan
from sim.show.figures import Shown
from sim.show.sentences import (
    beyond,
    card,
    difference_table,
    goal_name,
    headline,
    held_back,
    money_words,
    moved_words,
    spent_words,
    still_words,
    yearly,
)
from sim.show.tiles import areas, tile_map
from sim.words import LANGUAGES, Words, needed

SECTIONS = {
    "forecast": "Forecast",
    "where": "Where",
    "built": "What is built",
    "money": "Money",
    "helps": "What would help",
}


def levers(view: View, start: Scenario, standing: Scenario, by: str) -> None:
    """Show the sliders of those who decide, where they stand, and what they change of a plan."""
    say, case = view.say, view.case
    for policy, label in POLICY_NAMES.items():
        rows = [row for row in case.levers.values() if row.policy == policy and row.decided_by(by)]
        if not rows:
            continue
        group = st.expander(
            say(label), expanded=policy == "allocation", key=f"group {policy}", on_change="rerun"
        )
        if not group.open:
            continue  # what is not seen is not sent: every slider costs the browser time
        with group:
            for row in rows:
                ground = case.baseline.levers[row.name]
                key, lay = _key(view, start, row.name), partial(_slid, view, start, row.name)
                lever(row, standing.levers[row.name], ground, key, say, lay)
    if standing != start:
        st.caption(
            say(
                "Moved, not yet saved (nothing is lost if you leave): {levers}.",
                levers=moved_words(case, standing, start, say),
            )
        )


def purse(view: View, start: Scenario, standing: Scenario) -> None:
    """Show what a scenario costs as its sliders stand, and offer to keep or undo that."""
    total, change, _ = money_words(view.case, standing, view.say)
    st.markdown(f"**{total}** · {change}")
    money_total(view, start, standing)
    manage(view, start, standing)


def decided_by(view: View) -> str:
    """Let the visitor see the levers of those alone who decide them; return whose."""
    say = view.say
    labels = {"all": say("All"), **{name: say(label) for name, label in DECIDERS.items()}}
    return linked(
        st.segmented_control,
        say("Decided by"),
        "by",
        list(labels),
        "all",
        labels.__getitem__,
        "by",
        required=True,
    )


def _key(view: View, start: Scenario, name: str) -> str:
    turn = st.session_state.setdefault("turn", 0)
    return f"{view.case.head.id} {start.id} {name} {turn} {view.say.language}"


def _slid(view: View, start: Scenario, name: str, value: Setting) -> None:
    """Lay a lever on the desk as it was moved; where the total is kept, the others share it."""
    case, standing = view.case, now(view, start)
    values: dict[str, Setting] = {**standing.levers, name: value}
    if st.session_state.get("kept total") and case.levers[name].kind == "budget":
        values = shared(case.levers, values, yearly(case, standing), name)
    _lay(view, start, values)


def _lay(view: View, start: Scenario, values: Mapping[str, Setting]) -> None:
    keep(view, view.desk.slide(view.case, start, values))
    standing = now(view, start)
    for name, value in standing.levers.items():  # sliders and fields follow
        key, row = _key(view, start, name), view.case.levers[name]
        _show(key, value)
        if not isinstance(value, str):
            _show(f"{key} typed", written(row, value, view.say))
    ahead(view, standing)


def _show(key: str, value: Setting) -> None:
    """Let a control show a value; one that does already is left, for it may be moving on."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def money_total(view: View, start: Scenario, standing: Scenario) -> None:
    """Let the yearly total be typed, and kept while one budget is moved."""
    say, case, key = view.say, view.case, _key(view, start, "total")
    total, rows = round(yearly(case, standing), 2), [case.levers[n] for n in budgets(case.levers)]
    _show(key, say.number(total, needed(total)))
    left, right = st.columns([2, 3], vertical_alignment="bottom")

    def taken(number: float) -> tuple[float, Message]:
        most = sum(row.high for row in rows)
        fits = 0 <= number <= most
        return number, told("") if fits else span(0, most, rows[0].unit)

    def lay(sum_: Setting) -> None:
        _lay(view, start, shared(case.levers, now(view, start).levers, float(sum_)))

    words = say("Total, {unit}", unit=say("{bn} a year"))
    if total > 0:  # of nothing there are no shares to scale
        number_field(left, words, key, taken, lay, say)
    help_ = say("If the total is kept, the other budgets share what is left when one changes.")
    right.checkbox(say("Keep the total"), key="kept total", help=help_)


def manage(view: View, start: Scenario, scenario: Scenario) -> None:
    """Offer to save and to undo what was moved."""
    say = view.say
    row = st.container(horizontal=True, gap="xsmall", key="moved")
    with row.popover(say("Save"), key="save box", on_change="rerun"):
        save(view, start, scenario)
    undo(view, row, icons=False)  # without them all stand in one row


def save(view: View, start: Scenario, scenario: Scenario) -> None:
    """Offer to save what was moved: over the scenario, as a new one, or not at all."""
    say, moved = view.say, scenario != start
    with st.form("save new", border=False, enter_to_submit=True):
        st.text_input(
            say("Name"),
            max_chars=80,
            key="new name",
            placeholder=say("such as: Plan B, more training"),
        )
        st.text_area(
            say("Why"), max_chars=1000, key="new why", placeholder=say("What this plan is for")
        )
        st.form_submit_button(
            say("Save as new"), on_click=_save_as, args=(view, start, scenario), key="save as"
        )
    if start.id in view.desk.own(view.case):
        st.button(
            say("Save changes"),
            on_click=_save,
            args=(view, start, scenario),
            disabled=not moved,
            key="save",
        )
    st.button(
        say("Discard changes"),
        on_click=_discard,
        args=(view, start),
        disabled=not moved,
        key="discard",
    )


def _save(view: View, start: Scenario, scenario: Scenario) -> None:
    if tried(lambda: (view.desk.save(view.case, scenario, start.id), start.id), view):
        _saved(view.say.named(scenario.name))


def _save_as(view: View, start: Scenario, scenario: Scenario) -> None:
    name, taken = st.session_state["new name"].strip(), set(view.shipped)
    why = {
        code: _why(view.case, start, scenario, Words(code, view.say.money)) for code in LANGUAGES
    }
    if not name:
        notice("nameless", "")
    elif tried(lambda: view.desk.save_as(view.case, start, scenario, name, why, taken), view):
        st.session_state["new name"] = st.session_state["new why"] = ""
        _saved(name)


def _why(case: Case, start: Scenario, scenario: Scenario, say: Words) -> str:
    """Return the visitor's own reason, or else what the plan was made from."""
    own = str(st.session_state["new why"]).strip()
    if own or scenario == start:
        return own or say.named(start.why)
    words = moved_words(case, scenario, start, say)
    return say("Made from {name}: {levers}.", name=say.named(start.name), levers=words)


def _saved(name: str) -> None:
    """Say that something was saved, and shut the drawer."""
    notice("saved", name)
    st.session_state["save box"] = False
    redraw()


def _discard(view: View, start: Scenario) -> None:
    keep(view, view.desk.move(view.case, start.id, {}))
    redraw()


def lever_help(row: Lever, ground: str, say: Words) -> str:
    """Return how a lever acts, what it rests on, who decides it and who pays."""
    parts = [
        say(row.mechanism),
        say("Source: {source}", source=row.evidence(say.language)),
        say("Baseline: {value}", value=ground),
    ]
    if row.supported is not None:
        most = lever_value(row, row.supported, say)
        parts.append(say("The evidence supports no more than {value}.", value=most))
    parts.append(measured(row.name, say))
    parts.append(
        say("Decided by: {owner}. Paid by: {payer}.", owner=say(row.owner), payer=say(row.payer))
    )
    return "\n\n".join(filter(None, parts))


def lever(
    row: Lever,
    value: Setting,
    ground_value: Setting,
    key: str,
    say: Words,
    lay: Callable[[Setting], None],
) -> None:
    """Let the planner set a lever by a slider or a number; `lay` gets what it was moved to."""
    ground = lever_value(row, ground_value, say)
    label, help_ = say(row.label), lever_help(row, ground, say)
    if row.choices:
        names = list(row.choices)
        place = names.index(str(value))
        st.selectbox(
            label,
            names,
            place,
            key=key,
            help=help_,
            format_func=lambda n: say(row.choices[n]),
            on_change=lambda: lay(st.session_state[key]),
        )
        return
    st.session_state.setdefault(key, value)
    if row.whole:
        words, slide = say("{lever} · baseline {value}", lever=label, value=ground), st.container()
    else:
        unit = "%" if row.kind == "share" else say(row.unit)
        words = say("{lever} · {unit} · baseline {value}", lever=label, unit=unit, value=ground)
        slide, field = st.columns([5, 2], vertical_alignment="bottom")
        st.session_state.setdefault(f"{key} typed", written(row, value, say))
        number_field(field, f"{label}, {unit}", f"{key} typed", row.typed, lay, say, "collapsed")
    slide.select_slider(
        words,
        row.steps(float(value)),
        key=key,
        help=help_,
        format_func=lambda each: lever_value(row, each, say),
        on_change=lambda: lay(st.session_state[key]),
    )


def written(row: Lever, value: float | str, say: Words) -> str:
    """Return what stands in the field beside a slider: of a share, its per cents."""
    number = round((100 if row.kind == "share" else 1) * float(value), 10)
    return say.number(number, needed(number))


def number_field(
    place: DeltaGenerator,
    label: str,
    key: str,
    taken: Callable[[float], tuple[float, Message]],
    lay: Callable[[Setting], None],
    say: Words,
    shown_label: Literal["visible", "collapsed"] = "visible",
) -> None:
    """Show a field for a number as the language writes it, whatever the browser would do.

    Args:
        place: where it stands.
        label: of the field.
        key: of the field.
        taken: what a number that was typed sets, and what would do in its place if it will not.
        lay: gets what is set; a text that will not do is told, and what stood there stands again.
        say: the language.
        shown_label: whether the label is seen.
    """

    def read() -> None:
        number = say.read(st.session_state[key])
        value, wanted = (0.0, told("a number")) if number is None else taken(number)
        if wanted:
            st.session_state["faults"] = [Fault(label, "", shown(st.session_state[key]), wanted)]
            redraw()
        else:
            lay(value)

    place.text_input(label, key=key, on_change=read, label_visibility=shown_label)


def cards(view: View, summary: Summary, *, grey: bool) -> None:
    """Show the chance of all targets together, where there are several, and of each."""
    judged, say = summary.judgement, view.say
    asked, came = judged.targets, view.question.record
    every = [card(each, asked, say, came) for each in judged.verdicts]
    if len(asked) > 1:
        every.insert(0, card(judged, asked, say))
    with st.container(key="grey" if grey else "cards"):
        for column, facts in zip(st.columns(len(every)), every, strict=True):
            with column.container(border=True, height="stretch"):
                st.markdown(f"**{facts.title}**")
                st.metric(
                    facts.title,
                    facts.chance,
                    facts.change,
                    delta_color="off" if grey else facts.colour,
                    delta_arrow=facts.arrow,
                    label_visibility="collapsed",
                )
                st.caption("  \n".join(facts.lines))


@st.fragment
def where(view: View, shown: Shown) -> None:
    """Show the map and the table of areas by indicator and month."""
    say, case, targets, months = view.say, view.case, view.targets, shown.one.months
    where_missing(view, shown.answers[0])
    names = shown.indicators
    indicator = st.segmented_control(
        say("Indicator"),
        names,
        default=names[0],
        format_func=say.indicator,
        required=True,
        key=f"map of {case.head.id} {targets.id}",
    )
    month = st.select_slider(
        say("Month"),
        range(len(months)),
        value=month_of(months, targets.last_deadline),
        format_func=lambda place: say.month(months[place]),
        key=f"month of {case.head.id} {targets.id}",
    )
    chosen = f"{months[month]:%Y-%m}"
    show_wide(tile_map(shown, indicator=indicator, month=chosen), view, "map")
    figure = areas(shown, indicator=indicator, month=chosen)
    st.caption(
        say("Means over all draws ({unit}); click a heading to sort.", unit=say.unit(indicator))
    )
    grid(
        figure.table(),
        "areas",
        alt=say("Areas, {indicator}", indicator=say.indicator(indicator)),
    )
    downloads(figure, view, "areas table")


def hint(view: View) -> None:
    """Tell a first visitor where to begin."""
    if view.desk.greeted:
        return
    say = view.say
    with st.container(border=True, key="hint"):
        left, right = st.columns([7, 1], vertical_alignment="center")
        left.markdown(
            say(
                "First time here? Pick a scenario on the left, move a slider, and watch the "
                "chances above change. Nothing you do is lost or seen by others."
            )
        )
        right.button(say("Got it"), on_click=_greeted, args=(view,), key="greeted")


def _greeted(view: View) -> None:
    keep(view, replace(view.desk, greeted=True))


def judged(view: View, scenario: Scenario) -> tuple[Answer, Answer] | None:
    """Return the answers of a scenario and of the baseline; None if the visitor stopped them.

    The first answer for a place and a set of targets takes seconds and shows how far it is;
    those after it do not.
    """
    plans = [scenario, view.shipped["baseline"]]
    if is_first(view):
        if len(answers(view, plans, "first")) < len(plans):
            return None
        begun().add(asked(view))
    own, baseline = (answer(view, plan) for plan in plans)
    return own, baseline


def helps(view: View, own: Answer, by: str) -> None:
    """Show what each lever of a decider would change alone, as far as the evidence speaks of."""
    say, targets, scenario = view.say, view.targets, own.summary.scenario
    st.caption(
        say(
            "One lever at a time, all else as the sliders stand: the gain if it went as far as "
            "the evidence supports. Effects do not simply add up; costs are public money only."
        )
    )
    goals = targets.targets
    binding = own.summary.judgement.binding
    usual = goals.index(binding) if binding else 0
    place = st.segmented_control(
        say("Target"),
        range(len(goals)),
        default=usual,
        required=True,
        format_func=lambda i: goal_name(goals[i], goals, say),
        key=f"helped of {view.case.head.id} {targets.id}",
    )
    target = goals[place or 0]
    tries = trials(view.case, scenario)
    tries = [each for each in tries if moved_by(view.case, scenario, each).decided_by(by)]
    found = answers(view, tries, "trials")
    moving, still = ranked(found, own, targets, target)
    if moving:
        shown, against = Shown.on_page(view.question, say, [own, *moving]), scenario.id
        gained = [each for each in shown.differences(against) if each.target == target]
        figure = difference(shown, indicator=target.indicator, against=against)
        show_wide(figure, view, "helped")
        head, rows = difference_table(gained, scenario, say("Lever"), say)
        rows = [[*row, whose(view, scenario, each)] for row, each in zip(rows, gained, strict=True)]
        grid(([*head, say("Decided by")], rows), "helped table", alt=say(SECTIONS["helps"]))
        downloads(differences(shown, against=against), view, "helped table")
    if still:
        plans = [each.summary.scenario for each in still]
        st.caption(" ".join(still_words(view.case, own.summary, plans, target, say)))


def whose(view: View, scenario: Scenario, gained: Difference) -> str:
    """Return who decides the lever that a trial moves."""
    lever = moved_by(view.case, scenario, gained.scenario)
    return " · ".join(view.say(DECIDERS[each]) for each in lever.deciders)


def page() -> None:
    """Draw the page: its places from top to bottom, and what was asked for before all else."""
    view = frame()
    say, case = view.say, view.case
    with st.sidebar:
        start = pick(view)
        with st.container(key="strip"):
            in_sight = st.empty()
        scenario = now(view, start)
        purse(view, start, scenario)
        by = decided_by(view)
        beside = st.container()
    carry(view, [scenario])
    name = say.named(case.head.name.model_dump())
    st.title(f"{name} · {unmarked(say.named(scenario.name))}")
    with st.container(key="answer"):
        place = st.empty()
    with slid(lambda: levers(view, start, scenario, by), beside, first=is_first(view)):
        place.markdown(say("Computing …"))
        answered = judged(view, scenario)
        if answered is None:
            place.empty()
            return
        own, baseline = answered
        place.markdown(headline(own.summary.judgement, view.targets, say))
        in_sight.markdown(strip(view, own))
        shown = Shown.on_page(view.question, say, [own], lambda: baseline.summary)
        above = st.container()
        section(view, shown, by)
        with above:
            told_of(view, start, shown, baseline)
        known = say(
            "What was known on {day}; {replicates} draws.",
            day=say.day(case.head.vintage),
            replicates=say.number(REPLICATES),
        )
        st.caption(f"{known} {caption(shown.made, scenario.id, view.say)}")


@contextmanager
def slid(draw: Callable[[], None], place: DeltaGenerator, *, first: bool) -> Iterator[None]:
    """Draw the sliders at their place once the rest has come, or before it.

    Whoever moves one waits for the charts; the sliders are there already. They come first where
    nothing else will for seconds, and also where the rest cannot be shown: they are the way back.
    """

    def slide() -> None:
        with place:
            draw()

    if first:
        slide()
    try:
        yield
    except InputFaults:
        if not first:
            slide()
        raise
    if not first:
        slide()


def told_of(view: View, start: Scenario, shown: Shown, baseline: Answer) -> None:
    """Show the chances of a scenario, what it costs and what is to be said of it."""
    own, say = shown.answers[0], view.say
    warning(view, shown)
    cards(view, own.summary, grey=bool(shown.why_grey))
    in_words(view, [own] if own.scenario.id == "baseline" else [own, baseline])
    total, change, parts = money_words(view.case, own.scenario, say)
    st.markdown(f"**{say('Public money a year')}: {total}** ({change}): {parts}")
    st.caption(spent_words(own.summary, baseline.summary, view.targets, say))
    report(view, [own])
    st.caption(unmarked(say.named(start.why)))
    hint(view)


def strip(view: View, own: Answer) -> str:
    """Return the chances in a few lines, with what the last move changed."""
    say, judged, goals = view.say, own.summary.judgement, view.targets.targets
    rows = {goal_name(each.target, goals, say): each for each in judged.verdicts}
    told = {
        name: (each.chance, say.chance(each.chance, each.bounds)) for name, each in rows.items()
    }
    about = f"{view.known} {view.targets.id} {say.language}"
    before, last = st.session_state.get("strip", {}).get(about, ({}, {}))
    if told != last:
        before = last
    st.session_state["strip"] = {about: (before, told)}
    lines = []
    for name, (chance, words) in told.items():
        moved = chance - before[name][0] if name in before else 0.0
        change = f" ({say.signed(100 * moved)})" if abs(moved) >= 0.0005 else ""
        lines.append(f"{name} **{words}**{change}")
    return "  \n".join(lines)


def warning(view: View, shown: Shown) -> None:
    """Warn of levers beyond the evidence, whose results are grey."""
    if shown.why_grey:
        lines = [f"- {line}" for line in beyond(view.case, shown.one.scenario, view.say)]
        st.warning("\n\n".join([shown.why_grey, "\n".join(lines)]))


def section(view: View, shown: Shown, by: str) -> None:
    """Show the section that the visitor picks; what would help is of those who decide."""
    say = view.say
    picked = linked(
        st.segmented_control,
        say("Show"),
        "show",
        list(SECTIONS),
        "forecast",
        lambda id: say(SECTIONS[id]),
        "section",
        required=True,
        label_visibility="collapsed",
    )
    if picked == "forecast":
        in_two(fan.all(shown), view)
        st.caption("  \n".join(held_back(shown.one, say)))
    elif picked == "where":
        where(view, shown)
    elif picked == "built":
        built = [name for name in ("homes_passed", "covered_villages") if name in shown.one.fans]
        reached = [fan(shown, indicator=name) for name in built]
        in_two([*reached, *waiting.all(shown)], view)
        why_power_waits(view, shown.answers[0])
    elif picked == "helps":
        helps(view, shown.answers[0], by)
    else:
        in_two([allocation(shown), *money.all(shown)], view)


present(page)
