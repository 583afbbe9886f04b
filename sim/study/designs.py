"""Designs of experiments: where in the unit cube a study's points lie, row by row.

Rows are made when they are asked for, so a study of many points needs no more memory than
one of few; only Latin hypercubes and Morris trajectories, which know their rows together,
are made whole.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any, Literal

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
            design (each makes `group` rows: two more than factors), trajectories of a Morris
            design (one more than factors); not used by a grid.
        seed: of the scrambling or shuffling.
        steps: of a grid, how many values each dimension has.
        groups: the name of what each dimension moves with in a Saltelli or Morris design; none
            where each moves alone.
        second_order: whether a Saltelli design has the rows that tell how two interplay.
    """

    kind: Kind
    dimensions: int
    samples: int = 1
    seed: int = 0
    steps: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    second_order: bool = False

    @property
    def group(self) -> int:
        """How many rows belong together: all are needed, or none can be analysed."""
        moved = len(set(self.groups)) or self.dimensions
        both = moved * (2 if self.second_order else 1)
        return {"saltelli": both + 2, "morris": moved + 1}.get(self.kind, 1)

    def moved(self, names: Sequence[str]) -> list[str]:
        """Return what moves as one: groups of factors, or the factors themselves by their names."""
        return list(dict.fromkeys(self.groups or names))

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
        """Return rows in the order of Saltelli (2002): A, A with a part of B each, B.

        For the second order B with a part of A each comes before B.
        """
        first, last = start // self.group, -(-stop // self.group)
        base = _sobol(2 * self.dimensions, self.seed, first, last)
        a, b = base[:, : self.dimensions], base[:, self.dimensions :]
        block = np.repeat(a[:, None, :], self.group, axis=1)
        parts = self.groups or tuple(map(str, range(self.dimensions)))
        moved = dict.fromkeys(parts)
        for place, part in enumerate(moved, start=1):
            columns = [column for column, own in enumerate(parts) if own == part]
            block[:, place, columns] = b[:, columns]
            if self.second_order:
                block[:, place + len(moved)] = b
                block[:, place + len(moved), columns] = a[:, columns]
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

    problem = cube(design.dimensions, design.groups)
    rows = morris.sample(
        problem, design.samples, num_levels=MORRIS_LEVELS, seed=np.random.default_rng(design.seed)
    )
    return np.asarray(rows, dtype=float)


def cube(dimensions: int, groups: Sequence[str] = ()) -> dict[str, object]:
    """Return SALib's description of a unit cube."""
    names = [f"x{place}" for place in range(dimensions)]
    own = {"groups": list(groups)} if groups else {}
    return {"num_vars": dimensions, "names": names, "bounds": [[0.0, 1.0]] * dimensions, **own}


def design_of(made: Mapping[str, Any]) -> Design | None:
    """Return the design that a study's `study.json` tells of; None where its points are given."""
    row = dict(made["design"])
    if row["kind"] == "csv":
        return None
    several: dict[str, Any] = {name: tuple(row.pop(name, ())) for name in ("steps", "groups")}
    return Design(dimensions=len(made["factors"]), **several, **row)
