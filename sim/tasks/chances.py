"""What tasks do to the chances: if all is on time, as such tasks go, and the price of a month.

The draws of the tasks' ends are sorted by how much they are late in all and cut into groups of
equal size; each group is run with the middle months of its tasks, and counts as its share.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sim.ask.answers import Question, compare
from sim.forecast import Array
from sim.place.case import Case
from sim.place.levers import Setting
from sim.place.scenario import Scenario, changed
from sim.tasks.joint import Joint, joint
from sim.tasks.schedule import Schedule, month_lever
from sim.tasks.slip import Ends, as_they_go, network, planned

GROUPS = 7
NEVER = 1e3  # months that stand for never


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChances:
    """Chances of each target, and of all, under a schedule.

    Attributes:
        question, plan, schedule: what was asked.
        on_time: if every task ends on its day.
        as_they_go: weighed over how such tasks go.
        month_late: task -> the same as `on_time` if it alone ends a month later.
        ends: how tasks go, `[replicate, task]`.
        deciding: `[task]` how often each decides when all is done.
        joint: when all is done and what it costs.
    """

    question: Question
    plan: Scenario
    schedule: Schedule
    on_time: tuple[float, ...]
    as_they_go: tuple[float, ...]
    month_late: Mapping[str, tuple[float, ...]]
    ends: Ends
    deciding: Array
    joint: Joint

    kind: ClassVar[Literal["tasks"]] = "tasks"

    @property
    def plans(self) -> tuple[Scenario, ...]:
        """The plan, for a stamp."""
        return (self.plan,)

    @property
    def entries(self) -> dict[str, object]:
        """What was asked, for a stamp."""
        return {"tasks": [task.model_dump(mode="json") for task in self.schedule.tasks]}


def chances(
    question: Question,
    plan: Scenario,
    schedule: Schedule,
    done: Callable[[], object] = lambda: None,
) -> TaskChances:
    """Return what a schedule does to a plan's chances.

    Args:
        question: the place, its targets and the luck.
        plan: what the tasks carry out.
        schedule: the tasks.
        done: called after each run.
    """
    starts, lengths = planned(schedule)
    prompt = network(starts, lengths[None, :], schedule.waits_for()).ended
    go = as_they_go(schedule, question.seed, question.replicates)
    late = np.minimum(go.ended - prompt, NEVER)

    def said(months: Array) -> tuple[float, ...]:
        """Return the chances with tasks that end so many months late."""
        (found,) = compare(question, [_begun_later(question.case, plan, schedule, months)])
        done()
        verdicts = found.judgement.verdicts
        return (*(each.chance for each in verdicts), found.judgement.chance_all)

    one = np.eye(len(schedule.tasks))
    on_time = said(np.zeros(len(schedule.tasks)))
    groups = [said(months) for months in _groups(schedule, late)]
    return TaskChances(
        question=question,
        plan=plan,
        schedule=schedule,
        on_time=on_time,
        as_they_go=tuple(np.mean(groups, axis=0).tolist()),
        month_late={t.id: said(one[k]) for k, t in enumerate(schedule.tasks) if t.drives},
        ends=go,
        deciding=go.deciding(schedule.waits_for()),
        joint=joint(schedule, plan, go, question.seed),
    )


def runs(schedule: Schedule) -> int:
    """Return how many runs `chances` takes."""
    return 1 + GROUPS + len(schedule.driving)


def _groups(schedule: Schedule, late: Array) -> list[Array]:
    """Return how late tasks are in the middle of each group of draws, `[task]` months."""
    driving = [place for place, task in enumerate(schedule.tasks) if task.drives]
    order = np.argsort(late[:, driving].sum(axis=1), kind="stable")
    return [np.median(late[part], axis=0) for part in np.array_split(order, GROUPS)]


def _begun_later(case: Case, plan: Scenario, schedule: Schedule, late: Array) -> Scenario:
    """Return a plan whose dated levers begin as many months later as their tasks end late.

    A task that is never done takes its lever's money away, or turns a switch-off off.
    """
    moved: dict[str, Setting] = {}
    for task, months in zip(schedule.tasks, late.round().astype(int).tolist(), strict=True):
        name = month_lever(case, task.drives)
        if name and months:
            begin = int(float(plan.levers[name])) + months
            held = begin > case.levers[name].high
            moved[task.drives if held else name] = 0 if held else begin
    return changed(case, plan, moved)


def ends_of(ends: Ends, levels: Sequence[float] = (0.05, 0.5, 0.95)) -> Array:
    """Return quantiles of the ends, `[level, task]`, months from the first start."""
    return np.asarray(
        np.quantile(np.minimum(ends.ended, NEVER), levels, axis=0, method="inverted_cdf")
    )
