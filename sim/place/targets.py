"""Targets, and the judge: how likely each is, by when, and which of them binds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.forecast import Array, Flags, Forecast, mean, quantiles
from sim.indicators import FOLLOWED, SERIES
from sim.months import month_of
from sim.numbers import CLOSE

WHOLE = 0.995  # a share from which on whole per cents say 100
WIDE = 1.96  # standard errors to either side: 95 of 100 sets of draws lie within


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An indicator of the nation that must be at least a level on a day."""

    indicator: str
    at_least: float
    deadline: date
    note: str = ""

    @property
    def bar(self) -> float:
        """The level it is judged by: paths of shares touch no bound, 99.5 % is told as 100 %."""
        bounded = self.indicator in FOLLOWED and SERIES[self.indicator].most == 1
        return min(self.at_least, WHOLE) if bounded else self.at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSet:
    """The targets of one document, with its names by language."""

    id: str
    name: dict[str, str]
    source: str
    published: date
    targets: tuple[Target, ...]

    @property
    def last_deadline(self) -> date:
        """The latest day any of the targets is due."""
        return max(target.deadline for target in self.targets)

    def of(self, indicator: str) -> tuple[Target, ...]:
        """Return the targets of an indicator, the first due first: it may have milestones."""
        own = [target for target in self.targets if target.indicator == indicator]
        return tuple(sorted(own, key=lambda target: target.deadline))

    def standing(self, indicator: str, day: date) -> Target | None:
        """Return the target of an indicator that is next due on a day, or else was last due."""
        own = self.of(indicator)
        return next((each for each in own if each.deadline >= day), own[-1] if own else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the draws say of one target.

    Attributes:
        p05, p50, p95: quantiles of the indicator at the deadline.
        chance: share of replicates that meet the target at the deadline.
        chance_error: standard error of `chance` from the number of replicates.
        bounds: within which `chance` lies at 95 %, by `wilson`.
        month_passed_p50: the last day of the median month in which the level is first
            reached, None where fewer than half of the replicates reach it.
        gap_p50: median of level minus indicator at the deadline; negative is to spare.
        change_p05, change_p50, change_p95: quantiles of the difference to the baseline
            at the deadline, paired replicate by replicate; zero for the baseline itself.
        chance_change, chance_change_error: chance minus the baseline's chance, and its paired
            standard error.
        chance_beside: chance that the indicator told beside it meets the same level: villages are
            judged by all lists so far, and beside that by the last list known; None without one.
        bounds_beside: as `bounds`, of that chance.
    """

    target: Target
    p05: float
    p50: float
    p95: float
    chance: float
    chance_error: float
    bounds: tuple[float, float]
    month_passed_p50: date | None
    gap_p50: float
    change_p05: float
    change_p50: float
    change_p95: float
    chance_change: float
    chance_beside: float | None = None
    bounds_beside: tuple[float, float] = (0.0, 1.0)
    chance_change_error: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdicts on a set of targets, and on all of them together.

    `binding` is the target that is missed most often (between equals, by the
    larger mean shortfall in its own standard deviations); None where none is ever missed.
    """

    verdicts: tuple[Verdict, ...]
    chance_all: float
    chance_all_error: float
    bounds_all: tuple[float, float]
    chance_all_change: float
    binding: Target | None
    chance_all_change_error: float = 0.0

    @property
    def chance_if_independent(self) -> float:
        """What the chance of all together would be if no target knew of another."""
        return float(np.prod([verdict.chance for verdict in self.verdicts]))

    @property
    def bounds_if_independent(self) -> tuple[float, float]:
        """Within which that chance lies, from the bounds of each."""
        low, high = np.prod([verdict.bounds for verdict in self.verdicts], axis=0)
        return float(low), float(high)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets judged."""
        return tuple(verdict.target for verdict in self.verdicts)


def met(draws: Array, target: Target, months: Sequence[date]) -> Flags:
    """Return for each replicate whether the nation's draws `[replicate, month]` meet it."""
    at = draws[:, month_of(months, target.deadline)]
    return np.asarray(at >= target.bar - CLOSE)


def judge(
    forecast: Forecast, targets: Sequence[Target], baseline: Forecast | None = None
) -> Judgement:
    """Return what a forecast says of the targets.

    Args:
        forecast: the scenario's draws.
        targets: at least one.
        baseline: the draws of the baseline with the same seed, for paired differences;
            None compares the forecast with itself. Draws count as the forecast says.
    """
    base = baseline or forecast
    verdicts = tuple(_verdict(forecast, base, target) for target in targets)
    hits, ground = _all_met(forecast, targets), _all_met(base, targets)
    weights, draws = forecast.weights, forecast.effective
    chance = _share(hits, weights)
    return Judgement(
        verdicts=verdicts,
        chance_all=chance,
        chance_all_error=_standard_error(chance, draws),
        bounds_all=wilson(chance, draws),
        chance_all_change=chance - _share(ground, weights),
        chance_all_change_error=_paired_error(hits, ground, forecast),
        binding=_binding(forecast, targets),
    )


def _verdict(forecast: Forecast, base: Forecast, target: Target) -> Verdict:
    draws, ground = forecast.nation(target.indicator), base.nation(target.indicator)
    weights, count = forecast.weights, forecast.effective
    month = month_of(forecast.months, target.deadline)
    at = draws[:, month]
    hits, before = (met(of, target, forecast.months) for of in (draws, ground))
    chance = _share(hits, weights)
    low, middle, high = quantiles(at, weights=weights)
    change = quantiles(at - ground[:, month], weights=weights)
    other = forecast.tracks.get(SERIES[target.indicator].beside)
    beside = _share(met(other.nation, target, forecast.months), weights) if other else None
    return Verdict(
        target=target,
        p05=float(low),
        p50=float(middle),
        p95=float(high),
        chance=chance,
        chance_error=_standard_error(chance, count),
        bounds=wilson(chance, count),
        month_passed_p50=_median_passing(draws, target.bar, forecast),
        gap_p50=float(target.bar - middle),
        change_p05=float(change[0]),
        change_p50=float(change[1]),
        change_p95=float(change[2]),
        chance_change=chance - _share(before, weights),
        chance_change_error=_paired_error(hits, before, forecast),
        chance_beside=beside,
        bounds_beside=wilson(beside or 0.0, count),
    )


def _share(flags: Flags, weights: Array | None) -> float:
    return min(float(mean(flags, weights)), 1.0)


def wilson(share: float, draws: float) -> tuple[float, float]:
    """Return the 95 % interval of a chance of which a share of the draws is seen (Wilson 1927).

    It has a width at 0 and at 1 too, where the standard error has none.

    >>> [round(end, 4) for end in (*wilson(0.0, 100), *wilson(0.5, 100))]
    [0.0, 0.037, 0.4038, 0.5962]
    """
    part = WIDE**2 / draws
    middle = (share + part / 2) / (1 + part)
    half = (share * (1 - share) * part + part**2 / 4) ** 0.5 / (1 + part)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _standard_error(chance: float, draws: float) -> float:
    return float(np.sqrt(chance * (1 - chance) / draws))


def surely(change: float, error: float) -> bool:
    """Return whether a change of a chance is more than luck, by `WIDE` standard errors."""
    return abs(change) > max(WIDE * error, 0.0005)


def _paired_error(hits: Flags, ground: Flags, forecast: Forecast) -> float:
    """Return the standard error of a difference of chances, draw by draw."""
    turned = hits.astype(float) - ground
    apart = (turned - mean(turned, forecast.weights)) ** 2
    return float(np.sqrt(mean(apart, forecast.weights)) / np.sqrt(forecast.effective))


def _median_passing(draws: Array, level: float, forecast: Forecast) -> date | None:
    reached, months = draws >= level - CLOSE, forecast.months
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), len(months))
    middle = int(np.quantile(first, 0.5, method="inverted_cdf", weights=forecast.weights))
    return months[middle] if middle < len(months) else None


def _all_met(forecast: Forecast, targets: Sequence[Target]) -> Flags:
    hits = [met(forecast.nation(t.indicator), t, forecast.months) for t in targets]
    return np.asarray(np.logical_and.reduce(hits))


def _binding(forecast: Forecast, targets: Sequence[Target]) -> Target | None:
    missed = np.stack([~met(forecast.nation(t.indicator), t, forecast.months) for t in targets])
    if not missed.any():
        return None
    shortfall = np.stack(
        [
            t.bar - forecast.nation(t.indicator)[:, month_of(forecast.months, t.deadline)]
            for t in targets
        ]
    )
    rate = mean(missed.T, forecast.weights)
    scale = shortfall.std(axis=1) + CLOSE
    order = np.lexsort((shortfall.mean(axis=1) / scale, rate))
    return targets[int(order[-1])]
