"""A build queue told as a story: one SimPy process for each job, and no chance inside.

This is the definition; `models.moves.queue` computes the same for all replicates at once, and a
test holds the two together to the last bit. Read this one to see what the model says:

- A job is listed in some month, then surveyed and permitted.
- Side by side, each purse goes through the jobs strictly in an order of its own: a job that
  cannot be paid yet holds up all that come after it. The first purse to reach a job pays;
  what another one set aside for it is returned, as is money for which nothing is listed.
- Side by side, jobs without power are promised in the order of funding to the grid or to
  the sun, whichever would light them first; the other is called off.
- A job with permit, money and power takes the next place among those of its area, and a
  dispatcher promises it to the crew that can begin first: of its area or, after a journey, of
  another one in the region. Crews work on the rain clock. Equipment and integration follow.

Times are months from the start of the run; what never happens stays inf.
"""

from collections.abc import Generator
from dataclasses import fields, replace
from itertools import count
from typing import Any

import numpy as np
import simpy
from simpy.events import EventPriority

from models.moves.money import Purse
from models.moves.power import Power
from models.moves.queue import NOBODY, Built, Works

LAST = EventPriority(2)  # priority of what happens after all else of the same time
Steps = Generator[simpy.Event, Any, None]


def finish(works: Works) -> Built:
    """Return when every job passes every gate: `models.moves.queue.finish`, event by event.

    Args:
        works: as there; durations are finite and >= 0.
    """
    shape = works.present.shape
    diary = {gate.name: np.full(shape, np.inf) for gate in fields(Built)}
    diary["payer"] = np.full(shape, NOBODY)
    diary["holder"] = np.full(shape, NOBODY)
    built = Built(**diary)
    works = replace(
        works,
        permit=np.broadcast_to(works.permit, shape),
        equipment=np.broadcast_to(works.equipment, shape),
        integration=np.broadcast_to(works.integration, shape),
    )
    for replicate in range(shape[0]):
        Country(works, built, replicate).run()
    return built


class Country:
    """One replicate: its crews' diaries, its purses, and `built`, what its jobs write down."""

    def __init__(self, works: Works, built: Built, replicate: int) -> None:
        """Line up the jobs and give every crew a diary."""
        self.env = simpy.Environment()
        self.works, self.built, self.replicate = works, built, replicate
        rate = works.clock.wet_rate[replicate : replicate + 1]
        self.clock = replace(works.clock, wet_rate=rate)

        self.jobs: list[int] = np.flatnonzero(works.present[replicate]).tolist()
        self.paid = {job: self.env.event() for job in self.jobs}
        self.lit = {job: self.env.event() for job in self.jobs}
        self.places = [count(job) for job in np.searchsorted(works.area, works.area)]
        self.waiting: list[int] = []

        power = works.power
        self.grid: list[float] = power.grid_free[replicate].tolist() if power else []
        self.sun: list[float] = power.sun_free[replicate].tolist() if power else []
        self.crews = [
            [self.work_at(free) for free in crews] for crews in works.crews[replicate].tolist()
        ]

    def run(self) -> None:
        """Start all jobs, purses and the lighting, and let time pass until nothing happens."""
        for job in self.jobs:
            self.env.process(self.build(job))
        for number, purse in enumerate(self.works.purses):
            self.env.process(self.spend(number, purse))
        self.env.process(self.light())
        self.env.run()
        self.leave_places()

    def leave_places(self) -> None:
        """Give the places that nobody took to the jobs that never were ready, in their order."""
        holder = self.built.holder[self.replicate]
        for area in np.unique(self.works.area):
            here = np.flatnonzero(self.works.area == area)
            taken = holder[here]
            holder[here[taken == NOBODY]] = np.setdiff1d(here, taken)

    def build(self, job: int) -> Steps:
        """Lead one job through its gates, then to the dispatcher."""
        env, built, at = self.env, self.built, (self.replicate, job)
        if self.works.prepaid[at]:
            self.paid[job].succeed()
            built.funded[at] = 0.0
        yield env.all_of([env.process(self.permit(job)), self.paid[job], self.lit[job]])
        self.waiting.append(job)
        if len(self.waiting) == 1:
            everyone = simpy.Event(env)
            everyone.callbacks = [self.dispatch]
            everyone._ok, everyone._value = True, None
            env.schedule(everyone, priority=LAST)

    def permit(self, job: int) -> Steps:
        """Have the site listed, surveyed and permitted."""
        at = self.replicate, job
        for months in (self.works.listed, self.works.survey, self.works.permit):
            yield self.env.timeout(months.item(at))
        self.built.permitted[at] = self.env.now

    def spend(self, number: int, purse: Purse) -> Steps:
        """Pay for jobs in the purse's order, month after month."""
        works, built, row = self.works, self.built, self.replicate
        mine = [job for job in purse.order[row].tolist() if purse.wanted[row, job]]
        level, cost = 0, works.cost[row].tolist()
        for month, income in enumerate(purse.money[row].tolist()):
            if not mine or works.listed[row, mine[0]] >= month:
                level = 0  # nothing has been listed that it could have paid for
            level += income
            while mine and works.listed[row, mine[0]] <= month and cost[mine[0]] <= level:
                job = mine.pop(0)
                level -= cost[job]
                if job in self.paid and not self.paid[job].triggered:
                    self.paid[job].succeed()
                    built.funded[row, job], built.payer[row, job] = month, number
            yield self.env.timeout(1)

    def light(self) -> Steps:
        """Promise each dark job, once it is listed, to whoever lights it first."""
        power, row = self.works.power, self.replicate
        dark = power.dark[row] if power else np.zeros(len(self.works.area), dtype=bool)
        for job in self.jobs:
            if not dark[job]:
                self.built.powered[row, job] = 0.0
                self.lit[job].succeed()
        if power is not None:
            yield from self.promise_light(power)

    def promise_light(self, power: Power) -> Steps:
        """Go through the dark jobs in the order of funding."""
        row, env = self.replicate, self.env
        income, bought = np.cumsum(power.sun_money[row]).tolist(), 1
        for job in power.order[row].tolist():
            if not power.dark[row, job]:
                continue
            listed = power.listed.item(row, job)
            if listed > env.now:
                yield env.timeout(listed - env.now)
            crew, team = self.grid.index(min(self.grid)), self.sun.index(min(self.sun))
            due = bought * power.sun_cost.item(row)
            month = next((month for month, sum_ in enumerate(income) if sum_ >= due), np.inf)
            by_grid = max(self.grid[crew], listed) + power.grid.item(row, job)
            by_sun = max(self.sun[team], listed, month) + power.sun.item(row, job)
            if by_sun < by_grid:
                self.sun[team] = by_sun
                bought += 1
            else:
                self.grid[crew] = by_grid
            if job in self.lit:
                env.process(self.switch_on(job, min(by_sun, by_grid)))

    def switch_on(self, job: int, time: float) -> Steps:
        """Wait for the day on which a job has power, which may never come."""
        if np.isfinite(time):
            yield self.env.timeout(time - self.env.now)
            self.built.powered[self.replicate, job] = time
            self.lit[job].succeed(time)

    def dispatch(self, _: simpy.Event) -> None:
        """Give the jobs that have just become ready their places and their crews."""
        works = self.works
        ready = sorted(self.waiting)
        self.waiting = []
        placed = []
        for job in ready:
            first = int(np.searchsorted(works.area, works.area[job]))
            place = next(self.places[first])
            self.built.holder[self.replicate, place] = job
            placed.append((place - first, int(works.area[job]), place, job))
        for _number, area, place, job in sorted(placed):
            self.promise(area, place, job)

    def promise(self, area: int, place: int, job: int) -> None:
        """Write a place into the diary of the crew that can begin it first."""
        works, row = self.works, self.replicate
        ready = self.when_ready(job)
        arrival = self.work_at(ready)
        near = max(arrival, min(self.crews[area]))
        region = np.flatnonzero(works.region == works.region[area]).tolist()
        other = min(region, key=lambda far: min(self.crews[far]))
        far = max(arrival, min(self.crews[other])) + works.journey.item(row)
        whose, begin = (other, far) if far < near else (area, near)
        if not np.isfinite(begin):
            return
        diary = self.crews[whose]
        end = begin + works.civil.item(row, place) * works.left.item(row, job)
        diary[diary.index(min(diary))] = end
        begun = max(self.time_at(begin), ready)
        self.env.process(self.work(place, job, begun, max(self.time_at(end), begun)))

    def work(self, place: int, job: int, begun: float, ended: float) -> Steps:
        """Let a crew do the works; then fit the equipment and join the network."""
        at = self.replicate, place
        yield self.env.timeout(begun - self.env.now)
        self.built.begun[at] = begun
        yield self.env.timeout(ended - begun)
        self.built.ended[at] = ended
        wait = self.works.equipment.item(at) * self.works.left.item(self.replicate, job)
        built = ended + wait + self.works.integration.item(at)
        yield self.env.timeout(built - ended)
        self.built.finish[at] = built

    def when_ready(self, job: int) -> float:
        """Return when a job had permit, money and power."""
        built, at = self.built, (self.replicate, job)
        return float(max(built.permitted[at], built.funded[at], built.powered[at]))

    def work_at(self, time: float) -> float:
        """Return the rain clock's reading at a time."""
        return self.clock.work_at(np.array([time])).item()

    def time_at(self, work: float) -> float:
        """Return the time of a reading of the rain clock."""
        return self.clock.time_at(np.array([work])).item()
