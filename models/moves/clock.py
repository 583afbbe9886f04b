"""The rain clock: how much outdoor work is done by when."""

from dataclasses import dataclass
from math import floor, inf

import numpy as np
from numpy.typing import NDArray

from models.moves.compiled import elementwise

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClock:
    """Outdoor work advances at `wet_rate` `[replicate]` in wet months, at 1 in dry ones.

    With a year's work Y = 12 - (1 - rate) wet, the work that could be done between a first
    January (a season's first month where it spans New Year) and a time u months after it is
    W(u) = Y floor(u / 12) + v - (1 - rate) clip(v - a, 0, wet), v = u mod 12. Crews keep their
    diaries in W, in which a job takes its dry-weather months whenever it begins.

    Attributes:
        wet_rate: within (0, 1].
        first_month: calendar month (1 to 12) at time 0.
        wet_months: first and last wet calendar month; a season may span New Year.
    """

    wet_rate: Array
    first_month: int
    wet_months: tuple[int, int]

    def work_at(self, time: Array) -> Array:
        """Return W `[replicate, ...]` at a time in months from the start; inf is allowed."""
        return np.asarray(_work_at(time, *self._season(time)))

    def time_at(self, work: Array) -> Array:
        """Return the time at which W has reached `work` `[replicate, ...]`: the inverse."""
        return np.asarray(_time_at(work, *self._season(work)))

    def _season(self, like: Array) -> tuple[Array, int, int, int]:
        """Return the wet rate, the dry months before the season, its length, and time 0 in u."""
        first, last = self.wet_months
        turn = 0 if first <= last else first - 1
        rate = self.wet_rate.reshape(-1, *[1] * (np.ndim(like) - 1))
        return rate, first - 1 - turn, (last - first) % 12 + 1, (self.first_month - 1 - turn) % 12


@elementwise
def _work_at(time: float, rate: float, before: float, wet: float, offset: float) -> float:
    since = (time if time < inf else 0.0) + offset
    years = floor(since / 12)
    since -= 12 * years
    done = (12 - (1 - rate) * wet) * years
    done = done + since - (1 - rate) * min(max(since - before, 0.0), wet)
    return done if time < inf else inf


@elementwise
def _time_at(work: float, rate: float, before: float, wet: float, offset: float) -> float:
    year = 12 - (1 - rate) * wet
    finite = work if work < inf else 0.0
    years = floor(finite / year)
    left = finite - year * years
    since = left + (1 / rate - 1) * min(max(left - before, 0.0), rate * wet)
    return 12 * years + since - offset if work < inf else inf
