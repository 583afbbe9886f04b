"""How far off a case's own forecasts have been: earlier vintages, scored on what came later.

A vintage is played over again with what had been published by its day; its baseline is set
against every official figure that came later, beside what simpler methods would have said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from sim.place.scenario import changed
from sim.place.targets import Target
from sim.world.past.history import frontier, path
from sim.world.run import World

Figures = list[tuple[Observation, float]]

METHODS = ("ketnoi", "naive", "drift", "damped_ets", "bass")
NATION = "nation"  # of a single area: what ketnoi said of all areas together
HALF_YEAR = 6  # months between the days to stand on, where a case names none
VILLAGES, LIST = "covered_villages", "uncovered_villages"
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
TRUSTED = 0.8  # share of later figures within the 90% range below which a warning is due
ENOUGH = 5  # later figures from which on such a share says something


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindcast:
    """A forecast of one figure that was published later.

    Attributes:
        area: code of an area; None for all of them together.
        lever: the lever of an event that was pulled; empty for the baseline.
        happened: the figure, the mean of those published for the day.
        low, lower, upper, high: the forecast's 5, 25, 75 and 95 % quantiles.
        pit: share of the draws at or below what happened.
        crps: continuous ranked probability score; of a point forecast it is the error.
        said: method -> its point forecast; absent where it has too few figures to fit.
    """

    vintage: date
    indicator: str
    area: str | None
    lever: str = ""
    day: date
    happened: float
    low: float
    lower: float
    upper: float
    high: float
    pit: float
    crps: float
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
    """Return the days to stand on: the case's own vintage and those it names, in order.

    Where it names none, the ends of half years after the vintage before the last figure.
    """
    start, last = case.head.vintage, last_figure(case)
    days = case.back_test.days
    if days is None:
        half = (start.month - 1) // HALF_YEAR + 1
        steps = range(months_between(start, last) // HALF_YEAR + 1)
        days = tuple(month_end(start.year, HALF_YEAR * (half + step)) for step in steps)
    return sorted({start, *(day for day in days if day < last)})


def last_figure(case: Case) -> date:
    """Return the day of the last figure that came later; the vintage where none did."""
    return max((row.date for row in case.outcomes), default=case.head.vintage)


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
    hindcasts: list[Hindcast] = []
    promises: list[Promise] = []
    last = last_figure(place)
    for day in vintages(place):
        case = place.as_of(day)
        draws, world = _draws(case, seed, replicates, last)
        for indicator, nation in draws.items():
            happened = _happened(case, indicator, case.head.nation)
            rivals = _rivals(case, indicator)
            hindcasts += _hindcasts(case, indicator, None, nation, happened, rivals)
            promises += _promises(case, indicator, nation, happened, rivals)
        if world is not None:
            hindcasts += _by_area(case, world.run(case.baseline))
            hindcasts += _events(case, world)
        done()
    return hindcasts, promises


def own_record(case: Case, baseline: Forecast) -> list[Hindcast]:
    """Return what the case's own baseline said of later figures, as far as its months reach."""
    return [
        one
        for name in baseline.tracks
        for one in _hindcasts(
            case, name, None, baseline.nation(name), _happened(case, name, case.head.nation), {}
        )
    ]


def inside(hindcasts: Sequence[Hindcast]) -> int:
    """Return how many figures lay within the 90% range of their forecast."""
    return sum(one.low <= one.happened <= one.high for one in hindcasts)


def too_narrow(hindcasts: Sequence[Hindcast]) -> bool:
    """Return whether enough figures came later to say that the ranges hold too few of them."""
    return len(hindcasts) >= ENOUGH and inside(hindcasts) < TRUSTED * len(hindcasts)


def whole(hindcasts: Sequence[Hindcast]) -> list[Hindcast]:
    """Return the baseline's forecasts of all areas together."""
    return [one for one in hindcasts if one.area is None and not one.lever]


def _draws(
    case: Case, seed: int, replicates: int, last: date
) -> tuple[dict[str, Array], World | None]:
    """Return the baseline of each indicator that was known well enough, `[replicate, month]`.

    Where all are, it is the baseline's own run, whose world is returned too; earlier, history's
    path alone.
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
    until = min(max(month_end(last.year, last.month), case.months[0]), case.months[-1])
    world = World(case, seed=seed, replicates=replicates, until=until)
    forecast = world.run(case.baseline)
    return {indicator: forecast.nation(indicator) for indicator in forecast.tracks}, world


def _by_area(case: Case, forecast: Forecast) -> Iterator[Hindcast]:
    """Yield the forecasts of single areas of which a figure was published later."""
    for indicator, track in forecast.tracks.items():
        middle = np.median(forecast.nation(indicator), axis=0)
        rivals = {NATION: lambda month, middle=middle: float(middle[month - 1])}
        for place, code in enumerate(case.codes):
            happened = _happened(case, indicator, code)
            yield from _hindcasts(case, indicator, code, track.draws[:, place], happened, rivals)


def _events(case: Case, world: World) -> Iterator[Hindcast]:
    """Yield what would have been forecast had the levers of later events been known."""
    for event in case.back_test.events:
        month = months_between(case.start, event.day)
        if not 0 < month <= case.levers[event.lever].high:
            continue
        plan = changed(case, case.baseline, {event.lever: month})
        draws = world.run(plan).nation(event.indicator)
        came = _happened(case, event.indicator, case.head.nation)
        after = {day: value for day, value in came.items() if day > event.day}
        for one in _hindcasts(case, event.indicator, None, draws, after, {}):
            yield replace(one, lever=event.lever)


def figures_of(case: Case, rows: Iterable[Observation], indicator: str, area: str) -> Figures:
    """Return an area's figures of an indicator as pairs of row and level.

    A list of villages without signal counts as a figure of those with it.
    """
    villages = case.columns["villages"]
    total = float(villages.sum() if area == case.head.nation else 0.0)
    if area in case.codes:
        total = float(villages[case.codes.index(area)])
    total = float(np.nan_to_num(total))
    found = [(row, row.level) for row in rows if (row.indicator, row.area) == (indicator, area)]
    if indicator == VILLAGES and total:
        lists = (row for row in rows if (row.indicator, row.area) == (LIST, area))
        found += [(row, 1 - row.level / total) for row in lists]
    return sorted(found, key=lambda each: (each[0].date, each[0].published, each[1]))


def _happened(case: Case, indicator: str, area: str) -> dict[date, float]:
    """Return the figures published after the vintage for days after it, by day."""
    by_day: dict[date, list[float]] = {}
    for row, level in figures_of(case, case.outcomes, indicator, area):
        if row.date > case.start and row.published > case.head.vintage:
            by_day.setdefault(row.date, []).append(level)
    return {day: float(np.mean(levels)) for day, levels in by_day.items()}


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
        at = draws[:, month - 1]
        low, lower, middle, upper, high = map(float, np.quantile(at, LEVELS))
        yield Hindcast(
            vintage=case.head.vintage,
            indicator=indicator,
            area=area,
            day=day,
            happened=value,
            low=low,
            lower=lower,
            upper=upper,
            high=high,
            pit=float((at <= value + CLOSE).mean()),
            crps=crps(at, value),
            said={"ketnoi": middle, **{name: said(month) for name, said in rivals.items()}},
        )


def crps(draws: Array, happened: float, weights: Array | None = None) -> float:
    """Return the continuous ranked probability score of draws, in their unit.

    The mean distance of a draw from what happened, less half that of two draws (Gneiting and
    Raftery 2007); of a single draw, its error.

    Args:
        draws, happened: of one figure.
        weights: what each draw counts for, together 1; all alike if None.

    >>> crps(np.array([0.0, 1.0]), 0.5), crps(np.array([3.0]), 1.0)
    (0.25, 2.0)
    >>> crps(np.array([0.0, 1.0, 1.0]), 0.5, np.array([0.5, 0.25, 0.25]))
    0.25
    """
    if weights is not None:
        order = np.argsort(draws)
        share, sorted_ = weights[order], draws[order]
        apart = (share * sorted_) @ (2 * np.cumsum(share) - share - 1)
        return float(weights @ np.abs(draws - happened) - apart)
    count = len(draws)
    apart = np.sort(draws) @ (2 * np.arange(count) - count + 1) / count**2
    return float(np.abs(draws - happened).mean() - apart)


def _promises(
    case: Case,
    indicator: str,
    draws: Array,
    happened: Mapping[date, float],
    rivals: Mapping[str, Callable[[int], float]],
) -> Iterator[Promise]:
    """Yield the chances given to the targets of all the case's documents, each target once."""
    every = (target for found in case.target_sets.values() for target in found.targets)
    for target in {(t.at_least, t.deadline): t for t in every if t.indicator == indicator}.values():
        if target.deadline not in happened:
            continue
        month = months_between(case.start, target.deadline)
        goal = target.bar - CLOSE
        chances = {name: float(at(month) >= goal) for name, at in rivals.items()}
        chances["ketnoi"] = float((draws[:, month - 1] >= goal).mean())
        met = bool(happened[target.deadline] >= goal)
        yield Promise(vintage=case.head.vintage, target=target, chances=chances, met=met)


def _rivals(case: Case, indicator: str) -> dict[str, Callable[[int], float]]:
    """Return simpler methods, each a function of the month of the run (1 for the first).

    They see the same figures: those of low confidence only where there are fewer than two others.
    """
    area = case.head.nation if indicator == VILLAGES else case.reference
    every = figures_of(case, case.observations, indicator, area)
    sure = [each for each in every if each[0].confidence != "low"]
    rows = sure if len(sure) > 1 else every
    if len(rows) < 2:
        return {}
    months = np.array([months_between(case.start, row.date) for row, _ in rows])
    levels = np.array([level for _, level in rows])
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
        crps: ketnoi's mean continuous ranked probability score.
        bias: mean of what happened less the median forecast.
        inner, inside: share of the figures within the 25 to 75 and the 5 to 95 % interval.
        width: mean width of the latter.
        pit: the lowest, the median and the highest share of draws at or below a figure.
    """

    vintage: date
    indicator: str
    by_area: bool
    figures: int
    error: Mapping[str, float]
    crps: float
    bias: float
    inner: float
    inside: float
    width: float
    pit: tuple[float, float, float]


def scores(hindcasts: Sequence[Hindcast]) -> list[Score]:
    """Return the baseline's scores by vintage and indicator, in the order of the hindcasts."""
    groups: dict[tuple[date, str, bool], list[Hindcast]] = {}
    for each in hindcasts:
        if not each.lever:
            key = each.vintage, each.indicator, each.area is not None
            groups.setdefault(key, []).append(each)
    return [_score(group, by_area) for (_, _, by_area), group in groups.items()]


def _score(group: Sequence[Hindcast], by_area: bool) -> Score:
    def mean(of: Callable[[Hindcast], float]) -> float:
        return float(np.mean([of(one) for one in group]))

    pits = [one.pit for one in group]
    return Score(
        vintage=group[0].vintage,
        indicator=group[0].indicator,
        by_area=by_area,
        figures=len(group),
        error={
            name: float(np.mean([abs(one.said[name] - one.happened) for one in group]))
            for name in group[0].said
        },
        crps=mean(lambda one: one.crps),
        bias=mean(lambda one: one.happened - one.said["ketnoi"]),
        inner=mean(lambda one: one.lower <= one.happened <= one.upper),
        inside=mean(lambda one: one.low <= one.happened <= one.high),
        width=mean(lambda one: one.high - one.low),
        pit=(min(pits), float(np.median(pits)), max(pits)),
    )


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
