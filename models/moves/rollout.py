"""A build queue told as a story: one SimPy process for each job, and no chance inside.

This is the definition; `models.moves.queue` computes the same for all replicates at once, and a
test holds the two together to the last bit. Read this one to see what the model says:

- A survey crew of the line visits the site, in the order of the line; a permit follows.
- Side by side, the treasurer pays for the jobs strictly in the order of rank: a job that
  cannot be paid yet holds up all that come after it.
- Side by side, a job without power asks for it twice: of the grid at once, and of the sun
  when solar money has come. Neither is called off; the first to arrive will do.
- A job with permit, money and power takes the next place in its line. Civil works by the
  line's crews on the rain clock, equipment and integration belong to that place.

Times are months from the start of the run; what never happens stays inf.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import fields, replace
from itertools import count
from typing import Any

import numpy as np
import simpy

from models.moves.queue import Built, Whole, Works

Job = tuple[int, int, int]  # replicate, line, slot; where a job or a place stands in an array
Steps = Generator[simpy.Event, Any, None]


def finish(works: Works) -> Built:
    """Return when every job passes every gate: `models.moves.queue.finish`, event by event.

    Args:
        works: as there; durations are finite and >= 0.
    """
    shape = works.present.shape
    built = Built(**{gate.name: np.full(shape, np.inf) for gate in fields(Built)})
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
    """One replicate: its crews, its purses, and `built`, the diary its jobs write."""

    def __init__(self, works: Works, built: Built, replicate: int) -> None:
        """Line up the jobs by rank, hire the crews, open the purses."""
        self.env = simpy.Environment()
        self.works, self.built = works, built
        rate = works.clock.wet_rate[replicate : replicate + 1]
        self.clock = replace(works.clock, wet_rate=rate)

        sites = np.argwhere(works.present[replicate]).tolist()
        sites.sort(key=lambda site: works.rank.item(*site))
        self.jobs: list[Job] = [(replicate, line, slot) for line, slot in sites]
        self.places: list[Iterator[int]] = [count() for _ in works.rank]

        self.surveyors = [crews(self.env, number) for number in works.survey_crews.tolist()]
        self.builders = [crews(self.env, number) for number in works.civil_crews.tolist()]
        self.electricians = crews(self.env, works.grid_crews)
        self.installers = crews(self.env, works.solar_crews)

        dark = [job for job in self.jobs if works.unpowered[job]]
        self.paid = treasury(self.env, self.jobs, works.cost, works.money[replicate])
        self.solar_paid = treasury(self.env, dark, works.solar_cost, works.solar_money[replicate])

    def run(self) -> None:
        """Start all jobs, in the order of rank, and let time pass until nothing happens."""
        for job in self.jobs:
            self.env.process(self.build(job))
        self.env.run()

    def build(self, job: Job) -> Steps:
        """Lead one job through its gates, then through its place in the line."""
        env, works, built = self.env, self.works, self.built
        gates = [self.permit(job), self.fund(job), self.power(job)]
        yield env.all_of([env.process(gate) for gate in gates])
        replicate, line, _ = job
        place = (replicate, line, next(self.places[line]))
        with self.builders[line].request() as crew:
            yield crew
            built.started[place] = env.now
            start, months = np.array([env.now]), np.array([works.civil[place]])
            yield env.timeout(self.clock.elapsed(start, months).item())
        yield env.timeout(works.equipment.item(place))
        yield env.timeout(works.integration.item(place))
        built.finish[place] = env.now

    def permit(self, job: Job) -> Steps:
        """Have a crew of the line survey the site, then wait for the permit."""
        yield from work(self.env, self.surveyors[job[1]], self.works.survey.item(job))
        yield self.env.timeout(self.works.permit.item(job))
        self.built.permitted[job] = self.env.now

    def fund(self, job: Job) -> Steps:
        """Wait until the treasurer has paid."""
        yield self.paid[job]
        self.built.funded[job] = self.env.now

    def power(self, job: Job) -> Steps:
        """Wait, if there is no power, for the grid or the sun, whichever comes first."""
        env = self.env
        if self.works.unpowered[job]:
            yield env.process(self.grid(job)) | env.process(self.sun(job))
        self.built.powered[job] = env.now

    def grid(self, job: Job) -> Steps:
        """Extend the grid to the site."""
        yield from work(self.env, self.electricians, self.works.grid.item(job))

    def sun(self, job: Job) -> Steps:
        """Put up solar panels once solar money has paid for them."""
        yield self.solar_paid[job]
        yield from work(self.env, self.installers, self.works.solar.item(job))


def crews(env: simpy.Environment, number: int) -> simpy.Resource:
    """Return crews, first come, first served; where there are none, one that is never free."""
    hired = simpy.Resource(env, capacity=max(number, 1))
    if number == 0:
        hired.request()
    return hired


def work(env: simpy.Environment, hired: simpy.Resource, months: float) -> Steps:
    """Wait for a crew and keep it for the months of work."""
    with hired.request() as crew:
        yield crew
        yield env.timeout(months)


def treasury(
    env: simpy.Environment, jobs: Sequence[Job], cost: Whole, money: Whole
) -> dict[Job, simpy.Event]:
    """Open a purse that pays for the jobs in the order given; return the event of each payment.

    Args:
        env: where time passes.
        jobs: in the order of rank.
        cost: million VND, `[replicate, line, slot]`.
        money: `[month]` million VND, arriving at times 0, 1, 2, ...
    """
    purse = simpy.Container(env)
    paid = {job: env.event() for job in jobs}

    def income() -> Steps:
        for amount in money.tolist():
            if amount:  # a Container refuses to be given nothing, and to give nothing
                yield purse.put(amount)
            yield env.timeout(1)

    def treasurer() -> Steps:
        for job in jobs:
            if cost[job]:
                yield purse.get(cost.item(job))
            paid[job].succeed()

    env.process(income())
    env.process(treasurer())
    return paid
