"""Ranks of areas, draw by draw, under weights that are not agreed.

Method: stochastic multicriteria acceptability analysis (SMAA-2, Lahdelma and Salminen 2001): the
criteria's values and their weights are drawn, and what is told is how often an area has a rank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.forecast import Array
from sim.rank.criteria import Criterion
from sim.streams import uniforms

APART = 0.95  # how often one must be before another to be told apart from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Ranks of areas, 1 for the area for which most speaks.

    Attributes:
        scores: `[replicate, area]`.
        ranks: `[replicate, area]`; equals share the middle of theirs.
        top: how many are the first ones.
        chance: `[area]` of being among them.
        low, middle, high: `[area]` 5, 50 and 95 % of the ranks.
        groups: the areas' places, the first group first; within one none can be told from the
            group's first.
    """

    scores: Array
    ranks: Array
    top: int
    chance: Array
    low: Array
    middle: Array
    high: Array
    groups: tuple[tuple[int, ...], ...]

    @property
    def misplaced(self) -> Array:
        """How often each area is on the other side of the top than is likelier, `[area]`."""
        return np.minimum(self.chance, 1 - self.chance)


def scores(
    criteria: Sequence[Criterion], values: Mapping[str, Array], seed: int, replicates: int
) -> Array:
    """Return the weighted sums of values, `[replicate, area]`.

    A weight is drawn evenly from its range by a stream of the criterion's own name, so that one
    more criterion disturbs no other and one of weight nought is as good as none.
    """
    areas = next(iter(values.values())).shape[1]
    total = np.zeros((replicates, areas))
    for each in criteria:
        if each.high > 0:
            luck = uniforms(seed, "weight", each.id, shape=(replicates,))
            total += (each.low + luck * (each.high - each.low))[:, None] * values[each.id]
    return total


def ranks(scores: Array, top: int) -> Ranks:
    """Return the ranks of areas by scores `[replicate, area]`, the highest first."""
    ordered = np.sort(-scores, axis=1)
    pairs = list(zip(ordered, -scores, strict=True))
    before = np.array([np.searchsorted(own, draw, "left") for own, draw in pairs])
    upto = np.array([np.searchsorted(own, draw, "right") for own, draw in pairs])
    found = (before + upto + 1) / 2
    inside = np.clip((top - before) / (upto - before), 0, 1)
    low, middle, high = np.quantile(found, (0.05, 0.5, 0.95), axis=0)
    return Ranks(
        scores=scores,
        ranks=found,
        top=top,
        chance=inside.mean(axis=0),
        low=low,
        middle=middle,
        high=high,
        groups=tuple(_groups(scores, found)),
    )


def _groups(scores: Array, found: Array) -> list[tuple[int, ...]]:
    """Return areas in groups, each with all that follow its first and are not surely behind it."""
    order = np.argsort(found.mean(axis=0), kind="stable").tolist()
    groups: list[list[int]] = []
    for area in order:
        if groups and _ahead(scores, groups[-1][0], area) < APART:
            groups[-1].append(area)
        else:
            groups.append([area])
    return [tuple(group) for group in groups]


def _ahead(scores: Array, one: int, other: int) -> float:
    gap = scores[:, one] - scores[:, other]
    return float((gap > 0).mean() + (gap == 0).mean() / 2)
