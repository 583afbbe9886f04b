"""Two pooled members that carry a country's own momentum: damped, or fading into the norm.

Both read a country's state and a handful of parameters shared by all countries; both
forecast `[country, horizon]` in the indicator's units. r is level over frontier.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.paths.states import States

Array = NDArray[np.float64]

KNOTS = np.array([0.0, 0.1, 0.3, 0.6, 0.9, 1.2])  # r at which the norm pace is learned

TREND_PRIOR = np.array([2.0, -1.0, 0.5, 3.0, -1.0])
TREND_RIDGE = np.full(5, 0.01)
NORM_PRIOR = np.array([1.0, 0.0, 0.03, -0.3, 0.2, 0.02, 0.05, 0.08, 0.05, 0.01, -0.01])
NORM_RIDGE = np.array([0.001, 0.001, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0])


def global_damped_trend(theta: Array, states: States, horizon: int) -> Array:
    """Return the country's own pace, damped by a pooled function of its level.

        forecast(h) = level + m(r) s (f(r) + f(r)^2 + ... + f(r)^h)
        f(r) = expit(theta_0 + theta_1 r),  m(r) = expit(theta_3 + theta_4 r),
        s = w quick + (1 - w) slow,  w = expit(theta_2)

    Never faster than the country already is, slower the nearer the frontier. Source: the
    damped trend of Gardner and McKenzie (1985) with global parameters (Montero-Manso and
    Hyndman 2021, on why global ones win).
    """
    rank = np.minimum(states.level / states.frontier, 1.5)
    mix = expit(theta[2])
    pace = mix * states.quick + (1 - mix) * states.slow
    fade, first = expit(theta[0] + theta[1] * rank), expit(theta[3] + theta[4] * rank)
    reach = np.cumsum(fade[:, None] ** np.arange(1, horizon + 1), axis=1)
    return np.asarray(states.level[:, None] + (first * pace)[:, None] * reach)


def momentum_to_norm(theta: Array, states: States, horizon: int) -> Array:
    """Return the path of a country whose momentum fades into the international S-curve.

        s_{k+1} = f s_k + (1 - f) n(r_k) F exp(-d (k + ago)),   level_{k+1} = level_k + s_{k+1}
        s_0 = w change + (1 - w) quick,   level_0 = level - theta_4 (change - quick)
        f = expit(theta_0 + theta_3 restlessness),   w = expit(theta_1),   d = theta_2

    A restless country's pace is believed less (theta_3), and the last point gives part of
    its surprise back (theta_4), as figures that leap are often revised. n is the norm pace of
    countries at r, a part of the frontier F a year, piecewise linear through `theta[5:]` at
    `KNOTS`; d lets the norm of an era fade, so a boom is not carried on for ever. Source:
    partial adjustment (Nerlove 1958), here of the pace, towards an empirical growth curve
    instead of a fitted logistic one.
    """
    keep, mix = expit(theta[0] + theta[3] * states.restlessness()), expit(theta[1])
    pace = mix * states.change + (1 - mix) * states.quick
    level = states.level - theta[4] * (states.change - states.quick)
    path = np.empty((len(states.level), horizon))
    for year in range(horizon):
        norm = np.interp(level / states.frontier, KNOTS, theta[5:])
        norm = norm * states.frontier * np.exp(-theta[2] * (year + states.ago))
        pace = keep * pace + (1 - keep) * norm
        level = level + pace
        path[:, year] = level
    return path
