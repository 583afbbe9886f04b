"""Forecasts of yearly series that learn their dynamics from a panel of countries.

Seven members: momentum to norm fitted to outcomes up to one, two and three years ahead;
the pooled regression; the global damped trend; damped smoothing, the guard; and no change.
The forecast is the middle of them: the mean of the middle 60 % of their weights, a median
with its corners rounded, where a member weighs the less the more it has erred on the whole
panel in the years before. No ceiling of any country is estimated.

Nothing here may look ahead: `study` is handed a panel that ends at the origin, and plays
earlier origins over again with what was known then to see how its members would have done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.paths import momentum
from models.paths.momentum import global_damped_trend, momentum_to_norm
from models.paths.regression import fit_regression, run_regression
from models.paths.robust import fit_curve, weighted_middle
from models.paths.smoothing import smoothed_forecast
from models.paths.states import Flags, States, eligible, filled, frontier, track

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Curve = Callable[[Array, States, int], Array]

MEMBERS = ("norm_1", "norm_2", "norm_3", "regression", "damped", "guard", "no_change")
HORIZON = 5
MEMORY = 1.0  # years in which an outcome's weight in a fit falls to 1/e
REGRESSION_MEMORY = 1.5
LOOK_BACK = 6  # years of origins a fit uses; older ones would weigh under 1 %
REPLAYS = 8  # earlier origins played over again
ERROR_MEMORY = 3.0  # years in which a past error's weight on a member falls to 1/e
MIDDLE = 0.3  # how far the middle reaches to each side of the median
TRAIN_YEARS, FORECAST_YEARS = 4, 5  # positive observations to learn from, to forecast from
MINIMUM_CASES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamics:
    """What the members learn: `norms` `[3, 11]`, `regression` `[10]`, `trend` `[5]`."""

    norms: Array
    regression: Array
    trend: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One earlier origin played over again with what was known at it.

    Attributes:
        states: of the countries, `[n]`.
        members: their forecasts, `[member, n, h]`.
        outcome: `[n, h]`, not-a-number where still unknown at the day of study.
        age: `[h]` years from the outcome to the day of study.
    """

    states: States
    members: Array
    outcome: Array
    age: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """All that a panel teaches at its last year: dynamics, members' weights, past errors."""

    front: Array
    dynamics: Dynamics
    weights: Array
    replays: tuple[Replay, ...]


def study(observed: Array) -> Lesson:
    """Return what a panel teaches at its last year.

    Args:
        observed: `[country, year]`, not-a-number where unknown; the last year is the origin.

    Raises:
        ValueError: too few countries with a history to learn from.
    """
    values, front = filled(observed), frontier(observed)
    states, ready = track(values, front), eligible(observed, TRAIN_YEARS)
    starts, last = eligible(observed, FORECAST_YEARS), observed.shape[1] - 1
    dynamics = _learn(states, observed, ready, last)
    if dynamics is None:
        raise ValueError(f"fewer than {MINIMUM_CASES} yearly changes to learn from")
    replays = []
    for origin in range(max(last - REPLAYS, 0), last):
        known = _learn(states, observed, ready, origin)
        rows = np.flatnonzero(starts[:, origin])
        if known is not None and len(rows):
            now = states.pick(rows, origin)
            replays.append(
                Replay(
                    states=now,
                    members=run_members(known, now, HORIZON),
                    outcome=_outcome(observed, rows, origin),
                    age=np.arange(last - origin - 1, last - origin - 1 - HORIZON, -1.0),
                )
            )
    return Lesson(front=front, dynamics=dynamics, weights=_weigh(replays), replays=tuple(replays))


def run_members(dynamics: Dynamics, states: States, horizon: int) -> Array:
    """Return the members' forecasts, `[member, country, horizon]`, in the order of `MEMBERS`."""
    guard = (states.guard_level, states.guard_slope, states.guard_fade)
    return np.stack(
        [
            *(momentum_to_norm(theta, states, horizon) for theta in dynamics.norms),
            run_regression(dynamics.regression, states, horizon),
            global_damped_trend(dynamics.trend, states, horizon),
            smoothed_forecast(*guard, horizon),
            np.repeat(states.level[:, None], horizon, axis=1),
        ]
    )


def combine(members: Array, weights: Array) -> Array:
    """Return the middle of the members, `[country, horizon]`."""
    return weighted_middle(members, weights, MIDDLE)


def _learn(states: States, observed: Array, ready: Flags, origin: int) -> Dynamics | None:
    """Fit the members to outcomes up to the origin's column; None when there are too few."""
    start = max(origin - LOOK_BACK, 0)
    rows, columns = np.nonzero(ready[:, start:origin])
    columns = columns + start
    outcome = np.stack([_cell(observed, rows, columns + h, origin) for h in (1, 2, 3)], axis=1)
    if np.count_nonzero(~np.isnan(outcome[:, 0])) < MINIMUM_CASES:
        return None
    past = replace(states.pick(rows, columns), ago=(columns - origin).astype(float))
    norms, theta = [], momentum.NORM_PRIOR
    for ahead in (1, 2, 3):
        theta = _fit(
            momentum_to_norm,
            momentum.NORM_PRIOR,
            momentum.NORM_RIDGE,
            theta,
            past,
            outcome[:, :ahead],
        )
        norms.append(theta)
    trend = _fit(
        global_damped_trend,
        momentum.TREND_PRIOR,
        momentum.TREND_RIDGE,
        momentum.TREND_PRIOR,
        past,
        outcome[:, :2],
    )
    next_year = ~np.isnan(outcome[:, 0])
    recent = np.exp((past.ago[next_year] + 1) / REGRESSION_MEMORY)
    change = (outcome[:, 0] - past.level)[next_year]
    regression = fit_regression(past.pick(next_year), change, recent)
    return Dynamics(norms=np.stack(norms), regression=regression, trend=trend)


def _fit(
    curve: Curve, prior: Array, ridge: Array, start: Array, past: States, outcome: Array
) -> Array:
    horizon = outcome.shape[1]
    age = -past.ago[:, None] - np.arange(1, horizon + 1)
    known = ~np.isnan(outcome)
    return fit_curve(
        lambda theta: curve(theta, past, horizon)[known],
        start,
        prior=prior,
        ridge=ridge,
        outcome=outcome[known],
        weight=np.exp(-age[known] / MEMORY),
    )


def _cell(observed: Array, rows: Places, columns: Places, last: int) -> Array:
    """Return values up to the last column, not-a-number after it."""
    value = observed[rows, np.minimum(columns, last)]
    return np.asarray(np.where(columns <= last, value, np.nan))


def _outcome(observed: Array, rows: Places, origin: int) -> Array:
    last = observed.shape[1] - 1
    here = np.full(len(rows), origin)
    return np.stack([_cell(observed, rows, here + h, last) for h in range(1, HORIZON + 1)], axis=1)


def _weigh(replays: Sequence[Replay]) -> Array:
    """Return the members' weights: the inverse square of their past mean absolute error."""
    error, total = np.zeros(len(MEMBERS)), 0.0
    for replay in replays:
        known = ~np.isnan(replay.outcome)
        weight = np.where(known, np.exp(-np.maximum(replay.age, 0) / ERROR_MEMORY), 0.0)
        miss = np.abs(np.nan_to_num(replay.outcome) - replay.members)
        error += (weight * miss).sum(axis=(1, 2))
        total += float(weight.sum())
    if total == 0:
        return np.full(len(MEMBERS), 1 / len(MEMBERS))
    inverse = np.maximum(error / total, 1e-12) ** -2
    return np.asarray(inverse / inverse.sum())
