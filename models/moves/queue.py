"""A build queue for all replicates at once: the same finish times as the SimPy story.

A job is listed, surveyed and permitted; side by side it waits for money and for power; then
for a crew. Crews work on the rain clock and go where sites wait: a job is promised, in the
order in which jobs become ready, to the crew that can begin it first, of its own area or, with
a journey, of another one of its region. Equipment and integration follow.

Times are months from the start of the run; inf means never. Arrays are `[replicate, job]`,
jobs of an area side by side.

Survey, permit, money and power belong to the job; work, equipment and integration belong to
its place among its area's jobs, in the order in which they become ready, so that easier
gates never make an area's places ready later.

Method: for a first-come-first-served station of c crews, the recursion of Kiefer and
Wolfowitz (1955): keep the times at which each crew is next free, give the next job to the
earliest; here with a choice between near and far crews.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.moves.clock import WorkClock
from models.moves.compiled import compiled, plain
from models.moves.money import Purse, first_paid
from models.moves.power import Lit, Power, powered

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

QUICK = 1e-3  # months that anything built in parts takes at least
NOBODY = -1  # who pays for what was paid before the start, or never is


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """One programme of building.

    Attributes:
        area: `[job]` where it is, never falling.
        region: `[area]` whose crews help each other.
        present: which jobs there are.
        listed: whole month at which a job becomes known, 0 for those of the start.
        prepaid: which jobs were paid for before the start.
        survey, permit: months, of the job.
        left: share of its works, and of the wait for its equipment, still to go, of the job.
        civil, equipment, integration: months, of the place; `civil` in dry weather.
        cost: in whole small money, of the job.
        purses: who pay, in the order in which they are asked.
        crews: `[replicate, area, crew]` when each is first free, on the calendar.
        journey: `[replicate]` dry-weather months a crew loses by going to another area.
        clock: the rain clock of civil works.
        power: the jobs without power, and those who bring it; None where all have it.
    """

    area: NDArray[np.intp]
    region: NDArray[np.intp]
    present: Flags
    listed: Whole
    prepaid: Flags
    survey: Array
    permit: Array
    left: Array
    civil: Array
    equipment: Array
    integration: Array
    cost: Whole
    purses: Sequence[Purse]
    crews: Array
    journey: Array
    clock: WorkClock
    power: Power | None = None

    @property
    def number(self) -> NDArray[np.intp]:
        """Each job's number among those of its area, `[job]`."""
        first = np.searchsorted(self.area, self.area)
        return np.arange(len(self.area)) - first


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """When each job passed each gate, `[replicate, job]`; inf for never or absent.

    Attributes:
        permitted, funded, powered: of the job.
        payer: which purse paid for the job, `NOBODY` for none.
        holder: which job took the place.
        begun, ended: civil works of the place.
        finish: the place is on air.
    """

    permitted: Array
    funded: Array
    powered: Array
    payer: Whole
    holder: NDArray[np.intp]
    begun: Array
    ended: Array
    finish: Array


def finish(works: Works, lit: Lit | None = None, until: float = np.inf) -> Built:
    """Return when every job passes every gate.

    Args:
        works: what is to be built.
        lit: when each job has power, from `powered`, where that is known already.
        until: jobs that become ready after this time are left to wait.
    """
    if lit is None and works.power:
        lit = powered(works.power)
    shape = works.present.shape
    permitted = np.broadcast_to(works.listed + works.survey + works.permit, shape).copy()
    funded, payer = first_paid(works.purses, works.cost, works.listed)
    powered_at = lit.time.copy() if lit else np.zeros(shape)
    ready = np.empty(shape)
    prepaid = np.broadcast_to(works.prepaid, shape)
    _gates(plain(works.present), plain(prepaid), permitted, funded, powered_at, payer, ready)
    holder = places(ready, works.area)
    arrived = np.take_along_axis(ready, holder, axis=1)
    left = np.take_along_axis(works.left, holder, axis=1)
    begun, ended = served(arrived, works.civil * left, works, until)
    done = ended + works.equipment * left + works.integration
    return Built(
        permitted=permitted,
        funded=funded,
        powered=powered_at,
        payer=payer,
        holder=holder,
        begun=begun,
        ended=ended,
        finish=done,
    )


@compiled
def _gates(
    present: Flags,
    prepaid: Flags,
    permitted: Array,
    funded: Array,
    powered_at: Array,
    payer: Whole,
    ready: Array,
) -> None:
    """Close all gates to absent jobs, in place, and write down when a job is ready for a crew.

    What was paid for before the start is funded at 0 and paid by nobody.
    """
    for row in range(len(ready)):
        for job in range(ready.shape[1]):
            if not present[row, job]:
                permitted[row, job] = funded[row, job] = powered_at[row, job] = np.inf
            elif prepaid[row, job]:
                funded[row, job] = 0.0
            if prepaid[row, job] or funded[row, job] == np.inf:
                payer[row, job] = NOBODY
            paid = max(permitted[row, job], funded[row, job])
            ready[row, job] = max(paid, powered_at[row, job])


def places(ready: Array, area: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return which job takes each place of its area, in the order in which they become ready."""
    bounds = np.searchsorted(area, np.arange(int(area.max(initial=-1)) + 2))
    holder = np.empty(ready.shape, dtype=np.intp)
    for first, last in pairwise(bounds):
        some = slice(first, last)
        holder[:, some] = first + np.argsort(ready[:, some], axis=1, kind="stable")
    return holder


def served(arrived: Array, work: Array, works: Works, until: float = np.inf) -> tuple[Array, Array]:
    """Return when the works of each place begin and end.

    Args:
        arrived: when the place's job is ready, never falling within an area.
        work: dry-weather months.
        works: their crews, regions, journeys and clock.
        until: as in `finish`.
    """
    clock = works.clock
    ready = clock.work_at(np.where(arrived <= until, arrived, np.inf))
    begun, ended = np.full_like(ready, np.inf), np.full_like(ready, np.inf)
    turn = np.lexsort((works.area, works.number))
    free, journey = plain(clock.work_at(works.crews)), plain(works.journey)
    near = neighbours(works.region)
    _promise(ready, work, turn, works.area, near, free, journey, begun, ended)
    begun = np.maximum(clock.time_at(begun), arrived)
    return begun, np.maximum(clock.time_at(ended), begun)


@compiled
def _promise(
    ready: Array,
    work: Array,
    turn: NDArray[np.intp],
    area: NDArray[np.intp],
    near: NDArray[np.intp],
    free: Array,
    journey: Array,
    begun: Array,
    ended: Array,
) -> None:
    """Promise each place to the crew that can begin it first; `free` is used up.

    Places that are ready at once take turns, area by area. Whoever finds a crew of its own area
    free looks no further: nobody could begin sooner.
    """
    for row in range(len(ready)):
        crews = free[row]
        first = np.array([own.min() for own in crews])
        waiting = turn[ready[row][turn] < np.inf]
        for at in np.argsort(ready[row][waiting], kind="mergesort"):
            place = waiting[at]
            whose = area[place]
            begin = max(ready[row, place], first[whose])
            if begin > ready[row, place]:
                other = _nearest(first, near[whose], whose)
                far = max(ready[row, place], first[other]) + journey[row]
                if far < begin:
                    whose, begin = other, far
            end = begin + work[row, place]
            first[whose] = _sent(crews[whose], end)
            begun[row, place], ended[row, place] = begin, end


@compiled
def _sent(crews: Array, end: float) -> float:
    """Send the crew that is free first to work until `end`; return when the next one is free."""
    sent, free = 0, np.inf
    for crew in range(1, len(crews)):
        if crews[crew] < crews[sent]:
            sent = crew
    crews[sent] = end
    for when in crews:
        free = min(free, when)
    return free


@compiled
def _nearest(first: Array, near: NDArray[np.intp], area: int) -> int:
    """Return the area, of those near one, whose crews are free first; itself before others."""
    found = area
    for other in near:
        if first[other] < first[found]:
            found = other
    return found


def neighbours(region: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the areas of each area's region, `[area, place]`; filled up with the area itself.

    >>> neighbours(np.array([0, 1, 0]))
    array([[0, 2],
           [1, 1],
           [0, 2]])
    """
    alike = region[:, None] == region
    most = max(alike.sum(axis=1), default=0)
    order = np.argsort(~alike, axis=1, kind="stable")[:, :most]
    itself = np.arange(len(region))[:, None]
    return np.where(np.take_along_axis(alike, order, axis=1), order, itself)


def by_month(
    times: Array,
    months: int,
    group: NDArray[np.intp],
    groups: int | None = None,
    weight: Array | Whole | Flags | None = None,
) -> Array:
    """Return how many times lie at or before each month's end, `[replicate, group, month]`.

    Args:
        times: `[replicate, job]`.
        months: how many months are wanted; month m, from 0, ends at time m + 1.
        group: `[job]` or `[replicate, job]` which group a job counts for; -1 for none.
        groups: how many there are; those that are named if None.
        weight: `[replicate, job]` what each counts for; one if None.

    >>> by_month(np.array([[0.2, 1.0, 2.5, np.inf]]), 3, np.zeros(4, dtype=int))
    array([[[2., 2., 3.]]])
    """
    groups = int(group.max(initial=-1)) + 1 if groups is None else groups
    table = np.zeros((len(times), groups, months))
    counts = np.ones((1, 1)) if weight is None else plain(np.asarray(weight, dtype=float))
    _count(plain(times), np.atleast_2d(plain(group)), counts, table)
    return table


@compiled
def _count(times: Array, group: NDArray[np.intp], weight: Array, table: Array) -> None:
    """Add up weights by group and month, then months; one row or column stands for all."""
    replicates, groups, months = table.shape
    each = weight.shape[1] > 1
    for row in range(replicates):
        groups_of = group[row if len(group) > 1 else 0]
        weights = weight[row if len(weight) > 1 else 0]
        for job in range(times.shape[1]):
            time, which = times[row, job], groups_of[job]
            if which >= 0 and time <= months:
                table[row, which, _month(time)] += weights[job if each else 0]
        for which in range(groups):
            for month in range(1, months):
                table[row, which, month] += table[row, which, month - 1]


@compiled
def _month(time: float) -> int:
    """Return the month at whose end a time is passed; month m, from 0, ends at time m + 1."""
    return int(np.ceil(time)) - 1 if time > 1 else 0


def waiting(works: Works, built: Built, months: int) -> Array:
    """Return how many jobs wait at each gate at each month's end, `[gate, replicate, month]`.

    The gates are the permit, the money, the power, a crew and the end of works; a job that is
    known waits at the first that it has not passed.
    """
    gates = (built.permitted, built.funded, built.powered, built.begun, built.finish)
    waits = np.zeros((1 + len(gates), len(built.finish), months))
    known = np.where(works.present, works.listed, np.inf)
    _wait(known, tuple(map(plain, gates)), waits)
    return waits[1:]


@compiled
def _wait(known: Array, passed: tuple[Array, ...], waits: Array) -> None:
    """Count in `waits` who has passed each gate, being known the first; then who has not yet."""
    permitted, funded, powered, begun, finish = passed
    gates, replicates, months = waits.shape
    for row in range(replicates):
        for job in range(known.shape[1]):
            permit = max(known[row, job], permitted[row, job])
            money = max(permit, funded[row, job])
            power = max(money, powered[row, job])
            times = (known[row, job], permit, money, power, begun[row, job], finish[row, job])
            for gate, time in enumerate(times):
                if time <= months:
                    waits[gate, row, _month(time)] += 1
        for gate in range(gates):
            waits[gate, row] = np.cumsum(waits[gate, row])
        for gate in range(gates - 1, 0, -1):
            waits[gate, row] = waits[gate - 1, row] - waits[gate, row]


def part_done(
    begun: Array,
    ended: Array,
    months: int,
    group: NDArray[np.intp],
    groups: int,
    weight: Array | Whole,
) -> Array:
    """Return how much is done by each month's end of jobs that are done evenly, as `by_month`.

    A job counts for the part of the time from `begun` to `ended` that has passed. The sum of
    many such ramps is found from where each begins and ends: with s the time and w the weight
    a month, (t - s)+ w rises by (m - s) w in the month m in which s lies and by w in each later.
    """
    total = np.zeros((len(ended), groups, months))
    part = plain(np.asarray(weight, dtype=float))
    _add_ramps(plain(begun), plain(ended), np.atleast_2d(plain(group)), part, total)
    return total


@compiled
def _add_ramps(
    begun: Array, ended: Array, group: NDArray[np.intp], weight: Array, total: Array
) -> None:
    """Add to `total` what is done by group and month; one row of groups stands for all."""
    replicates, groups, months = total.shape
    for row in range(replicates):
        groups_of = group[row if len(group) > 1 else 0]
        for sign in (1.0, -1.0):
            slope, short = np.zeros((groups, months)), np.zeros((groups, months))
            for job in range(ended.shape[1]):
                span = max(ended[row, job] - begun[row, job], QUICK)
                time = ended[row, job] - span if sign > 0 else ended[row, job]
                which = groups_of[job]
                if which >= 0 and time <= months and ended[row, job] < np.inf:
                    month = max(np.ceil(time), 1.0)
                    pace = sign * (weight[row, job] / span)
                    slope[which, int(month) - 1] += pace
                    short[which, int(month) - 1] += pace * (time - month + 1)
            for which in range(groups):
                pace = done = late = 0.0
                for month in range(months):
                    pace += slope[which, month]
                    done += pace
                    late += short[which, month]
                    total[row, which, month] += done - late
