"""The answers as tables: one set of numbers behind terminal, page and folder."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.ask.hindsight import METHODS, Hindcast, Promise, Score, brier, scores
from sim.ask.summary import LEVELS, Summary
from sim.files.tables import Cell, Table
from sim.forecast import Array
from sim.indicators import INDICATORS, SERIES
from sim.months import month_of
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.targets import Judgement, Target, TargetSet, Verdict
from sim.words import Words

BUILT = ("village_sites", "fibre_build")


def short_of(case: Case, summary: Summary, target: Target, month: int) -> Array:
    """Return how much each area is short of a target in the mean of the draws, `[area]`.

    In what the table of indicators says it counts.
    """
    column = SERIES[target.indicator].counts
    levels = summary.areas[target.indicator][:, month]
    return np.asarray(np.maximum(target.at_least - levels, 0) * case.columns[column])


def shown_indicators(targets: TargetSet) -> list[str]:
    """Return the indicators to draw: the targets' first, then what people have and use."""
    asked = [target.indicator for target in targets.targets]
    others = [name for name in INDICATORS if name not in (*asked, "homes_passed")]
    return list(dict.fromkeys([*asked, *others]))


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


def verdict_rows(summaries: Sequence[Summary]) -> Table:
    """Return every verdict as numbers, one row a scenario and target."""
    head = [
        "scenario",
        "indicator",
        "target",
        "deadline",
        "p05",
        "p50",
        "p95",
        "chance",
        "chance_error",
        "gap_p50",
        "month_passed_p50",
        "change_p05",
        "change_p50",
        "change_p95",
        "chance_change",
        "chance_all",
        "cost_bn_vnd",
    ]
    rows: list[list[Cell]] = []
    for summary in summaries:
        for v in summary.judgement.verdicts:
            passed = f"{v.month_passed_p50:%Y-%m}" if v.month_passed_p50 else ""
            rows.append(
                [
                    summary.scenario.id,
                    v.target.indicator,
                    v.target.at_least,
                    v.target.deadline.isoformat(),
                    *map(_plain, (v.p05, v.p50, v.p95, v.chance, v.chance_error, v.gap_p50)),
                    passed,
                    *map(_plain, (v.change_p05, v.change_p50, v.change_p95, v.chance_change)),
                    _plain(summary.judgement.chance_all),
                    _plain(summary.cost_bn_vnd),
                ]
            )
    return head, rows


def nation_rows(summaries: Sequence[Summary]) -> Table:
    """Return the nation's quantiles by scenario, indicator and month."""
    head = ["scenario", "indicator", "month", *(f"p{round(100 * level):02d}" for level in LEVELS)]
    rows: list[list[Cell]] = [
        [summary.scenario.id, indicator, day.isoformat(), *map(_plain, fans)]
        for summary in summaries
        for indicator in INDICATORS
        for day, fans in zip(summary.months, summary.fans[indicator].T, strict=True)
    ]
    return head, rows


def area_rows(case: Case, summaries: Sequence[Summary], targets: TargetSet) -> Table:
    """Return each area's level in the month of the last deadline, and how its start is known."""
    head = [
        "scenario",
        "indicator",
        "area",
        "name_vi",
        "name_en",
        "month",
        "mean",
        "p05",
        "p95",
        "start",
    ]
    rows: list[list[Cell]] = []
    for summary in summaries:
        last = month_of(summary.months, targets.last_deadline)
        for name in INDICATORS:
            low, high = summary.spread[name]
            for i, area in enumerate(case.areas):
                start = "observed" if summary.observed[name][i] else "estimated"
                levels = map(_plain, (summary.areas[name][i, last], low[i], high[i]))
                rows.append(
                    [
                        summary.scenario.id,
                        name,
                        area.code,
                        area.name_vi,
                        area.name_en,
                        summary.months[last].isoformat(),
                        *levels,
                        start,
                    ]
                )
    return head, rows


def money_rows(summaries: Sequence[Summary]) -> Table:
    """Return the mean public money that arrives, by scenario, programme and month."""
    rows: list[list[Cell]] = [
        [summary.scenario.id, programme, day.isoformat(), _plain(sum_)]
        for summary in summaries
        for programme in summary.money
        for day, sum_ in zip(summary.months, summary.money[programme], strict=True)
    ]
    return ["scenario", "programme", "month", "bn_vnd"], rows


def tables(case: Case, summaries: Sequence[Summary], targets: TargetSet) -> dict[str, Table]:
    """Return all tables by name."""
    return {
        "verdicts": verdict_rows(summaries),
        "nation": nation_rows(summaries),
        "areas": area_rows(case, summaries, targets),
        "money": money_rows(summaries),
    }


def stamp_rows(made: Mapping[str, Any]) -> Table:
    """Return a stamp as a table, one row a value."""
    rows: list[list[Cell]] = [[name, value] for name, value in _entries("", made)]
    return ["what", "value"], rows


def _entries(name: str, value: object) -> Iterator[tuple[str, Cell]]:
    parts: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list | tuple):
        parts = enumerate(value, start=1)
    else:
        yield name, value if isinstance(value, str | int | float) else str(value)
    for key, each in parts:
        yield from _entries(f"{name}.{key}" if name else str(key), each)


def _plain(number: float) -> float:
    """Return a number to ten digits, below which sums depend on the machine."""
    return ten_digits(number)


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
        title=f"{say.indicator(name)} ≥\N{NO-BREAK SPACE}{say.goal(name, goal)}",
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


METHOD_NAMES = {
    "ketnoi": "ketnoi",
    "naive": "No change",
    "drift": "Straight line",
    "damped_ets": "Damped ETS",
    "bass": "Bass curve",
}


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


def hindsight_rows(hindcasts: Sequence[Hindcast]) -> Table:
    """Return every forecast of a figure that came later, as numbers."""
    head = ["vintage", "indicator", "area", "date", "happened", "p05", "p95", *METHODS]
    rows: list[list[Cell]] = [
        [
            one.vintage.isoformat(),
            one.indicator,
            one.area,
            one.day.isoformat(),
            _plain(one.happened),
            _plain(one.low),
            _plain(one.high),
            *(_plain(one.said[name]) if name in one.said else None for name in METHODS),
        ]
        for one in hindcasts
    ]
    return head, rows


def promise_rows(promises: Sequence[Promise]) -> Table:
    """Return every chance given to a target, and whether it was met."""
    head = ["vintage", "indicator", "met", *METHODS]
    rows: list[list[Cell]] = [
        [
            one.vintage.isoformat(),
            one.indicator,
            int(one.met),
            *(_plain(one.chances[name]) if name in one.chances else None for name in METHODS),
        ]
        for one in promises
    ]
    return head, rows
