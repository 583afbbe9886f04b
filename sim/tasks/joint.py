"""Date and cost together: how likely all tasks are done by a day for no more than a sum.

A task's money is spent over its planned time; if it goes on longer, the part of it that is paid by
time (people, rent, running) goes on as well, and the rest does not grow. What is never done costs
what was planned.

Method: joint confidence of cost and schedule (NASA Cost Estimating Handbook, appendix J).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.forecast import Array
from sim.numbers import CLOSE
from sim.place.scenario import Scenario
from sim.tasks.schedule import Schedule, Task, habits
from sim.tasks.slip import Ends, network, planned, rates

LEVELS = (0.5, 0.8, 0.95)  # of ends and of sums that stand beside the planned ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """When all is done and what it costs, draw by draw.

    Attributes:
        done: `[replicate]` months from the first start; inf where a task is never done.
        cost: `[replicate]` in the case's large unit; nought where no task's money is known.
        planned: both if every task takes its planned time.
    """

    done: Array
    cost: Array
    planned: tuple[float, float]

    def chance(self, months: float = np.inf, cost: float = np.inf) -> float:
        """Return how likely all is done by then, for no more than that."""
        in_time = np.isfinite(self.done) & (self.done <= months + CLOSE)
        return float((in_time & (self.cost <= cost * (1 + CLOSE))).mean())

    @property
    def ends(self) -> list[float]:
        """The planned end, and when all is done in half of the draws in which it is, and more."""
        known = self.done[np.isfinite(self.done)]
        later = np.quantile(known, LEVELS).tolist() if known.size else []
        return _rising([self.planned[0], *later])

    @property
    def sums(self) -> list[float]:
        """The planned sum, and those that suffice in half of the draws and more; none if none."""
        if not self.planned[1]:
            return []
        return _rising([self.planned[1], *np.quantile(self.cost, LEVELS).tolist()])


def _rising(values: Sequence[float]) -> list[float]:
    """Return the first value and those after it that are larger."""
    return [values[0], *(each for each in values[1:] if each > values[0] * (1 + CLOSE))]


def joint(schedule: Schedule, plan: Scenario, ends: Ends, seed: int) -> Joint:
    """Return when all is done and what it costs.

    Args:
        schedule: the tasks.
        plan: whose budgets the tasks spend that drive them.
        ends: how the tasks go, from `as_they_go`.
        seed: of the luck.
    """
    starts, lengths = planned(schedule)
    each = np.array([yearly(task, plan) for task in schedule.tasks]) * lengths / 12
    took = np.broadcast_to(lengths, ends.ended.shape).copy()
    np.subtract(ends.ended, ends.begun, out=took, where=np.isfinite(ends.ended))
    late = np.divide(took - lengths, lengths, out=np.zeros_like(took), where=lengths > 0)
    paid = {kind: rates(habit, seed, len(took))["by_time"] for kind, habit in habits().items()}
    by_time = np.stack([paid[task.kind] for task in schedule.tasks], axis=1)
    prompt = network(starts, lengths[None, :], schedule.waits_for()).ended
    return Joint(
        done=ends.ended.max(axis=1),
        cost=(each * (1 + by_time * late)).sum(axis=1),
        planned=(float(prompt.max()), float(each.sum())),
    )


def yearly(task: Task, plan: Scenario) -> float:
    """Return a task's money a year: its own, else the plan's for the budget it drives, else 0."""
    if task.money is not None:
        return task.money
    budget = plan.levers.get(task.drives) if f"{task.drives}_start" in plan.levers else None
    return float(budget) if isinstance(budget, float | int) else 0.0
