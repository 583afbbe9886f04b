"""What it is worth to know: value of information from draws, by regression with cross-fitting.

EVPPI (Strong, Oakley and Brennan 2014): what each choice brings is regressed on what would be
known, and the choice that is then best is taken. Here it is fitted on four fifths of the draws
and taken on the fifth that was left out, so that luck in the fit brings nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from sim.forecast import Array, Whole

FOLDS = 5
KNOTS = 4  # inner ones of a cubic spline, at quantiles
GROUPS, LEAST = 10, 20  # of draws that are told alike, and draws a group
RIDGE = 1e-3  # of a column's own sum of squares, lest a column that is all but empty run wild
SURE = 3.0  # standard errors below which a gain may be the luck of the draws: many are looked at
Known = Mapping[str, Array]  # what may be known -> its draws, `[replicate]`


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What knowing some quantities brings.

    Attributes:
        names: of what would be known together.
        value: by how much the best choice is better on average, never below 0.
        error: its standard error.
        narrower: share of the width of the 90 % range that goes, never below 0.
    """

    names: tuple[str, ...]
    value: float
    error: float
    narrower: float

    @property
    def telling(self) -> bool:
        """Whether the gain is more than the luck of the draws: else it would change nothing."""
        return self.value > SURE * self.error and self.value > 0


def perfect(benefit: Array) -> float:
    """Return what knowing everything brings (EVPI) from `[replicate, choice]` benefits."""
    return float(benefit.max(axis=1).mean() - benefit.mean(axis=0).max())


def gains(
    benefit: Array, level: Array, known: Known, sets: Sequence[tuple[str, ...]]
) -> list[Gain]:
    """Return what knowing each of some sets brings.

    Who knows more can do what they would have done with less, so a set is worth at least as much
    as any set asked about that lies within it: that is how a set that grows never falls.

    Args:
        benefit: `[replicate, choice]` what each choice brings.
        level: `[replicate]` whose range is to be narrowed.
        known: the draws.
        sets: names of what would be known together.
    """
    found: dict[frozenset[str], Gain] = {}
    for names in sorted(sets, key=len):
        own = _gain(benefit, level, known, names)
        inside = [each for key, each in found.items() if key <= frozenset(names)]
        best = max([own, *inside], key=lambda each: each.value)
        narrower = max(each.narrower for each in (own, *inside))
        found[frozenset(names)] = Gain(
            names=names, value=best.value, error=best.error, narrower=narrower
        )
    return [found[frozenset(names)] for names in sets]


def _gain(benefit: Array, level: Array, known: Known, names: tuple[str, ...]) -> Gain:
    best = int(benefit.mean(axis=0).argmax())
    over = benefit - benefit[:, [best]]
    basis = _basis([known[name] for name in names])
    told = _crossed(basis, np.column_stack([over, level]))
    chosen = told[:, :-1].argmax(axis=1)
    won = np.take_along_axis(over, chosen[:, None], axis=1)[:, 0]
    return Gain(
        names=names,
        value=max(float(won.mean()), 0.0),
        error=float(won.std() / np.sqrt(len(won))),
        narrower=_narrower(level, told[:, -1]),
    )


def _narrower(level: Array, told: Array) -> float:
    """Return by which share the 90 % range is narrower on average once it is known.

    Draws are grouped by what the fit tells of them; the range in a group is that of the level or
    of its distance from what is told. Groups by nothing, of the same size, are what it is set
    against: in small groups every range is a little too narrow. Where what is told, which the
    fit has not seen, is tied to the level by no more than luck, nothing is narrower.
    """
    if not _tied(level, told):
        return 0.0
    groups = max(min(GROUPS, len(level) // LEAST), 1)
    alike = np.array_split(np.argsort(told, kind="stable"), groups)
    mixed = np.array_split(np.arange(len(level)), groups)
    wide = _width(level, mixed)
    left = min(_width(level, alike), _width(level - told, alike))
    return max(1 - left / wide, 0.0) if wide > 0 else 0.0


def _tied(level: Array, told: Array) -> bool:
    spread = float(level.std() * told.std())
    if spread <= 0:
        return False
    tie = float(((level - level.mean()) * (told - told.mean())).mean()) / spread
    return bool(tie * np.sqrt(len(level)) > SURE)


def _width(values: Array, groups: Sequence[Whole]) -> float:
    """Return the mean width of the 90 % range over groups of draws."""
    return float(np.mean([np.ptp(np.quantile(values[each], (0.05, 0.95))) for each in groups]))


def _basis(columns: Sequence[Array]) -> Array:
    """Return splines of each quantity and the products of pairs, `[replicate, column]`."""
    standing = [column for column in columns if np.ptp(column) > 0]
    parts = [np.ones((len(columns[0]), 1)), *map(_spline, standing)]
    scaled = [(column - column.mean()) / column.std() for column in standing]
    parts += [(a * b)[:, None] for i, a in enumerate(scaled) for b in scaled[:i]]
    return np.hstack(parts)


def _spline(x: Array) -> Array:
    """Return a cubic spline's columns of a quantity, knots at its quantiles, and its own line."""
    inner = np.unique(np.quantile(x, np.linspace(0, 1, KNOTS + 2)[1:-1]))
    inner = inner[(inner > x.min()) & (inner < x.max())]
    knots = np.concatenate([np.repeat(x.min(), 4), inner, np.repeat(x.max(), 4)])
    line = ((x - x.mean()) / x.std())[:, None]
    return np.hstack([line, BSpline.design_matrix(x, knots, 3).toarray()[:, 1:-1]])


def _crossed(basis: Array, y: Array) -> Array:
    """Return for each draw what is fitted to the other folds, `[replicate, answer]`."""
    fold = np.arange(len(y)) % FOLDS
    told = np.empty_like(y)
    for each in range(FOLDS):
        out = fold == each
        told[out] = basis[out] @ _fitted(basis[~out], y[~out])
    return told


def _fitted(basis: Array, y: Array) -> Array:
    square = basis.T @ basis
    square[np.diag_indices_from(square)] *= 1 + RIDGE
    return np.asarray(np.linalg.lstsq(square, basis.T @ y, rcond=None)[0])
