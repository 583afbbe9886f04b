"""How far off a case's own forecasts have been: earlier vintages, scored on what came later.

A vintage is played over again with what had been published by its day; its baseline is set
against every official figure that came later, beside what simpler methods would have said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from models.paths.diffusion import fit
from models.paths.trend import damped_trend
from sim.faults import InputFaults
from sim.forecast import Array, Forecast
from sim.months import month_end, months_between
from sim.numbers import CLOSE
from sim.place.assumptions import draw
from sim.place.case import Case
from sim.place.records import Observation
from sim.place.targets import Target
from sim.world.history import frontier, path
from sim.world.run import run

METHODS = ("ketnoi", "naive", "drift", "damped_ets", "bass")
QUARTER = 3  # months between the vintages after the case's own
VILLAGES = "covered_villages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindcast:
    """A forecast of one figure that was published later.

    Attributes:
        area: code of an area; None for all of them together.
        happened: the figure, the mean of those published for the day.
        low, high: the forecast's 5 and 95 % quantiles.
        said: method -> its point forecast; absent where it has too few figures to fit.
    """

    vintage: date
    indicator: str
    area: str | None
    day: date
    happened: float
    low: float
    high: float
    said: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The chance a vintage gave a target, method by method, and whether it was met."""

    vintage: date
    target: Target
    chances: Mapping[str, float]
    met: bool


Past = tuple[list[Hindcast], list[Promise]]


def vintages(case: Case) -> list[date]:
    """Return the days to stand on: those the case names before its own, and each quarter after it.

    They end with the last one before the last deadline of the default targets.
    """
    last = case.target_sets[case.default_targets].last_deadline
    start = case.head.vintage
    later = [month_end(start.year, start.month + QUARTER * step - 1) for step in range(1, 9)]
    return [
        *(day for day in case.back_test.days if day < start),
        start,
        *(day for day in later if day < last),
    ]


def look_back(
    place: Case,
    *,
    seed: int,
    replicates: int,
    done: Callable[[], object] = lambda: None,
) -> Past:
    """Return what each vintage said of the figures and targets that came later.

    Args:
        place: a case with outcomes.
        seed, replicates: of each vintage's draws.
        done: called after each vintage.
    """
    outcomes = place.outcomes
    hindcasts: list[Hindcast] = []
    promises: list[Promise] = []
    for day in vintages(place):
        case = place.as_of(day)
        draws, forecast = _draws(case, seed, replicates)
        for indicator, nation in draws.items():
            happened = _happened(outcomes, case, indicator, case.head.nation)
            rivals = _rivals(case, indicator)
            hindcasts += _hindcasts(case, indicator, None, nation, happened, rivals)
            promises += _promises(case, indicator, nation, happened, rivals)
        if forecast is not None:
            hindcasts += _by_area(case, forecast, outcomes)
        done()
    return hindcasts, promises


def whole(hindcasts: Sequence[Hindcast]) -> list[Hindcast]:
    """Return the forecasts of all areas together."""
    return [one for one in hindcasts if one.area is None]


def _draws(case: Case, seed: int, replicates: int) -> tuple[dict[str, Array], Forecast | None]:
    """Return the baseline of each indicator that was known well enough, `[replicate, month]`.

    Where all are, it is the baseline's own run, returned too; earlier, history's path alone.
    """
    assumed = draw(list(case.assumptions.values()), seed, replicates)
    found = {}
    for indicator in case.followed:
        try:
            found[indicator] = path(case, indicator, assumed, seed, replicates)[:, 1:]
        except InputFaults:  # fewer than two figures had been published
            continue
    if len(found) < len(case.followed):
        return found, None
    last = case.target_sets[case.default_targets].last_deadline
    until = max(last, case.months[0])
    forecast = run(case, case.baseline, seed=seed, replicates=replicates, until=until)
    known = [
        *case.followed,
        *([VILLAGES] if case.series("uncovered_villages", case.head.nation) else []),
    ]
    return {indicator: forecast.nation(indicator) for indicator in known}, forecast


def _by_area(case: Case, forecast: Forecast, outcomes: Sequence[Observation]) -> Iterator[Hindcast]:
    """Yield the forecasts of single areas of which a figure was published later."""
    for indicator, track in forecast.tracks.items():
        for place, code in enumerate(case.codes):
            happened = _happened(outcomes, case, indicator, code)
            yield from _hindcasts(case, indicator, code, track.draws[:, place], happened, {})


def _happened(
    outcomes: Sequence[Observation], case: Case, indicator: str, area: str
) -> dict[date, float]:
    """Return the figures published after the vintage for days after it, by day."""
    by_day: dict[date, list[float]] = {}
    for row in outcomes:
        about = (row.indicator, row.area) == (indicator, area)
        if about and row.date > case.start and row.published > case.head.vintage:
            by_day.setdefault(row.date, []).append(row.level)
    return {day: float(np.mean(values)) for day, values in sorted(by_day.items())}


def _hindcasts(
    case: Case,
    indicator: str,
    area: str | None,
    draws: Array,
    happened: Mapping[date, float],
    rivals: Mapping[str, Callable[[int], float]],
) -> Iterator[Hindcast]:
    for day, value in happened.items():
        month = months_between(case.start, day)
        if month > draws.shape[1]:
            continue
        low, middle, high = np.quantile(draws[:, month - 1], (0.05, 0.5, 0.95))
        yield Hindcast(
            vintage=case.head.vintage,
            indicator=indicator,
            area=area,
            day=day,
            happened=value,
            low=float(low),
            high=float(high),
            said={"ketnoi": float(middle), **{name: at(month) for name, at in rivals.items()}},
        )


def _promises(
    case: Case,
    indicator: str,
    draws: Array,
    happened: Mapping[date, float],
    rivals: Mapping[str, Callable[[int], float]],
) -> Iterator[Promise]:
    for target in case.target_sets[case.default_targets].targets:
        if target.indicator != indicator or target.deadline not in happened:
            continue
        month = months_between(case.start, target.deadline)
        goal = target.at_least - CLOSE
        chances = {name: float(at(month) >= goal) for name, at in rivals.items()}
        chances["ketnoi"] = float((draws[:, month - 1] >= goal).mean())
        met = happened[target.deadline] >= goal
        yield Promise(vintage=case.head.vintage, target=target, chances=chances, met=bool(met))


def _rivals(case: Case, indicator: str) -> dict[str, Callable[[int], float]]:
    """Return simpler methods, each a function of the month of the run (1 for the first).

    They see the same figures: those of low confidence only where there are no others.
    """
    rows = case.series(indicator, case.reference)
    rows = [row for row in rows if row.confidence != "low"] or rows
    if len(rows) < 2:
        return {}
    months = np.array([months_between(case.start, row.date) for row in rows])
    levels = np.array([row.level for row in rows])
    last, level = int(months[-1]), float(levels[-1])
    pace = (level - levels[0]) / max(last - months[0], 1)
    found: dict[str, Callable[[int], float]] = {
        "naive": lambda month: level,
        "drift": lambda month: float(level + pace * (month - last)),
    }
    yearly = np.interp(np.arange(last, months[0] - 1, -12)[::-1], months, levels)
    if len(yearly) >= 5:
        ahead = np.concatenate([[level], damped_trend(yearly, 12)])
        found["damped_ets"] = lambda month: float(
            np.interp(month - last, 12 * np.arange(len(ahead)), ahead)
        )
    if len(rows) >= 4 and indicator != VILLAGES:
        launch = months[0] - 12
        curve = fit("bass", (months - launch) / 12, levels, most=frontier(case, indicator))
        found["bass"] = lambda month: float(curve(np.array([(month - launch) / 12]))[0])
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How far off a vintage's forecasts of an indicator were.

    Attributes:
        by_area: whether they were of single areas.
        figures: how many later figures there were.
        error: method -> mean absolute error.
        inside: share of the figures within the 5 to 95 % interval.
        width: mean width of that interval.
    """

    vintage: date
    indicator: str
    by_area: bool
    figures: int
    error: Mapping[str, float]
    inside: float
    width: float


def scores(hindcasts: Sequence[Hindcast]) -> list[Score]:
    """Return the scores by vintage and indicator, in the order of the hindcasts."""
    groups: dict[tuple[date, str, bool], list[Hindcast]] = {}
    for each in hindcasts:
        groups.setdefault((each.vintage, each.indicator, each.area is not None), []).append(each)
    return [
        Score(
            vintage=vintage,
            indicator=indicator,
            by_area=by_area,
            figures=len(group),
            error={
                name: float(np.mean([abs(one.said[name] - one.happened) for one in group]))
                for name in METHODS
                if name in group[0].said
            },
            inside=float(np.mean([one.low <= one.happened <= one.high for one in group])),
            width=float(np.mean([one.high - one.low for one in group])),
        )
        for (vintage, indicator, by_area), group in groups.items()
    ]


def brier(promises: Sequence[Promise], method: str) -> tuple[float, int]:
    """Return the mean squared distance of chances from what happened, and of how many.

    A method that could not be fitted gave no chance and is not judged on that promise, so
    scores of different numbers of promises do not compare.
    """
    misses = [
        (promise.chances[method] - promise.met) ** 2
        for promise in promises
        if method in promise.chances
    ]
    return (float(np.mean(misses)) if misses else float("nan")), len(misses)
