"""What every programme of building shares: its levers' money, its order, its luck, its waits."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.moves.clock import WorkClock
from models.moves.money import Purse
from models.moves.queue import Built, Works, by_month, part_done, waiting
from sim.forecast import WAITING, Array, Assumed, Flags, Track, Whole
from sim.place.case import Case
from sim.streams import stream
from sim.world.money import MILLION, ProgrammeMoney, first_month, millions
from sim.world.starts import service_score

DAYS_A_MONTH = 365.25 / 12
THIRD = 1 / 3  # log standard deviation of durations without long tails
TIERS = 4  # groups of areas that are funded one after the other
OPERATORS, PROGRAMME = 0, 1  # the purses, in the order in which they are asked
PURSES = 2
BLOCK = 50  # replicates built at a time
Jobs = NDArray[np.intp]
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a programme of building brings.

    Attributes:
        tracks: indicator -> its draws; no start is observed, as nobody publishes any.
        waiting: reason -> `[replicate, month]` jobs that wait for it.
        spent, private: budget -> `[replicate, month]` public and other money that went into
            what was built in the month, in the large unit.
    """

    tracks: Mapping[str, Track]
    waiting: Mapping[str, Array]
    spent: Mapping[str, Array]
    private: Mapping[str, Array]


class Luck:
    """The luck of a programme's jobs: each area has a stream of its own for each stage.

    Draws come job by job, so neither another area nor more jobs disturb them.
    """

    def __init__(self, case: Case, seed: int, programme: str, most: Whole, replicates: int) -> None:
        """Take the most jobs that each area has in any replicate, `[area]`."""
        self.name, self.codes = (seed, programme), case.codes
        self.most, self.replicates = most.tolist(), replicates
        self.area: Jobs = np.repeat(np.arange(len(most)), most)

    def normals(self, stage: str) -> Array:
        """Return standard normals `[replicate, job]`."""
        return self._drawn(stage, "standard_normal")

    def uniforms(self, stage: str) -> Array:
        """Return uniforms within 0 and 1, `[replicate, job]`."""
        return self._drawn(stage, "random")

    def months(self, stage: str, median: Array, spread: Array) -> Array:
        """Return lognormal months around a median, both `[replicate]`."""
        luck = self.normals(stage)
        luck *= spread[:, None]
        return np.multiply(np.exp(luck, out=luck), median[:, None], out=luck)

    def mild(self, stage: str, mean: Array) -> Array:
        """Return months without a long tail around a mean `[replicate]`."""
        return self.months(stage, mean * np.exp(-(THIRD**2) / 2), np.full_like(mean, THIRD))

    def _drawn(self, stage: str, kind: str) -> Array:
        seed, programme = self.name
        drawn = np.empty((len(self.area), self.replicates))
        first = 0
        for code, jobs in zip(self.codes, self.most, strict=True):
            own = stream(seed, programme, stage, code)
            drawn[first : first + jobs] = getattr(own, kind)((jobs, self.replicates))
            first += jobs
        return np.ascontiguousarray(drawn.T)


def stages(luck: Luck, assumed: Assumed) -> dict[str, Array]:
    """Return months of the stages all programmes have, `[replicate, job]`.

    `permit` is for one day of permit time by rule; survey and permit have long tails.
    """
    spread = assumed["duration_spread"]
    return {
        "survey": luck.months("survey", assumed["survey_months"], spread),
        "permit": luck.months("permit", assumed["permit_slippage"] / DAYS_A_MONTH, spread),
        "equipment": luck.mild("equipment", assumed["equipment_months"]),
    }


def block_by_block(build: Callable[..., Part], *blocks: Iterable[object]) -> list[Part]:
    """Return what is built of each block, as many at a time as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(build, *blocks))


def regions(case: Case) -> Jobs:
    """Return the region of each area, `[area]`; where none is named, all are of one."""
    names = [area.region for area in case.areas]
    return np.unique(names, return_inverse=True)[1]


def rain_clock(case: Case, assumed: Assumed) -> WorkClock:
    """Return the clock of outdoor works."""
    return WorkClock(
        wet_rate=assumed["wet_season_rate"],
        first_month=first_month(case),
        wet_months=case.season.wet_months,
    )


def priority(case: Case, policy: str, cheapness: Array) -> Whole:
    """Return each area's tier in the order of funding, `[area]`; within one, areas take turns.

    Strictly one area after the other would pay an area's last job before another's first
    and leave most crews without work; a quarter of the areas at a time keeps them busy.

    Args:
        case: gives people and the service score, the vintage's stand-in for poverty.
        policy: a choice of the lever `priority`; with an area's code behind it, that area is
            before all others (see `sim.rank.lever.one_first`).
        cheapness: `[area]`, higher where a household costs less to serve.
    """
    keys = {
        "plan_order": np.zeros(len(case.areas)),
        "cheapest": -cheapness,
        "poorest": service_score(case),
        "most_populous": -case.columns["population"],
    }
    order, _, first = policy.partition(" ")
    place = np.unique(keys[order], return_inverse=True)[1]
    tiers = np.asarray(TIERS * place // (place.max() + 1))
    return np.where(np.array(case.codes) == first, 0, tiers + 1) if first else tiers


def in_order(present: Flags, *keys: Whole) -> Jobs:
    """Return the jobs by keys, the first counting most, absent ones last, `[replicate, place]`.

    Args:
        present: `[replicate, job]`.
        keys: `[replicate, job]` or `[job]`, whole numbers of at least 0; no two jobs alike.
    """
    place = np.zeros(present.shape, dtype=np.int64)
    for key in keys:
        place *= int(key.max(initial=0)) + 1
        place += key
    place[~present] = np.iinfo(np.int64).max
    return np.argsort(place, axis=1)


def purses(
    wanted: Flags,
    commercial: Flags,
    orders: tuple[Jobs, Jobs],
    own: Array,
    programme: Array,
    saved: Whole,
) -> tuple[Purse, Purse]:
    """Return the operators' purse and the programme's.

    Args:
        wanted: `[replicate, job]` the jobs to be paid.
        commercial: those that operators pay for by themselves.
        orders: in which each of the two pays.
        own, programme: `[replicate, month]` in the large unit.
        saved: `[replicate, purse]` that each holds before the first month, in the small unit.
    """

    def coming(money: Array, purse: int) -> Whole:
        small = millions(MILLION * money)
        small[:, 0] += saved[:, purse]
        return small

    return (
        Purse(wanted=wanted & commercial, order=orders[OPERATORS], money=coming(own, OPERATORS)),
        Purse(wanted=wanted, order=orders[PROGRAMME], money=coming(programme, PROGRAMME)),
    )


def paid_for(works: Works, built: Built, months: int, begun: Array | None = None) -> Array:
    """Return what was built by each month's end, `[payer, replicate, month]` small money.

    Args:
        works, built: the programme, and when each place was finished.
        months: length of the run.
        begun: when a place that is built in parts begins to count; at its end if None.
    """
    payer = np.take_along_axis(built.payer, built.holder, axis=1)
    cost = np.take_along_axis(works.cost, built.holder, axis=1).astype(float)
    if begun is None:
        done = by_month(built.finish, months, payer, len(works.purses), cost)
    else:
        done = part_done(begun, built.finish, months, payer, len(works.purses), cost)
    return np.moveaxis(done, 1, 0)


def spending(done: Array, programme: ProgrammeMoney) -> tuple[Array, Array]:
    """Return public and other money spent in each month, `[replicate, month]`, large unit.

    Args:
        done: `[payer, replicate, month]` small money of what was built by each month's end.
        programme: the money it pays from, public and other.
    """
    monthly = np.diff(done, axis=2, prepend=0.0) / MILLION
    public = programme.public_of(monthly[PROGRAMME])
    return public, monthly[OPERATORS] + monthly[PROGRAMME] - public


def waiting_for(works: Works, built: Built, months: int) -> dict[str, Array]:
    """Return by reason how many jobs wait for it at each month's end, `[replicate, month]`."""
    return dict(zip(WAITING, waiting(works, built, months), strict=True))
