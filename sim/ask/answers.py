"""Scenarios side by side: paired differences, what a point costs, who gains where.

Every scenario has the same luck in the same replicate, so two are compared draw by draw:
the interval of a difference is that of the pairs, far narrower than of either alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.ask.hindsight import Hindcast, own_record
from sim.ask.summary import Summary, assumption_ranks, cost, summarise
from sim.forecast import Array, Forecast
from sim.months import month_of, year_past
from sim.numbers import CLOSE, REPLICATES, SEED
from sim.place.case import Case
from sim.place.scenario import Scenario
from sim.place.targets import Target, TargetSet
from sim.world.run import BEGIN_ANEW, UnderWay, World, bytes_needed, months_until
from sim.world.starts import Starts

LEAST = 5e-4  # a gain below a twentieth of a point is none to speak of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What pairs need of a run.

    Attributes:
        cost: mean public money spent by the last deadline.
        at_deadline: target -> `[replicate]` level of the nation on its day.
    """

    scenario: Scenario
    cost: float
    at_deadline: Mapping[Target, Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Outcome):
    """An outcome with its summary: verdicts, fans, areas, money."""

    summary: Summary

    def under(self, scenario: Scenario) -> "Answer":
        """Return the same numbers under another scenario's name."""
        summary = replace(self.summary, scenario=scenario)
        return replace(self, scenario=scenario, summary=summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a scenario changes on the day of a target, against another scenario.

    Attributes:
        p05, p50, p95: quantiles of the paired difference of the level.
        chance, chance_error: difference of the chance, and its paired standard error.
        extra: public money more than the other's by the last deadline.
        per_point: money for each extra point of the level by the median gain, None where no
            money is added or nothing to speak of is gained; in the place's large unit, as `extra`.
        per_point_low, per_point_high: the same by the 95 and the 5 % gain, None likewise.
    """

    scenario: Scenario
    target: Target
    p05: float
    p50: float
    p95: float
    chance: float
    chance_error: float
    extra: float
    per_point: float | None
    per_point_low: float | None
    per_point_high: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """What is asked: a place, its targets, and how much luck is played.

    The world behind it is made when it is first needed and kept with the question; runs reach
    a year past the last deadline. Where a run goes on from one before, `under_way` are its works.
    """

    case: Case
    targets: TargetSet
    seed: int = SEED
    replicates: int = REPLICATES
    under_way: UnderWay = BEGIN_ANEW

    @cached_property
    def bytes(self) -> int:
        """About how much memory its world takes once it has run."""
        months = months_until(self.case, year_past(self.targets.last_deadline))
        return bytes_needed(self.case, months, self.replicates)

    @cached_property
    def world(self) -> World:
        """The case under this luck, to a year past the last deadline."""
        until = year_past(self.targets.last_deadline)
        return World(
            self.case,
            seed=self.seed,
            replicates=self.replicates,
            until=until,
            under_way=self.under_way,
        )

    @cached_property
    def brief(self) -> World:
        """The same world, no further than the last deadline."""
        return self.world.until(self.targets.last_deadline)

    @cached_property
    def ranks(self) -> Mapping[str, Array]:
        """The standardised ranks of the assumptions' draws, `[replicate]`."""
        return assumption_ranks(self.world.origin.assumed)

    @cached_property
    def ground(self) -> Forecast:
        """The baseline's nation: all that verdicts ask of it, at a fraction of its size."""
        return nation_alone(self.world.run(self.case.baseline))

    @cached_property
    def record(self) -> tuple[Hindcast, ...]:
        """What the baseline says of figures that came later, as far as its months reach."""
        return tuple(own_record(self.case, self.ground))

    @property
    def starts(self) -> Starts:
        """Where the areas start, `[replicate, area]`, and which of them were observed."""
        return self.world.origin.starts

    def about(self, targets: TargetSet) -> "Question":
        """Return the same about other targets; what no lever touches is shared."""
        other = replace(self, targets=targets)
        vars(other)["world"] = self.world.until(year_past(targets.last_deadline))
        return other

    def forecast(self, scenario: Scenario) -> Forecast:
        """Return the draws of a scenario, to a year past the last deadline."""
        return self.world.run(scenario)


def nation_alone(forecast: Forecast) -> Forecast:
    """Return a forecast of the whole as if it were one area, at a fraction of its size."""
    tracks = {
        name: replace(track, draws=track.nation[:, None, :], weights=np.ones(1))
        for name, track in forecast.tracks.items()
    }
    return replace(forecast, tracks=tracks)


def answer(question: Question, scenario: Scenario) -> Answer:
    """Return a scenario's answer to a question."""
    forecast, targets = question.forecast(scenario), question.targets
    summary = summarise(scenario, forecast, question.ground, targets, question.ranks)
    return Answer(
        scenario=scenario,
        cost=summary.cost,
        at_deadline=_at_deadline(forecast, targets),
        summary=summary,
    )


def compare(
    question: Question,
    scenarios: Sequence[Scenario],
    done: Callable[[], object] = lambda: None,
) -> list[Summary]:
    """Return the summaries of several scenarios, each paired with the baseline.

    Args:
        question: what is asked of each.
        scenarios: in the order of the answer.
        done: called after each scenario, to show progress.
    """
    found = []
    for scenario in scenarios:
        found.append(answer(question, scenario).summary)
        done()
    return found


def outcome(question: Question, scenario: Scenario) -> Outcome:
    """Return no more of a scenario's answer than pairs need, in half the time."""
    forecast = question.brief.run(scenario)
    return Outcome(
        scenario=scenario,
        cost=cost(forecast, question.targets),
        at_deadline=_at_deadline(forecast, question.targets),
    )


def _at_deadline(forecast: Forecast, targets: TargetSet) -> dict[Target, Array]:
    return {
        target: forecast.nation(target.indicator)[
            :, month_of(forecast.months, target.deadline)
        ].copy()
        for target in targets.targets
    }


def differences(
    answers: Sequence[Outcome], reference: Outcome, targets: TargetSet
) -> list[Difference]:
    """Return what each answer changes against the reference, target by target."""
    return [_difference(each, reference, target) for target in targets.targets for each in answers]


def _difference(each: Outcome, reference: Outcome, target: Target) -> Difference:
    mine, theirs = each.at_deadline[target], reference.at_deadline[target]
    low, middle, high = (float(q) for q in np.quantile(mine - theirs, (0.05, 0.5, 0.95)))
    level = target.bar - CLOSE
    turned = (mine >= level).astype(float) - (theirs >= level)
    extra = each.cost - reference.cost
    return Difference(
        scenario=each.scenario,
        target=target,
        p05=low,
        p50=middle,
        p95=high,
        chance=float(turned.mean()),
        chance_error=float(turned.std() / np.sqrt(len(turned))),
        extra=extra,
        per_point=per_point(extra, middle),
        per_point_low=per_point(extra, high),
        per_point_high=per_point(extra, low),
    )


def per_point(extra: float, gain: float) -> float | None:
    """Return the money for each extra hundredth; None where there is no such price.

    >>> per_point(300.0, 0.03), per_point(300.0, 0.0), per_point(-5.0, 0.03)
    (100.0, None, None)
    """
    if extra <= 0 or gain < LEAST:
        return None
    return round(extra / (100 * gain), 10)


def gains(each: Answer, reference: Answer, indicator: str, month: int) -> Array:
    """Return `[area]`, the mean difference of an indicator in a month."""
    mine, theirs = each.summary.areas[indicator], reference.summary.areas[indicator]
    return np.asarray(mine[:, month] - theirs[:, month])
