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
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.moves.clock import WorkClock
from models.moves.money import Purse, first_paid
from models.moves.power import Lit, Power, powered

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)

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
    powered_at = lit.time if lit else np.zeros(works.present.shape)
    permitted = works.listed + works.survey + works.permit
    funded, payer = first_paid(works.purses, works.cost, works.listed)
    payer = np.where(np.isinf(funded) | works.prepaid, NOBODY, payer)
    funded = np.where(works.prepaid, 0.0, funded)
    ready = np.maximum(np.maximum(permitted, funded), powered_at)
    ready = np.where(works.present, ready, np.inf)
    holder = places(ready, works.area)
    arrived = np.take_along_axis(ready, holder, axis=1)
    left = np.take_along_axis(works.left, holder, axis=1)
    begun, ended = served(arrived, works.civil * left, works, until)
    done = ended + works.equipment * left + works.integration
    return Built(
        permitted=np.where(works.present, permitted, np.inf),
        funded=np.where(works.present, funded, np.inf),
        powered=np.where(works.present, powered_at, np.inf),
        payer=np.where(works.present, payer, NOBODY),
        holder=holder,
        begun=begun,
        ended=ended,
        finish=done,
    )


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

    Where an area always has a crew of its own free, places begin as they arrive; only the
    regions of others, replicate by replicate, are gone through place by place.

    Args:
        arrived: when the place's job is ready, never falling within an area.
        work: dry-weather months.
        works: their crews, regions, journeys and clock.
        until: as in `finish`.
    """
    clock = works.clock
    ready = clock.work_at(np.where(arrived <= until, arrived, np.inf))
    free = clock.work_at(works.crews)
    begun, ended = ready.copy(), ready + work
    crowded = _crowded(ready, ended, works.area, free <= clock.work_at(np.zeros((len(free), 1, 1))))
    if crowded.any():
        _Promises(works, ready, work, free, crowded).keep(begun, ended)
    begun = np.maximum(clock.time_at(begun), arrived)
    return begun, np.maximum(clock.time_at(ended), begun)


def _crowded(ready: Array, ended: Array, area: NDArray[np.intp], there: Flags) -> Flags:
    """Return where some place would find all crews of its area at work, `[replicate, area]`.

    Begun as they arrive, the k-th place finds a crew free if enough of the others have ended;
    one that takes no time counts as ended just after it began, which errs on the safe side.
    """
    ended = np.maximum(ended, np.nextafter(ready, np.inf))
    crews = there.sum(axis=2)
    crowded = np.zeros(crews.shape, dtype=bool)
    bounds = np.searchsorted(area, np.arange(crews.shape[1] + 1))
    for each, (first, last) in enumerate(pairwise(bounds)):
        if first == last:
            continue
        before = np.arange(last - first) - crews[:, each, None]
        ends = np.sort(ended[:, first:last], axis=1)
        due = np.take_along_axis(ends, np.maximum(before, 0), axis=1)
        late = (before >= 0) & (due > ready[:, first:last]) & np.isfinite(ready[:, first:last])
        crowded[:, each] = late.any(axis=1)
    return crowded


class _Promises:
    """The places of crowded regions, a row for each region of each replicate, longest first."""

    def __init__(
        self, works: Works, ready: Array, work: Array, free: Array, crowded: Flags
    ) -> None:
        region_of, jobs = works.region[works.area], len(works.area)
        by_turn = np.lexsort((works.area, works.number))
        self.home = np.zeros(jobs, dtype=np.intp)
        rows, queues, crews = [], [], []
        members, longest_region = np.bincount(works.region).max(), np.bincount(region_of).max()
        for region in np.unique(region_of):
            here = np.flatnonzero(works.region == region)
            self.home[region_of == region] = np.searchsorted(here, works.area[region_of == region])
            hard = np.flatnonzero(crowded[:, here].any(axis=1))
            some = by_turn[region_of[by_turn] == region]
            order = some[np.argsort(ready[np.ix_(hard, some)], axis=1, kind="stable")]
            rows.append(hard)
            queues.append(
                np.pad(order, ((0, 0), (0, longest_region - len(some))), constant_values=-1)
            )
            away = ((0, 0), (0, members - len(here)), (0, 0))
            crews.append(np.pad(free[np.ix_(hard, here)], away, constant_values=np.inf))
        row, queue = np.concatenate(rows), np.concatenate(queues)
        place = row[:, None] * jobs + queue
        arrival = np.where(queue >= 0, ready.ravel()[np.maximum(place, 0)], np.inf)
        count = np.isfinite(arrival).sum(axis=1)
        longest = np.argsort(-count, kind="stable")
        most = int(count.max(initial=0))

        def in_turn(what: NDArray[Kind]) -> NDArray[Kind]:
            return np.ascontiguousarray(what[longest, :most].T)

        self.arrives = in_turn(np.isfinite(arrival))
        self.active = self.arrives.sum(axis=1)
        self.place, self.arrival = in_turn(np.maximum(place, 0)), in_turn(arrival)
        self.work, self.journey = work.ravel()[self.place], works.journey[row[longest]]
        self.free = np.concatenate(crews)[longest]
        first_area = np.arange(len(longest)) * members
        self.home = self.home[in_turn(np.maximum(queue, 0))] + first_area
        self.first_area = first_area

    def keep(self, begun: Array, ended: Array) -> None:
        """Promise each place to the crew that can begin it first; write when it begins and ends."""
        free = self.free.reshape(-1, self.free.shape[2])  # a row for each area
        first = free.min(axis=1)
        nearest = first.reshape(self.free.shape[:2])
        begins, ends = np.empty_like(self.arrival), np.empty_like(self.arrival)
        for step, count in enumerate(self.active.tolist()):
            arrival, own = self.arrival[step, :count], self.home[step, :count]
            near = np.maximum(arrival, first.take(own))
            other = nearest[:count].argmin(axis=1) + self.first_area[:count]
            far = np.maximum(arrival, first.take(other)) + self.journey[:count]
            whose = np.where(far < near, other, own)
            begin = np.minimum(far, near, out=begins[step, :count])
            end = np.add(begin, self.work[step, :count], out=ends[step, :count])
            crews = free.take(whose, axis=0)
            crew = crews.argmin(axis=1)
            crews[np.arange(count), crew] = end
            free[whose] = crews
            first[whose] = crews.min(axis=1)
        place = self.place[self.arrives]
        begun.reshape(-1)[place], ended.reshape(-1)[place] = (
            begins[self.arrives],
            ends[self.arrives],
        )


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
    replicates = len(times)
    groups = int(group.max(initial=-1)) + 1 if groups is None else groups
    month = np.ceil(np.clip(times, 1, months + 1)).astype(np.intp)
    groups += 1  # the first is for those that count for none
    cell = (np.arange(replicates)[:, None] * groups + group + 1) * (months + 1) - 1 + month
    flat = None if weight is None else np.broadcast_to(weight, times.shape).ravel()
    count = np.bincount(cell.ravel(), flat, minlength=replicates * groups * (months + 1))
    table = count.reshape(replicates, groups, months + 1)[:, 1:, :months]
    return np.cumsum(table, axis=2, dtype=float)


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
    span = np.full_like(ended, np.inf)
    np.subtract(ended, begun, out=span, where=np.isfinite(ended))
    span = np.maximum(span, QUICK)
    start = np.full_like(ended, np.inf)
    np.subtract(ended, span, out=start, where=np.isfinite(ended))
    pace = weight / span
    total = np.zeros((len(ended), groups, months))
    for time, sign in ((start, 1.0), (ended, -1.0)):
        month = np.ceil(np.clip(time, 1, months + 1))
        slope = np.cumsum(by_month(month, months, group, groups, sign * pace), axis=2)
        short = np.zeros_like(pace)
        np.multiply(sign * pace, time - month + 1, out=short, where=np.isfinite(time))
        total += slope - by_month(month, months, group, groups, short)
    return total
