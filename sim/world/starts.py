"""Where each area starts: known where somebody counted, estimated elsewhere, and labelled."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from models.moves.small_area import deviations, rake, wider
from sim.forecast import Array, Assumed, Flags
from sim.indicators import SERIES
from sim.months import months_between
from sim.place.case import Case
from sim.streams import normals
from sim.world.past.history import fitted, frontier, gap

FRESH = 12  # months: an observation no older than this counts as observed
DRIFT = 0.1  # logit a year by which an old observation may have moved against the nation


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """Levels before the first month, `[replicate, area]`, and which areas were observed.

    `apart` is how far an area's level of what is derived lies from its driver's, where anybody
    counted areas: indicator -> `[replicate, area]`, 1 where it is as the driver says.
    """

    levels: Mapping[str, Array]
    observed: Mapping[str, Flags]
    apart: Mapping[str, Array]


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
    levels, observed, apart = {}, {}, {}
    for row in (SERIES[name] for name in case.followed if SERIES[name].start):
        levels[row.name], observed[row.name] = _modelled(
            case, row.name, row.start, nation[row.name], assumed, seed
        )
    for row in (SERIES[name] for name in case.followed if SERIES[name].kind == "derived"):
        with_it, weights = levels[case.driver(row.name)], case.columns[row.counts]
        share = with_it / (with_it @ (weights / weights.sum()))[:, None]
        counted = np.array([bool(case.series(row.name, code)) for code in case.codes])
        if counted.any():
            found = _as_counted(case, row.name, share, weights)
            apart[row.name], share = found / share, found
        levels[row.name] = share * nation[row.name][:, None]
        observed[row.name] = counted
    return Starts(levels=levels, observed=observed, apart=apart)


def _as_counted(case: Case, indicator: str, share: Array, weights: Array) -> Array:
    """Return levels over the nation's `[replicate, area]`, as counted where they were.

    An area's last figure is set against the nation's level of the same month; the others
    are scaled so that the weighted mean stays one.
    """
    mass, counted = weights / weights.sum(), np.zeros(len(weights), dtype=bool)
    top, found = frontier(case, indicator), share.copy()
    for place, code in enumerate(case.codes):
        if rows := case.series(indicator, code):
            then = fitted(case, indicator).at(-max(months_between(rows[-1].date, case.start), 0))
            found[:, place] = rows[-1].level / (top * expit(then))
            counted[place] = True
    if not counted.any() or counted.all():
        return found
    rest = np.maximum(1 - found[:, counted] @ mass[counted], 0.01)
    found[:, ~counted] *= (rest / (found[:, ~counted] @ mass[~counted]))[:, None]
    return found


def area_pace(case: Case, indicator: str, assumed: Assumed, seed: int) -> Array:
    """Return how much quicker each area takes up than the nation, `[replicate, area]`."""
    luck = _area_luck(case, seed, "pace", indicator, len(assumed["area_pace_spread"]))
    return np.asarray(np.exp(assumed["area_pace_spread"][:, None] * luck))


def area_willing(case: Case, indicator: str, assumed: Assumed, willing: str, seed: int) -> Array:
    """Return the share of each area that will ever take up, `[replicate, area]`."""
    share = np.clip(assumed[willing], 0.001, 0.999)
    luck = _area_luck(case, seed, "willing", indicator, len(share))
    shift = assumed["area_willing_spread"][:, None] * luck
    return np.asarray(expit(logit(share)[:, None] + shift))


def service_score(case: Case) -> Array:
    """Return a standardised score of each area's service, `[area]`.

    The column that stands for it in the case where it is known for most areas, else the logarithm
    of population density; an unknown area gets the mean, and none is above another where
    nothing is known.
    """
    score = case.columns.get(case.service_column)
    if score is None or np.isfinite(score).mean() <= 0.5:
        score = np.log(case.columns["population"] / case.columns["area_km2"])
    return _standard(_filled(score))


def _filled(column: Array) -> Array:
    """Return a column with the mean of those known where it is empty; 0 where none is known."""
    known = np.isfinite(column)
    return np.where(known, column, column[known].mean() if known.any() else 0.0)


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
    urban = _filled(case.columns["urban_share"])
    urban = urban - urban @ weights / weights.sum()
    covariates = np.stack([urban, service_score(case)], axis=1)
    slopes = np.stack([assumed[f"urban_slope_{short}"], assumed[f"service_slope_{short}"]], axis=1)
    luck = _area_luck(case, seed, "residual", indicator, len(nation))
    known, noise, fresh = _known(case, indicator)
    spread = assumed["area_spread"][:, None] * luck
    apart = deviations(
        covariates,
        slopes,
        spread * wider(covariates, slopes, spread, known, noise),
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
