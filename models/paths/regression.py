"""The pooled regression member: next year's change from paces and saturation, year after year.

    change_{k+1} = b_1 change + b_2 quick + b_3 slow + b_4 quick (r - 1/2) + F sum_j c_j hat_j(r)

with r the level over the frontier F and hat_j the piecewise-linear hats at `KNOTS`: how
momentum carries over, how much less so near saturation, and the pace that comes with a
level alone. Fitted to one-year changes of all countries by ridge-held least absolute
deviations (Koenker and Bassett 1978; ridge: Hoerl and Kennard 1970) and run forward, the
paces renewed by what it forecasts, so that horizons agree with one another.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.paths.robust import fit_line
from models.paths.states import QUICK, SLOW, States

Array = NDArray[np.float64]

KNOTS = np.array([0.0, 0.15, 0.4, 0.7, 1.0, 1.3])
PRIOR = np.array([0.1, 0.4, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
RIDGE = 0.15


def design(states: States) -> Array:
    """Return `[country, 10]`, the columns of the regression, in the indicator's units a year."""
    rank = np.clip(states.level / states.frontier, 0, 1.5)
    hats = [np.interp(rank, KNOTS, spike) for spike in np.eye(len(KNOTS))]
    paces = [states.change, states.quick, states.slow, states.quick * (rank - 0.5)]
    return np.stack([*paces, *(states.frontier * hat for hat in hats)], axis=1)


def fit_regression(states: States, change: Array, weight: Array) -> Array:
    """Return the ten coefficients, from states `[n]` and the change of the year after."""
    return fit_line(design(states), prior=PRIOR, ridge=RIDGE, outcome=change, weight=weight)


def run_regression(beta: Array, states: States, horizon: int) -> Array:
    """Return `[country, horizon]`, the levels the regression leads to."""
    path = np.empty((len(states.level), horizon))
    for year in range(horizon):
        change = design(states) @ beta
        states = replace(
            states,
            level=states.level + change,
            change=change,
            quick=QUICK * change + (1 - QUICK) * states.quick,
            slow=SLOW * change + (1 - SLOW) * states.slow,
        )
        path[:, year] = states.level
    return path
