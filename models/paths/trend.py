"""One series on its own: a damped trend in state space, and damped-trend smoothing.

State space, in months, on the scale of the transform (logit for shares, identity else):
    level'  = level + slope + e,      e ~ N(0, level_sd^2)
    slope'  = phi slope + d,          d ~ N(0, slope_sd^2)
    seen    = level + noise,          noise ~ N(0, (k sd)^2), only in months observed
The damping phi and each observation's sd are given; the two spreads and the factor k, by
which this series is noisier than it says, are the mode of likelihood times a lognormal
prior, because a handful of irregular observations cannot tell them alone.

Method: Harvey (1989) structural model, Gardner and McKenzie (1985) damping; the Kalman
filter and the damped-trend smoothing are those of statsmodels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]

PRIOR_WIDTH = 0.7  # log standard deviation of the prior on each spread: a factor of two
VAGUE = 10.0  # standard deviation of the first level and, over 12, of the first slope


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Where a series stands at the end of its history, and how it moves.

    Attributes:
        level, slope: means of the state, the slope a month.
        covariance: `[2, 2]` of level and slope.
        damping: phi, a month.
        level_sd, slope_sd: shocks a month.
        noise_factor: k, how much noisier the observations are than their given sd.
        first: the month of the first observation.
        smoothed: level in each month from `first` to the end, given all observations.
    """

    level: float
    slope: float
    covariance: Array
    damping: float
    level_sd: float
    slope_sd: float
    noise_factor: float
    first: int
    smoothed: Array

    def at(self, month: int) -> float:
        """Return the smoothed level of a month, the nearest one outside the history."""
        place = min(max(month - self.first, 0), len(self.smoothed) - 1)
        return float(self.smoothed[place])


def fit_trend(
    months: Sequence[int],
    values: Sequence[float],
    noise: Sequence[float],
    *,
    end: int,
    damping: float,
    level_sd: float,
    slope_sd: float,
) -> Trend:
    """Fit the state-space trend to irregular, noisy observations.

    Args:
        months: month of each observation, any origin, in any order, repeats allowed.
        values: observations on the transformed scale.
        noise: standard deviation of each observation.
        end: the month at which the state is wanted, not before the last observation.
        damping: phi, a month, within (0, 1].
        level_sd, slope_sd: medians of the priors on the monthly shocks.

    Raises:
        ValueError: fewer than two observations, or one later than `end`.
    """
    if len(months) < 2:
        raise ValueError(f"{len(months)} observations: at least 2 needed for a trend")
    if max(months) > end:
        raise ValueError(f"an observation in month {max(months)}, later than the end {end}")
    seen, spread = _by_month(months, values, noise, end)
    prior = np.log([level_sd, slope_sd, 1.0])

    model = _model(seen, damping)

    def cost(logs: Array) -> float:
        loss = -_scaled(model, spread, np.exp(logs)).loglike()
        return float(loss + 0.5 * (((logs - prior) / PRIOR_WIDTH) ** 2).sum())

    corners = np.vstack([prior, prior + PRIOR_WIDTH / 2 * np.eye(3)])
    best = minimize(
        cost,
        prior,
        method="Nelder-Mead",
        options={"initial_simplex": corners, "xatol": 0.01, "fatol": 0.01},
    )
    scales = np.exp(best.x)
    result = _scaled(model, spread, scales).smooth()
    return Trend(
        level=float(result.filtered_state[0, -1]),
        slope=float(result.filtered_state[1, -1]),
        covariance=np.asarray(result.filtered_state_cov[:, :, -1]),
        damping=damping,
        level_sd=float(scales[0]),
        slope_sd=float(scales[1]),
        noise_factor=float(scales[2]),
        first=min(months),
        smoothed=np.asarray(result.smoothed_state[0]),
    )


def _by_month(
    months: Sequence[int], values: Sequence[float], noise: Sequence[float], end: int
) -> tuple[Array, Array]:
    first = min(months)
    weight, total = np.zeros(end - first + 1), np.zeros(end - first + 1)
    for month, value, sd in zip(months, values, noise, strict=True):
        weight[month - first] += sd**-2
        total[month - first] += value * sd**-2
    known = weight > 0
    seen = np.divide(total, weight, out=np.full_like(total, np.nan), where=known)
    return seen, np.divide(1, weight, out=np.ones_like(weight), where=known)


def _model(seen: Array, damping: float) -> Any:
    """Return the state space of the module's text, its spreads yet to be set."""
    from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

    model = KalmanSmoother(k_endog=1, k_states=2)
    model.bind(np.asfortranarray(seen[None, :]))
    model["design"] = np.array([[1.0, 0.0]])
    model["transition"] = np.array([[1.0, 1.0], [0.0, damping]])
    model["selection"] = np.eye(2)
    first = float(seen[np.flatnonzero(~np.isnan(seen))[0]])
    model.initialize_known(np.array([first, 0.0]), np.diag([VAGUE**2, (VAGUE / 12) ** 2]))
    return model


def _scaled(model: Any, variance: Array, scales: Array) -> Any:
    """Return the model with its three spreads; building another takes longer than filtering."""
    model["state_cov"] = np.diag(scales[:2] ** 2)
    model["obs_cov"] = np.asfortranarray(scales[2] ** 2 * variance[None, None, :])
    return model


def trend_moves(trend: Trend, months: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of how far the level moves in so many months.

        mean_t = a_t slope,  a_t = 1 + phi + ... + phi^(t-1)
        variance_t = a_t^2 P_22 + t level_sd^2 + slope_sd^2 (a_1^2 + ... + a_{t-1}^2)

    Args:
        trend: the fitted state, with its own damping phi and P the covariance.
        months: `[n]` whole numbers, 0 or more.

    >>> still = Trend(level=1.0, slope=0.5, covariance=np.zeros((2, 2)), damping=0.5,
    ...               level_sd=0.1, slope_sd=0.0, noise_factor=1.0, first=0,
    ...               smoothed=np.ones(1))
    >>> trend_moves(still, np.array([0, 2, 4]))
    (array([0.    , 0.75  , 0.9375]), array([0.        , 0.14142136, 0.2       ]))
    """
    last = int(np.max(months))
    reach = np.concatenate([[0.0], np.cumsum(trend.damping ** np.arange(last))])
    shocks = np.concatenate([[0.0], np.cumsum(reach[:-1] ** 2)])
    variance = (
        reach**2 * trend.covariance[1, 1]
        + np.arange(last + 1) * trend.level_sd**2
        + shocks * trend.slope_sd**2
    )
    at = np.asarray(months, dtype=int)
    return reach[at] * trend.slope, np.sqrt(variance)[at]


def trend_paths(trend: Trend, luck: Array, damping: Array) -> Array:
    """Return sample paths of the level from the end of the history on.

    Args:
        trend: the fitted state.
        luck: `[replicate, month + 1, 2]` standard normals; the first pair draws the state
            at the end of history, the later ones the shocks.
        damping: `[replicate]` phi, a month.

    Returns:
        `[replicate, month + 1]`, the first being the end of the history itself.

    >>> still = Trend(level=1.0, slope=0.5, covariance=np.zeros((2, 2)), damping=0.5,
    ...               level_sd=0.0, slope_sd=0.0, noise_factor=1.0, first=0,
    ...               smoothed=np.ones(1))
    >>> trend_paths(still, np.zeros((1, 3, 2)), np.array([0.5]))
    array([[1.  , 1.5 , 1.75]])
    """
    values, vectors = np.linalg.eigh(trend.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    state = np.array([trend.level, trend.slope]) + luck[:, 0] @ root.T
    level, slope = state[:, 0], state[:, 1]
    path = np.empty(luck.shape[:2])
    path[:, 0] = level
    for month in range(1, luck.shape[1]):
        level = level + slope + trend.level_sd * luck[:, month, 0]
        slope = damping * slope + trend.slope_sd * luck[:, month, 1]
        path[:, month] = level
    return path


def damped_trend(values: Sequence[float] | Array, steps: int) -> Array:
    """Return the point forecast of damped-trend exponential smoothing (ETS A, Ad, N).

    Args:
        values: a regular series, at least five values.
        steps: how many steps ahead.

    Raises:
        ValueError: fewer than five values.
    """
    series = np.asarray(values, dtype=float)
    if len(series) < 5:
        raise ValueError(f"{len(series)} values: at least 5 needed for damped-trend smoothing")
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    model = ExponentialSmoothing(
        series, trend="add", damped_trend=True, initialization_method="estimated"
    )
    return np.asarray(model.fit().forecast(steps))
