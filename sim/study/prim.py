"""Under which conditions an event is frequent: boxes of points, found by PRIM.

Written here: the EMA workbench's has the same peeling and quasi-p-values, with a plotting library
and a solver behind it, and does not know of rows that are not independent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from sim.forecast import Array

Hits = NDArray[np.bool_]
PEEL = 0.05  # share of the points that one step of PRIM gives up
LEAST = 0.05  # share of the points a box must keep
READABLE = 4  # limits of a box at most
FORGIVEN = 0.01  # of the score, for one condition fewer
WORTH = 0.05  # share of all events a box must explain
TRIED = 400  # places that a limit is tried at, at most about twice as many
LIFT = 3.0  # by how much a box must raise the odds of the event
ROWS = 10  # independent points that PRIM needs for each factor
DOUBTFUL = 0.05  # quasi-p-value above which a limit of a box may be chance


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
        steps: the boxes met on the way to the first one, each a peel smaller: what coverage a
            higher density costs.
    """

    boxes: tuple[Box, ...]
    refused: Box | None
    rows: int
    needed: int
    steps: tuple[Box, ...] = ()


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
    refused, steps = None, list[Box]()
    left = np.ones(len(event), dtype=bool)
    total = int(event.sum())
    while rows >= needed and len(found) < most and event[left].sum() >= max(WORTH * total, 1):
        way, ends = _peeled(x[left], event[left])
        steps = steps or [_box(names, x, event, left, *each, group) for each in way]
        if not np.isfinite(ends).any():
            break
        box = _box(names, x, event, left, *ends, group)
        if not _telling(box, float(event[left].mean())):
            refused = box
            break
        found.append(box)
        left &= ~_within(x, *ends)
    return Search(boxes=tuple(found), refused=refused, rows=rows, needed=needed, steps=tuple(steps))


def _box(
    names: Sequence[str], x: Array, event: Hits, left: Hits, low: Array, high: Array, group: int
) -> Box:
    """Return what a box holds of the points that are left."""
    inside = left & _within(x, low, high)
    return Box(
        limits=_ends(names, low, high),
        coverage=float(event[inside].sum() / event.sum()),
        density=float(event[inside].mean()),
        mass=float(inside.mean()),
        doubts=_ends(names, *_doubt(x[left], event[left], low, high, group)),
    )


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


Ends = tuple[Array, Array]


def _peeled(x: Array, event: Hits) -> tuple[list[Ends], Ends]:
    """Return the limits after each peel, and those that are best once settled and freed."""
    low, high = np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf)
    way, inside = [(low, high)], np.ones(len(x), dtype=bool)
    while step := _best_peel(x, event, inside, low, high):
        low, high, inside = step
        way.append((low, high))
    best = max(way, key=lambda ends: _score(x, event, *ends))
    low, high = _settled(x, event, *(end.copy() for end in best))
    return way, _freed(x, event, low, high)


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
