"""Ties between what is drawn: whole draws are put in another order, none is changed.

Method: reordering to a wanted rank correlation, Iman and Conover (1982).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.forecast import Array
from sim.place.assumptions import needs
from sim.place.case import Case
from sim.streams import normals

YEAR, YEARS = 12, 5  # months of a year, and how many years the movement of a path is judged by


def tie_assumptions(case: Case, drawn: Mapping[str, Array], seed: int) -> dict[str, Array]:
    """Return draws of assumptions put in an order in which each side shares a factor.

    Assumptions of supply have rank correlation `tie_assumptions` with each other, those of
    demand too; all others, and the two sides, know nothing of each other. The table of what the
    model asks says which side each is of, and whether more of it brings more.

    Args:
        case: gives the assumed correlation.
        drawn: assumption -> `[replicate]`.
        seed: of the run.
    """
    rho = case.assumptions["tie_assumptions"].central
    tied = dict(drawn)
    for name, need in needs().items():
        if need.tie and np.ptp(drawn[name]) > 0:
            side, sign = need.tie[:-1], 1 if need.tie.endswith("+") else -1
            factor = normals(seed, "tie", side, shape=drawn[name].shape)
            own = _scores(drawn[name])
            wanted = np.sqrt(rho) * sign * factor + np.sqrt(1 - rho) * own
            tied[name] = np.sort(drawn[name])[_ranks(wanted)]
    return tied


def tie_paths(case: Case, paths: Mapping[str, Array], seed: int) -> dict[str, Array]:
    """Return histories' paths, `[replicate, month + 1]`, of which some move with smartphones.

    The set of an indicator's paths is what it was; whole paths change places between replicates
    so that the movements over five years, the later years counting more, have the assumed
    correlation of normal scores with those of smartphones.
    """
    if not case.users:
        return dict(paths)
    leader, tied = _scores(_movement(paths[case.users])), dict(paths)
    ties = {"mobile_broadband": "tie_phones_mobile", case.lines: "tie_phones_fibre"}
    for name, tie in ties.items():
        if name in paths:
            rho, own = case.assumptions[tie].central, paths[name]
            luck = normals(seed, "tie", name, shape=(len(own),))
            wanted = rho * leader + np.sqrt(1 - rho**2) * luck
            order = np.argsort(_movement(own), kind="stable")
            tied[name] = own[order][_ranks(wanted)]
    return tied


def _movement(path: Array) -> Array:
    """Return one number a path: its moves from the start, each in its own spread, summed."""
    months: Sequence[int] = range(YEAR, min(YEAR * YEARS, path.shape[1] - 1) + 1, YEAR)
    moves = path[:, list(months) or [-1]] - path[:, :1]
    moves = (moves - moves.mean(axis=0)) / np.maximum(moves.std(axis=0), 1e-12)
    return np.asarray(moves @ np.arange(1.0, moves.shape[1] + 1))


def _ranks(values: Array) -> NDArray[np.intp]:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable")


def _scores(values: Array) -> Array:
    """Return normal scores of values by their ranks."""
    return np.asarray(ndtri((_ranks(values) + 0.5) / len(values)))
