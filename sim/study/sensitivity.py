"""Which factor moves an answer, and under which conditions a plan fails.

Indices of variance (Sobol), screening (Morris), and a measure for any points at hand
(PAWN) come from SALib; the boxes of failing points are found by PRIM, written here. SALib's
delta is left out: it reseeds numpy's global generator and changes the filters of warnings.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.forecast import Array
from sim.study.designs import MORRIS_LEVELS, Design, cube

Hits = NDArray[np.bool_]
Method = Literal["sobol", "morris", "pawn"]
METHODS: tuple[Method, ...] = ("sobol", "morris", "pawn")
MEASURES: Mapping[str, str] = {
    "first": "share of the variance, on its own",
    "total": "share of the variance, all interplay counted",
    "mu_star": "mean size of its effect",
    "sigma": "spread of its effect",
    "pawn": "distance it moves the distribution",
}
RESAMPLES = 1000
SLICES = 10  # of a factor's range, for PAWN
PAWN_RESAMPLES = 30
PEEL = 0.05  # share of the points that one step of PRIM gives up
LEAST = 0.05  # share of the points a box must keep
READABLE = 4  # limits of a box at most
FORGIVEN = 0.01  # of the score, for one condition fewer
WORTH = 0.05  # share of all events a box must explain
TRIED = 400  # places that a limit is tried at, at most about twice as many
LIFT = 3.0  # by how much a box must raise the odds of the event


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """How much a factor matters by one measure; low and high are a 95 % interval."""

    factor: str
    measure: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Conditions under which an event is frequent.

    Attributes:
        limits: factor -> lowest and highest value inside, infinite where only the other
            end is limited; factors without a limit are out.
        coverage: share of all events that lie in the box and in no box before it.
        density: share of the box's points, those of earlier boxes left out, with the event.
        mass: share of all points that lie in the box and in no box before it.
    """

    limits: Mapping[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float


def methods(design: Design | None) -> tuple[Method, ...]:
    """Return the methods that fit a design, the best first."""
    own: dict[str, tuple[Method, ...]] = {"saltelli": ("sobol",), "morris": ("morris",)}
    return (*own.get(design.kind if design else "", ()), "pawn")


def indices(
    names: Sequence[str],
    x: Array,
    y: Array,
    *,
    method: Method,
    design: Design | None = None,
    seed: int = 0,
) -> list[Index]:
    """Return how much each factor moves an answer; nothing if the answer never changes.

    Args:
        names: of the factors.
        x: `[point, factor]` values of the factors, numbers of names for lists of names.
        y: `[point]` answers, NaN where a run failed: such points are left out, with all
            the points of their base sample or trajectory.
        method: see `METHODS`; Sobol's needs a Saltelli design, Morris's one of his.
        design: where the points lie; in its order.
        seed: of the bootstrap behind the intervals.

    Raises:
        ValueError: the method does not fit the design.
    """
    if method not in methods(design):
        raise ValueError(f"{method} indices need another design")
    group = design.group if design and method in ("sobol", "morris") else 1
    whole = np.repeat(np.isfinite(y).reshape(-1, group).all(axis=1), group)
    if design and method == "morris":  # his effects are per step of the design, not per unit
        x = design.rows(0, design.size)
    x, y = x[whole], y[whole]
    if not len(y) or np.ptp(y) < 1e-12:
        return []
    find = {"sobol": _sobol, "morris": _morris, "pawn": _pawn}[method]
    found = [
        Index(factor=names[place], measure=measure, value=value, low=low, high=high)
        for measure, rows in find(x, y, seed)
        for place, (value, low, high) in enumerate(rows)
    ]
    return sorted(found, key=lambda index: names.index(index.factor))


Rows = Iterator[tuple[str, list[tuple[float, float, float]]]]


def _luck(seed: int) -> np.random.Generator:
    """Return a generator: SALib takes a seed of 0 for none, and then numpy's global luck."""
    return np.random.default_rng(seed)


def _sobol(x: Array, y: Array, seed: int) -> Rows:
    """Yield first-order (Saltelli 2010) and total (Jansen 1999) indices."""
    from SALib.analyze import sobol

    found = sobol.analyze(
        cube(x.shape[1]), y, calc_second_order=False, num_resamples=RESAMPLES, seed=_luck(seed)
    )
    yield "first", _around(found["S1"], found["S1_conf"])
    yield "total", _around(found["ST"], found["ST_conf"])


def _morris(x: Array, y: Array, seed: int) -> Rows:
    from SALib.analyze import morris

    found = morris.analyze(
        cube(x.shape[1]),
        x,
        y,
        num_levels=MORRIS_LEVELS,
        num_resamples=RESAMPLES,
        seed=_luck(seed),
    )
    yield "mu_star", _around(found["mu_star"], found["mu_star_conf"])
    sigma = np.asarray(found["sigma"], dtype=float)
    yield "sigma", _around(sigma, np.zeros_like(sigma))


def _reach(x: Array) -> list[list[float]]:
    return [
        [float(low), float(high)] for low, high in zip(x.min(axis=0), x.max(axis=0), strict=True)
    ]


def _pawn(x: Array, y: Array, seed: int) -> Rows:
    """Yield PAWN's median distance (Pianosi and Wagener 2018), with a bootstrap's interval."""
    middle = _distances(x, y)
    luck = np.random.default_rng(seed)
    again = luck.integers(0, len(y), (PAWN_RESAMPLES, len(y)))
    spread = np.std([_distances(x[rows], y[rows]) for rows in again], axis=0, ddof=1)
    yield "pawn", _around(middle, 1.96 * spread)


def _distances(x: Array, y: Array) -> Array:
    from SALib.analyze import pawn

    with np.errstate(invalid="ignore"):  # SALib divides by the mean of distances that are all 0
        found = pawn.analyze({**cube(x.shape[1]), "bounds": _reach(x)}, x, y, S=SLICES)
    return np.asarray(found["median"], dtype=float)


def _around(values: Array, reach: Array) -> list[tuple[float, float, float]]:
    pairs = zip(np.asarray(values, dtype=float), np.asarray(reach, dtype=float), strict=True)
    return [(float(v), float(v - r), float(v + r)) for v, r in pairs]


def boxes(names: Sequence[str], x: Array, event: Hits, *, most: int = 3) -> list[Box]:
    """Return the conditions under which an event is frequent, the best box first.

    PRIM (Friedman and Fisher 1999): a box gives up a twentieth of its points at a time,
    always those whose loss makes the event most frequent per point lost; of the boxes met
    on the way the one with the best balance of coverage and density (their harmonic mean)
    is taken, its limits settled, and freed of conditions that do little. The next box is
    sought among the points left, until none raises the odds of the event much.

    Args:
        names: of the factors.
        x: `[point, factor]` values.
        event: `[point]`, True where it happened.
        most: how many boxes at most.
    """
    found: list[Box] = []
    left = np.ones(len(event), dtype=bool)
    total = int(event.sum())
    while len(found) < most and event[left].sum() >= max(WORTH * total, 1):
        low, high = _peeled(x[left], event[left])
        if np.all(np.isneginf(low) & np.isposinf(high)):
            break
        inside = left & _within(x, low, high)
        limits = {
            name: (float(low[i]), float(high[i]))
            for i, name in enumerate(names)
            if np.isfinite(low[i]) or np.isfinite(high[i])
        }
        box = Box(
            limits=limits,
            coverage=float(event[inside].sum() / total),
            density=float(event[inside].mean()),
            mass=float(inside.mean()),
        )
        if box.coverage < WORTH or _odds(box.density) < LIFT * _odds(float(event[left].mean())):
            break
        found.append(box)
        left &= ~inside
    return found


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else np.inf


def _within(x: Array, low: Array, high: Array) -> Hits:
    return np.asarray(((x >= low) & (x <= high)).all(axis=1))


def _score(x: Array, event: Hits, low: Array, high: Array) -> float:
    """Return the harmonic mean of coverage and density."""
    inside = _within(x, low, high)
    return float(2 * event[inside].sum() / (inside.sum() + event.sum()))


def _peeled(x: Array, event: Hits) -> tuple[Array, Array]:
    low, high = np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf)
    best = (_score(x, event, low, high), low, high)
    inside = np.ones(len(x), dtype=bool)
    while step := _best_peel(x, event, inside, low, high):
        low, high, inside = step
        score = _score(x, event, low, high)
        if score > best[0]:
            best = (score, low, high)
    low, high = _settled(x, event, best[1], best[2])
    return _freed(x, event, low, high)


def _best_peel(
    x: Array, event: Hits, inside: Hits, low: Array, high: Array
) -> tuple[Array, Array, Hits] | None:
    """Return the box one peel smaller whose event is most frequent per point lost."""
    best, chosen = 0.0, None
    mean, count = event[inside].mean(), int(inside.sum())
    for column in range(x.shape[1]):
        values = x[:, column]
        for bound, end in _cuts(values[inside]):
            kept = inside & (values >= bound if end == "low" else values <= bound)
            size = int(kept.sum())
            if size == count or size < LEAST * len(x):
                continue
            gain = (event[kept].mean() - mean) / (count - size)
            if gain > best:
                new_low, new_high = low.copy(), high.copy()
                (new_low if end == "low" else new_high)[column] = bound
                best, chosen = gain, (new_low, new_high, kept)
    return chosen


def _cuts(values: Array) -> Iterator[tuple[float, str]]:
    """Yield where a factor's range may be cut: a peel from each end, at least one value."""
    steps = np.unique(values)
    if len(steps) < 2:
        return
    lower, upper = np.quantile(values, (PEEL, 1 - PEEL))
    yield float(steps[min(max(int(np.searchsorted(steps, lower)), 1), len(steps) - 1)]), "low"
    place = int(np.searchsorted(steps, upper, side="right")) - 1
    yield float(steps[max(min(place, len(steps) - 2), 0)]), "high"


def _settled(x: Array, event: Hits, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the box with each limit moved, in or out, to where the score is best (pasting)."""
    reach = max(len(x) // 10, 1)
    for column in range(x.shape[1]):
        steps = np.unique(x[:, column])
        for end in (low, high):
            if np.isfinite(end[column]):
                place = int(np.searchsorted(steps, end[column]))
                near = steps[max(place - reach, 0) : place + reach + 1]
                tried = [float(end[column]), *near[:: max(len(near) // TRIED, 1)]]
                scores = [_moved(x, event, (low, high), end, column, to) for to in tried]
                end[column] = tried[int(np.argmax(scores))]
    return low, high


def _moved(
    x: Array, event: Hits, box: tuple[Array, Array], end: Array, column: int, to: float
) -> float:
    """Return the score of a box one of whose limits is elsewhere."""
    before, end[column] = end[column], to
    score = _score(x, event, *box)
    end[column] = before
    return score


def _freed(x: Array, event: Hits, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the box without limits whose loss costs next to nothing, the least first.

    What has more than `READABLE` limits loses some at any price: nobody reads it.
    """
    score = _score(x, event, low, high)
    limits = [
        (end, column, none)
        for column in range(x.shape[1])
        for end, none in ((low, -np.inf), (high, np.inf))
        if np.isfinite(end[column])
    ]
    if limits:
        without = [_moved(x, event, (low, high), *limit) for limit in limits]
        least = int(np.argmax(without))
        if len(limits) > READABLE or without[least] >= score - FORGIVEN:
            end, column, none = limits[least]
            end[column] = none
            return _freed(x, event, low, high)
    return low, high
