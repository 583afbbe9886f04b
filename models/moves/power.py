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

from models.moves.compiled import compiled, plain

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
    """Return when each job has power; job by job in order."""
    time = np.where(power.dark, np.inf, 0.0)
    by_sun = np.zeros_like(power.dark)
    _light(
        plain(power.dark),
        plain(power.order),
        plain(power.listed),
        plain(power.grid_free),
        plain(power.grid),
        plain(power.sun_free),
        plain(power.sun),
        plain(power.sun_cost),
        plain(power.sun_money),
        time,
        by_sun,
    )
    return Lit(time=time, by_sun=by_sun)


@compiled
def _light(
    dark: Flags,
    order: NDArray[np.intp],
    listed: Whole,
    grid_free: Array,
    grid: Array,
    sun_free: Array,
    sun: Array,
    sun_cost: Whole,
    sun_money: Whole,
    time: Array,
    by_sun: Flags,
) -> None:
    """Promise dark jobs to the grid or the sun, `time` and `by_sun` in place."""
    replicates, months = sun_money.shape
    for row in range(replicates):
        crews, teams = grid_free[row].copy(), np.append(sun_free[row], np.inf)
        come = np.cumsum(sun_money[row])
        bought = month = 0
        for job in order[row]:
            if not dark[row, job]:
                continue
            while month < months and come[month] < (bought + 1) * sun_cost[row]:
                month += 1
            known = float(listed[row, job])
            crew, team = crews.argmin(), teams.argmin()
            paid = float(month) if month < months else np.inf
            by_grid = max(crews[crew], known) + grid[row, job]
            solar = max(teams[team], known, paid) + sun[row, job]
            if solar < by_grid:
                teams[team] = solar
                bought += 1
            else:
                crews[crew] = by_grid
            by_sun[row, job], time[row, job] = solar < by_grid, min(solar, by_grid)
