"""Fits by least absolute error, and weighted quantiles: what the pooled members learn with.

A country panel has wild years (registers cleaned, definitions changed), so parameters are
fitted by absolute, not squared, error, each held by a ridge to a value that is sensible
without data:

    sum_i w_i sqrt((y_i - f_i(t))^2 + e^2) / (s sum_i w_i)  +  1/2 sum_k ridge_k (t_k - prior_k)^2

with s the mean absolute error at the prior and e a small part of it, which makes the
absolute value smooth. Method: iteratively reweighted least squares, with Gauss-Newton
steps (Levenberg 1944, Marquardt 1963) where f is not linear.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SMOOTH = 0.05  # e over s
STEPS = 12
ENOUGH = 1e-4  # stop when the cost falls by less than this part


def fit_curve(
    curve: Callable[[Array], Array],
    start: Array,
    *,
    prior: Array,
    ridge: Array,
    outcome: Array,
    weight: Array,
) -> Array:
    """Return the parameters of a smooth curve by ridge-held least absolute error.

    Args:
        curve: parameters `[k]` to forecasts `[n]`.
        start: where the search begins.
        prior, ridge: `[k]` what each parameter is held to, and how firmly.
        outcome, weight: `[n]`.
    """
    share = weight / weight.sum()
    scale = max(float(share @ np.abs(outcome - curve(prior))), 1e-12)
    share, smooth = share / scale, SMOOTH * scale

    def cost(theta: Array, error: Array) -> float:
        loss = share @ np.sqrt(error**2 + smooth**2)
        return float(loss + 0.5 * (ridge * (theta - prior) ** 2).sum())

    theta, brake = np.array(start, dtype=float), 1e-4
    error = outcome - curve(theta)
    now = cost(theta, error)
    for _ in range(STEPS):
        slope = _jacobian(curve, theta, outcome - error)
        pull = share / np.sqrt(error**2 + smooth**2)
        normal = (slope * pull[:, None]).T @ slope + np.diag(ridge)
        downhill = slope.T @ (pull * error) - ridge * (theta - prior)
        before = now
        for _ in range(5):
            step = np.linalg.solve(normal + brake * np.diag(np.diag(normal) + 1e-9), downhill)
            trial = outcome - curve(theta + step)
            if (value := cost(theta + step, trial)) < now:
                theta, error, now, brake = theta + step, trial, value, max(brake / 4, 1e-8)
                break
            brake = 8 * brake
        if before - now < ENOUGH * before:
            break
    return theta


def _jacobian(curve: Callable[[Array], Array], theta: Array, value: Array) -> Array:
    columns = []
    for place in range(len(theta)):
        nudge = np.zeros_like(theta)
        nudge[place] = 1e-4 * max(1.0, abs(float(theta[place])))
        columns.append((curve(theta + nudge) - value) / nudge[place])
    return np.stack(columns, axis=1)


def fit_line(design: Array, *, prior: Array, ridge: float, outcome: Array, weight: Array) -> Array:
    """Return linear coefficients by ridge-held least absolute error.

    The ridge acts on coefficients of columns scaled to unit root mean square, in units of
    the outcome's scale, so that one number serves any indicator.

    >>> x = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> y = np.array([2.0, 4.0, 60.0, 8.0])
    >>> fit_line(x, prior=np.zeros(1), ridge=0.0, outcome=y, weight=np.ones(4)).round()
    array([2.])
    """
    size = np.sqrt((weight[:, None] * design**2).sum(axis=0) / weight.sum()) + 1e-12
    columns, held = design / size, prior * size
    share = weight / weight.sum()
    scale = max(float(share @ np.abs(outcome - columns @ held)), 1e-12)
    firm, smooth = ridge / scale**2 + 1e-12, SMOOTH * scale
    beta = held
    for _ in range(3 * STEPS):
        error = outcome - columns @ beta
        pull = share / scale / np.sqrt(error**2 + smooth**2)
        normal = (columns * pull[:, None]).T @ columns + firm * np.eye(len(beta))
        step = np.linalg.solve(normal, (columns * pull[:, None]).T @ error - firm * (beta - held))
        beta = beta + step
        if float(np.abs(step).max()) < ENOUGH * scale:
            break
    return np.asarray(beta / size)


def weighted_quantiles(values: Array, weight: Array, levels: Array) -> Array:
    """Return quantiles of weighted values, each value in the middle of its own weight.

    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.ones(3), np.array([0.5]))
    array([2.])
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) - 0.5 * weight[order]
    return np.interp(levels, reached / weight.sum(), values[order])


def weighted_middle(values: Array, weight: Array, half: float) -> Array:
    """Return the mean of the middle of the weight: a median that rounds its corners.

    Args:
        values: `[m, ...]`, combined over the first axis.
        weight: `[m]`.
        half: how far the middle reaches to each side of the median, within (0, 0.5].

    >>> weighted_middle(np.array([0.0, 1.0, 9.0]), np.ones(3), 0.1)
    array(1.)
    """
    order = np.argsort(values, axis=0, kind="stable")
    ranked = np.take_along_axis(values, order, axis=0)
    top = np.cumsum((weight / weight.sum())[order], axis=0)
    below = np.concatenate([np.zeros_like(top[:1]), top[:-1]])
    inside = np.minimum(top, 0.5 + half) - np.maximum(below, 0.5 - half)
    inside = np.clip(inside, 0, None)
    return np.asarray((inside * ranked).sum(axis=0) / inside.sum(axis=0))
