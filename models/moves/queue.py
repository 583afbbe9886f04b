"""A build queue for all replicates at once: the same finish times as the SimPy story.

A job passes survey, permit, money and power side by side, then civil works by its line's
crews on the rain clock, then waits for equipment and integration. Times are months from
the start of the run; inf means never. Arrays are `[replicate, line, slot]`.

Method: for a first-come-first-served station of c crews, the recursion of Kiefer and
Wolfowitz (1955): keep the times at which each crew is next free, give the next job to the
earliest. Survey, permit, money and power belong to the job; work, equipment and
integration belong to its place in the line, so that sorted finish times are monotone in
every input: more money, quicker permits or more crews never make any of them later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

FEW_CREWS = 8  # up to here a sorted list of free crews beats searching for the smallest


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClock:
    """Outdoor work advances at `wet_rate` `[replicate]` in wet months, at 1 in dry ones.

    Attributes:
        wet_rate: within (0, 1].
        first_month: calendar month (1 to 12) at time 0.
        wet_months: first and last wet calendar month; a season may span New Year.
    """

    wet_rate: Array
    first_month: int
    wet_months: tuple[int, int]

    def elapsed(self, start: Array, work: Array) -> Array:
        """Return the months that `work` months of dry-weather work take from `start` on.

        With a year's work Y = 12 - (1 - rate) wet, the work done by time u since a first
        January (a season's first month where it spans New Year) is W(u) = Y floor(u/12) + v
        - (1 - rate) clip(v - a, 0, wet), v = u mod 12; the answer is W^-1(W(start) + work) - start.

        Args:
            start: `[replicate, ...]`; inf is allowed.
            work: `[replicate, ...]`, >= 0.
        """
        rate = self.wet_rate.reshape(-1, *[1] * (np.ndim(start) - 1))
        first, last = self.wet_months
        turn = 0 if first <= last else first - 1
        before, wet = first - 1 - turn, (last - first) % 12 + 1
        year = 12 - (1 - rate) * wet
        time = np.where(np.isfinite(start), start, 0.0) + (self.first_month - 1 - turn) % 12
        years = np.floor(time / 12)
        since = time - 12 * years
        done = year * years + since - (1 - rate) * np.clip(since - before, 0, wet) + work
        years = np.floor(done / year)
        left = done - year * years
        since = left + (1 / rate - 1) * np.clip(left - before, 0, rate * wet)
        return np.asarray(np.maximum(12 * years + since - time, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The power that jobs wait for, by grid or by sun.

    Attributes:
        present: which slots exist; in a line the first so many do.
        rank: `[line, slot]` place in the order of funding, a permutation that rises
            along a line.
        unpowered: which jobs must be powered before civil works.
        grid_crews, grid: national crews that extend the grid, months of each job.
        solar_crews, solar, solar_cost, solar_money: the other way, which waits for money.
    """

    present: Flags
    rank: Whole
    unpowered: Flags
    grid_crews: int
    grid: Array
    solar_crews: int
    solar: Array
    solar_cost: Whole
    solar_money: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Works(Power):
    """One programme of building, and the power it waits for.

    Attributes:
        survey_crews, civil_crews: `[line]` crews of each line.
        survey, permit: months, of the job.
        civil, equipment, integration: months, of the place in the line; `civil` in dry
            weather.
        cost: million VND.
        money: `[replicate, month]` million VND that arrive at the start of each month.
        clock: the rain clock of civil works.
    """

    survey_crews: Whole
    civil_crews: Whole
    survey: Array
    permit: Array
    civil: Array
    equipment: Array
    integration: Array
    cost: Whole
    money: Whole
    clock: WorkClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """When each job passed each gate, `[replicate, line, slot]`; inf for never or absent.

    `permitted`, `funded` and `powered` are of the job; `started` and `finish` of the place
    in the line.
    """

    permitted: Array
    funded: Array
    powered: Array
    started: Array
    finish: Array


def station(
    arrivals: Array, work: Array, crews: Whole, clock: WorkClock | None = None
) -> tuple[Array, Array]:
    """Return when each job is started and finished by its line's crews.

    Args:
        arrivals: `[replicate, line, slot]`, ascending along a line.
        work: months of work, by place in the line.
        crews: `[line]`; a line without crews never starts.
        clock: on which the work advances; the calendar if None.

    >>> arrivals, work = np.array([[[0.0, 0.0, 1.0]]]), np.array([[[2.0, 3.0, 1.0]]])
    >>> station(arrivals, work, np.array([2]))[1]
    array([[[2., 3., 3.]]])
    """
    slots = arrivals.shape[2]
    if crews.size and crews.min() >= slots and clock is None:
        return arrivals, arrivals + work  # nobody ever waits
    started, finish = np.empty_like(arrivals), np.empty_like(arrivals)
    keep = _SortedCrews if crews.max(initial=0) <= FEW_CREWS else _SearchedCrews
    free = keep(crews, arrivals.shape[:2])
    for slot in range(slots):
        begin = np.maximum(arrivals[:, :, slot], free.earliest())
        spent = work[:, :, slot] if clock is None else clock.elapsed(begin, work[:, :, slot])
        started[:, :, slot] = begin
        finish[:, :, slot] = end = begin + spent
        free.book(end)
    return started, finish


class _SortedCrews:
    """Free times of few crews, kept sorted: a new end is pushed in by minima and maxima."""

    def __init__(self, crews: Whole, shape: tuple[int, ...]) -> None:
        count = max(int(crews.max(initial=0)), 1)
        self.times = [
            np.broadcast_to(np.where(crews > crew, 0.0, np.inf), shape) for crew in range(count)
        ]

    def earliest(self) -> Array:
        return self.times[0]

    def book(self, end: Array) -> None:
        for crew in range(len(self.times) - 1):
            later = self.times[crew + 1]
            self.times[crew] = np.minimum(later, end)
            end = np.maximum(later, end)
        self.times[-1] = end


class _SearchedCrews:
    """Free times of many crews: look for the smallest, put the new end in its place."""

    def __init__(self, crews: Whole, shape: tuple[int, ...]) -> None:
        count = int(crews.max())
        ready = np.where(np.arange(count) < crews[:, None], 0.0, np.inf)
        self.shape = shape
        self.times = np.broadcast_to(ready, (*shape, count)).reshape(-1, count).copy()
        self.flat = self.times.ravel()
        self.row = np.arange(len(self.times)) * count
        self.place = self.row

    def earliest(self) -> Array:
        self.place = self.times.argmin(axis=1) + self.row
        return np.asarray(self.flat[self.place].reshape(self.shape))

    def book(self, end: Array) -> None:
        self.flat[self.place] = end.ravel()


def funded(cost: Whole, wanted: Flags, rank: Whole, money: Whole) -> Array:
    """Return when each wanted job gets its money, strictly in the order of rank.

    A job is funded at the first month's start at which the money that has arrived covers
    its cost and that of all wanted jobs before it.

    Args:
        cost: million VND, `[replicate, line, slot]`.
        wanted: which jobs ask for money.
        rank: `[line, slot]`.
        money: `[replicate, month]`, arriving at times 0, 1, 2, ...

    >>> cost = np.array([[[3, 4, 5]]]); wanted = np.ones((1, 1, 3), bool)
    >>> funded(cost, wanted, np.arange(3)[None, :], np.array([[3, 0, 9]]))
    array([[[0., 2., 2.]]])
    """
    if not money.any() and cost.min(initial=1) > 0:
        return np.full(wanted.shape, np.inf)
    order = np.argsort(rank.T, axis=None)  # rows of [slot, line] by place in the plan
    asked = np.where(wanted, cost, 0).transpose(2, 1, 0).reshape(rank.size, -1)
    due = np.cumsum(asked[order], axis=0).T
    arrived = np.cumsum(money, axis=1)
    replicate = np.arange(len(due))[:, None]
    apart = replicate * (max(due.max(initial=0), arrived.max(initial=0)) + 1)  # one long ascent
    paid = np.searchsorted((due + apart).ravel(), (arrived + apart).ravel(), side="right")
    paid = paid.reshape(arrived.shape) - replicate * rank.size
    jobs = np.diff(paid, prepend=0, append=rank.size).ravel()
    months = np.append(np.arange(money.shape[1], dtype=float), np.inf)
    time = np.repeat(np.tile(months, len(due)), jobs).reshape(due.shape)
    found = np.empty((rank.size, len(time)))
    found[order] = time.T
    when = found.reshape(*rank.T.shape, -1).transpose(2, 1, 0)
    return np.where(wanted, when, np.inf)


def pooled(
    ready: Sequence[Array],
    work: Sequence[Array],
    wanted: Sequence[Flags],
    rank: Sequence[Whole],
    crews: int,
) -> list[Array]:
    """Return when national crews finish each wanted job, taking them in the order of rank.

    All replicates of all blocks are served side by side, which is quicker than block by
    block; they know nothing of each other.

    Args:
        ready: of each block, time from which a job can be worked on; one that never is
            holds up nobody.
        work: months of work of the job.
        wanted: which jobs there are.
        rank: `[line, slot]` the order of service.
        crews: of the nation; none means never.
    """
    never = [np.full_like(flags, np.inf, dtype=float) for flags in wanted]
    queues = [
        _in_order(flags & np.isfinite(times), order)
        for flags, times, order in zip(wanted, ready, rank, strict=True)
    ]
    longest = max((int(place.max(initial=-1)) + 1 for _, place in queues), default=0)
    if crews == 0 or longest == 0:
        return never
    begin = np.cumsum([0, *(len(flags) for flags in wanted)])
    shape = (longest, 1, int(begin[-1]))  # replicates next in memory: a step reads one row
    arrivals = np.full(shape, np.inf).transpose(2, 1, 0)
    months = np.zeros(shape).transpose(2, 1, 0)
    for block, (job, place) in enumerate(queues):
        arrivals[begin[block] + job[0], 0, place] = ready[block][job]
        months[begin[block] + job[0], 0, place] = work[block][job]
    done = station(arrivals, months, np.array([crews]))[1]
    for block, (job, place) in enumerate(queues):
        never[block][job] = done[begin[block] + job[0], 0, place]
    return never


def _in_order(wanted: Flags, rank: Whole) -> tuple[tuple[NDArray[np.intp], ...], NDArray[np.intp]]:
    """Return the wanted jobs (replicate, line, slot) by rank, and each one's place in its queue."""
    line, slot = np.unravel_index(np.argsort(rank, axis=None), rank.shape)
    replicate, at = np.nonzero(wanted[:, line, slot])
    count = np.bincount(replicate, minlength=len(wanted))
    place = np.arange(len(replicate)) - np.repeat(np.cumsum(count) - count, count)
    return (replicate, line[at], slot[at]), place


def electrified(works: Sequence[Works]) -> list[Array]:
    """Return when the grid reaches each dark job of each block; inf for the others."""
    dark = [block.unpowered & block.present for block in works]
    return pooled(
        [np.zeros(flags.shape) for flags in dark],
        [block.grid for block in works],
        dark,
        [block.rank for block in works],
        works[0].grid_crews,
    )


def powered(works: Sequence[Power], on_grid: Sequence[Array]) -> list[Array]:
    """Return when each job of each block has power: at once, or by the earlier of grid and solar.

    Args:
        works: the blocks of one programme.
        on_grid: from `electrified`; no money changes it.
    """
    dark = [block.unpowered & block.present for block in works]
    if not any(flags.any() for flags in dark):
        return [np.where(block.present, 0.0, np.inf) for block in works]
    solar = pooled(
        [
            funded(block.solar_cost, flags, block.rank, block.solar_money)
            for block, flags in zip(works, dark, strict=True)
        ],
        [block.solar for block in works],
        dark,
        [block.rank for block in works],
        works[0].solar_crews,
    )
    return [
        np.where(block.present, np.where(flags, np.minimum(grid, sun), 0.0), np.inf)
        for block, flags, grid, sun in zip(works, dark, on_grid, solar, strict=True)
    ]


def finish(works: Works, power: Array | None = None) -> Built:
    """Return when every job passes every gate.

    Args:
        works: what is to be built.
        power: when each job has power, from `powered`, where that is known already.
    """
    if power is None:
        power = powered([works], electrified([works]))[0]
    asked = np.where(works.present, 0.0, np.inf)
    permitted = station(asked, works.survey, works.survey_crews)[1] + works.permit
    paid = funded(works.cost, works.present, works.rank, works.money)
    ready = np.sort(np.maximum(np.maximum(permitted, paid), power), axis=2)
    started, built = station(ready, works.civil, works.civil_crews, works.clock)
    done = built + works.equipment + works.integration
    return Built(permitted=permitted, funded=paid, powered=power, started=started, finish=done)


def by_month(times: Array, months: int, group: NDArray[np.intp] | None = None) -> Whole:
    """Return how many times lie at or before each month's end, `[replicate, group, month]`.

    Args:
        times: `[replicate, line, slot]`.
        months: how many months are wanted; month m, from 0, ends at time m + 1.
        group: `[line]` which group a line counts for; each its own if None.

    >>> by_month(np.array([[[0.2, 1.0, 2.5, np.inf]]]), 3)
    array([[[2, 2, 3]]])
    """
    replicates, lines, _ = times.shape
    group = np.arange(lines) if group is None else group
    groups = int(group.max(initial=-1)) + 1
    month = np.ceil(np.clip(times, 1, months + 1)).astype(np.int32)
    row = np.arange(replicates, dtype=np.int32)[:, None] * groups + group.astype(np.int32)
    cell = (row * (months + 1) - 1)[:, :, None] + month
    count = np.bincount(cell.ravel(order="K"), minlength=replicates * groups * (months + 1))
    table = count.reshape(replicates, groups, months + 1)[:, :, :months]
    return np.asarray(np.cumsum(table, axis=2))
