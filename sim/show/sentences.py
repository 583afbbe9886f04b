"""The answers in sentences, on cards and in tables of words: what a reader is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sim.ask.answers import Difference
from sim.ask.hindsight import METHODS, Hindcast, Promise, Score, brier, scores
from sim.ask.summary import Summary
from sim.files.tables import Cell, Table
from sim.place.case import Case
from sim.place.levers import budgets as budget_names
from sim.place.levers import label, lever_value
from sim.place.scenario import Scenario
from sim.place.targets import Judgement, TargetSet, Verdict
from sim.show import luck
from sim.words import Words


def headline(judged: Judgement, targets: TargetSet, say: Words) -> str:
    """Return the answer to "are we going to make it?" in one sentence."""
    chance = judged.chance_all
    scale = (
        (0.9, say("Very likely")),
        (2 / 3, say("Likely")),
        (1 / 3, say("As likely as not")),
        (0.1, say("Unlikely")),
        (0.0, say("Very unlikely")),
    )
    word = next(word for least, word in scale if chance >= least)
    text = say(
        "{likely}: the chance of meeting all {count} targets by {day} is {chance}.",
        likely=word,
        count=len(targets.targets),
        day=say.day(targets.last_deadline),
        chance=luck.chance(chance, judged.chance_all_error, say),
    )
    if judged.binding is None or chance > 0.995:
        return text
    return (
        text + " " + say("Missed most often: {indicator}.", indicator=say.indicator(judged.binding))
    )


def beyond(case: Case, scenario: Scenario, say: Words) -> list[str]:
    """Return for each lever beyond the evidence what was set, what is supported, by whom."""
    levers = [case.levers[name] for name in scenario.unsupported(case.levers)]
    return [
        say(
            "{lever}: {value} is beyond {supported} {unit}, the most the evidence speaks of "
            "({source}).",
            lever=say(lever.label),
            value=say.plain(scenario.value(lever.name)),
            supported=say.plain(lever.supported or 0),
            unit=say(lever.unit),
            source=lever.evidence(say.language),
        )
        for lever in levers
    ]


def lever_words(case: Case, scenario: Scenario, base: Scenario, say: Words) -> str:
    """Return the levers a scenario sets otherwise than another, with both values."""
    return "; ".join(
        say(
            "{lever} {value} (baseline {base})",
            lever=say(lever.label),
            value=lever_value(lever, scenario.levers[name], say),
            base=lever_value(lever, base.levers[name], say),
        )
        for name, lever in case.levers.items()
        if scenario.levers[name] != base.levers[name]
    )


def moved_words(case: Case, scenario: Scenario, start: Scenario, say: Words) -> str:
    """Return which levers were moved from a scenario as it is saved."""
    moved = [name for name in case.levers if scenario.levers[name] != start.levers[name]]
    return ", ".join(say(label(name)) for name in moved)


def budgets(case: Case, scenario: Scenario) -> dict[str, float]:
    """Return the yearly budgets of a scenario by programme, in the large money unit."""
    return {name: scenario.value(name) for name in budget_names(case.levers)}


def yearly(case: Case, scenario: Scenario) -> float:
    """Return the public money of a scenario a year once every budget has begun, bn VND."""
    return sum(budgets(case, scenario).values())


def money_words(case: Case, scenario: Scenario, say: Words) -> tuple[str, str, str]:
    """Return the yearly money, its difference to baseline, and its parts, the largest first."""
    total, own = yearly(case, scenario), budgets(case, scenario)
    more = round(total - yearly(case, case.baseline), 2)
    sign = "−" if more < 0 else "+"
    ranked = sorted((name for name in own if own[name] > 0), key=lambda name: -own[name])
    parts = [f"{say(label(name))} {say.percent(own[name] / total, 0)}" for name in ranked]
    return (
        say("{sum} bn VND", sum=say.plain(round(total, 2))),
        say("{sum} on baseline", sum=sign + say.plain(abs(more))),
        " · ".join(parts) or say("This scenario spends no public money."),
    )


def difference_table(found: Sequence[Difference], what: str, say: Words) -> Table:
    """Return differences in words, one row a scenario and target.

    Args:
        found: the differences; where they are of one target, no column names it.
        what: the scenarios are called, as a heading.
        say: the language.
    """
    many = len({each.target for each in found}) > 1
    head = [
        what,
        *([say("Target")] if many else []),
        say("points more"),
        say("90% range"),
        say("chance, points"),
        say("extra money, bn VND"),
        say("bn VND for a point"),
    ]
    rows: list[list[Cell]] = []
    for each in found:
        name = each.target.indicator
        goal = f"{say.indicator(name)} ≥ {say.goal(name, each.target.at_least)}"
        rows.append(
            [
                say.named(each.scenario.name),
                *([goal] if many else []),
                say.points(name, 100 * each.p50),
                f"{say.points(name, 100 * each.p05)} … {say.points(name, 100 * each.p95)}",
                luck.gained(each, say),
                say.number(each.extra_bn_vnd),
                _price(each, say),
            ]
        )
    return head, rows


def _price(each: Difference, say: Words) -> str:
    if each.per_point is None:
        return say("no price: nothing gained") if each.extra_bn_vnd > 0 else say("no extra money")
    low = say.number(each.per_point_low) if each.per_point_low is not None else ""
    if each.per_point_high is None:
        return say("{price} ({low} or more)", price=say.number(each.per_point), low=low)
    return f"{say.number(each.per_point)} ({low}–{say.number(each.per_point_high)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A verdict in the few words that fit on a card.

    Attributes:
        level: what is expected, or of all together which target is missed most often.
        gap, passing: how far and when; empty for all together.
    """

    title: str
    chance: str
    change: str | None
    colour: Literal["normal", "off"]
    level: str
    gap: str = ""
    passing: str = ""

    @property
    def lines(self) -> list[str]:
        """What is written below the chance, line by line."""
        return [line for line in (self.level, self.gap, self.passing) if line]


def card(verdict: Verdict | Judgement, say: Words) -> Card:
    """Return the card of one target, or of all together."""
    if isinstance(verdict, Judgement):
        binding = say.indicator(verdict.binding) if verdict.binding else say("none")
        return Card(
            title=say("All together"),
            chance=say.chance(verdict.chance_all),
            change=_change(verdict.chance_all_change, say),
            colour=_colour(verdict.chance_all_change),
            level=say("missed most often: {indicator}", indicator=binding),
        )
    name, goal = verdict.target.indicator, verdict.target.at_least
    return Card(
        title=f"{say.indicator(name)} ≥ {say.goal(name, goal)}",
        chance=say.chance(verdict.chance),
        change=_change(verdict.chance_change, say),
        colour=_colour(verdict.chance_change),
        level=say(
            "median {level}, 90% range {range}",
            level=say.level(name, verdict.p50),
            range=say.between(name, verdict.p05, verdict.p95),
        ),
        gap=_gap(verdict, say),
        passing=_passing(verdict, say),
    )


def _change(difference: float, say: Words) -> str | None:
    if abs(difference) < 0.0005:
        return None
    return say("{points} points on baseline", points=say.signed(100 * difference))


def _colour(difference: float) -> Literal["normal", "off"]:
    return "off" if abs(difference) < 0.0005 else "normal"


def _gap(verdict: Verdict, say: Words) -> str:
    points = say.number(abs(100 * verdict.gap_p50), 2 if verdict.target.at_least == 1 else 1)
    if verdict.gap_p50 > 0:
        return say("{points} points short", points=points)
    return say("{points} points to spare", points=points)


def _passing(verdict: Verdict, say: Words) -> str:
    day = verdict.month_passed_p50
    if day is None:
        return say("not reached within the run in most draws")
    return say("reached in {month} in half of the draws", month=say.month(day))


def verdict_head(targets: TargetSet, say: Words) -> list[str]:
    """Return the headings of the verdict table."""
    goals = [
        f"{say.indicator(target.indicator)} ≥ {say.goal(target.indicator, target.at_least)}"
        for target in targets.targets
    ]
    return [say("Scenario"), *goals, say("All together"), say("Binds"), say("Cost, bn VND")]


def verdict_cells(summary: Summary, say: Words) -> list[str]:
    """Return a scenario's row of the verdict table, as text."""
    judged = summary.judgement
    cells = [
        f"{say.chance(v.chance)}\n{say.level(v.target.indicator, v.p50)} "
        f"({say.between(v.target.indicator, v.p05, v.p95)})"
        for v in judged.verdicts
    ]
    binding = say.indicator(judged.binding) if judged.binding else "–"
    every = say.chance(judged.chance_all)
    cost = say.number(summary.cost_bn_vnd)
    return [say.named(summary.scenario.name), *cells, every, binding, cost]


METHOD_NAMES = {
    "ketnoi": "ketnoi",
    "naive": "No change",
    "drift": "Straight line",
    "damped_ets": "Damped ETS",
    "bass": "Bass curve",
}


def hindsight_head(say: Words) -> list[str]:
    """Return the headings of the table of past forecasts."""
    names = [say(METHOD_NAMES[method]) for method in METHODS]
    return [
        say("Known on"),
        say("Indicator"),
        say("Figures"),
        *names,
        say("Within 90%"),
        say("Width"),
    ]


def hindsight_cells(
    hindcasts: Sequence[Hindcast], promises: Sequence[Promise], say: Words
) -> list[list[str]]:
    """Return the table of past forecasts as text; errors in points, the last row Brier scores."""
    rows = [_score_cells(score, say) for score in scores(hindcasts)]
    if not promises:
        return rows
    judged = [brier(promises, name) for name in METHODS]
    chances = [f"{say.number(score, 3)} ({count})" if count else "–" for score, count in judged]
    last = [say("all"), say("Brier score of the chances"), str(len(promises)), *chances, "", ""]
    return [*rows, last]


def _score_cells(score: Score, say: Words) -> list[str]:
    errors = [
        say.number(100 * score.error[name], 2) if name in score.error else "–" for name in METHODS
    ]
    return [
        say.day(score.vintage),
        say.indicator(score.indicator) + (", " + say("by area") if score.by_area else ""),
        str(score.figures),
        *errors,
        say.percent(score.inside, 0),
        say.number(100 * score.width, 1),
    ]
