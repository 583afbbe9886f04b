"""Where each area starts: known where somebody counted, estimated elsewhere, and labelled.

Also the lists of villages without signal: how many are left, and how new surveys lengthen them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from models.moves.small_area import deviations, rake
from sim.faults import Fault, InputFaults, told
from sim.forecast import Array, Assumed, Flags, Whole
from sim.indicators import SERIES
from sim.months import months_between
from sim.place.case import Case
from sim.streams import normals, uniforms
from sim.world.history import fitted, gap

FRESH = 12  # months: an observation no older than this counts as observed
CAMPAIGN_MONTHS = 3  # in which the villages of the campaign's list were promised signal
DRIFT = 0.1  # logit a year by which an old observation may have moved against the nation


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """Levels before the first month, `[replicate, area]`, and which areas were observed."""

    levels: Mapping[str, Array]
    observed: Mapping[str, Flags]


def starts(
    case: Case, nation: Mapping[str, Array], assumed: Mapping[str, Array], seed: int
) -> Starts:
    """Return the areas' levels at the start of the run.

    Shares are modelled on the logit from the urban share and the service score, updated
    by the areas that are known, and raked to the nation in every replicate; what is derived
    is spread as its driver is.

    Args:
        case: its areas and their observations.
        nation: indicator -> `[replicate]` the nation's level at the start.
        assumed: draws of the assumptions.
        seed: of the run.
    """
    levels, observed = {}, {}
    for row in (SERIES[name] for name in case.followed if SERIES[name].start):
        levels[row.name], observed[row.name] = _modelled(
            case, row.name, row.start, nation[row.name], assumed, seed
        )
    for row in (SERIES[name] for name in case.followed if SERIES[name].kind == "derived"):
        with_it, weights = levels[row.driver], case.columns[row.counts]
        share = with_it / (with_it @ (weights / weights.sum()))[:, None]
        levels[row.name] = share * nation[row.name][:, None]
        observed[row.name] = np.zeros(len(case.areas), dtype=bool)
    return Starts(levels=levels, observed=observed)


def service_score(case: Case) -> Array:
    """Return a standardised score of each area's service, `[area]`.

    The column that the case names for it where it is known for most areas (an unknown
    area gets the mean), else the logarithm of population density.
    """
    score = case.columns.get(case.score.column)
    if score is not None and np.isfinite(score).mean() > 0.5:
        filled = np.where(np.isfinite(score), score, np.nanmean(score))
        return _standard(filled)
    return _standard(np.log(case.columns["population"] / case.columns["area_km2"]))


def _standard(values: Array) -> Array:
    spread = float(values.std())
    return np.asarray((values - values.mean()) / spread if spread > 0 else 0 * values)


def _modelled(
    case: Case,
    indicator: str,
    short: str,
    nation: Array,
    assumed: Mapping[str, Array],
    seed: int,
) -> tuple[Array, Flags]:
    weights = case.columns[SERIES[indicator].counts]
    urban = case.columns["urban_share"]
    urban = urban - urban @ weights / weights.sum()
    covariates = np.stack([urban, service_score(case)], axis=1)
    slopes = np.stack([assumed[f"urban_slope_{short}"], assumed[f"service_slope_{short}"]], axis=1)
    luck = _area_luck(case, seed, "residual", indicator, len(nation))
    known, noise, fresh = _known(case, indicator)
    apart = deviations(
        covariates,
        slopes,
        assumed["area_spread"][:, None] * luck,
        known=known,
        noise=noise,
        luck=_area_luck(case, seed, "count", indicator, len(nation)),
    )
    levels = expit(logit(nation)[:, None] + apart)
    return rake(levels, weights, nation, fresh), fresh


def _area_luck(case: Case, seed: int, what: str, indicator: str, replicates: int) -> Array:
    columns = [normals(seed, what, indicator, code, shape=(replicates,)) for code in case.codes]
    return np.stack(columns, axis=1)


def _known(case: Case, indicator: str) -> tuple[Array, Array, Flags]:
    """Return observed logit deviations from the nation, their noise, and which are fresh.

    An area's observation is set against the nation's level of the same month, so that an
    old figure tells the distance, not the level.
    """
    known = np.full(len(case.areas), np.nan)
    noise = np.full(len(case.areas), np.nan)
    fresh = np.zeros(len(case.areas), dtype=bool)
    for place, code in enumerate(case.codes):
        rows = case.series(indicator, code)
        if not rows:
            continue
        row = rows[-1]
        age = months_between(row.date, case.start)
        share = float(np.clip(row.level, 0.001, 0.999))
        then = fitted(case, indicator).at(-max(age, 0)) + gap(case, indicator)[0]
        known[place] = logit(share) - then
        error = case.assumptions[f"noise_{row.confidence}"].central / (share * (1 - share))
        noise[place] = np.hypot(error, DRIFT * max(age, 0) / 12)
        fresh[place] = age <= FRESH and row.confidence != "low"
    return known, noise, fresh


def listed_villages(case: Case) -> float:
    """Return the villages on the last list, or those not covered by the last share.

    Raises:
        InputFaults: nothing is known of them.
    """
    rows = case.series("uncovered_villages", case.head.nation)
    if rows:
        return float(rows[-1].level)
    covered = case.series("covered_villages", case.head.nation)
    if covered:
        return float(case.columns["villages"].sum()) * (1 - covered[-1].level)
    given = told("no list of villages without signal known on {vintage}", vintage=case.head.vintage)
    wanted = told("a row uncovered_villages or covered_villages of the whole")
    raise InputFaults([Fault(str(case.folder / "observations.csv"), "", given, wanted)])


def longest_list(case: Case) -> float:
    """Return the villages of the longest list known: all that were ever found without signal."""
    rows = case.series("uncovered_villages", case.head.nation)
    return max((row.level for row in rows), default=listed_villages(case))


def villages_with_crews(case: Case, assumed: Assumed) -> Array:
    """Return the villages that crews were kept for, those of the longest list, `[replicate, area]`.

    Who builds most of a list does not go home with its last villages.
    """
    weights = _weights(case, assumed["village_upland_odds"])
    return np.minimum(longest_list(case) * weights, case.columns["villages"])


def uncovered_villages(case: Case, assumed: Assumed) -> Array:
    """Return the villages of the last list still without signal, whole ones `[replicate, area]`.

    Of the list that a campaign was made for, the share done since is taken off (in full
    after `CAMPAIGN_MONTHS`). They are spread over areas in proportion to villages, upland ones
    weighing more, by rounding the cumulated sum so that the areas add up to the nation; no
    area has more than its villages.
    """
    left = listed_villages(case) * (1 - _campaign(case) * assumed["villages_done_since_list"])
    placed = _spread(np.rint(left), _weights(case, assumed["village_upland_odds"]))
    return np.minimum(placed, case.columns["villages"])


def _campaign(case: Case) -> float:
    """Return which part of its months a campaign for the last list has had, 0 without one."""
    rows = case.series("uncovered_villages", case.head.nation)
    if not rows or rows[-1].date != case.head.campaign_list:
        return 0.0
    return min(max(months_between(rows[-1].date, case.start), 0) / CAMPAIGN_MONTHS, 1.0)


def surveys(case: Case, assumed: Assumed, seed: int) -> Iterator[tuple[Whole, Array]]:
    """Yield what each new survey after the last list finds, in the order of time.

    Surveys come at random, half the assumed months to half as many more after each other. Where
    the last figure only counts what is left of a longer list, the survey before it may be old, so
    that the next one comes anywhere within the assumed months after it. Each adds a share of the
    longest list known, all villages ever listed.

    Yields:
        the month of the list `[replicate]`, 0 for one already out, beyond the horizon for
        none; the villages it adds `[replicate, area]`, whole ones.
    """
    rows = case.series("uncovered_villages", case.head.nation)
    age = months_between(rows[-1].date, case.start) if rows else 0
    weights = _weights(case, assumed["village_upland_odds"])
    apart = assumed["village_survey_months"]
    replicates = len(apart)
    luck = uniforms(seed, "village", "survey", "0", shape=(replicates,))
    longest = longest_list(case)
    counted = bool(rows) and rows[-1].level < longest
    time = (luck if counted else 0.5 + luck) * apart - max(age, 0)
    more, number = _spread(np.rint(longest * assumed["village_survey_adds"]), weights), 0
    while time.min() <= len(case.months):
        yield np.ceil(np.maximum(time, 0)).astype(np.int64), more
        number += 1
        luck = uniforms(seed, "village", "survey", str(number), shape=(replicates,))
        time = time + (0.5 + luck) * apart


def _weights(case: Case, odds: Array) -> Array:
    weights = case.columns["villages"] * np.where(case.columns["upland"] > 0, odds[:, None], 1.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _spread(total: Array, weights: Array) -> Array:
    """Return a total `[replicate]` shared by weights, whole numbers that add up to it."""
    cumulated = np.rint(np.cumsum(total[:, None] * weights, axis=1))
    return np.diff(cumulated, axis=1, prepend=0.0)
