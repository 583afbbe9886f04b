"""Scenarios side by side: paired differences, what a point costs, who gains where.

Every scenario has the same luck in the same replicate, so two are compared draw by draw:
the interval of a difference is that of the pairs, far narrower than of either alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np

from sim.arrays import Array
from sim.ask.summary import Summary, assumption_ranks, cost, summarise
from sim.forecast import Forecast
from sim.numbers import CLOSE
from sim.place.case import Case
from sim.place.scenario import Scenario, load_baseline
from sim.place.targets import Target, TargetSet, month_of
from sim.world.run import run

LEAST = 5e-4  # a gain below a twentieth of a point is none to speak of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What pairs need of a run.

    Attributes:
        cost_bn_vnd: mean public money that arrives by the last deadline.
        at_deadline: indicator -> `[replicate]` level of the nation on the target's day.
    """

    scenario: Scenario
    cost_bn_vnd: float
    at_deadline: Mapping[str, Array]


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
        extra_bn_vnd: public money more than the other's by the last deadline.
        per_point: bn VND for each extra point of the level by the median gain, None where
            no money is added or nothing to speak of is gained.
        per_point_low, per_point_high: the same by the 95 and the 5 % gain, None likewise.
    """

    scenario: Scenario
    target: Target
    p05: float
    p50: float
    p95: float
    chance: float
    chance_error: float
    extra_bn_vnd: float
    per_point: float | None
    per_point_low: float | None
    per_point_high: float | None


def answer(
    case: Case, scenario: Scenario, targets: TargetSet, *, seed: int, replicates: int
) -> Answer:
    """Return a scenario's answer to a set of targets; a run reaches a year past them."""
    until = date(targets.last_deadline.year + 1, 12, 31)
    forecast = run(case, scenario, seed=seed, replicates=replicates, until=until)
    ground = _ground(case, seed, replicates, until)
    summary = summarise(
        scenario, forecast, ground, targets, assumption_ranks(case, seed, replicates)
    )
    return Answer(
        scenario=scenario,
        cost_bn_vnd=summary.cost_bn_vnd,
        at_deadline=_at_deadline(forecast, targets),
        summary=summary,
    )


def outcome(
    case: Case, scenario: Scenario, targets: TargetSet, *, seed: int, replicates: int
) -> Outcome:
    """Return no more of a scenario's answer than pairs need, in half the time."""
    until = targets.last_deadline
    forecast = run(case, scenario, seed=seed, replicates=replicates, until=until)
    return Outcome(
        scenario=scenario,
        cost_bn_vnd=cost(forecast, targets),
        at_deadline=_at_deadline(forecast, targets),
    )


def _at_deadline(forecast: Forecast, targets: TargetSet) -> dict[str, Array]:
    return {
        target.indicator: forecast.nation(target.indicator)[
            :, month_of(forecast.months, target.deadline)
        ].copy()
        for target in targets.targets
    }


@lru_cache(maxsize=16)
def _ground(case: Case, seed: int, replicates: int, until: date) -> Forecast:
    """Return the baseline's nation: all that verdicts ask of it, at a fraction of its size."""
    whole = run(case, load_baseline(case), seed=seed, replicates=replicates, until=until)
    nation = {
        name: replace(track, draws=track.nation[:, None, :], weights=np.ones(1))
        for name, track in whole.tracks.items()
    }
    return replace(whole, tracks=nation)


def differences(
    answers: Sequence[Outcome], reference: Outcome, targets: TargetSet
) -> list[Difference]:
    """Return what each answer changes against the reference, target by target."""
    return [_difference(each, reference, target) for target in targets.targets for each in answers]


def _difference(each: Outcome, reference: Outcome, target: Target) -> Difference:
    mine, theirs = each.at_deadline[target.indicator], reference.at_deadline[target.indicator]
    low, middle, high = (float(q) for q in np.quantile(mine - theirs, (0.05, 0.5, 0.95)))
    level = target.at_least - CLOSE
    turned = (mine >= level).astype(float) - (theirs >= level)
    extra = each.cost_bn_vnd - reference.cost_bn_vnd
    return Difference(
        scenario=each.scenario,
        target=target,
        p05=low,
        p50=middle,
        p95=high,
        chance=float(turned.mean()),
        chance_error=float(turned.std() / np.sqrt(len(turned))),
        extra_bn_vnd=extra,
        per_point=per_point(extra, middle),
        per_point_low=per_point(extra, high),
        per_point_high=per_point(extra, low),
    )


def per_point(extra_bn_vnd: float, gain: float) -> float | None:
    """Return the money for each extra hundredth; None where there is no such price.

    >>> per_point(300.0, 0.03), per_point(300.0, 0.0), per_point(-5.0, 0.03)
    (100.0, None, None)
    """
    if extra_bn_vnd <= 0 or gain < LEAST:
        return None
    return round(extra_bn_vnd / (100 * gain), 10)


def gains(each: Answer, reference: Answer, indicator: str, month: int) -> Array:
    """Return `[area]`, the mean difference of an indicator in a month."""
    mine, theirs = each.summary.areas[indicator], reference.summary.areas[indicator]
    return np.asarray(mine[:, month] - theirs[:, month])
