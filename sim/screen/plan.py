"""Plan: move the levers and see at once whether the targets will be met."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from sim.ask.answers import Answer
from sim.ask.summary import Summary
from sim.ask.trials import ranked, trials
from sim.months import month_of
from sim.numbers import REPLICATES
from sim.place.levers import POLICY_NAMES, Lever, Setting, lever_value
from sim.place.scenario import Scenario
from sim.place.stamp import caption
from sim.screen.parts.choices import linked, notice
from sim.screen.parts.frame import carry, frame, present
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.shown import downloads, grid, in_two, show_wide, undo
from sim.screen.parts.view import View
from sim.screen.parts.visit import keep, now, redraw, tried
from sim.screen.parts.waits import answer, answers, begun
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
    still_words,
)
from sim.show.tiles import areas, tile_map
from sim.words import Words

SECTIONS = {
    "forecast": "Forecast",
    "where": "Where",
    "built": "What is built",
    "money": "Money",
    "helps": "What would help",
}


def pick(view: View) -> Scenario:
    """Return the scenario the visitor picks, as it is saved."""
    plans = view.scenarios()
    default = "draft-plan" if "draft-plan" in plans else "baseline"
    say = view.say
    picked = linked(
        st.selectbox,
        say("Scenario"),
        "scenario",
        list(plans),
        default,
        lambda id: view.label(id, plans),
        f"scenario {view.case.head.id}",
        help=say("Shipped scenarios first, then your own."),
    )
    return plans[picked]


def levers(view: View, start: Scenario) -> Scenario:
    """Return the scenario with the sliders' values in place of its own."""
    say, case = view.say, view.case
    standing = now(view, start)
    place = st.container()
    turn = st.session_state.setdefault("turn", 0)
    for policy, label in POLICY_NAMES.items():
        group = st.expander(
            say(label), expanded=policy == "allocation", key=f"group {policy}", on_change="rerun"
        )
        if not group.open:
            continue  # what is not seen is not sent: every slider costs the browser time
        with group:
            for row in case.levers.values():
                if row.policy == policy:
                    key = f"{case.head.id} {start.id} {row.name} {turn} {say.language}"
                    ground = case.baseline.levers[row.name]
                    lay = _slid(view, start, row.name, key)
                    lever(row, standing.levers[row.name], ground, key, say, lay)
    with place:
        total, change, _ = money_words(case, standing, say)
        st.markdown(f"**{total}** · {change}")
        manage(view, start, standing)
    if standing != start:
        st.caption(
            say(
                "Moved, not yet saved (nothing is lost if you leave): {levers}.",
                levers=moved_words(case, standing, start, say),
            )
        )
    return standing


def _slid(view: View, start: Scenario, name: str, key: str) -> Callable[[], None]:
    """Return what lays a lever on the desk as its slider has been moved."""

    def lay() -> None:
        values = {**now(view, start).levers, name: st.session_state[key]}
        keep(view, view.desk.slide(view.case, start, values))

    return lay


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
    if not name:
        notice("nameless", "")
    elif tried(lambda: view.desk.save_as(view.case, start, scenario, name, taken), view):
        st.session_state["new name"] = ""
        _saved(name)


def _saved(name: str) -> None:
    """Say that something was saved, and shut the drawer."""
    notice("saved", name)
    st.session_state["save box"] = False
    redraw()


def _discard(view: View, start: Scenario) -> None:
    keep(view, view.desk.move(view.case, start.id, {}))
    redraw()


def lever(
    row: Lever, value: Setting, ground_value: Setting, key: str, say: Words, lay: Callable[[], None]
) -> None:
    """Let the planner set a lever; `lay` is called when it was moved."""
    ground = lever_value(row, ground_value, say)
    parts = [
        say(row.mechanism),
        say("Source: {source}", source=row.evidence(say.language)),
        say("Baseline: {value}", value=ground),
    ]
    if row.supported is not None:
        most = lever_value(row, row.supported, say)
        parts.append(say("The evidence speaks of no more than {value}.", value=most))
    parts.append(measured(row.name, say))
    label, help_ = say(row.label), "\n\n".join(filter(None, parts))
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
            on_change=lay,
        )
        return
    kind = int if row.whole else float
    low, high, step, standing = (kind(number) for number in (row.low, row.high, row.step(), value))
    form = "percent" if row.kind == "share" else "localized"
    words = say(
        "{lever} · {unit} · baseline {value}", lever=label, unit=say(row.unit), value=ground
    )
    st.slider(words, low, high, standing, step, key=key, help=help_, format=form, on_change=lay)


def cards(summary: Summary, say: Words, *, grey: bool) -> None:
    """Show the chance of all targets together and of each as large figures."""
    judged = summary.judgement
    asked = judged.targets
    every = [card(judged, asked, say), *(card(each, asked, say) for each in judged.verdicts)]
    with st.container(key="grey" if grey else "cards"):
        for column, facts in zip(st.columns(len(every)), every, strict=True):
            with column.container(border=True, height="stretch"):
                st.markdown(f"**{facts.title}**")
                st.metric(
                    facts.title,
                    facts.chance,
                    facts.change,
                    delta_color="off" if grey else facts.colour,
                    label_visibility="collapsed",
                )
                st.caption("  \n".join(facts.lines))


@st.fragment
def where(view: View, shown: Shown) -> None:
    """Show the map and the table of areas by indicator and month."""
    say, case, targets, months = view.say, view.case, view.targets, shown.one.months
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
        say("Means of all draws in {unit}; a click on a heading sorts.", unit=say.unit(indicator))
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
    first = f"{view.case.identity} {view.targets.id}"
    if first not in begun():
        if len(answers(view, plans, "first")) < len(plans):
            return None
        begun().add(first)
    own, baseline = (answer(view, plan) for plan in plans)
    return own, baseline


def helps(view: View, own: Answer) -> None:
    """Show what each lever would change on its own, moved as far as the evidence speaks of."""
    say, targets, scenario = view.say, view.targets, own.summary.scenario
    st.caption(
        say(
            "One lever at a time, all else as the sliders stand: what would be gained if it went "
            "as far as there is evidence for. Effects do not simply add up; costs are public "
            "money alone."
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
    found = answers(view, trials(view.case, scenario), "trials")
    moving, still = ranked(found, own, targets, target)
    if moving:
        shown, against = Shown.on_page(view.question, say, [own, *moving]), scenario.id
        gained = [each for each in shown.differences(against) if each.target == target]
        figure = difference(shown, indicator=target.indicator, against=against)
        show_wide(figure, view, "helped")
        words = difference_table(gained, say("Lever"), say)
        grid(words, "helped table", alt=say(SECTIONS["helps"]))
        downloads(differences(shown, against=against), view, "helped table")
    if still:
        plans = [each.summary.scenario for each in still]
        st.caption(" ".join(still_words(view.case, own.summary, plans, target, say)))


def page() -> None:
    """Draw the page from top to bottom."""
    view = frame()
    say, case = view.say, view.case
    with st.sidebar:
        start = pick(view)
        scenario = levers(view, start)
    carry(view, [scenario])
    name = say.named(case.head.name.model_dump())
    st.title(f"{name} · {unmarked(say.named(scenario.name))}")
    with st.container(key="answer"):
        place = st.empty()
    place.markdown(say("Computing …"))
    answered = judged(view, scenario)
    if answered is None:
        place.empty()
        return
    own, baseline = answered
    place.markdown(headline(own.summary.judgement, view.targets, say))
    shown = Shown.on_page(view.question, say, [own], lambda: baseline.summary)
    warning(view, shown)
    cards(own.summary, say, grey=bool(shown.why_grey))
    total, change, parts = money_words(case, scenario, say)
    st.markdown(f"**{say('Public money a year')}: {total}** ({change}): {parts}")
    st.caption(unmarked(say.named(start.why)))
    hint(view)
    section(view, shown)
    known = say(
        "What was known on {day}; {replicates} draws.",
        day=say.day(case.head.vintage),
        replicates=say.number(REPLICATES),
    )
    st.caption(f"{known} {caption(shown.made, scenario.id)}")


def warning(view: View, shown: Shown) -> None:
    """Warn of levers beyond the evidence, whose results are grey."""
    if shown.why_grey:
        lines = [f"- {line}" for line in beyond(view.case, shown.one.scenario, view.say)]
        st.warning("\n\n".join([shown.why_grey, "\n".join(lines)]))


def section(view: View, shown: Shown) -> None:
    """Show the section that the visitor picks."""
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
    elif picked == "helps":
        helps(view, shown.answers[0])
    else:
        in_two([allocation(shown), *money.all(shown)], view)


present(page)
