"""Designs of experiments: where in the unit cube a study's points lie, row by row.

Rows are made when they are asked for, so a study of many points needs no more memory than
one of few; only Latin hypercubes and Morris trajectories, which know their rows together,
are made whole.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Literal

import numpy as np

from sim.forecast import Array

Kind = Literal["grid", "latin_hypercube", "sobol", "saltelli", "morris"]
KINDS: tuple[Kind, ...] = ("grid", "latin_hypercube", "sobol", "saltelli", "morris")
MORRIS_LEVELS = 4
EDGE = 1e-9  # of a slice, which no point comes nearer to: rounding must not move it over


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Rows of a unit cube; equal designs give equal rows, in any pieces.

    Attributes:
        kind: see `KINDS`.
        dimensions: how many factors.
        samples: rows of a Latin hypercube or Sobol sequence, base samples of a Saltelli
            design (each makes `dimensions + 2` rows), trajectories of a Morris design
            (each makes `dimensions + 1` rows); not used by a grid.
        seed: of the scrambling or shuffling.
        steps: of a grid, how many values each dimension has.
    """

    kind: Kind
    dimensions: int
    samples: int = 1
    seed: int = 0
    steps: tuple[int, ...] = ()

    @property
    def group(self) -> int:
        """How many rows belong together: all are needed, or none can be analysed."""
        return {"saltelli": self.dimensions + 2, "morris": self.dimensions + 1}.get(self.kind, 1)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return prod(self.steps) if self.kind == "grid" else self.samples * self.group

    def rows(self, start: int, stop: int) -> Array:
        """Return the rows from `start` up to, not with, `stop`: `[row, dimension]`, 0 to 1.

        A grid's values lie evenly from 0 to 1, both with; a single value lies at 0.5.
        """
        stop = min(stop, self.size)
        if self.kind == "grid":
            return self._grid(start, stop)
        if self.kind == "sobol":
            return _sobol(self.dimensions, self.seed, start, stop)
        if self.kind == "saltelli":
            return self._saltelli(start, stop)
        return _whole(self)[start:stop]

    def _grid(self, start: int, stop: int) -> Array:
        places = np.unravel_index(np.arange(start, stop), self.steps)
        columns = [
            place / (steps - 1) if steps > 1 else np.full(len(place), 0.5)
            for place, steps in zip(places, self.steps, strict=True)
        ]
        return np.stack(columns, axis=1)

    def _saltelli(self, start: int, stop: int) -> Array:
        """Return rows in the order of Saltelli (2002): A, A with one column of B each, B."""
        first, last = start // self.group, -(-stop // self.group)
        base = _sobol(2 * self.dimensions, self.seed, first, last)
        a, b = base[:, : self.dimensions], base[:, self.dimensions :]
        block = np.repeat(a[:, None, :], self.group, axis=1)
        for column in range(self.dimensions):
            block[:, column + 1, column] = b[:, column]
        block[:, -1] = b
        offset = first * self.group
        return block.reshape(-1, self.dimensions)[start - offset : stop - offset]


def _sobol(dimensions: int, seed: int, start: int, stop: int) -> Array:
    """Return rows of a scrambled Sobol sequence (Joe and Kuo's numbers, Owen's scrambling)."""
    from scipy.stats import qmc

    with warnings.catch_warnings():  # a part of a sequence need not be a power of two
        warnings.simplefilter("ignore", UserWarning)
        sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
        if start:
            sequence.fast_forward(start)
        return np.asarray(sequence.random(stop - start))


@lru_cache(maxsize=2)
def _whole(design: Design) -> Array:
    if design.kind == "morris":
        return _morris(design)
    return _latin(design)


def _latin(design: Design) -> Array:
    """Return a Latin hypercube whose first half is the one of half as many samples.

    It doubles from an odd number of samples on: the new points take, in each dimension and in
    an order of their own, the halves of slices that are free.
    """
    from scipy.stats import qmc

    luck = np.random.default_rng(design.seed)
    odd = design.samples // (design.samples & -design.samples)
    rows = np.asarray(qmc.LatinHypercube(design.dimensions, rng=luck).random(odd))
    while len(rows) < design.samples:
        slices = 2 * len(rows)
        taken = np.floor(rows * slices).T
        free = [luck.permutation(np.setdiff1d(np.arange(slices), column)) for column in taken]
        inside = luck.uniform(EDGE, 1 - EDGE, rows.shape)
        rows = np.concatenate([rows, (np.stack(free, axis=1) + inside) / slices])
    return rows


def _morris(design: Design) -> Array:
    """Return Morris's trajectories: each row differs from the one before in one factor."""
    from SALib.sample import morris

    problem = cube(design.dimensions)
    rows = morris.sample(
        problem, design.samples, num_levels=MORRIS_LEVELS, seed=np.random.default_rng(design.seed)
    )
    return np.asarray(rows, dtype=float)


def cube(dimensions: int) -> dict[str, object]:
    """Return SALib's description of a unit cube."""
    names = [f"x{place}" for place in range(dimensions)]
    return {"num_vars": dimensions, "names": names, "bounds": [[0.0, 1.0]] * dimensions}
