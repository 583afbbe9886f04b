"""What a panel teaches about one indicator, whole: learn it once, forecast any country with it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.paths import intervals
from models.paths.intervals import MIDDLE, Spread, learn_revision, learn_spread
from models.paths.pooled import FORECAST_YEARS, HORIZON, Dynamics, combine, run_members, study
from models.paths.states import States, eligible, filled, track

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """What is needed to forecast an indicator of any country, and how far that errs.

    Attributes:
        first: the year of the first frontier.
        front: `[year]` the frontier, up to the last year learned from.
        dynamics, weights: of the members, see `models.paths.pooled`.
        spread: of past errors, see `models.paths.intervals`.
        ceiling: the largest value the indicator can take, infinite if there is none.
        revision: k of `models.paths.intervals`, for figures just published.
    """

    first: int
    front: Array
    dynamics: Dynamics
    weights: Array
    spread: Spread
    ceiling: float
    revision: float

    @property
    def last(self) -> int:
        """Return the last year learned from."""
        return self.first + len(self.front) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Forecasts from one origin.

    Attributes:
        rows: `[n]` the countries that could be forecast, as rows of what was observed.
        states: of those countries at the origin.
        members, middle: `[member, n, h]` and `[n, h]`, the members' forecasts and their middle.
        outcome: `[n, h, level]` quantiles at `intervals.LEVELS`, not kept within any bounds.
        bond, ceiling: as learned.
    """

    rows: NDArray[np.intp]
    states: States
    members: Array
    middle: Array
    outcome: Array
    bond: float
    ceiling: float

    @property
    def point(self) -> Array:
        """Return the forecast `[n, h]`, not yet kept within 0 and the ceiling."""
        return np.asarray(self.outcome[..., MIDDLE])

    def forecast(self) -> Array:
        """Return the forecast `[n, h]`: the middle quantile."""
        return self.quantiles(np.array([0.5]))[..., 0]

    def quantiles(self, levels: Array) -> Array:
        """Return `[n, h, level]`."""
        return intervals.quantiles(self.outcome, levels, self.ceiling)

    def paths(self, country: int, luck: Array) -> Array:
        """Return sample paths of one country, luck and paths `[replicate, h]`."""
        return intervals.sample_paths(self.outcome[country], self.bond, luck, self.ceiling)


def learn(
    observed: Array, first: int, *, ceiling: float, corrected: bool = False, revision: float = 0.0
) -> Experience:
    """Return what a panel teaches at its last year.

    Args:
        observed: `[country, year]`, not-a-number where unknown; the last year is the origin.
        first: the first year.
        ceiling, revision: see `Experience`.
        corrected: whether forecasts are moved by the median of past errors.

    Raises:
        ValueError: too short a panel.
    """
    lesson = study(observed)
    return Experience(
        first=first,
        front=lesson.front,
        dynamics=lesson.dynamics,
        weights=lesson.weights,
        spread=learn_spread(lesson.replays, lesson.weights, ceiling=ceiling, corrected=corrected),
        ceiling=ceiling,
        revision=revision,
    )


def foresee(
    experience: Experience,
    observed: Array,
    first: int,
    *,
    horizon: int = HORIZON,
    fresh: bool = False,
) -> Outlook:
    """Return the outlook, from their last year, of all countries observed in it.

    Countries with fewer than five positive observations are left out.

    Args:
        experience: what was learned.
        observed: `[country, year]`, not-a-number where unknown.
        first: the first year observed.
        horizon: years ahead.
        fresh: whether the last figures were just published and will be revised.
    """
    years = np.arange(first, first + observed.shape[1])
    front = experience.front[np.clip(years - experience.first, 0, len(experience.front) - 1)]
    rows = np.flatnonzero(eligible(observed, FORECAST_YEARS)[:, -1])
    now = track(filled(observed[rows]), front).pick(slice(None), -1)
    now = replace(now, ago=np.full(len(rows), float(years[-1] - experience.last)))
    members = run_members(experience.dynamics, now, horizon)
    middle = combine(members, experience.weights)
    outcome = intervals.outcome_quantiles(
        experience.spread,
        now,
        members,
        middle,
        ceiling=experience.ceiling,
        revision=experience.revision if fresh else 0.0,
    )
    return Outlook(
        rows=rows,
        states=now,
        members=members,
        middle=middle,
        outcome=outcome,
        bond=experience.spread.bond,
        ceiling=experience.ceiling,
    )


def measure_revision(
    older: Array,
    newer: Array,
    first: int,
    *,
    ceiling: float,
    corrected: bool = False,
    horizon: int = HORIZON,
) -> float:
    """Return k: how far forecasts from just published figures err beyond the usual.

    Args:
        older: `[country, year]` an edition of the panel, its last year just published.
        newer: the same countries in a later edition, from the same first year on.
        first: the first year of both.
        ceiling, corrected: see `learn`.
        horizon: years ahead.
    """
    experience = learn(older, first, ceiling=ceiling, corrected=corrected)
    outlook = foresee(experience, older, first, horizon=horizon)
    after = newer[outlook.rows, older.shape[1] : older.shape[1] + horizon]
    outcome = np.full(outlook.middle.shape, np.nan)
    outcome[:, : after.shape[1]] = after
    return learn_revision(
        experience.spread,
        outlook.states,
        outlook.members,
        outlook.middle,
        outcome,
        ceiling=ceiling,
    )
