"""How wrong such a forecast has been: quantiles and paths from the pool's own past errors.

    outcome = forecast + s m + s e z,    e = exp(below . x) or exp(above . x),
    s = F exp(g . x),
        x = 1, log h, log(unrest/F), log(pace/F), log(level/F), log(disagreement/F), log(room)

Logarithms are taken a small part of F away from zero (`LEAST` and its like in the code).
s is the mean size of an error, learned from earlier origins played over again; e how much
larger it is on one side of the middle than on both: countries above the frontier fall
further than they rise, young ones the other way. z is the scaled error, whose quantiles by
horizon are those of the same past errors, recent ones and near horizons weighing more. No
distribution is assumed and nothing is known of the future: errors are those whose outcome
had been seen at the origin.

Tails differ by what kind of country it is. Beyond the quartiles z is multiplied by a factor
that grows to t at the 5 and 95 % quantiles, the product of one for the rank (level over F
below 1/4, up to 1, above) and one for the pace (the slowest fifth of past cases, the middle,
the fastest fifth). Each is the quantile of its kind's own errors joined by `LENT` of all, at
the level that n cases need to keep their word, 0.95 (1 + 1/n), as in split-conformal prediction.

For a share of people, m is the median of past errors: a pool that has been forecast too low
is corrected, and cannot be carried past the ceiling. For subscriptions m is zero: a pool is
forecast too low all through its boom, and to carry that on is to miss the saturation.

Past errors are those of settled figures. A figure just published will be revised:

    s' = sqrt(s^2 + k^2 level F)

k is learned from an older edition of the panel, forecast from its last year and scored on
the newer one, as the least that makes 90 % intervals hold what they promise. Revisions grow
with the level, but less than in proportion.

Along one path z follows a Gaussian copula, correlation (h / h')^b between horizons h < h':
an autoregression in the logarithm of the horizon, b learned from the same errors.

Method: scale by the quasi-likelihood of absolute errors (log s + |error| / s, as in a
double exponential), on each side as in an asymmetric one; quantiles of scaled residuals, as
in conformal prediction normalised by difficulty (Papadopoulos, Vovk and Gammerman 2011) and
conditional on a group (Vovk 2012).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from models.paths.pooled import HORIZON, Replay, combine
from models.paths.robust import weighted_quantiles
from models.paths.states import States

Array = NDArray[np.float64]
Kinds = NDArray[np.intp]

LEVELS = np.concatenate(
    [[0.0025, 0.005, 0.01, 0.025], np.arange(1, 20) / 20, [0.975, 0.99, 0.995, 0.9975]]
)
MIDDLE = len(LEVELS) // 2
ABOVE = (np.arange(len(LEVELS)) > MIDDLE).astype(int)  # the side of each level
OUTER = np.searchsorted(LEVELS, [0.05, 0.95])  # where tails are measured
SCALE_PRIOR = np.array([-2.5, 0.7, 0.25, 0.15, 0.1, 0.25, 0.3])
SCALE_RIDGE = 0.02
SIDE_RIDGE = np.array([0, *[0.05] * 6])  # holds a side's traits to those of both
MEMORY = 2.0  # years in which a past error's weight falls to 1/e
NEIGHBOUR = 1.0  # horizons over which an error's weight for another horizon falls to 1/e
LEAST = 0.001  # part of the frontier added to unrest and pace before the logarithm
LEAST_LEVEL, LEAST_APART = 0.002, 0.0005
RANKS = np.array([0.25, 1.0])  # level over frontier, between the kinds of country
PACES = np.array([0.2, 0.8])  # quantiles of past paces, between the kinds of country
LENT = 20.0  # cases of all countries that join those of a kind, a case being five horizons
SURE = 0.995  # the highest level at which a tail is measured
WIDEST = 1.5  # of the logarithm of a tail's factor
REVISIONS = np.concatenate([[0.0], np.geomspace(0.002, 0.2, 93)])  # k that are tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far forecasts have erred.

    Attributes:
        scale: `[7]` coefficients of the logarithm of the mean error over the frontier.
        middle: `[h]` m, the median of the error over its scale, horizons 1 to 5.
        sides: `[2, 7]` coefficients of the logarithm of e, below and above the middle.
        shape: `[h, level]` quantiles of the scaled error at `LEVELS`, their median zero.
        paces: `[2]` pace over frontier, between the kinds of country.
        tails: `[2, 2, 3]` logarithm of the factor t: side; by rank, by pace; kind, from low.
        bond: b, how fast errors of one path part with the ratio of their horizons.
    """

    scale: Array
    middle: Array
    sides: Array
    shape: Array
    paces: Array
    tails: Array
    bond: float


def outcome_quantiles(
    spread: Spread,
    states: States,
    members: Array,
    point: Array,
    *,
    ceiling: float,
    revision: float = 0.0,
) -> Array:
    """Return quantiles of the outcome at `LEVELS`, `[country, horizon, level]`, unbounded.

    Horizons past the fifth take its shape.

    Args:
        spread: what was learned.
        states, members, point: of the countries, their members' forecasts, the forecast.
        ceiling: the largest value the indicator can take, infinite if there is none.
        revision: k, 0 for settled figures.
    """
    traits = _traits(states, members, point, ceiling)
    settled = states.frontier[:, None] * np.exp(traits @ spread.scale)
    fresh = revision * np.sqrt(np.maximum(states.level, 0) * states.frontier)
    size = np.hypot(settled[..., None] * np.exp(traits @ spread.sides.T), fresh[:, None, None])
    rows = np.minimum(np.arange(point.shape[1]), HORIZON - 1)
    error = size[..., ABOVE] * spread.shape[rows]
    error = np.sort(error * _bend(spread, states)[:, None, :], axis=-1)
    centre = point + settled * spread.middle[rows]
    return np.asarray(centre[..., None] + error)


def _bend(spread: Spread, states: States) -> Array:
    """Return `[country, level]`, what the tails of each country's errors are multiplied by."""
    ranks, paces = _kinds(states, spread.paces)
    tails = np.exp(spread.tails[:, 0, ranks] + spread.tails[:, 1, paces])  # [side, country]
    reach = np.clip((np.abs(LEVELS - 0.5) - 0.25) / 0.2, 0, 1)
    return np.asarray(1 + (tails.T[:, ABOVE] - 1) * reach)


def _kinds(states: States, paces: Array) -> tuple[Kinds, Kinds]:
    """Return each country's kind by rank and by pace, 0 to 2 from low to high."""
    rank, pace = states.level / states.frontier, states.quick / states.frontier
    return np.digitize(rank, RANKS), np.digitize(pace, paces)


def quantiles(outcome: Array, levels: Array, ceiling: float) -> Array:
    """Return `[country, horizon, level]` at any levels, kept within 0 and the ceiling.

    Args:
        outcome: `[country, horizon, level]` as of `outcome_quantiles`.
        levels: within (0, 1).
        ceiling: the largest value the indicator can take.
    """
    at = np.apply_along_axis(lambda row: np.interp(levels, LEVELS, row), -1, outcome)
    return np.asarray(np.clip(at, 0, ceiling))


def sample_paths(outcome: Array, bond: float, luck: Array, ceiling: float) -> Array:
    """Return sample paths `[replicate, horizon]` whose quantiles are those of `quantiles`.

    Args:
        outcome: `[horizon, level]` of one country, as of `outcome_quantiles`.
        bond: b of the spread.
        luck: `[replicate, horizon]` independent standard normals.
        ceiling: the largest value the indicator can take.
    """
    horizon = np.arange(1.0, len(outcome) + 1)
    ratio = np.minimum.outer(horizon, horizon) / np.maximum.outer(horizon, horizon)
    bound = ndtr(luck @ np.linalg.cholesky(ratio**bond + 1e-9 * np.eye(len(outcome))).T)
    paths = [np.interp(bound[:, h], LEVELS, row) for h, row in enumerate(outcome)]
    return np.asarray(np.clip(np.stack(paths, axis=1), 0, ceiling))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errors:
    """Every known past error `[n]`, over its frontier, with what it depends on."""

    traits: Array
    size: Array
    weight: Array
    place: Kinds  # the horizon, from 0
    pace: Array
    rank: Array


def learn_spread(
    replays: Sequence[Replay], weights: Array, *, ceiling: float, corrected: bool
) -> Spread:
    """Return the spread learned from replayed origins.

    Args:
        replays, weights: of a `models.paths.pooled.Lesson`.
        ceiling: the largest value the indicator can take, infinite if there is none.
        corrected: whether the median of past errors is kept.

    Raises:
        ValueError: no earlier origin has an outcome yet.
    """
    if not any((~np.isnan(replay.outcome)).any() for replay in replays):
        raise ValueError("no earlier origin whose outcome is known: too short a panel")
    past = _errors(replays, weights, ceiling)
    scale = _fit_scale(past.traits, np.abs(past.size), past.weight, SCALE_PRIOR, SCALE_RIDGE)
    error = past.size * np.exp(-past.traits @ scale)
    middle = _by_horizon(error, past, LEVELS[MIDDLE : MIDDLE + 1])[:, 0]
    error = error - middle[past.place]
    sides = np.stack([_fit_side(error, past, sign) for sign in (-1, 1)])
    side = (error > 0).astype(int)
    error = error * np.exp(-(past.traits * sides[side]).sum(axis=1))
    shape = _by_horizon(error, past, LEVELS)
    shape = shape - shape[:, MIDDLE : MIDDLE + 1]
    paces = weighted_quantiles(past.pace, past.weight, PACES)
    return Spread(
        scale=scale,
        middle=middle if corrected else np.zeros(HORIZON),
        sides=sides,
        shape=shape,
        paces=paces,
        tails=_tails(error / shape[past.place][:, OUTER].T, past, paces),
        bond=_bond(error, past.place, replays),
    )


def _by_horizon(error: Array, past: _Errors, levels: Array) -> Array:
    """Return quantiles of the errors, `[h, level]`, near horizons lending theirs."""
    near = np.exp(-np.abs(past.place - np.arange(HORIZON)[:, None]) / NEIGHBOUR)
    return np.stack([weighted_quantiles(error, past.weight * row, levels) for row in near])


def _fit_side(error: Array, past: _Errors, sign: int) -> Array:
    """Return the coefficients of e on one side of the middle."""
    side = sign * error > 0
    size, weight = np.abs(error[side]), past.weight[side]
    return _fit_scale(past.traits[side], size, weight, np.zeros(len(SIDE_RIDGE)), SIDE_RIDGE)


def _tails(over: Array, past: _Errors, paces: Array) -> Array:
    """Return `Spread.tails`.

    Args:
        over: `[side, n]` errors over the 5 and the 95 % quantile of all.
        past: where they come from.
        paces: `Spread.paces`.
    """
    kinds = (np.digitize(past.rank, RANKS), np.digitize(past.pace, paces))
    tails = np.zeros((2, 2, 3))
    everyone = LENT * past.weight / past.weight.sum()
    for by in (0, 1, 0, 1):
        other = np.exp(tails[:, 1 - by][:, kinds[1 - by]])
        for kind in range(3):
            own = (kinds[by] == kind) * past.weight / HORIZON
            level = min(0.95 * (1 + 1 / (own.sum() + LENT)), SURE)
            for side in (0, 1):
                ratio = over[side] / np.where(own > 0, other[side], 1)
                tail = weighted_quantiles(ratio, own + everyone, np.array([level]))[0]
                tails[side, by, kind] = np.clip(np.log(max(tail, 1e-9)), -WIDEST, WIDEST)
    return tails


def learn_revision(
    spread: Spread, states: States, members: Array, point: Array, outcome: Array, *, ceiling: float
) -> float:
    """Return k: the least at which 90 % intervals made from fresh figures keep their word.

    Split-conformal: with n countries the intervals must hold 0.9 (1 + 1/n) of the outcomes.

    Args:
        spread: learned from an older edition of the panel.
        states, members, point: of the countries at its last year.
        outcome: `[country, horizon]` from a newer edition, not-a-number where unknown.
        ceiling: the largest value the indicator can take.
    """
    known = ~np.isnan(outcome)
    count = np.count_nonzero(known.any(axis=1))
    if not count:
        return 0.0
    for revision in REVISIONS:
        wide = outcome_quantiles(
            spread, states, members, point, ceiling=ceiling, revision=float(revision)
        )
        low, high = np.moveaxis(np.clip(wide[..., OUTER], 0, ceiling), -1, 0)
        inside = (low <= outcome) & (outcome <= high)
        if inside[known].mean() >= min(0.9 * (1 + 1 / count), 1):
            return float(revision)
    return float(REVISIONS[-1])


def _traits(states: States, members: Array, point: Array, ceiling: float) -> Array:
    """Return `[country, horizon, 7]`, what the size of an error depends on."""
    front, (count, years) = states.frontier[:, None], point.shape
    h = np.arange(1.0, years + 1)
    apart = np.abs(members - point).mean(axis=0) / front + LEAST_APART * np.sqrt(h)
    room = np.clip(1 - point / ceiling, 0.01, 1)
    columns = [
        np.ones(1),
        np.log(h),
        np.log(states.unrest[:, None] / front + LEAST),
        np.log(np.abs(states.quick[:, None]) / front + LEAST),
        np.log(np.maximum(states.level[:, None] / front, LEAST_LEVEL)),
        np.log(apart),
        np.log(room),
    ]
    return np.stack([np.broadcast_to(column, (count, years)) for column in columns], axis=-1)


def _errors(replays: Sequence[Replay], weights: Array, ceiling: float) -> _Errors:
    """Return every known past error."""
    parts = []
    for replay in replays:
        states, point = replay.states, combine(replay.members, weights)
        known = ~np.isnan(replay.outcome)
        country, place = np.nonzero(known)
        front = states.frontier[country]
        parts.append(
            _Errors(
                traits=_traits(states, replay.members, point, ceiling)[known],
                size=(replay.outcome - point)[known] / front,
                weight=np.exp(-np.maximum(replay.age, 0) / MEMORY)[place],
                place=place,
                pace=states.quick[country] / front,
                rank=states.level[country] / front,
            )
        )
    return _Errors(
        **{
            each.name: np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(_Errors)
        }
    )


def _fit_scale(
    traits: Array, size: Array, weight: Array, prior: Array, ridge: Array | float
) -> Array:
    """Minimise the mean of log s + size / s, with a ridge, by damped Newton steps."""
    scale, share = prior, weight / weight.sum()
    held = np.eye(len(prior)) * (ridge + 1e-9)
    for _ in range(30):
        ratio = (size + 1e-6) * np.exp(-traits @ scale)
        downhill = traits.T @ (share * (1 - ratio)) + held @ (scale - prior)
        curved = (traits * (share * np.clip(ratio, 0.05, 3))[:, None]).T @ traits
        step = np.linalg.solve(curved + held, downhill)
        step = step * min(1.0, 1 / float(np.abs(step).max() + 1e-12))
        scale = scale - step
        if float(np.abs(step).max()) < 1e-5:
            break
    return scale


def _bond(scaled: Array, horizon: Kinds, replays: Sequence[Replay]) -> float:
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
