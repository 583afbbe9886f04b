"""Where history alone would take the nation: sample paths of each indicator, by month."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.trend import Trend, fit_trend, trend_paths
from sim.case import Case, Observation, months_between
from sim.faults import Fault, InputFaults
from sim.streams import normals

Array = NDArray[np.float64]

FOLLOWED: tuple[str, ...] = ("fibre_households", "mobile_broadband", "smartphone_adults")
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
    found = {}
    for indicator in FOLLOWED:
        trend = fitted(case, indicator)
        luck = normals(seed, "history", indicator, shape=(replicates, len(case.months) + 1, 2))
        damping = assumed["trend_damping"] ** (1 / 12)
        curve = trend_paths(trend, luck, damping)
        mean, spread = gap(case, indicator)
        apart = mean + spread * normals(seed, "gap", indicator, shape=(replicates,))
        curve = curve + apart[:, None]
        found[indicator] = frontier(case, indicator) * expit(curve)
    return found


def frontier(case: Case, indicator: str) -> float:
    """Return the level that bounds an indicator's scale: 1 for a share."""
    if indicator != "mobile_broadband":
        return 1.0
    return case.assumptions["mobile_broadband_frontier"].central


def fitted(case: Case, indicator: str) -> Trend:
    """Return the trend of the reference's series at the start of the run.

    Raises:
        InputFaults: fewer than two observations were known on the vintage day.
    """
    rows = case.series(indicator, case.reference)
    if len(rows) < 2:
        place = f"{indicator} of {case.reference}"
        given = f"{len(rows)} observations known on {case.head.vintage}"
        file = str(case.folder / "observations.csv")
        raise InputFaults([Fault(file, place, given, "at least 2 for a trend")])
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
    return float(logit(np.clip(share, 0.001, 0.999)))


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
