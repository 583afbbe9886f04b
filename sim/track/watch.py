"""Early warning: is it moving as expected, and will it arrive?

Each figure that came after a vintage is read on the scale of what that vintage had said of its
day: its normal score. Scores beyond three, seven in a row on one side, or a drift of their
weighted mean beyond its own three standard deviations say that the forecast no longer holds; the
limits are fixed beforehand and never move.

Method: Shewhart's chart with the run rule of seven, and an exponentially weighted moving average
(Roberts 1959) with weight 0.2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from sim.ask.hindsight import figures_of
from sim.forecast import Forecast
from sim.months import month_of, months_between
from sim.place.case import Case
from sim.place.records import Observation
from sim.place.targets import Target

BEYOND, RUN, WEIGHT = 3.0, 7, 0.2
DRIFT = BEYOND * sqrt(WEIGHT / (2 - WEIGHT))  # of the weighted mean of independent scores
SURPRISE = 0.005  # on each side: outside the 99 % range
NINETY = 1.6449  # standard deviations on each side of a 90 % range


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A figure, and where it fell in what was forecast of its day.

    Attributes:
        expected: 5, 50 and 95 % of what was forecast of such a figure.
        level: the figure, as a fraction or per person.
        chance_below: of a figure at or below it.
        surprise: outside the 99 % range: a question to the planner, not a fit.
    """

    figure: Observation
    indicator: str
    level: float
    expected: tuple[float, float, float]
    chance_below: float

    @property
    def score(self) -> float:
        """The normal score of the figure."""
        return float(ndtri(np.clip(self.chance_below, 1e-9, 1 - 1e-9)))

    @property
    def surprise(self) -> bool:
        """Whether the model could not have foreseen it."""
        return not SURPRISE <= self.chance_below <= 1 - SURPRISE


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What the scores of an indicator say together; empty where they say nothing."""

    beyond: bool
    one_side: bool
    drift: bool

    def __bool__(self) -> bool:
        """Whether anything is to be looked at."""
        return self.beyond or self.one_side or self.drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Per month: what was so far, over the last year of figures, and what a target needs."""

    so_far: float | None
    needed: float


def seen(case: Case, forecast: Forecast, later: Iterable[Observation]) -> list[Seen]:
    """Return where later figures of the whole fell in a forecast.

    Args:
        case: the place as it was when the forecast was made.
        forecast: the draws.
        later: figures that came since; those of days before the run, of single areas, and of
            indicators that are not forecast are left out.
    """
    rows = tuple(later)
    found = [
        _seen(case, forecast, name, row, level)
        for name in forecast.tracks
        for row, level in figures_of(case, rows, name, case.head.nation)
        if forecast.months[0] <= row.date <= forecast.months[-1]
    ]
    return sorted(found, key=lambda one: (one.figure.date, one.figure.published))


def _seen(case: Case, forecast: Forecast, name: str, row: Observation, level: float) -> Seen:
    listed = row.indicator != name  # villages counted one by one
    noise = 0.0 if listed else case.assumptions[f"noise_{row.confidence}"].central
    draws = forecast.nation(name)[:, month_of(forecast.months, row.date)]
    below = float(ndtr((level - draws) / max(noise, 1e-9)).mean())
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95)).tolist()
    error = NINETY * noise
    expected = (middle - hypot(middle - low, error), middle, middle + hypot(high - middle, error))
    return Seen(figure=row, indicator=name, level=level, expected=expected, chance_below=below)


def alarm(scores: Sequence[float]) -> Alarm:
    """Return what normal scores in the order of their days say.

    >>> bool(alarm([0.5, -1.0, 2.0])), alarm([0.1] * 7).one_side, alarm([3.5]).beyond
    (False, True, True)
    """
    mean, drift, side, run = 0.0, False, 0.0, 0
    one_side = False
    for score in scores:
        mean += WEIGHT * (score - mean)
        drift = drift or abs(mean) > DRIFT
        run = run + 1 if np.sign(score) == side else 1
        side = np.sign(score)
        one_side = one_side or run >= RUN
    beyond = any(abs(score) > BEYOND for score in scores)
    return Alarm(beyond=bool(beyond), one_side=bool(one_side), drift=bool(drift))


def pace(case: Case, target: Target) -> Pace | None:
    """Return the pace needed until a target beside the pace so far; None where nothing is known.

    The pace so far is that between the last figure and the last one at least a year before it.
    """
    rows = case.series(target.indicator, case.reference)
    if not rows:
        return None
    last = rows[-1]
    left = months_between(last.date, target.deadline)
    if left < 1:
        return None
    earlier = [row for row in rows if months_between(row.date, last.date) >= 12]
    so_far = None
    if earlier:
        months = months_between(earlier[-1].date, last.date)
        so_far = (last.level - earlier[-1].level) / months
    return Pace(so_far=so_far, needed=(target.at_least - last.level) / left)
