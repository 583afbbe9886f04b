"""One queue for power: the grid or the sun, whichever lights a village first.

Villages without power are taken strictly in the order of funding, each as soon as it is
listed. It is promised to whoever would light it first: the national grid crews, or the solar
teams, which also wait for money to buy the panels. The other is called off, so no village is
powered twice, and teams freed that way go on to the next.

Times are months from the start of the run; inf means never. Arrays are `[replicate, job]`.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.moves.money import first_month_at

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Jobs without power, and those who bring it.

    Attributes:
        dark: which jobs must be powered before civil works.
        order: `[replicate, place]` which job comes next, a permutation of the jobs.
        listed: month at which a job becomes known; never falls along the order.
        grid_free, sun_free: `[replicate, crew]` when each is first free.
        grid, sun: months each would take, of the job.
        sun_cost: `[replicate]` of one job's panels, whole small money.
        sun_money: `[replicate, month]` that arrives at the start of each month.
    """

    dark: Flags
    order: NDArray[np.intp]
    listed: Whole
    grid_free: Array
    grid: Array
    sun_free: Array
    sun: Array
    sun_cost: Whole
    sun_money: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Lit:
    """When each job has power, and which ones the sun lights, `[replicate, job]`.

    A job that had power all along has it at time 0.
    """

    time: Array
    by_sun: Flags


def powered(power: Power) -> Lit:
    """Return when each job has power; job by job in order, all replicates at once."""
    queue = dark_in_order(power)
    jobs = power.dark.shape[1]
    count = (queue < jobs).sum(axis=1)
    longest = np.argsort(-count, kind="stable")  # so that those still at work stand first
    queue, count = queue[longest], count[longest]
    job = np.minimum(queue, max(jobs - 1, 0))

    def asked(what: Array | Whole) -> Array:
        along = np.take_along_axis(what[longest], job, axis=1)
        return np.ascontiguousarray(along.T, dtype=np.float64)

    teams = _Teams(power, longest, queue.shape[1])
    grid = np.ascontiguousarray(np.sort(power.grid_free[longest], axis=1).T)
    listed, grid_takes, sun_takes = asked(power.listed), asked(power.grid), asked(power.sun)
    lit, solar = np.full(listed.shape, np.inf), np.zeros(listed.shape, dtype=bool)
    still = (count[None, :] > np.arange(len(listed))[:, None]).sum(axis=1).tolist()
    for place, rows in enumerate(still):
        known = listed[place, :rows]
        by_grid = np.maximum(grid[0, :rows], known) + grid_takes[place, :rows]
        by_sun = teams.ready(known) + sun_takes[place, :rows]
        sooner = np.less(by_sun, by_grid, out=solar[place, :rows])
        teams.promise(sooner, by_sun)
        _promise(grid[:, :rows], np.where(sooner, grid[0, :rows], by_grid))
        np.minimum(by_grid, by_sun, out=lit[place, :rows])
    time, lit_by_sun = np.where(power.dark, np.inf, 0.0), np.zeros_like(power.dark)
    row, turn = np.nonzero(queue < jobs)
    at = longest[row], queue[row, turn]
    time[at], lit_by_sun[at] = lit.T[row, turn], solar.T[row, turn]
    return Lit(time=time, by_sun=lit_by_sun)


def _promise(free: Array, until: Array) -> None:
    """Give the crew first free a job until some time; `[crew, replicate]`, ascending, in place."""
    for earlier, later in pairwise(free):
        np.minimum(until, later, out=earlier)
        until = np.maximum(until, later)
    free[-1] = until


class _Teams:
    """The solar teams, a row for each replicate, and what panels they can buy when."""

    def __init__(self, power: Power, longest: NDArray[np.intp], most: int) -> None:
        self.free = power.sun_free[longest]
        self.first = self.free.min(axis=1, initial=np.inf)
        due = power.sun_cost[longest, None] * np.arange(1, most + 2)
        self.affordable = first_month_at(due, np.cumsum(power.sun_money[longest], axis=1))
        self.next = np.arange(len(longest)) * (most + 1)  # the next village's place among those

    def ready(self, listed: Array) -> Array:
        """Return when the first rows' next village can be begun."""
        rows = len(listed)
        bought = self.affordable.take(self.next[:rows])
        return np.asarray(np.maximum(np.maximum(self.first[:rows], listed), bought))

    def promise(self, sooner: Flags, until: Array) -> None:
        """Give the team first free a village where the sun is sooner."""
        rows = np.flatnonzero(sooner)
        if len(rows):
            free = self.free[rows]
            self.free[rows, free.argmin(axis=1)] = until[rows]
            self.first[rows] = self.free[rows].min(axis=1)
            self.next[rows] += 1


def dark_in_order(power: Power) -> NDArray[np.intp]:
    """Return the dark jobs by order `[replicate, place]`, filled up with the number of jobs."""
    dark = np.take_along_axis(power.dark, power.order, axis=1)
    count = dark.sum(axis=1)
    queue = np.full((len(dark), int(count.max(initial=0))), dark.shape[1], dtype=np.intp)
    replicate, at = np.nonzero(dark)
    place = np.arange(len(replicate)) - np.repeat(np.cumsum(count) - count, count)
    queue[replicate, place] = power.order[replicate, at]
    return queue
