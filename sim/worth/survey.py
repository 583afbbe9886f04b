"""A survey's card: how many to ask, in which clusters, and how a few tell a district's class.

Sample sizes by Cochran (1977) and Kish (1965): a design effect for clusters, and a correction for
a finite population. People a cluster by what clusters and people cost. Classes by lot quality
assurance sampling in clusters (C-LQAS, Hedt-Gauthier and others 2013), with clusters' shares from
a beta distribution: exact, by adding up the chances of every count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from scipy.special import betaln, gammaln, ndtri

from sim.faults import Fault, refuse, told
from sim.forecast import Array

MOST_CLUSTERS = 200  # that are tried for a class
WHERE = "ketnoi survey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What a survey is to find out, among whom, and what it costs.

    Attributes:
        population: how many there are.
        share: of them, as is thought now.
        margin: give or take, at `level`; with `sample` it is what comes of it.
        sample: how many are asked; as many as the margin takes if None.
        icc: correlation within a cluster, 0 to 1.
        each: people a cluster; by the costs if None, and one where there are none.
        cost_cluster, cost_person: to go to one more cluster, to ask one more there.
        low, high: shares below and above which a district is of a class; no classes if None.
        risk: of either error about a class.
    """

    population: int
    share: float = 0.5
    margin: float = 0.05
    level: float = 0.95
    sample: int | None = None
    icc: float = 0.0
    each: int | None = None
    cost_cluster: float = 0.0
    cost_person: float = 0.0
    low: float | None = None
    high: float | None = None
    risk: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a district is classed: so many clusters, high from so many on, and both errors."""

    clusters: int
    least: int
    miss: float
    alarm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A survey that would do: see `Design`; `effect` is its design effect."""

    design: Design
    sample: int
    clusters: int
    each: int
    effect: float
    margin: float
    cost: float
    rule: Rule | None


def card(design: Design) -> Card:
    """Return the card of a survey; raises `InputFaults` with every fault."""
    refuse(_faults(design))
    each = design.each or max(round(optimal(design)), 1)
    effect = 1 + (each - 1) * design.icc
    wanted = design.sample or ceil(needed(design, effect))
    clusters = ceil(wanted / each)
    sample = clusters * each
    if sample >= design.population:
        given = told("{count:,} to ask, of {all:,}", count=sample, all=design.population)
        instead = told("a sample smaller than the population, or counting all of it")
        refuse([Fault(WHERE, "--margin", given, instead)])
    rule = None
    if design.low is not None and design.high is not None:
        rule = classing(each, design.icc, design.low, design.high, design.risk)
    return Card(
        design=design,
        sample=sample,
        clusters=clusters,
        each=each,
        effect=effect,
        margin=_margin(design, sample, effect),
        cost=clusters * design.cost_cluster + sample * design.cost_person,
        rule=rule,
    )


def optimal(design: Design) -> float:
    """Return the people a cluster that cost least: sqrt(c1 / c2 (1 - icc) / icc); 1 without costs.

    >>> round(optimal(Design(population=900, icc=0.05, cost_cluster=10, cost_person=1)), 1)
    13.8
    """
    if design.cost_person <= 0 or design.cost_cluster <= 0:
        return 1.0
    odds = (1 - design.icc) / max(design.icc, 1e-6)
    return min(sqrt(design.cost_cluster / design.cost_person * odds), float(design.population))


def needed(design: Design, effect: float) -> float:
    """Return how many must be asked for the margin, with clusters and a finite population."""
    simple = _z(design) ** 2 * design.share * (1 - design.share) / design.margin**2 * effect
    return simple / (1 + (simple - 1) / design.population)


def _margin(design: Design, sample: int, effect: float) -> float:
    left = (design.population - sample) / (design.population - 1)
    spread = design.share * (1 - design.share) / sample * effect * left
    return _z(design) * sqrt(spread)


def _z(design: Design) -> float:
    return float(ndtri((1 + design.level) / 2))


def classing(each: int, icc: float, low: float, high: float, risk: float) -> Rule:
    """Return the fewest clusters, and the count, that tell a low share from a high one.

    Raises:
        InputFaults: not even `MOST_CLUSTERS` can.
    """
    one = [counted(each, share, icc) for share in (low, high)]
    lows, highs = one
    for clusters in range(1, MOST_CLUSTERS + 1):
        if clusters > 1:
            lows, highs = (np.convolve(*pair) for pair in zip((lows, highs), one, strict=True))
        alarms = 1 - np.cumsum(lows) + lows  # at least so many, of a low one
        misses = np.cumsum(highs) - highs  # fewer than so many, of a high one
        fits = np.flatnonzero((alarms <= risk) & (misses <= risk))
        if len(fits):
            least = int(fits[(alarms + misses)[fits].argmin()])
            miss, alarm = (max(float(each[least]), 0.0) for each in (misses, alarms))
            return Rule(clusters=clusters, least=least, miss=miss, alarm=alarm)
    given = told("{low:g} and {high:g}", low=low, high=high)
    wanted = told("shares farther apart, or a larger risk")
    refuse([Fault(WHERE, "--high", given, wanted)])
    raise AssertionError("a fault is refused")


def counted(each: int, share: float, icc: float) -> Array:
    """Return the chance of every count in a cluster `[count]`, whose share is of a beta's.

    >>> counted(2, 0.5, 0.0).round(3).tolist(), counted(2, 0.5, 1.0).round(3).tolist()
    ([0.25, 0.5, 0.25], [0.5, 0.0, 0.5])
    """
    count = np.arange(each + 1)
    ways = gammaln(each + 1) - gammaln(count + 1) - gammaln(each - count + 1)
    if icc >= 1:
        ends = np.zeros(each + 1)
        ends[0], ends[-1] = 1 - share, ends[-1] + share
        return ends
    if icc <= 0:
        told = count * np.log(share) + (each - count) * np.log1p(-share)
        return np.asarray(np.exp(ways + told))
    a, b = share * (1 - icc) / icc, (1 - share) * (1 - icc) / icc
    return np.asarray(np.exp(ways + betaln(count + a, each - count + b) - betaln(a, b)))


def _faults(design: Design) -> Iterator[Fault]:
    """Yield what is wrong with a design, all at once."""
    few = told("fewer than the population, at least one")
    costs = {"--cost-cluster": design.cost_cluster, "--cost-person": design.cost_person}
    wrong = [
        ("--population", design.population, design.population < 2, told("at least two people")),
        ("--icc", design.icc, not 0 <= design.icc <= 1, told("a correlation, 0 to 1")),
        *(
            (option, cost, not 0 <= cost < np.inf, told("a sum of at least 0"))
            for option, cost in costs.items()
        ),
        *(
            (option, count, not 1 <= count < max(design.population, 2), few)
            for option, count in (("--sample", design.sample), ("--each", design.each))
            if count is not None
        ),
    ]
    for option, value, is_wrong, wanted in wrong:
        if is_wrong:
            yield Fault(WHERE, option, str(value), wanted)
    yield from _share_faults(design)


def _share_faults(design: Design) -> Iterator[Fault]:
    """Yield shares that are none, and limits of classes that are no two in order."""
    shares = {"--share": design.share, "--level": design.level, "--risk": design.risk}
    limits = {"--low": design.low, "--high": design.high}
    given = {name: value for name, value in limits.items() if value is not None}
    for option, value in {**shares, "--margin": design.margin, **given}.items():
        if not 0 < value < 1:
            yield Fault(WHERE, option, str(value), told("a share above 0 and below 1"))
    if len(given) == 1:
        wanted = told("both --low and --high, or neither")
        yield Fault(WHERE, "--low", told("{option} only", option=next(iter(given))), wanted)
    elif given and not given["--low"] < given["--high"]:
        wanted = told("a share below that of --high")
        yield Fault(WHERE, "--low", str(given["--low"]), wanted)
