"""Which factor moves an answer.

Indices of variance (Sobol), screening (Morris), and a measure for any points at hand
(PAWN) come from SALib. Its delta is left out: it reseeds numpy's global generator and changes
the filters of warnings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from sim.forecast import Array
from sim.study.designs import MORRIS_LEVELS, Design, cube
from sim.study.prim import Hits

Method = Literal["sobol", "morris", "pawn"]
METHODS: tuple[Method, ...] = ("sobol", "morris", "pawn")
MEASURES: Mapping[str, str] = {
    "first": "share of the variance, on its own",
    "total": "share of the variance, interactions included",
    "second": "share of the variance due to interactions of two",
    "mu_star": "mean size of its effect",
    "sigma": "spread of its effect",
    "pawn": "how far it shifts the distribution",
}
RESAMPLES = 1000
SLICES = 10  # of a factor's range, for PAWN
PAWN_RESAMPLES = 30
DUMMIES = 100  # factors that do nothing, beside which a distance of PAWN is judged
NOISE = 0.95  # share of them that the level of noise exceeds
IDLE = 0.0005  # a total index below it is told as nought
PARTS = (8, 4, 2, 1)  # of the points, at which an index is followed as they grow
FEWEST = {"sobol": 4, "morris": 4, "pawn": 100}  # base samples, trajectories, points of a part


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """How much a factor matters by one measure; low and high are a 95 % interval.

    `noise` is what 95 of 100 factors that do nothing stay below by the same measure; None where
    the measure of such a factor is nought. `beside` is the other factor of an interplay.
    """

    factor: str
    measure: str
    value: float
    low: float
    high: float
    noise: float | None = None
    beside: str = ""

    @property
    def is_noise(self) -> bool:
        """Whether a factor that does nothing might have as much."""
        return self.noise is not None and self.value <= self.noise


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
    alone = [*names] if design is None or method == "pawn" else design.moved(names)
    find = {"sobol": _sobol, "morris": _morris, "pawn": _pawn}[method]
    found = [index for index in find(alone, x, y, design, seed) if np.isfinite(index.value)]
    if method == "pawn":
        noise = _noise(design, whole, y, seed)
        found = [replace(index, noise=noise) for index in found]
    return sorted(found, key=lambda index: alone.index(index.factor))


def settling(
    names: Sequence[str],
    x: Array,
    y: Array,
    *,
    method: Method,
    design: Design | None = None,
    seed: int = 0,
) -> list[tuple[int, Index]]:
    """Return how many points there are and each index of them, as they grow to all.

    Base samples, trajectories and rows of a hypercube or a sequence are taken in their order, of
    which any beginning is such a design; those of a grid or a table in an order of luck. What
    fewer points than `FEWEST` say is left out. Args: those of `indices`.
    """
    group, ordered = (design.group, design.kind != "grid") if design else (1, False)
    luck, count = np.random.default_rng((seed, len(y))), len(y) // group
    order = np.arange(count) if ordered else luck.permutation(count)
    found: list[tuple[int, Index]] = []
    for part in PARTS:
        taken = np.isin(np.arange(count), order[: count // part]).repeat(group)
        if part > 1 and taken.sum() < FEWEST[method] * (1 if method == "pawn" else group):
            continue
        some = np.where(taken, y, np.nan)
        rows = indices(names, x, some, method=method, design=design, seed=seed)
        found += [(int(np.isfinite(some).sum()), index) for index in rows]
    return found


def _luck(seed: int) -> np.random.Generator:
    """Return a generator: SALib takes a seed of 0 for none, and then numpy's global luck."""
    return np.random.default_rng(seed)


def _sobol(
    names: Sequence[str], x: Array, y: Array, design: Design | None, seed: int
) -> Iterator[Index]:
    """Yield first-order (Saltelli 2010) and total (Jansen 1999) indices, those of pairs last."""
    from SALib.analyze import sobol

    both = design is not None and design.second_order
    found = sobol.analyze(
        cube(len(names)), y, calc_second_order=both, num_resamples=RESAMPLES, seed=_luck(seed)
    )
    yield from _around("first", names, found["S1"], found["S1_conf"])
    yield from _around("total", names, found["ST"], found["ST_conf"])
    for one, other in combinations(range(len(names)), 2) if both else ():
        value, reach = ([found[name][one, other]] for name in ("S2", "S2_conf"))
        for index in _around("second", [names[one]], value, reach):
            yield replace(index, beside=names[other])


def _morris(
    names: Sequence[str], x: Array, y: Array, design: Design | None, seed: int
) -> Iterator[Index]:
    """Yield mean and spread of Morris's effects; a group has no spread (Campolongo et al. 2007)."""
    from SALib.analyze import morris

    found = morris.analyze(
        cube(x.shape[1], design.groups if design else ()),
        x,
        y,
        num_levels=MORRIS_LEVELS,
        num_resamples=RESAMPLES,
        seed=_luck(seed),
    )
    yield from _around("mu_star", names, found["mu_star"], found["mu_star_conf"])
    yield from _around("sigma", names, found["sigma"], np.zeros(len(names)))


def _reach(x: Array) -> list[list[float]]:
    return [
        [float(low), float(high)] for low, high in zip(x.min(axis=0), x.max(axis=0), strict=True)
    ]


def _pawn(
    names: Sequence[str], x: Array, y: Array, design: Design | None, seed: int
) -> Iterator[Index]:
    """Yield PAWN's median distance (Pianosi and Wagener 2018), with a bootstrap's interval."""
    middle = _distances(x, y)
    luck = np.random.default_rng(seed)
    again = luck.integers(0, len(y), (PAWN_RESAMPLES, len(y)))
    spread = np.std([_distances(x[rows], y[rows]) for rows in again], axis=0, ddof=1)
    yield from _around("pawn", names, middle, 1.96 * spread)


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
    held = np.repeat(luck.random((-(-count // group), DUMMIES)), group, axis=0)
    if design and design.kind == "saltelli":  # the last of each block are of a sample of their own
        own = group // 2 if design.second_order else 1
        blocks = held.reshape(-1, group, DUMMIES)
        blocks[:, group - own :] = luck.random((len(blocks), 1, DUMMIES))
    return held[:count]


def _distances(x: Array, y: Array) -> Array:
    from SALib.analyze import pawn

    with np.errstate(invalid="ignore"):  # SALib divides by the mean of distances that are all 0
        found = pawn.analyze({**cube(x.shape[1]), "bounds": _reach(x)}, x, y, S=SLICES)
    return np.asarray(found["median"], dtype=float)


def _around(
    measure: str, names: Sequence[str], values: Iterable[float], reach: Iterable[float]
) -> Iterator[Index]:
    for name, value, off in zip(names, map(float, values), map(float, reach), strict=True):
        yield Index(factor=name, measure=measure, value=value, low=value - off, high=value + off)


def idle(found: Sequence[Index]) -> set[str]:
    """Return the factors that do nothing: those whose total index is nought."""
    return {index.factor for index in found if index.measure == "total" and index.value < IDLE}
