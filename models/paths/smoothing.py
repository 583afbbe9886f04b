"""Damped-trend exponential smoothing of many series at once: the guard among the members.

    y_t = l_{t-1} + f b_{t-1} + e_t
    l_t = l_{t-1} + f b_{t-1} + a e_t
    b_t = f b_{t-1} + a b e_t
    forecast for h years: l_T + (f + f^2 + ... + f^h) b_T

Source: Gardner and McKenzie (1985); in state space, ETS(A, Ad, N) of Hyndman, Koehler, Ord
and Snyder (2008). For each series and year, the (a, b, f) of a grid with the least sum of
squared one-year errors up to that year: the filter runs once for the whole grid and all
series, and gives the forecast of every origin on the way, each from its own past only.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVEL_GRID = (0.5, 0.8, 0.95, 1.0)  # a
SLOPE_GRID = (0.05, 0.2, 0.4, 0.7, 1.0)  # b
FADE_GRID = (0.8, 0.88, 0.94, 0.98)  # f
FIRST_YEARS = 4  # whose mean change is the first slope


def damped_smoothing(values: Array) -> tuple[Array, Array, Array]:
    """Return level, slope and damping as they stood at the end of every year.

    Args:
        values: `[series, year]`; each series one unbroken run, not-a-number outside it.

    Returns:
        Three arrays `[series, year]`, meaningful from the fourth year of a series on.

    >>> level, slope, fade = damped_smoothing(np.arange(8.0)[None, :])
    >>> bool(6.9 < level[0, -1] <= 7.0), bool(0.8 < slope[0, -1] <= 1.0)
    (True, True)
    """
    a, b, f = (
        axis.reshape(-1, 1)
        for axis in np.meshgrid(LEVEL_GRID, SLOPE_GRID, FADE_GRID, indexing="ij")
    )
    count, years = values.shape
    known = ~np.isnan(values)
    first = np.where(known.any(axis=1), known.argmax(axis=1), years)
    level, slope = np.zeros((len(a), count)), np.zeros((len(a), count))
    squares = np.zeros((len(a), count))
    every = np.arange(count)
    found = np.full((3, count, years), np.nan)
    opening = _first_slope(values, first)
    for year in range(years):
        new, old = known[:, year] & (first == year), known[:, year] & (first < year)
        seen = np.where(known[:, year], values[:, year], 0.0)
        level, slope = np.where(new, seen, level), np.where(new, opening, slope)
        ahead = level + f * slope
        error = np.where(old, seen - ahead, 0.0)
        squares += error**2
        level = np.where(old, ahead + a * error, level)
        slope = np.where(old, f * slope + a * b * error, slope)
        best = squares.argmin(axis=0)
        for out, state in zip(found, (level, slope, np.broadcast_to(f, level.shape)), strict=True):
            out[:, year] = np.where(known[:, year], state[best, every], np.nan)
    return found[0], found[1], found[2]


def _first_slope(values: Array, first: NDArray[np.intp]) -> Array:
    """Return the mean change over each series' first years."""
    slope = np.zeros(len(values))
    for row, (series, start) in enumerate(zip(values, first, strict=True)):
        run = series[start : start + FIRST_YEARS]
        run = run[~np.isnan(run)]
        slope[row] = (run[-1] - run[0]) / (len(run) - 1) if len(run) > 1 else 0.0
    return slope


def smoothed_forecast(level: Array, slope: Array, fade: Array, horizon: int) -> Array:
    """Return `[series, horizon]`, the forecast of damped smoothing.

    >>> smoothed_forecast(np.array([1.0]), np.array([1.0]), np.array([0.5]), 3)
    array([[1.5  , 1.75 , 1.875]])
    """
    powers = fade[:, None] ** np.arange(1, horizon + 1)
    return np.asarray(level[:, None] + slope[:, None] * np.cumsum(powers, axis=1))
