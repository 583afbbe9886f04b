"""Levels of many areas of which few are known: a linear model on the logit, raked.

    logit(x_a) = m + sum_j b_j z_aj + u_a,   u_a ~ N(0, s^2)

Draws of b and u are conditioned on the known areas by Matheron's rule (kriging the
residuals) with the variances of b and u over the draws: a draw of the posterior where b is
normal, close to one where its range is lopsided. Then one shift of all unknown areas makes
the weighted mean the nation's level (raking); known areas are left where their figure, and
its error, put them.

Method: Fay and Herriot (1979) small-area model with known variances; raking to the
national figure as in Rao and Molina (2015), chapter 6.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Array = NDArray[np.float64]

FEWEST = 5  # known areas from which on they tell how far areas lie apart


def deviations(
    covariates: Array,
    coefficients: Array,
    residuals: Array,
    *,
    known: Array,
    noise: Array,
    luck: Array,
) -> Array:
    """Return how far each area's logit lies from the nation's, given the known areas.

    Args:
        covariates: `[area, covariate]`, centred on the nation.
        coefficients: `[replicate, covariate]` prior draws of b.
        residuals: `[replicate, area]` prior draws of u.
        known: `[area]` observed logit deviations, NaN where nobody knows.
        noise: `[area]` standard deviation of an observed deviation, > 0 where known.
        luck: `[replicate, area]` standard normals for the noise of observations.

    Returns:
        `[replicate, area]`.

    >>> z = np.array([[1.0], [-1.0]])
    >>> b = np.array([[0.9], [1.1]]); u = np.zeros((2, 2))
    >>> deviations(z, b, u, known=np.array([np.nan, np.nan]), noise=np.ones(2), luck=u)
    array([[ 0.9, -0.9],
           [ 1.1, -1.1]])
    """
    prior = coefficients @ covariates.T + residuals
    seen = np.flatnonzero(~np.isnan(known))
    if len(seen) == 0:
        return np.asarray(prior)
    spread = float(residuals.var()) if residuals.size else 0.0
    slopes = np.atleast_2d(np.cov(coefficients, rowvar=False)) if len(coefficients) > 1 else 0.0
    across = covariates @ (slopes * np.eye(covariates.shape[1])) @ covariates.T
    shared = across + spread * np.eye(len(known))
    gain = shared[:, seen] @ np.linalg.inv(shared[np.ix_(seen, seen)] + np.diag(noise[seen] ** 2))
    surprise = known[seen] + noise[seen] * luck[:, seen] - prior[:, seen]
    return np.asarray(prior + surprise @ gain.T)


def wider(
    covariates: Array, coefficients: Array, residuals: Array, known: Array, noise: Array
) -> float:
    """Return by what the spread of residuals must be multiplied to fit the known areas.

    Each known area is foretold by the others; the factor is the root mean square of its errors
    in their own standard deviations, in closed form from one inverse (Dubrule 1983), joined by
    `FEWEST` areas that fit as they are. It is 1 where fewer than `FEWEST` areas are known.

    Args:
        covariates, coefficients, residuals, known, noise: as in `deviations`.
    """
    seen = np.flatnonzero(~np.isnan(known))
    if len(seen) < FEWEST or len(coefficients) < 2:
        return 1.0
    z = covariates[seen]
    slopes = np.atleast_2d(np.cov(coefficients, rowvar=False))
    variance = z @ slopes @ z.T + np.diag(residuals.var() + noise[seen] ** 2)
    inverse = np.linalg.inv(variance)
    surprise = known[seen] - z @ coefficients.mean(axis=0)
    squares = (inverse @ surprise) ** 2 / np.diag(inverse)
    return float(np.sqrt((squares.sum() + FEWEST) / (len(seen) + FEWEST)))


def rake(levels: Array, weights: Array, nation: Array, fixed: NDArray[np.bool_]) -> Array:
    """Return levels shifted on the logit so that their weighted mean is the nation's.

    Args:
        levels: `[replicate, area]` shares strictly between 0 and 1.
        weights: `[area]`.
        nation: `[replicate]` the level to meet.
        fixed: `[area]`, True for areas that keep their level (unless all do).

    Returns:
        `[replicate, area]`; the weighted mean is `nation` wherever the free areas can
        bring it about, else they stand at 0 or 1.

    >>> x = rake(np.array([[0.2, 0.6]]), np.array([1.0, 1.0]), np.array([0.5]), np.zeros(2, bool))
    >>> float(x.mean().round(12))
    0.5
    """
    mass = weights / weights.sum()
    free = ~fixed if not fixed.all() else np.ones_like(fixed)
    base = logit(levels[:, free])
    goal = nation - levels[:, ~free] @ mass[~free]
    low, high = np.full(len(levels), -40.0), np.full(len(levels), 40.0)
    shift = np.zeros(len(levels))
    for _ in range(60):
        moved = expit(base + shift[:, None])
        gap = goal - moved @ mass[free]
        low, high = np.where(gap > 0, shift, low), np.where(gap > 0, high, shift)
        slope = (moved * (1 - moved)) @ mass[free]
        newton = shift + gap / np.maximum(slope, 1e-300)
        inside = (newton >= low) & (newton <= high)
        shift = np.where(inside, newton, (low + high) / 2)
        if np.abs(gap).max() < 1e-14:
            break
    raked = levels.copy()
    raked[:, free] = expit(base + shift[:, None])
    return raked
