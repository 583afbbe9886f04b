"""Where history alone would take the nation: sample paths of each indicator, by month."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import expit, logit, ndtri

from models.paths.experience import Experience, Outlook
from models.paths.pooled import FORECAST_YEARS
from models.paths.trend import Trend, fit_trend, trend_moves, trend_paths
from sim.faults import Fault, InputFaults, told
from sim.forecast import Array
from sim.indicators import SERIES
from sim.months import month_end, months_between
from sim.place.case import Case
from sim.place.records import Observation
from sim.streams import normals, uniforms
from sim.world.past.learned import edition, forecast_series, published_by

JUDGED_FROM = date(2021, 10, 11)  # the first edition whose revisions were known when it came
LEAST = 1e-5  # of the scale: a country where hardly anybody has it is not one where 0.1 % do
NOUGHT = 1e-3  # of the scale: as what nought is read, and as far from the top all of it
STALE = 12  # months after which a last figure, and not today, is where a forecast begins
BAND = np.array([0.05, 0.5, 0.95])
NINETY = float(ndtri(BAND[-1]))
QUARTER, LOOKS = 3, 8  # months between the days looked back to, and how many of them
OWN, PRIOR = 0.36, 6  # prior weight of a place's own trend, and how many figures it is worth
ESTIMATE_AGE = 2  # months: a figure printed before its own date rests on counts this old


def paths(case: Case, assumed: Mapping[str, Array], seed: int, replicates: int) -> dict[str, Array]:
    """Return sample paths of the nation's level from the start of the run to the horizon.

    Args:
        case: its observations known by the vintage are all that is used.
        assumed: draws of the assumptions.
        seed: of the run.
        replicates: how many paths.

    Returns:
        indicator -> `[replicate, month + 1]`, the first being the start itself.
    """
    return {name: path(case, name, assumed, seed, replicates) for name in case.followed}


def path(
    case: Case, indicator: str, assumed: Mapping[str, Array], seed: int, replicates: int
) -> Array:
    """Return sample paths of one indicator, `[replicate, month + 1]`; see `paths`.

    Level and its uncertainty come from the state-space trend of the place's own figures.
    Where it goes from there, and how far such forecasts have erred, comes from a panel of
    countries, by way of those `near` in the table of indicators; a series of less than a year, or
    a vintage before a panel was published, follows its own damped trend. Where the last figure is
    a year old or more, the panel's path begins there: today's level is then a forecast too.
    """
    trend = fitted(case, indicator)
    months = len(case.months)
    luck = normals(seed, "history", indicator, shape=(replicates, months + 1, 2))
    past = _yearly(case, indicator, trend)
    mean, spread = gap(case, indicator)
    apart = mean + spread * normals(seed, "gap", indicator, shape=(replicates,))
    if published_by(case.head.vintage) is None or len(past) < 2:
        damping = assumed["trend_damping"] ** (1 / 12)
        curve = trend_paths(trend, luck, damping) + apart[:, None]
        return np.asarray(frontier(case, indicator) * expit(curve))
    top, age = frontier(case, indicator), _age(case, indicator)
    start = trend.level + np.sqrt(trend.covariance[0, 0]) * luck[:, 0, 0]
    first = np.full(replicates, past[-1]) if age else top * expit(start)
    return _moved(first[:, None] + _ahead(case, indicator, past, seed, replicates), apart, top)


def _age(case: Case, indicator: str) -> int:
    """Return how many months ago the last figure was; 0 where it is fresh."""
    age = -_month(case, case.series(indicator, case.reference)[-1])
    return age if age >= STALE else 0


def _yearly(case: Case, indicator: str, trend: Trend) -> Array:
    """Return the level at the start of the run, or a stale last figure's, and at years before it.

    Earlier years are figures as published, drawn straight between their days: the panel's
    errors were measured against published figures, and how restless those are is what
    tells their size. The start is the trend's, which knows how old and how sure they are.
    """
    rows = case.series(indicator, case.reference)
    weight: dict[int, list[float]] = {}
    for row in rows:
        sums = weight.setdefault(_month(case, row), [0.0, 0.0])
        sums[0] += _noise(case, row) ** -2
        sums[1] += _noise(case, row) ** -2 * row.level
    seen, age = sorted(weight), _age(case, indicator)
    nodes = -age - 12 * np.arange((-age - seen[0]) // 12 + 1)[::-1]
    levels = np.interp(nodes, seen, [weight[month][1] / weight[month][0] for month in seen])
    if not age:
        levels[-1] = frontier(case, indicator) * expit(trend.level)
    return np.asarray(levels)


def _ahead(case: Case, indicator: str, past: Array, seed: int, replicates: int) -> Array:
    """Return how far the level moves from its start, `[replicate, month + 1]`.

    Each replicate takes one of the nearest indicators, the likelier the better it would have
    foretold the place's own past. Where only one is near and the past is long enough, its path is
    averaged with the place's own damped trend, quantile by quantile.
    """
    age = _age(case, indicator)
    months = age + np.arange(len(case.months) + 1.0)
    years = int(np.ceil(months[-1] / 12))
    luck = normals(seed, "error", indicator, shape=(replicates, years))
    near = SERIES[indicator].near
    chances = np.cumsum(donor_weights(case, indicator, past))
    drawn = uniforms(seed, "nearest", indicator, shape=(replicates,))
    which = np.minimum(np.searchsorted(chances, drawn, side="right"), len(near) - 1)
    top = frontier(case, indicator)
    lenders, year = [lender(case, name) for name in near], _year_ago(case, age)
    outlooks = [_outlook(one, year, past, years, top, stale=age > 0) for one in lenders]
    each = [
        outlook.paths(0, luck) / _lent(one, top) - past[-1]
        for one, outlook in zip(lenders, outlooks, strict=True)
    ]
    if len(near) == 1 and len(past) >= FORECAST_YEARS and not age:
        weight, lent = own_weight(case, indicator), _lent(lenders[0], top)
        each = [_averaged(case, indicator, each[0], outlooks[0], past[-1], weight, lent)]
    moves = np.stack(each)[which, np.arange(replicates)]
    return _by_month(moves, months)


def lender(case: Case, name: str) -> Experience:
    """Return what an indicator of the panel taught by a case's vintage; there must be one."""
    published = published_by(case.head.vintage)
    assert published is not None
    return edition(published).indicators[name]


def _year_ago(case: Case, months: int) -> int:
    """Return the year some months before the start of the run."""
    return (12 * case.start.year + case.start.month - 1 - months) // 12


def _lent(lender: Experience, top: float) -> float:
    """Return what a level of 1 is in the units of an indicator of the panel that lends its path.

    What bounds the place's own indicator stands where the lender's does: its ceiling, or, where
    it has none, the last frontier learned of.
    """
    lid = lender.ceiling if np.isfinite(lender.ceiling) else float(lender.front[-1])
    return lid / top


def _outlook(
    lender: Experience, year: int, past: Array, years: int, top: float, *, stale: bool = False
) -> Outlook:
    """Return where an indicator of the panel would go from the levels of the past.

    A past too short for the panel is taken to have begun as its first known year went on, and
    what was counted as nought as `NOUGHT`. How sure the last figures are, the trend already
    says, unless they are stale.
    """
    past = np.where(past > 0, past, NOUGHT * top)
    missing = FORECAST_YEARS - len(past)
    if missing > 0:
        ratio = min(past[0] / past[min(1, len(past) - 1)], 1.0) ** np.arange(missing, 0, -1)
        past = np.concatenate([past[0] * ratio, past])
    return forecast_series(
        lender,
        range(year - len(past) + 1, year + 1),
        (_lent(lender, top) * past).tolist(),
        horizon=years,
        fresh=stale,
    )


def donor_weights(case: Case, indicator: str, past: Array) -> Array:
    """Return how likely each near indicator is to lend its path, `[near]`, adding up to 1.

    Each is played over again from every earlier year-end with enough years before it, and set
    against the year-ends that came after it and before the vintage. A weight is the inverse
    of the mean squared error, joined by `PRIOR` figures that say that all are alike.
    """
    near, top = SERIES[indicator].near, frontier(case, indicator)
    losses = np.zeros(len(near))
    count = 0
    for origin in range(FORECAST_YEARS, len(past)):
        known, later = past[:origin], past[origin:]
        year = _year_ago(case, _age(case, indicator)) - len(later)
        for row, name in enumerate(near):
            one = lender(case, name)
            said = _outlook(one, year, known, len(later), top).forecast()[0] / _lent(one, top)
            losses[row] += float(((said - later) ** 2).sum())
        count += len(later)
    if count == 0 or not losses.min() > 0:
        return np.full(len(near), 1 / len(near))
    won = (1 / losses) / (1 / losses).sum()
    return np.asarray((PRIOR / len(near) + count * won) / (PRIOR + count))


def _by_month(moves: Array, months: Array) -> Array:
    """Return yearly moves, `[..., year]`, at these months, drawn smoothly and from zero."""
    nodes = np.concatenate([np.zeros((*moves.shape[:-1], 1)), moves], axis=-1)
    return np.asarray(PchipInterpolator(12 * np.arange(nodes.shape[-1]), nodes, axis=-1)(months))


def _averaged(
    case: Case,
    indicator: str,
    panel: Array,
    outlook: Outlook,
    last: float,
    weight: float,
    lent: float,
) -> Array:
    """Return yearly moves `[replicate, year]`, each quantile the average of both members'.

    A draw keeps its place in the panel's distribution; the trend's has the same middle and
    90 % range as its own draws.
    """
    ends = _own_ends(case, indicator, 12 * np.arange(1, panel.shape[1] + 1))
    theirs = outlook.quantiles(BAND)[0].T / lent - last
    ratio = np.ptp(ends[::2], axis=0) / np.maximum(np.ptp(theirs[::2], axis=0), 1e-9)
    own = ends[1] + (panel - theirs[1]) * ratio
    return np.asarray((1 - weight) * panel + weight * own)


def _own_ends(case: Case, indicator: str, months: Array) -> Array:
    """Return 5, 50 and 95 % of the move of the place's own damped trend, `[3, month]`."""
    trend, top = fitted(case, indicator), frontier(case, indicator)
    mean, spread = trend_moves(trend, months)
    ends = trend.level + mean + np.outer([-NINETY, 0, NINETY], spread)
    return np.asarray(top * (expit(ends) - expit(trend.level)))


def own_weight(case: Case, indicator: str) -> float:
    """Return the weight of the place's own damped trend beside the panel's path.

    Both are played over again at each quarter's end since `JUDGED_FROM`, at most
    `LOOKS` of them, and set against the figures that came after it and before the vintage.
    The weight is the panel's part of the sum of their squared errors, joined by `PRIOR`
    figures that say `OWN`, what a damped trend of its own is worth over the panel's countries.
    """
    panel, own, figures = 0.0, 0.0, set()
    for back in range(QUARTER, QUARTER * (LOOKS + 1), QUARTER):
        day = month_end(case.start.year, case.start.month - back)
        if day < JUDGED_FROM:
            break
        then = case.as_of(day)
        later = {
            month: row.level
            for row in case.series(indicator, case.reference)
            if (month := _month(case, row) + back) > 0
        }
        points = _points(then, indicator, np.array(sorted(later))) if later else None
        if points is None:
            continue
        error = points - np.array([later[month] for month in sorted(later)])
        panel, own = panel + float((error[0] ** 2).mean()), own + float((error[1] ** 2).mean())
        figures |= {month - back for month in later}
    count = len(figures)
    won = panel / (panel + own) if count else OWN
    return (PRIOR * OWN + count * won) / (PRIOR + count)


def _points(case: Case, indicator: str, months: Array) -> Array | None:
    """Return what panel and own trend said of later months, `[2, month]`; None if too short."""
    if len(case.series(indicator, case.reference)) < 2:
        return None
    trend = fitted(case, indicator)
    past = _yearly(case, indicator, trend)
    if len(past) < FORECAST_YEARS or _age(case, indicator):
        return None
    years = int(np.ceil(months[-1] / 12))
    one, top = lender(case, SERIES[indicator].near[0]), frontier(case, indicator)
    outlook = _outlook(one, case.start.year, past, years, top)
    panel = _by_month(outlook.forecast()[0] / _lent(one, top) - past[-1], months)
    return np.asarray(past[-1] + np.stack([panel, _own_ends(case, indicator, months)[1]]))


def _moved(levels: Array, apart: Array, top: float) -> Array:
    """Return levels moved by a distance on the logit scale, kept within their bounds."""
    share = np.clip(levels / top, LEAST, 0.999)
    return np.asarray(top * expit(logit(share) + apart[:, None]))


def frontier(case: Case, indicator: str) -> float:
    """Return the level that bounds an indicator's scale: 1 for a share."""
    bound = case.assumptions.get(f"{indicator}_frontier")
    return 1.0 if bound is None else bound.central


def fitted(case: Case, indicator: str) -> Trend:
    """Return the trend of the reference's series at the start of the run.

    Raises:
        InputFaults: fewer than two observations were known on the vintage day.
    """
    rows = case.series(indicator, case.reference)
    if len(rows) < 2:
        place = f"{indicator} of {case.reference}"
        given = told(
            "{count} observations known on {vintage}", count=len(rows), vintage=case.head.vintage
        )
        file = str(case.folder / "observations.csv")
        raise InputFaults([Fault(file, place, given, told("at least 2 for a trend"))])
    central = {key: row.central for key, row in case.assumptions.items()}
    return _fitted(
        tuple(_month(case, row) for row in rows),
        tuple(_logit(case, row) for row in rows),
        tuple(_noise(case, row) for row in rows),
        central["trend_damping"] ** (1 / 12),
        central["trend_level_shock"],
        central["trend_slope_shock"],
    )


@lru_cache(maxsize=64)
def _fitted(
    months: Sequence[int],
    values: Sequence[float],
    noise: Sequence[float],
    damping: float,
    level_sd: float,
    slope_sd: float,
) -> Trend:
    return fit_trend(
        months, values, noise, end=0, damping=damping, level_sd=level_sd, slope_sd=slope_sd
    )


def _month(case: Case, row: Observation) -> int:
    """Return the month of an observation, the start of the run being month 0."""
    month = months_between(case.start, row.date)
    if row.published < row.date or month > 0:
        month = months_between(case.start, row.published) - ESTIMATE_AGE
    return min(month, 0)


def _logit(case: Case, row: Observation) -> float:
    share = row.level / frontier(case, row.indicator)
    return float(logit(np.clip(share, NOUGHT, 1 - NOUGHT)))


def _noise(case: Case, row: Observation) -> float:
    top = frontier(case, row.indicator)
    share = float(np.clip(row.level / top, 0.02, 0.98))
    return case.assumptions[f"noise_{row.confidence}"].central / top / (share * (1 - share))


def gap(case: Case, indicator: str) -> tuple[float, float]:
    """Return mean and spread of the nation's logit distance from the reference's path.

    A normal prior of mean 0 and the assumed spread, updated by each of the nation's own
    observations against the reference's smoothed level in the same month; (0, 0) where
    the nation is its own reference.
    """
    if case.reference == case.head.nation:
        return 0.0, 0.0
    trend = fitted(case, indicator)
    precision, total = case.assumptions["gap_spread"].central ** -2, 0.0
    for row in case.series(indicator, case.head.nation):
        weight = _noise(case, row) ** -2
        total += weight * (_logit(case, row) - trend.at(_month(case, row)))
        precision += weight
    return total / precision, precision**-0.5
