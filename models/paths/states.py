"""What a forecaster may know of a country at the end of a year: level, pace, unrest, rank.

Every quantity of a year is computed from that year and earlier ones, in one pass over the
panel, so the state at an origin cannot hold anything later.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.paths.smoothing import damped_smoothing

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

FRONT = 90  # percentile of the countries that is called the frontier
PATIENCE = 3  # years for which a country's last value still counts for the frontier
LIMIT = 0.2  # a pace is bent towards at most this part of the frontier a year
QUICK, SLOW = 0.6, 0.3  # weight of the latest year in the two smoothed paces


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """Where countries stand at the end of a year; arrays of one shape.

    Attributes:
        level: the indicator, in its own units.
        change, quick, slow: the last yearly change and two exponentially smoothed ones,
            bent to within `LIMIT` of the frontier: a leap is rarely repeated.
        unrest: root mean square surprise of the yearly changes.
        frontier: the 90th percentile of the countries in that year, never falling.
        guard_level, guard_slope, guard_fade: the state of damped smoothing.
        ago: years from the day of a fit to this state: 0 or less in learning, above 0 for a
            state that came later.
    """

    level: Array
    change: Array
    quick: Array
    slow: Array
    unrest: Array
    frontier: Array
    guard_level: Array
    guard_slope: Array
    guard_fade: Array
    ago: Array

    def restlessness(self) -> Array:
        """Return the logarithm of surprise over pace, within -2 to 2: how little a pace says."""
        least = 0.005 * self.frontier
        ratio = (self.unrest + least) / (np.abs(self.quick) + least)
        return np.clip(np.log(ratio), -2, 2)

    def pick(self, *index: Any) -> "States":
        """Return the states at an index, the same for every quantity."""
        return States(**{item.name: getattr(self, item.name)[index] for item in fields(self)})


def filled(observed: Array) -> Array:
    """Return yearly values from each country's first positive one to its last, gaps drawn straight.

    >>> filled(np.array([[0.0, 1.0, np.nan, 3.0, np.nan]]))
    array([[nan,  1.,  2.,  3., nan]])
    """
    values = np.full_like(observed, np.nan)
    years = np.arange(observed.shape[1])
    for row, series in enumerate(observed):
        positive = np.flatnonzero(series > 0)
        if len(positive):
            known = np.flatnonzero(~np.isnan(series))
            run = years[positive[0] : known[-1] + 1]
            values[row, run] = np.interp(run, known, series[known])
    return values


def eligible(observed: Array, minimum: int) -> Flags:
    """Return where a forecast can start: an observation, and enough positive ones so far.

    >>> eligible(np.array([[0.0, 1.0, np.nan, 3.0, 0.0]]), 2)
    array([[False, False, False,  True,  True]])
    """
    positive = observed > 0
    started = np.maximum.accumulate(positive, axis=1)
    return np.asarray(~np.isnan(observed) & started & (positive.cumsum(axis=1) >= minimum))


def frontier(observed: Array) -> Array:
    """Return the frontier of each year, from values known in that year.

    >>> frontier(np.array([[1.0, np.nan, 3.0], [1.0, 2.0, 2.0]])).round(1)
    array([1. , 1.9, 2.9])
    """
    front = np.zeros(observed.shape[1])
    last, age = np.full(len(observed), np.nan), np.zeros(len(observed))
    for year, column in enumerate(observed.T):
        seen = ~np.isnan(column)
        last, age = np.where(seen, column, last), np.where(seen, 0, age + 1)
        known = last[~np.isnan(last) & (age <= PATIENCE)]
        front[year] = np.percentile(known, FRONT) if len(known) else 0.0
    return np.maximum.accumulate(front)


def track(values: Array, front: Array) -> States:
    """Return the states of all countries in all years.

    Args:
        values: `[country, year]`, unbroken runs (see `filled`).
        front: `[year]` the frontier.
    """
    ceiling = np.broadcast_to(np.maximum(front, 1e-9), values.shape)
    change = np.diff(values, axis=1, prepend=np.nan)
    quick, slow = _smooth(change, QUICK), _smooth(change, SLOW)
    before = np.concatenate([np.full((len(values), 1), np.nan), quick[:, :-1]], axis=1)
    surprise = _smooth((change - before) ** 2, SLOW)
    level, slope, fade = damped_smoothing(values)
    return States(
        level=values,
        change=_bent(change, ceiling),
        quick=_bent(quick, ceiling),
        slow=_bent(slow, ceiling),
        unrest=np.sqrt(np.nan_to_num(surprise)),
        frontier=ceiling,
        guard_level=level,
        guard_slope=slope,
        guard_fade=fade,
        ago=np.zeros_like(values),
    )


def _bent(pace: Array, ceiling: Array) -> Array:
    return np.asarray(LIMIT * ceiling * np.tanh(pace / (LIMIT * ceiling)))


def _smooth(change: Array, latest: float) -> Array:
    """Return exponentially smoothed changes, starting from the first."""
    out, state = np.full_like(change, np.nan), np.full(len(change), np.nan)
    for year, now in enumerate(change.T):
        mixed = np.where(np.isnan(state), now, latest * now + (1 - latest) * state)
        state = np.where(np.isnan(now), state, mixed)
        out[:, year] = np.where(np.isnan(now), np.nan, state)
    return out
