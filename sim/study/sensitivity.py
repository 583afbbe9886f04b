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
from scipy.special import betainc

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
DUMMIES = 100  # factors that do nothing, beside which a distance of PAWN is judged
NOISE = 0.95  # share of them that the level of noise exceeds
PEEL = 0.05  # share of the points that one step of PRIM gives up
LEAST = 0.05  # share of the points a box must keep
READABLE = 4  # limits of a box at most
FORGIVEN = 0.01  # of the score, for one condition fewer
WORTH = 0.05  # share of all events a box must explain
TRIED = 400  # places that a limit is tried at, at most about twice as many
LIFT = 3.0  # by how much a box must raise the odds of the event
ROWS = 10  # independent points that PRIM needs for each factor
DOUBTFUL = 0.05  # quasi-p-value above which a limit of a box may be chance
IDLE = 0.0005  # a total index below it is told as nought


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """How much a factor matters by one measure; low and high are a 95 % interval.

    `noise` is what 95 of 100 factors that do nothing stay below by the same measure; None where
    the measure of such a factor is nought.
    """

    factor: str
    measure: str
    value: float
    low: float
    high: float
    noise: float | None = None

    @property
    def is_noise(self) -> bool:
        """Whether a factor that does nothing might have as much."""
        return self.noise is not None and self.value <= self.noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Conditions under which an event is frequent.

    Attributes:
        limits: factor -> lowest and highest value inside, infinite where only the other
            end is limited; factors without a limit are out.
        coverage: share of all events that lie in the box and in no box before it.
        density: share of the box's points, those of earlier boxes left out, with the event.
        mass: share of all points that lie in the box and in no box before it.
        doubts: factor -> quasi-p-value of its lowest and highest value (see `_doubt`), infinite
            where there is no limit.
    """

    limits: Mapping[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float
    doubts: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The boxes that were found, and why there are no more.

    Attributes:
        boxes: the best first.
        refused: the next best, which explained too few events, did not raise their odds enough
            or may be all chance; None if no limit of any factor does better than none.
        rows: independent points there are.
        needed: independent points without which no box is sought.
    """

    boxes: tuple[Box, ...]
    refused: Box | None
    rows: int
    needed: int


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
        seed: of the bootstrap behind the intervals, and of the dummies.

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
    noise = _noise(design, whole, y, seed) if method == "pawn" else None
    find = {"sobol": _sobol, "morris": _morris, "pawn": _pawn}[method]
    found = [
        Index(factor=names[place], measure=measure, value=value, low=low, high=high, noise=noise)
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


def _noise(design: Design | None, whole: Hits, y: Array, seed: int) -> float:
    """Return the PAWN distance that 95 of 100 factors that do nothing stay below.

    PAWN's distance is never nought, however little a factor does, so a dummy factor is drawn
    beside the others and what lies below its index is called noise (Khorashadi Zadeh, Nossent,
    Sarrazin, Pianosi, van Griensven, Wagener and Bauwens 2017, "Comparison of variance-based and
    moment-independent global sensitivity analysis approaches by application to the SWAT model",
    Environmental Modelling & Software 91). Here a hundred are drawn, for the level of one alone
    is itself luck.
    """
    dummies = _dummies(design, len(whole), np.random.default_rng((seed, DUMMIES)))[whole]
    return float(np.quantile(_distances(dummies, y), NOISE))


def _dummies(design: Design | None, count: int, luck: np.random.Generator) -> Array:
    """Return dummies `[point, dummy]`, held as long as the design holds a factor.

    Points of one base sample share nearly all their factors and so have much the same answer: a
    factor that does nothing is told apart from noise only by as many values as it takes.
    """
    group = design.group if design else 1
    held = np.repeat(luck.random((-(-count // group), DUMMIES)), group, axis=0)[:count]
    if design and design.kind == "saltelli":  # the last of each block is a sample of its own
        last = held[group - 1 :: group]
        held[group - 1 :: group] = luck.random(last.shape)
    return held


def _distances(x: Array, y: Array) -> Array:
    from SALib.analyze import pawn

    with np.errstate(invalid="ignore"):  # SALib divides by the mean of distances that are all 0
        found = pawn.analyze({**cube(x.shape[1]), "bounds": _reach(x)}, x, y, S=SLICES)
    return np.asarray(found["median"], dtype=float)


def _around(values: Array, reach: Array) -> list[tuple[float, float, float]]:
    pairs = zip(np.asarray(values, dtype=float), np.asarray(reach, dtype=float), strict=True)
    return [(float(v), float(v - r), float(v + r)) for v, r in pairs]


def idle(found: Sequence[Index]) -> set[str]:
    """Return the factors that do nothing: those whose total index is nought."""
    return {index.factor for index in found if index.measure == "total" and index.value < IDLE}


def boxes(names: Sequence[str], x: Array, event: Hits, *, group: int = 1, most: int = 3) -> Search:
    """Return the conditions under which an event is frequent, the best box first.

    PRIM (Friedman and Fisher 1999): a box gives up a twentieth of its points at a time,
    always those whose loss makes the event most frequent per point lost; of the boxes met
    on the way the one with the best balance of coverage and density (their harmonic mean)
    is taken, its limits settled, and freed of conditions that do little. The next box is
    sought among the points left, until none raises the odds of the event much. Where there are
    fewer independent points than `ROWS` a factor, none is sought: there luck alone makes boxes.

    Args:
        names: of the factors.
        x: `[point, factor]` values.
        event: `[point]`, True where it happened.
        group: how many points make an independent one: those of a base sample or trajectory
            differ in one factor each.
        most: how many boxes at most.
    """
    rows, needed = len(event) // group, ROWS * len(names)
    found: list[Box] = []
    refused = None
    left = np.ones(len(event), dtype=bool)
    total = int(event.sum())
    while rows >= needed and len(found) < most and event[left].sum() >= max(WORTH * total, 1):
        low, high = _peeled(x[left], event[left])
        if np.all(np.isneginf(low) & np.isposinf(high)):
            break
        inside = left & _within(x, low, high)
        box = Box(
            limits=_ends(names, low, high),
            coverage=float(event[inside].sum() / total),
            density=float(event[inside].mean()),
            mass=float(inside.mean()),
            doubts=_ends(names, *_doubt(x[left], event[left], low, high, group)),
        )
        if not _telling(box, float(event[left].mean())):
            refused = box
            break
        found.append(box)
        left &= ~inside
    return Search(boxes=tuple(found), refused=refused, rows=rows, needed=needed)


def _telling(box: Box, share: float) -> bool:
    """Return whether a box explains enough, raises the odds enough, and may not be all chance."""
    least = min(min(doubts) for doubts in box.doubts.values())
    worth = box.coverage >= WORTH and least <= DOUBTFUL
    return worth and _odds(box.density) >= LIFT * _odds(share)


def _ends(names: Sequence[str], low: Array, high: Array) -> dict[str, tuple[float, float]]:
    """Return both ends of each factor that has one."""
    return {
        name: (float(low[i]), float(high[i]))
        for i, name in enumerate(names)
        if np.isfinite(low[i]) or np.isfinite(high[i])
    }


def _doubt(x: Array, event: Hits, low: Array, high: Array, group: int) -> tuple[Array, Array]:
    """Return the quasi-p-value of each limit of a box, infinite where there is none.

    The chance that as many events fall into the box if the event is as frequent there as in the
    same box without that limit: a one-sided binomial test (Bryant and Lempert 2010, "Thinking
    inside the box", Technological Forecasting and Social Change 77), as the EMA workbench has
    it. Points that are not independent of each other count as one.
    """
    inside = _within(x, low, high)
    points, events = inside.sum() / group, event[inside].sum() / group
    found = np.full((2, x.shape[1]), np.inf)
    for end, limits in enumerate((low, high)):
        for column in np.flatnonzero(np.isfinite(limits)):
            box = [low.copy(), high.copy()]
            box[end][column] = (-np.inf, np.inf)[end]
            share = float(event[_within(x, *box)].mean())
            found[end, column] = betainc(events, points - events + 1, share) if events else 1.0
    return found[0], found[1]


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
