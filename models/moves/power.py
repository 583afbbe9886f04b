"""One queue for power: the grid or the sun, whichever lights a village first.

Villages without power are taken strictly in the order of funding, each as soon as it is
listed. It is promised to whoever would light it first: the national grid crews, or the solar
teams, which also wait for money to buy the panels. The other is called off, so no village is
powered twice, and teams freed that way go on to the next.

Times are months from the start of the run; inf means never. Arrays are `[replicate, job]`.
"""

from dataclasses import dataclass

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
    replicates, jobs = power.dark.shape
    queue = dark_in_order(power)
    longest = queue.shape[1]
    rows = np.arange(replicates)
    time = np.where(power.dark, np.inf, 0.0)
    by_sun = np.zeros_like(power.dark)
    grid, sun = power.grid_free.copy(), power.sun_free.copy()
    bought = np.zeros(replicates, dtype=np.intp)
    affordable = _affordable(power, longest)
    for place in range(longest):
        job = queue[:, place]
        there = job < jobs
        job = np.where(there, job, 0)
        listed = power.listed[rows, job]
        crew, team = grid.argmin(axis=1), sun.argmin(axis=1)
        by_grid = np.maximum(grid[rows, crew], listed) + power.grid[rows, job]
        begin = np.maximum(np.maximum(sun[rows, team], listed), affordable[rows, bought])
        by_panels = begin + power.sun[rows, job]
        solar = there & (by_panels < by_grid)
        wired = there & ~solar
        grid[rows, crew] = np.where(wired, by_grid, grid[rows, crew])
        sun[rows, team] = np.where(solar, by_panels, sun[rows, team])
        bought += solar
        time[rows[there], job[there]] = np.where(solar, by_panels, by_grid)[there]
        by_sun[rows[there], job[there]] = solar[there]
    return Lit(time=time, by_sun=by_sun & np.isfinite(time))


def dark_in_order(power: Power) -> NDArray[np.intp]:
    """Return the dark jobs by order `[replicate, place]`, filled up with the number of jobs."""
    dark = np.take_along_axis(power.dark, power.order, axis=1)
    count = dark.sum(axis=1)
    queue = np.full((len(dark), int(count.max(initial=0))), dark.shape[1], dtype=np.intp)
    replicate, at = np.nonzero(dark)
    place = np.arange(len(replicate)) - np.repeat(np.cumsum(count) - count, count)
    queue[replicate, place] = power.order[replicate, at]
    return queue


def _affordable(power: Power, longest: int) -> Array:
    """Return the month at which the panels of the first, second, ... village can be bought."""
    due = power.sun_cost[:, None] * np.arange(1, longest + 2)
    return first_month_at(due, np.cumsum(power.sun_money, axis=1))
