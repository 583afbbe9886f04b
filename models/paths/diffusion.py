"""Curves of diffusion in closed form, and their fits: Bass, Gompertz, logistic.

Time t in the unit of the rates, market potential m in the unit of the series:
    Bass      F(t) = m (1 - e^{-(p+q)t}) / (1 + (q/p) e^{-(p+q)t})          Bass (1969)
    Gompertz  F(t) = m exp(-b e^{-ct})                                     Gompertz (1825)
    logistic  F(t) = m / (1 + e^{-r(t - t0)})                              Griliches (1957)
Fitted ceilings of single series are weakly identified before saturation: these curves
are rivals to beat and explanations, never what a forecast rests on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Array = NDArray[np.float64]


def bass(t: Array, m: float, p: float, q: float) -> Array:
    """Return the cumulative adopters of a Bass curve that starts at t = 0.

    Args:
        t: times since the launch, >= 0.
        m: market potential.
        p: rate of innovation, > 0.
        q: rate of imitation, >= 0.

    >>> bass(np.array([0.0, 1e9]), 100, 0.03, 0.38).round(6)
    array([  0., 100.])
    """
    decay = np.exp(-(p + q) * t)
    return np.asarray(m * (1 - decay) / (1 + q / p * decay))


def gompertz(t: Array, m: float, b: float, c: float) -> Array:
    """Return a Gompertz curve with displacement b > 0 and rate c > 0.

    >>> gompertz(np.array([0.0]), 1.0, np.log(2), 0.3)
    array([0.5])
    """
    return np.asarray(m * np.exp(-b * np.exp(-c * t)))


def logistic(t: Array, m: float, middle: float, rate: float) -> Array:
    """Return a logistic curve that stands at half its potential at t = middle.

    >>> logistic(np.array([5.0]), 1.0, 5.0, 0.7)
    array([0.5])
    """
    return np.asarray(m / (1 + np.exp(-rate * (t - middle))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A curve, the names and starts of its parameters, and bounds they keep to."""

    shape: Callable[..., Array]
    names: tuple[str, str, str]
    start: Callable[[Array, Array], tuple[float, float, float]]
    low: tuple[float, float, float]
    high: tuple[float, float, float]


def _span(t: Array) -> float:
    return max(float(np.ptp(t)), 1e-9)


CURVES: dict[str, Curve] = {
    "bass": Curve(
        shape=bass,
        names=("m", "p", "q"),
        start=lambda t, y: (1.5 * float(y.max()), 0.03, 0.38),
        low=(1e-9, 1e-9, 0.0),
        high=(np.inf, 5.0, 5.0),
    ),
    "gompertz": Curve(
        shape=gompertz,
        names=("m", "b", "c"),
        start=lambda t, y: (1.5 * float(y.max()), 3.0, 2 / _span(t)),
        low=(1e-9, 1e-9, 1e-9),
        high=(np.inf, np.inf, 20.0),
    ),
    "logistic": Curve(
        shape=logistic,
        names=("m", "middle", "rate"),
        start=lambda t, y: (1.5 * float(y.max()), float(np.median(t)), 4 / _span(t)),
        low=(1e-9, -np.inf, 1e-9),
        high=(np.inf, np.inf, 20.0),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted curve: its name, parameters, their standard errors, and residual spread.

    `standard_errors` follow from the Jacobian at the optimum, s^2 (J'J)^-1; they are inf
    where the series does not identify a parameter.
    """

    curve: str
    parameters: dict[str, float]
    standard_errors: dict[str, float]
    residual_sd: float

    def __call__(self, t: Array) -> Array:
        """Return the fitted curve at times t."""
        return CURVES[self.curve].shape(t, *self.parameters.values())


def fit(
    curve: str, t: Sequence[float] | Array, y: Sequence[float] | Array, *, most: float = np.inf
) -> Fit:
    """Fit a curve by least squares.

    Args:
        curve: bass, gompertz or logistic.
        t: at least four times, in the unit wanted for the rates; from launch for Bass.
        y: the series, >= 0, same length.
        most: upper bound of the market potential.

    Raises:
        ValueError: fewer than four points, or lengths that differ.
    """
    times, values = np.asarray(t, dtype=float), np.asarray(y, dtype=float)
    if times.shape != values.shape or times.size < 4:
        raise ValueError(f"{times.size} times and {values.size} values: at least 4 of each needed")
    kind = CURVES[curve]
    high = (most, *kind.high[1:])
    start = np.clip(kind.start(times, values), kind.low, np.minimum(high, 1e300))

    def residual(theta: Array) -> Array:
        return np.asarray(kind.shape(times, *theta) - values)

    found = least_squares(
        residual,
        start,
        bounds=(kind.low, high),
        x_scale=np.maximum(np.abs(start), 1e-6),
    )
    freedom = max(times.size - 3, 1)
    variance = 2 * found.cost / freedom
    return Fit(
        curve=curve,
        parameters=dict(zip(kind.names, map(float, found.x), strict=True)),
        standard_errors=dict(
            zip(kind.names, _standard_errors(np.asarray(found.jac), variance), strict=True)
        ),
        residual_sd=float(np.sqrt(variance)),
    )


def _standard_errors(jacobian: Array, variance: float) -> list[float]:
    _, values, rows = np.linalg.svd(jacobian, full_matrices=False)
    if values[-1] <= np.finfo(float).eps * values[0] * max(jacobian.shape):
        return [float("inf")] * 3
    return [float(x) for x in np.sqrt(variance * ((rows.T / values) ** 2).sum(axis=1))]
