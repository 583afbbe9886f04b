"""The report on a page: its sentences under the cards, and the report itself as a file."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import count

import streamlit as st

from sim.ask.answers import Answer, differences
from sim.ask.hindsight import Past, look_back, vintages
from sim.ask.trials import BUILT_BY, trials
from sim.numbers import REPLICATES, SEED
from sim.paper.answer import best_plan, record, unknown, waits
from sim.paper.parts import Facts, Report
from sim.paper.report import build_report
from sim.paper.results import most_missing
from sim.paper.setting import WRITTEN
from sim.screen.parts.plan_text import unmarked
from sim.screen.parts.view import View
from sim.screen.parts.waits import answer, answers, in_turn, waiting
from sim.show.figures import Shown
from sim.show.sentences import binds, goal_name, lever_words
from sim.words import RARE


def facts_of(view: View, found: Sequence[Answer]) -> Facts:
    """Return what sentences on some answers are made from; nothing is played for them."""
    shown = Shown.on_page(view.question, view.say, found)
    plans, made = shown.summaries, shown.made
    return Facts(
        case=view.case, summaries=plans, targets=view.targets, played=None, tried=(), made=made
    )


def what_holds_back(view: View, facts: Facts) -> list[str]:
    """Say for each target that is not all but sure what stands in its way, sharing out waits."""
    say, focus, found = view.say, facts.focus, list[str]()
    goals = view.targets.targets
    for verdict in focus.judgement.verdicts:
        programme = BUILT_BY.get(verdict.target.indicator)
        if verdict.chance > 1 - RARE:
            continue
        name = goal_name(verdict.target, goals, say)
        words = waits(facts, programme, say) if programme else binds(focus, verdict.target, say)
        found.append(words if programme else f"{name}: {words}")
    return list(dict.fromkeys(found))


def why_power_waits(view: View, own: Answer) -> None:
    """Say whether it is money that sites without power lack, where most wait for power.

    That takes the run of one more plan.
    """
    facts, plan = facts_of(view, [own]), own.summary.scenario
    rows = facts.focus.waiting.get("village_sites")
    last = facts.last
    if not rows or rows["power"][last] < max(0.5, *(row[last] for row in rows.values())):
        return
    tried = [
        each
        for each in trials(view.case, plan)
        if each.levers["village_power"] != plan.levers["village_power"]
    ]
    gained = differences([answer(view, each) for each in tried], own, view.targets)
    st.markdown(unmarked(waits(replace(facts, tried=gained), "village_sites", view.say)))


def where_missing(view: View, own: Answer) -> None:
    """Say for each target in which areas most of what is missing is."""
    lines = list(most_missing(facts_of(view, [own]), view.say))
    _list(st, view.say("Where most is missing"), lines)


def in_words(view: View, found: Sequence[Answer]) -> None:
    """Show what holds targets back, how far to trust the chances, and what the plan sets."""
    say, case, facts = view.say, view.case, facts_of(view, found)
    asked = list(dict.fromkeys(target.indicator for target in view.targets.targets))
    came = view.question.record
    seen = {one.indicator for one in came}  # of the others nothing came as far as the run reaches
    trust = [record(facts, name, came, say) for name in asked if name in seen]
    trust += unknown(case, asked, say)
    sets = lever_words(case, facts.focus.scenario, case.baseline, say)
    with st.container(key="in words"):
        left, right = st.columns(2)
        _list(left, say("What holds the targets back"), what_holds_back(view, facts))
        _list(right, say("How far to trust these chances"), trust)
        _list(st, say("What the plan sets"), [sets] if sets else [])


def _list(place: object, heading: str, lines: Sequence[str]) -> None:
    if lines:
        mark = "- " if lines[1:] else ""
        told = "\n".join(mark + unmarked(line) for line in lines)
        place.markdown(f"**{heading}**\n\n{told}")  # type: ignore[attr-defined]


def which_is_best(view: View, found: Sequence[Answer]) -> list[str]:
    """Say which of several plans gives each target the best chance."""
    facts = facts_of(view, found)
    return [best_plan(facts, place, view.say) for place in range(len(view.targets.targets))]


@cache
def played() -> dict[str, Past]:
    """Return where past forecasts are kept once somebody has asked for them."""
    return {}


def past(view: View) -> Past | None:
    """Return past forecasts and show how far their making is; None where it was stopped."""
    say, case, key, kept = view.say, view.case, view.known, played()
    if key not in kept:
        words, days = say("Backtesting"), len(vintages(case))
        wait, done = waiting(say, words, "past"), count(1)
        if wait.stopped:
            wait.end(say("Stopped: the backtest was not finished."))
            return None
        with in_turn(say):
            kept[key] = kept.get(key) or look_back(
                case,
                seed=SEED,
                replicates=REPLICATES,
                done=lambda: wait.bar.progress(next(done) / days, words),
            )
        wait.end()
    return kept[key]


def report(view: View, found: Sequence[Answer]) -> None:
    """Offer the report on some answers, made when asked for: the same as the command writes.

    What takes long shows how far it is, can be stopped, and goes on where it was.
    """
    say = view.say
    shown = Shown.on_page(view.question, say, found)
    about = repr((view.known, say.language, shown.summaries and shown.made))
    about += repr([(plan.scenario.name, plan.scenario.why) for plan in shown.summaries])
    kept = st.session_state.setdefault("report", {})
    if about not in kept:
        words = say("The whole report, with charts and sources: the first takes about a minute.")
        if st.button(say("Make the report"), key="make report", help=words):
            st.session_state["report wanted"] = about
        if st.session_state.get("report wanted") != about:
            return
        made = _made(view, found)
        if made is None:
            return
        kept.clear()  # one at a time: a report is large
        kept[about] = made
    row = st.container(horizontal=True, key="report files")
    written: Report = kept[about]
    for form, write in WRITTEN.items():
        row.download_button(
            say("Report as {form}", form=form.upper()),
            data=partial(write, written),
            file_name=f"{view.case.head.id}-{shown.summaries[0].scenario.id}.{form}",
            on_click="ignore",
            key=f"report {form}",
            icon=":material/download:",
        )


def _made(view: View, found: Sequence[Answer]) -> Report | None:
    """Return the report on some answers, None where the visitor stopped it."""
    ground = view.shipped["baseline"]
    if ground.id not in {each.scenario.id for each in found}:
        found = [*found, answer(view, ground)]  # what a plan changes is told against it
    facts = facts_of(view, found)
    about = next(each for each in found if each.summary.scenario is facts.focus.scenario)
    tries = trials(view.case, about.summary.scenario)
    tried = answers(view, tries, "report")
    if len(tried) < len(tries):
        return None
    facts = replace(facts, tried=differences(tried, about, view.targets))
    if view.case.outcomes:
        seen = past(view)
        if seen is None:
            return None
        facts = replace(facts, played=lambda: seen)
    wait = waiting(view.say, view.say("Laying out the report"), "setting")
    with in_turn(view.say):
        made = build_report(facts, view.say)
    wait.end()
    return made
