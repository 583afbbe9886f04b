"""A run boiled down to what is shown and written: verdicts, fans, areas, money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.files.tables import money_name
from sim.forecast import Array, Forecast, mean, quantiles
from sim.indicators import SERIES
from sim.months import month_of
from sim.numbers import ten_digits
from sim.place.scenario import Scenario
from sim.place.targets import Judgement, Target, TargetSet, Verdict, judge

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
TELLING = 4.0  # standard errors a rank correlation must exceed to be more than chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is kept of a scenario's draws.

    Attributes:
        fans: indicator -> `[level, month]` quantiles of the nation at `LEVELS`.
        areas: indicator -> `[area, month]` mean level.
        spread: indicator -> `[2, area]` 5 and 95 % quantiles in the last deadline's month.
        money: programme -> `[month]` mean public money that is spent, in the large unit.
        arrived: programme -> `[month]` mean public money that arrives.
        waiting: programme -> reason -> `[month]` mean number of jobs that wait.
        cost: mean public money spent by the last deadline.
        drivers: target -> assumption -> Spearman's rank correlation of its draws
            with the level on the target's day, the strongest first; none that may be chance.
    """

    scenario: Scenario
    judgement: Judgement
    months: tuple[date, ...]
    fans: Mapping[str, Array]
    areas: Mapping[str, Array]
    spread: Mapping[str, Array]
    observed: Mapping[str, NDArray[np.bool_]]
    money: Mapping[str, Array]
    arrived: Mapping[str, Array]
    waiting: Mapping[str, Mapping[str, Array]]
    held: Mapping[str, float]
    cost: float
    drivers: Mapping[Target, Mapping[str, float]]


def summarise(
    scenario: Scenario,
    forecast: Forecast,
    baseline: Forecast,
    targets: TargetSet,
    ranks: Mapping[str, Array],
) -> Summary:
    """Return the summary of a scenario's draws against a set of targets.

    Args:
        scenario: what was run.
        forecast: its draws.
        baseline: the baseline's, under the same luck.
        targets: what they are judged against.
        ranks: from `assumption_ranks`.
    """
    last = month_of(forecast.months, targets.last_deadline)
    weights = forecast.weights
    money = {name: mean(forecast.spent[name], weights) for name in forecast.money}
    return Summary(
        scenario=scenario,
        judgement=judge(forecast, targets.targets, baseline),
        months=forecast.months,
        fans={name: quantiles(forecast.nation(name), LEVELS, weights) for name in forecast.tracks},
        areas={
            name: track.mean if weights is None else mean(track.draws, weights)
            for name, track in forecast.tracks.items()
        },
        spread={
            name: quantiles(track.draws[:, :, last], (0.05, 0.95), weights)
            for name, track in forecast.tracks.items()
        },
        observed={name: track.observed for name, track in forecast.tracks.items()},
        money=money,
        arrived={name: mean(flow, weights) for name, flow in forecast.money.items()},
        waiting={
            programme: {reason: mean(jobs, weights) for reason, jobs in reasons.items()}
            for programme, reasons in forecast.waiting.items()
        },
        held=forecast.held,
        cost=cost(forecast, targets),
        drivers={
            target: _drivers(
                forecast.nation(target.indicator)[:, month_of(forecast.months, target.deadline)],
                ranks,
            )
            for target in targets.targets
        },
    )


def cost(forecast: Forecast, targets: TargetSet) -> float:
    """Return the mean public money spent by the last deadline, in the large unit.

    What arrives and buys nothing by then is no cost: it is idle, and goes back.
    """
    last = month_of(forecast.months, targets.last_deadline)
    flows = (mean(flow, forecast.weights) for flow in forecast.spent.values())
    return float(sum(flow[: last + 1].sum() for flow in flows))


def idle(summary: Summary, last: int) -> tuple[float, float]:
    """Return mean public money that has arrived by a month's end, and what of it is idle.

    Idle is what has bought nothing yet.
    """
    arrived, spent = (
        float(sum(flow[: last + 1].sum() for flow in flows.values()))
        for flows in (summary.arrived, summary.money)
    )
    return arrived, max(arrived - spent, 0.0)


def assumption_ranks(assumed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return the standardised ranks of each assumption's draws, `[replicate]`; no constant's."""
    return {name: ranked(draws) for name, draws in assumed.items() if np.ptp(draws) > 0}


def ranked(draws: Array) -> Array:
    """Return standardised ranks, ties sharing their mean one (scipy.stats loads for a second)."""
    _, place, count = np.unique(draws, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return np.asarray((ranks - ranks.mean()) / max(float(ranks.std()), 1e-12))


def _drivers(level: Array, ranks: Mapping[str, Array]) -> dict[str, float]:
    own = ranked(level)
    found = {name: float((own * rank).mean()) for name, rank in ranks.items()}
    least = TELLING / np.sqrt(len(own))
    strongest = sorted(found, key=lambda name: -abs(found[name]))
    return {name: found[name] for name in strongest if abs(found[name]) >= least}


def as_json(summary: Summary, money: str) -> dict[str, Any]:
    """Return a summary's verdicts as the object that `ketnoi run --json` prints.

    Args:
        summary: of one scenario.
        money: the place's large unit, which the name of the cost carries.
    """
    binding = summary.judgement.binding
    return {
        "name": summary.scenario.id,
        "targets": [_target_json(verdict) for verdict in summary.judgement.verdicts],
        "chance_all": ten_digits(summary.judgement.chance_all),
        "chance_all_if_independent": ten_digits(summary.judgement.chance_if_independent),
        "chance_all_low": ten_digits(summary.judgement.bounds_all[0]),
        "chance_all_high": ten_digits(summary.judgement.bounds_all[1]),
        "binding": binding.indicator if binding else None,
        f"cost_{money_name(money)}": ten_digits(summary.cost),
    }


def _beside_json(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.chance_beside is None:
        return None
    name = SERIES[verdict.target.indicator].beside
    return {"indicator": name, "chance": ten_digits(verdict.chance_beside)}


def _target_json(verdict: Verdict) -> dict[str, Any]:
    passed = verdict.month_passed_p50
    numbers = {
        "p05": verdict.p05,
        "p50": verdict.p50,
        "p95": verdict.p95,
        "chance": verdict.chance,
        "gap_p50": verdict.gap_p50,
        "chance_error": verdict.chance_error,
        "chance_low": verdict.bounds[0],
        "chance_high": verdict.bounds[1],
        "change_p05": verdict.change_p05,
        "change_p50": verdict.change_p50,
        "change_p95": verdict.change_p95,
        "chance_change": verdict.chance_change,
    }
    return {
        "indicator": verdict.target.indicator,
        "target": ten_digits(verdict.target.at_least),
        "deadline": verdict.target.deadline.isoformat(),
        "chance_beside": _beside_json(verdict),
        "month_passed_p50": f"{passed:%Y-%m}" if passed else None,
        **{name: ten_digits(number) for name, number in numbers.items()},
    }
