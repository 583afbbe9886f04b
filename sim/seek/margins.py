"""How far each draw is from a target: a chance as a quantile of margins, not as a count."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np

from sim.ask.answers import Question
from sim.ask.summary import cost
from sim.forecast import Array, Forecast
from sim.indicators import SERIES
from sim.months import month_of
from sim.numbers import CLOSE
from sim.place.levers import Setting, exact
from sim.place.scenario import Scenario
from sim.place.targets import Target


def margin(draws: Array, target: Target, month: int) -> Array:
    """Return how far each draw `[replicate, month]` is beyond a target, below 0 where it misses.

    Of a share it is the level less the target's. Where all of a number must be there, it is the
    months between the deadline and the last of them; of a draw that is late, a month and the
    hundredths that are missing on the day. It is at least 0 just where the target is met.

    >>> from datetime import date
    >>> all_of = Target(indicator="covered_villages", at_least=1.0, deadline=date(2022, 3, 31))
    >>> margin(np.array([[0.9, 1.0, 1.0], [0.9, 0.9, 0.98]]), all_of, 2).round(2)
    array([ 1., -3.])
    """
    away = draws[:, : month + 1] - (target.bar - CLOSE)
    if target.bar < 1 or SERIES[target.indicator].most != 1:
        return np.asarray(away[:, month])
    there = away[:, ::-1] >= 0
    stretch = np.where(there.all(axis=1), month + 1, there.argmin(axis=1))
    return np.where(there[:, 0], stretch - 1.0, 100 * away[:, month] - 1)


def reached(margins: Array, chance: float) -> float:
    """Return the margin that a share of the draws has at least: at least 0 if so many meet it.

    >>> reached(np.array([-1.0, 0.0, 1.0, 2.0]), 0.75), reached(np.array([-1.0, 2.0]), 0.9)
    (0.0, -1.0)
    """
    place = len(margins) - max(math.ceil(chance * len(margins) - 1e-9), 1)
    return float(np.partition(margins, place)[place])


Turn = Callable[[], AbstractContextManager[object]]  # within which one run is made


@dataclass(frozen=True, slots=True)
class Trial:
    """What a search needs of a run: margins `[replicate]` of all targets together, and money."""

    margins: Array
    money: float

    @property
    def chance(self) -> float:
        """The share of draws that meet all the targets."""
        return float((self.margins >= 0).mean())

    @property
    def score(self) -> float:
        """The chance, and between equals how little is missing."""
        return self.chance + 1e-4 * float(np.tanh(np.minimum(self.margins, 0)).mean())


@dataclass(kw_only=True, eq=False)
class Trials:
    """Runs of plans under one luck: the same draws for all, each run once, and counted."""

    question: Question
    turn: Turn = nullcontext
    runs: int = 0
    scales: dict[Target, float] = field(default_factory=dict)
    _kept: dict[tuple[Setting, ...], Trial] = field(default_factory=dict)

    def of(self, levers: Mapping[str, Setting]) -> Trial:
        """Return what a search needs of a plan with these levers."""
        key = tuple(levers[name] for name in self.question.case.levers)
        if key not in self._kept:
            with self.turn():
                self._kept[key] = self._trial(self.question.brief.run(named(levers)))
            self.runs += 1
        return self._kept[key]

    def tried(self) -> Iterator[tuple[dict[str, Setting], Trial]]:
        """Yield every plan that was run, with what came of it."""
        for key, trial in self._kept.items():
            yield dict(zip(self.question.case.levers, key, strict=True)), trial

    def _trial(self, forecast: Forecast) -> Trial:
        found = []
        for target in self.question.targets.targets:
            month = month_of(forecast.months, target.deadline)
            each = margin(forecast.nation(target.indicator), target, month)
            scale = self.scales.setdefault(target, float(each.std()) or 1.0)
            found.append(each / scale)
        return Trial(np.minimum.reduce(found), cost(forecast, self.question.targets))

    def far(self, levers: Mapping[str, Setting]) -> Forecast:
        """Return the draws of a plan to a year past the last deadline."""
        with self.turn():
            found = self.question.world.run(named(levers))
        self.runs += 1
        return found

    @property
    def worth(self) -> float:
        """How many runs of a thousand draws these were."""
        return self.runs * self.question.replicates / 1000


def named(levers: Mapping[str, Setting], id: str = "asked") -> Scenario:
    """Return levers as a plan without words, to be run."""
    settings = {name: exact(value) for name, value in levers.items()}
    return Scenario(id=id, name={}, why={}, levers=settings)
