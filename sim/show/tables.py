"""The answers as tables: one set of numbers behind terminal, page and folder."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.ask.hindsight import METHODS, NATION, Hindcast, Promise, Score, brier, scores
from sim.ask.summary import LEVELS, Summary
from sim.ask.trials import BUILT_BY, acts_on, moved_by
from sim.files.tables import Cell, Table
from sim.forecast import Array
from sim.indicators import INDICATORS, SERIES
from sim.months import month_of
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.levers import label
from sim.place.scenario import Scenario
from sim.place.targets import Judgement, Target, TargetSet, Verdict
from sim.show.bars import JOBS, REASONS
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


def goal_name(target: Target, among: Sequence[Target], say: Words) -> str:
    """Return what a target asks for, with its month where others ask for that as well."""
    several = sum(each.indicator == target.indicator for each in among) > 1
    name = say.indicator(target.indicator)
    return f"{name} ({say.month(target.deadline)})" if several else name


def missed_most(judged: Judgement, say: Words, none: str = "–") -> str:
    """Return the target that is missed most often, in words; another word if none is."""
    return goal_name(judged.binding, judged.targets, say) if judged.binding else none


def verdict_head(targets: TargetSet, say: Words) -> list[str]:
    """Return the headings of the verdict table."""
    goals = [
        f"{goal_name(each, targets.targets, say)} ≥ {say.goal(each.indicator, each.at_least)}"
        for each in targets.targets
    ]
    return [say("Scenario"), *goals, say("All together"), say("Binds"), say("Cost, bn VND")]


def verdict_cells(summary: Summary, say: Words) -> list[str]:
    """Return a scenario's row of the verdict table, as text."""
    judged = summary.judgement
    cells = [
        f"{say.chance(v.chance, v.bounds)}\n{say.level(v.target.indicator, v.p50)} "
        f"({say.between(v.target.indicator, v.p05, v.p95)})"
        for v in judged.verdicts
    ]
    every = say.chance(judged.chance_all, judged.bounds_all)
    cost = say.number(summary.cost_bn_vnd)
    return [say.named(summary.scenario.name), *cells, every, missed_most(judged, say), cost]


def verdict_rows(summaries: Sequence[Summary]) -> Table:
    """Return every verdict as numbers, one row a scenario and target."""
    head = ["scenario", "indicator", "target", "deadline", "p05", "p50", "p95"]
    head += ["chance", "chance_error", "chance_low", "chance_high", "gap_p50", "month_passed_p50"]
    head += ["change_p05", "change_p50", "change_p95", "chance_change"]
    head += ["chance_all", "chance_all_low", "chance_all_high", "cost_bn_vnd"]
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
                    *map(_plain, (v.p05, v.p50, v.p95, v.chance, v.chance_error)),
                    *map(_plain, (*v.bounds, v.gap_p50)),
                    passed,
                    *map(_plain, (v.change_p05, v.change_p50, v.change_p95, v.chance_change)),
                    _plain(summary.judgement.chance_all),
                    *map(_plain, summary.judgement.bounds_all),
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


def still_words(
    case: Case, summary: Summary, still: Sequence[Scenario], target: Target, say: Words
) -> list[str]:
    """Return which trials cannot move a target: not at all, or not by its day, and what binds."""
    found: dict[bool, list[str]] = {}
    for trial in still:
        lever = moved_by(case, summary.scenario, trial)
        found.setdefault(acts_on(lever, target.indicator), []).append(say.named(trial.name))
    words = []
    if True in found:
        late, day = "; ".join(found[True]), say.day(target.deadline)
        words = [say("These change nothing by {day}: {names}.", day=day, names=late)]
        words.append(binds(summary, target, say))
    if False in found:
        words.append(say("These do not act on it: {names}.", names="; ".join(found[False])))
    return words


def binds(summary: Summary, target: Target, say: Words) -> str:
    """Say what holds an indicator back on a target's day: what building waits for, or demand."""
    programme = BUILT_BY.get(target.indicator)
    at = month_of(summary.months, target.deadline)
    rows = summary.waiting[programme] if programme else {}
    jobs = {reason: float(row[at]) for reason, row in rows.items()}
    total = sum(jobs.values())
    if programme is None or total < 0.5:
        return say("What binds there is who takes it up: nothing waits to be built for it.")
    most = max(jobs, key=lambda reason: jobs[reason])
    return say(
        "What binds there: {count} {jobs} are not done; the largest part waits for: "
        "{reason} ({share}).",
        count=say.number(total),
        jobs=say(JOBS[programme]),
        reason=say(REASONS[most]).lower(),
        share=say.percent(jobs[most] / total, 0),
    )


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


def card(verdict: Verdict | Judgement, among: Sequence[Target], say: Words) -> Card:
    """Return the card of one target among several, or of all together."""
    if isinstance(verdict, Judgement):
        binding = missed_most(verdict, say, say("none"))
        return Card(
            title=say("All together"),
            chance=say.chance(verdict.chance_all, verdict.bounds_all),
            change=_change(verdict.chance_all_change, say),
            colour=_colour(verdict.chance_all_change),
            level=say("missed most often: {indicator}", indicator=binding),
        )
    name, goal = verdict.target.indicator, verdict.target.at_least
    return Card(
        title=f"{goal_name(verdict.target, among, say)} ≥\N{NO-BREAK SPACE}{say.goal(name, goal)}",
        chance=say.chance(verdict.chance, verdict.bounds),
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


METHOD_NAMES = {
    "ketnoi": "ketnoi",
    "naive": "No change",
    "drift": "Straight line",
    "damped_ets": "Damped ETS",
    "bass": "Bass curve",
    NATION: "As the nation",
}


@dataclass(frozen=True, slots=True)
class PastTable:
    """A table of past forecasts as text; its first `left` columns are words."""

    title: str
    head: list[str]
    cells: list[list[str]]
    left: int = 2


def past_tables(
    hindcasts: Sequence[Hindcast], promises: Sequence[Promise], say: Words
) -> list[PastTable]:
    """Return the tables of past forecasts, those without a row left out; errors in points."""
    every = scores(hindcasts)
    whole, apart = ([s for s in every if s.by_area == by_area] for by_area in (False, True))
    tables = [
        PastTable(say("Errors, beside those of simpler methods"), *_errors(whole, METHODS, say)),
        PastTable(say("What the ranges held"), *_ranges(whole, say)),
        PastTable(say("Single areas: errors"), *_errors(apart, ("ketnoi", NATION), say)),
        PastTable(say("Single areas: what the ranges held"), *_ranges(apart, say)),
        PastTable(
            say("A lever pulled later, as if it had been known"), *_pulled(hindcasts, say), left=4
        ),
        PastTable(say("Chances given to targets"), *_chances(promises, say), left=1),
    ]
    return [each for each in tables if each.cells]


Cells = tuple[list[str], list[list[str]]]


def _errors(found: Sequence[Score], methods: Sequence[str], say: Words) -> Cells:
    """Return the mean absolute errors; the CRPS of a method without a range is its error."""
    names = [say(METHOD_NAMES[method]) for method in methods]
    head = [say("Known on"), say("Indicator"), say("Figures"), say("CRPS"), *names]
    return head, [
        [
            *_of(score, say),
            say.number(100 * score.crps, 2),
            *(
                say.number(100 * score.error[name], 2) if name in score.error else "–"
                for name in methods
            ),
        ]
        for score in found
    ]


def _ranges(found: Sequence[Score], say: Words) -> Cells:
    """Return how often the ranges held, how wide they were, and where in them the figures lay."""
    head = [
        say("Known on"),
        say("Indicator"),
        say("Figures"),
        say("Came − median"),
        say("Within 50%"),
        say("Within 90%"),
        say("Width"),
        say("PIT, lowest to highest"),
    ]
    return head, [
        [
            *_of(score, say),
            ("−" if score.bias < 0 else "+") + say.number(abs(100 * score.bias), 2),
            say.percent(score.inner, 0),
            say.percent(score.inside, 0),
            say.number(100 * score.width, 1),
            "–".join(say.number(score.pit[end], 2) for end in (0, 2)),
        ]
        for score in found
    ]


def _of(score: Score, say: Words) -> list[str]:
    return [say.day(score.vintage), say.indicator(score.indicator), str(score.figures)]


def _pulled(hindcasts: Sequence[Hindcast], say: Words) -> Cells:
    """Return what was forecast of each figure with and without a lever that was pulled later."""
    head = [
        say("Known on"),
        say("Lever"),
        say("Indicator"),
        say("Day"),
        say("Came"),
        say("Without it"),
        "PIT",
        say("With it"),
        "PIT",
    ]
    plain = {(o.vintage, o.indicator, o.day): o for o in hindcasts if not o.area and not o.lever}
    return head, [
        [
            say.day(one.vintage),
            say(label(one.lever)),
            say.indicator(one.indicator),
            say.day(one.day),
            say.level(one.indicator, one.happened),
            *_told(plain[one.vintage, one.indicator, one.day], say),
            *_told(one, say),
        ]
        for one in hindcasts
        if one.lever
    ]


def _told(one: Hindcast, say: Words) -> list[str]:
    middle = say.level(one.indicator, one.said["ketnoi"])
    return [f"{middle} ({say.between(one.indicator, one.low, one.high)})", say.number(one.pit, 2)]


def _chances(promises: Sequence[Promise], say: Words) -> Cells:
    """Return the Brier score of each method's chances, of those it could give."""
    judged = {name: brier(promises, name) for name in METHODS}
    head = [say("Method"), say("Chances"), say("Brier score of the chances")]
    return head, [
        [say(METHOD_NAMES[name]), str(count), say.number(score, 3)]
        for name, (score, count) in judged.items()
        if count
    ]


def hindsight_rows(hindcasts: Sequence[Hindcast]) -> Table:
    """Return every forecast of a figure that came later, as numbers."""
    numbers = ("happened", "low", "lower", "upper", "high", "pit", "crps")
    methods = (*METHODS, NATION)
    head = ["vintage", "indicator", "area", "lever", "date", "happened"]
    head += ["p05", "p25", "p75", "p95", "pit", "crps", *methods]
    rows: list[list[Cell]] = [
        [
            one.vintage.isoformat(),
            one.indicator,
            one.area,
            one.lever,
            one.day.isoformat(),
            *(_plain(getattr(one, name)) for name in numbers),
            *(_plain(one.said[name]) if name in one.said else None for name in methods),
        ]
        for one in hindcasts
    ]
    return head, rows


def promise_rows(promises: Sequence[Promise]) -> Table:
    """Return every chance given to a target, and whether it was met."""
    head = ["vintage", "indicator", "target", "deadline", "met", *METHODS]
    rows: list[list[Cell]] = [
        [
            one.vintage.isoformat(),
            one.target.indicator,
            _plain(one.target.at_least),
            one.target.deadline.isoformat(),
            int(one.met),
            *(_plain(one.chances[name]) if name in one.chances else None for name in METHODS),
        ]
        for one in promises
    ]
    return head, rows
