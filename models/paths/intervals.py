"""How wrong such a forecast has been: quantiles and paths from the pool's own past errors.

    outcome = forecast + s z
    s = F exp(g . x),
        x = 1, log h, log(unrest/F), log(pace/F), log(level/F), log(disagreement/F), log(room)

Logarithms are taken a small part of F away from zero (`LEAST` and its like in the code).
s is the mean size of an error, learned from earlier origins played over again; z the scaled
error, whose quantiles by horizon are those of the same past errors, recent ones and near
horizons weighing more. No distribution is assumed and nothing is known of the future:
errors are those whose outcome had been seen at the origin.

Where the ceiling is known (a share), the median of past errors is kept: a pool that has
been forecast too low is corrected, and cannot be carried past the ceiling. Where it is not
known (subscriptions), z has a median of zero: a pool is forecast too low all through its
boom, and to carry that on is to miss the saturation.

Past errors are those of settled figures. A figure just published will be revised:

    s' = sqrt(s^2 + k^2 level F)

k is learned from an older edition of the panel, forecast from its last year and scored on
the newer one, as the least that makes 90 % intervals hold what they promise. Revisions grow
with the level, but less than in proportion.

Along one path z follows a Gaussian copula, correlation (h / h')^b between horizons h < h':
an autoregression in the logarithm of the horizon, b learned from the same errors.

Method: scale by the quasi-likelihood of absolute errors (log s + |error| / s, as in a
double exponential); quantiles of scaled residuals, as in conformal prediction normalised
by difficulty (Papadopoulos, Vovk and Gammerman 2011).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from models.paths.pooled import HORIZON, Replay, combine
from models.paths.robust import weighted_quantiles
from models.paths.states import States

Array = NDArray[np.float64]

LEVELS = np.concatenate(
    [[0.0025, 0.005, 0.01, 0.025], np.arange(1, 20) / 20, [0.975, 0.99, 0.995, 0.9975]]
)
SCALE_PRIOR = np.array([-2.5, 0.7, 0.25, 0.15, 0.1, 0.25, 0.3])
SCALE_RIDGE = 0.02
MEMORY = 2.0  # years in which a past error's weight falls to 1/e
NEIGHBOUR = 1.0  # horizons over which an error's weight for another horizon falls to 1/e
LEAST = 0.003  # part of the frontier added to unrest and pace before the logarithm
REVISIONS = np.concatenate([[0.0], np.geomspace(0.002, 0.2, 93)])  # k that are tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far forecasts have erred.

    Attributes:
        scale: `[7]` coefficients of the logarithm of the mean error over the frontier.
        shape: `[h, level]` quantiles of the scaled error at `LEVELS`, horizons 1 to 5.
            The forecast is the middle one, which need not be zero.
        bond: b, how fast errors of one path part with the ratio of their horizons.
    """

    scale: Array
    shape: Array
    bond: float


def error_scale(
    spread: Spread,
    states: States,
    members: Array,
    point: Array,
    *,
    ceiling: float,
    revision: float = 0.0,
) -> Array:
    """Return the expected size of the error, `[country, horizon]`, in the indicator's units.

    Args:
        spread: what was learned.
        states, members, point: of the countries, their members' forecasts, the forecast.
        ceiling: the largest value the indicator can take, infinite if there is none.
        revision: k, 0 for settled figures.
    """
    settled = states.frontier[:, None] * np.exp(
        _traits(states, members, point, ceiling) @ spread.scale
    )
    return revised_scale(settled, states, revision)


def revised_scale(scale: Array, states: States, revision: float) -> Array:
    """Return the size of the error when the last figures may still be revised."""
    fresh = revision * np.sqrt(np.maximum(states.level, 0) * states.frontier)
    return np.asarray(np.hypot(scale, fresh[:, None]))


def quantiles(spread: Spread, point: Array, scale: Array, levels: Array, ceiling: float) -> Array:
    """Return `[country, horizon, level]`; horizons past the fifth take its shape.

    Quantiles are kept within 0 and the ceiling.
    """
    shape = np.stack([np.interp(levels, LEVELS, row) for row in _rows(spread, point.shape[1])])
    return np.asarray(np.clip(point[..., None] + scale[..., None] * shape, 0, ceiling))


def sample_paths(spread: Spread, point: Array, scale: Array, luck: Array, ceiling: float) -> Array:
    """Return sample paths `[replicate, horizon]` whose quantiles are those of `quantiles`.

    Args:
        spread: what was learned.
        point, scale: `[horizon]` of one country.
        luck: `[replicate, horizon]` independent standard normals.
        ceiling: the largest value the indicator can take.
    """
    horizon = np.arange(1.0, len(point) + 1)
    ratio = np.minimum.outer(horizon, horizon) / np.maximum.outer(horizon, horizon)
    bound = ndtr(luck @ np.linalg.cholesky(ratio**spread.bond + 1e-9 * np.eye(len(point))).T)
    rows = _rows(spread, len(point))
    error = np.stack([np.interp(bound[:, h], LEVELS, row) for h, row in enumerate(rows)], axis=1)
    return np.asarray(np.clip(point + scale * error, 0, ceiling))


def learn_spread(replays: Sequence[Replay], weights: Array, *, ceiling: float) -> Spread:
    """Return the spread learned from replayed origins.

    Args:
        replays, weights: of a `models.paths.pooled.Lesson`.
        ceiling: the largest value the indicator can take, infinite if there is none.

    Raises:
        ValueError: no earlier origin has an outcome yet.
    """
    if not any((~np.isnan(replay.outcome)).any() for replay in replays):
        raise ValueError("no earlier origin whose outcome is known: too short a panel")
    traits, front, error, weight, horizon = _errors(replays, weights, ceiling)
    scale = _fit_scale(traits, np.abs(error) / front, weight)
    scaled = error / (front * np.exp(traits @ scale))
    shape = np.empty((HORIZON, len(LEVELS)))
    for h in range(1, HORIZON + 1):
        near = weight * np.exp(-np.abs(horizon - h) / NEIGHBOUR)
        row = weighted_quantiles(scaled, near, LEVELS)
        shape[h - 1] = row - (np.interp(0.5, LEVELS, row) if np.isinf(ceiling) else 0)
    return Spread(scale=scale, shape=shape, bond=_bond(scaled, horizon, replays))


def learn_revision(
    spread: Spread, states: States, point: Array, scale: Array, outcome: Array, *, ceiling: float
) -> float:
    """Return k: the least at which 90 % intervals made from fresh figures keep their word.

    Split-conformal: with n countries the intervals must hold 0.9 (1 + 1/n) of the outcomes.

    Args:
        spread: learned from an older edition of the panel.
        states, point, scale: forecasts from its last year, the scale that of settled figures.
        outcome: `[country, horizon]` from a newer edition, not-a-number where unknown.
        ceiling: the largest value the indicator can take.
    """
    known = ~np.isnan(outcome)
    count = np.count_nonzero(known.any(axis=1))
    if not count:
        return 0.0
    for revision in REVISIONS:
        wide = revised_scale(scale, states, float(revision))
        band = quantiles(spread, point, wide, np.array([0.05, 0.95]), ceiling)
        inside = (band[..., 0] <= outcome) & (outcome <= band[..., 1])
        if inside[known].mean() >= min(0.9 * (1 + 1 / count), 1):
            return float(revision)
    return float(REVISIONS[-1])


def _rows(spread: Spread, horizon: int) -> Array:
    """Return the shape of every horizon; past the fifth, the fifth's."""
    return spread.shape[np.minimum(np.arange(horizon), len(spread.shape) - 1)]


def _traits(states: States, members: Array, point: Array, ceiling: float) -> Array:
    """Return `[country, horizon, 7]`, what the size of an error depends on."""
    front, (count, years) = states.frontier[:, None], point.shape
    h = np.arange(1.0, years + 1)
    apart = np.abs(members - point).mean(axis=0) / front + 0.002 * np.sqrt(h)
    room = np.clip(1 - point / ceiling, 0.01, 1)
    columns = [
        np.ones(1),
        np.log(h),
        np.log(states.unrest[:, None] / front + LEAST),
        np.log(np.abs(states.quick[:, None]) / front + LEAST),
        np.log(np.maximum(states.level[:, None] / front, 0.01)),
        np.log(apart),
        np.log(room),
    ]
    return np.stack([np.broadcast_to(column, (count, years)) for column in columns], axis=-1)


def _errors(
    replays: Sequence[Replay], weights: Array, ceiling: float
) -> tuple[Array, Array, Array, Array, Array]:
    """Return traits, frontier, error, weight and horizon of every known past error."""
    rows = []
    for replay in replays:
        point = combine(replay.members, weights)
        known = ~np.isnan(replay.outcome)
        recent = np.exp(-np.maximum(replay.age, 0) / MEMORY)
        rows.append(
            (
                _traits(replay.states, replay.members, point, ceiling)[known],
                np.broadcast_to(replay.states.frontier[:, None], known.shape)[known],
                (replay.outcome - point)[known],
                np.broadcast_to(recent, known.shape)[known],
                np.broadcast_to(np.arange(1.0, HORIZON + 1), known.shape)[known],
            )
        )
    traits, front, error, weight, horizon = map(np.concatenate, zip(*rows, strict=True))
    return traits, front, error, weight, horizon


def _fit_scale(traits: Array, size: Array, weight: Array) -> Array:
    """Minimise the mean of log s + size / s, with a ridge, by damped Newton steps."""
    scale, share = SCALE_PRIOR, weight / weight.sum()
    for _ in range(30):
        ratio = (size + 1e-6) * np.exp(-traits @ scale)
        downhill = traits.T @ (share * (1 - ratio)) + SCALE_RIDGE * (scale - SCALE_PRIOR)
        curved = (traits * (share * np.clip(ratio, 0.05, 3))[:, None]).T @ traits
        step = np.linalg.solve(curved + SCALE_RIDGE * np.eye(len(scale)), downhill)
        step = step * min(1.0, 1 / float(np.abs(step).max() + 1e-12))
        scale = scale - step
        if float(np.abs(step).max()) < 1e-5:
            break
    return scale


def _bond(scaled: Array, horizon: Array, replays: Sequence[Replay]) -> float:
    """Return the b that best gives the correlations of past errors' normal scores."""
    score = np.empty_like(scaled)
    for h in np.unique(horizon):
        here = horizon == h
        rank = np.argsort(np.argsort(scaled[here], kind="stable"), kind="stable")
        score[here] = ndtri((rank + 0.5) / here.sum())
    known = np.concatenate([~np.isnan(replay.outcome) for replay in replays])
    scores = np.full(known.shape, np.nan)
    scores[known] = score
    top, bottom = 0.0, 0.0
    for late in range(1, HORIZON):
        for early in range(late):
            both = known[:, early] & known[:, late]
            if both.sum() < 10:
                continue
            link = np.corrcoef(scores[both, early], scores[both, late])[0, 1]
            apart = np.log((early + 1) / (late + 1))
            top += both.sum() * apart * np.log(np.clip(link, 0.01, 0.999))
            bottom += both.sum() * apart**2
    return float(np.clip(top / bottom, 0.05, 2)) if bottom > 0 else 0.5
