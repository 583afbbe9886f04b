"""When tasks end: as planned, or as such tasks go, one after the other.

A task begins on its day or when all it waits for have ended. On time it takes its length; late, a
share of its length more; or it is never done. Which, is drawn under one common factor an owner and
one a year, so that an office that is late with one task is late with others.

Method: reference-class forecasting (Flyvbjerg 2006) of a network of tasks by simulation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from sim.forecast import Array
from sim.place.assumptions import Assumption
from sim.streams import normals, uniforms
from sim.tasks.schedule import DAYS, Habit, Schedule, Task, habits

SHARED = 0.2  # of the variance of a task's luck, by its owner and by its year: own assumption
ENDS = {"low": "_low", "central": "", "high": "_high"}
AS_A_RANGE: Mapping[str, Any] = {"unit": "share", "distribution": "triangular", "confidence": "low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """When tasks begin and end, `[replicate, task]` months from the first start; inf for never."""

    begun: Array
    ended: Array

    def deciding(self, waits_for: Sequence[Sequence[int]]) -> Array:
        """Return how often each task decides when all is done, `[task]`.

        From the last one back over those that the next one waited for; between equals each
        counts its part. What is lost by itself was held up by none before it.
        """
        share = np.zeros_like(self.ended)
        last = self.ended == self.ended.max(axis=1, keepdims=True)
        share += last / last.sum(axis=1, keepdims=True)
        for task in reversed(range(self.ended.shape[1])):
            before = list(waits_for[task])
            if not before:
                continue
            held = self.ended[:, before] == self.begun[:, [task]]
            held &= np.isfinite(self.ended[:, [task]]) | np.isinf(self.ended[:, before])
            parts = held / np.maximum(held.sum(axis=1, keepdims=True), 1)
            share[:, before] += parts * share[:, [task]]
        return np.asarray(share.mean(axis=0))


def network(starts: Array, lengths: Array, waits_for: Sequence[Sequence[int]]) -> Ends:
    """Return when tasks end that wait for each other.

    Args:
        starts: `[task]` months, the earliest each may begin.
        lengths: `[replicate, task]` months; inf for never.
        waits_for: for each task the places of those before it, all smaller than its own.
    """
    begun, ended = np.empty_like(lengths), np.empty_like(lengths)
    for task, before in enumerate(waits_for):
        begun[:, task] = starts[task]
        if before:
            begun[:, task] = np.maximum(starts[task], ended[:, list(before)].max(axis=1))
        ended[:, task] = begun[:, task] + lengths[:, task]
    return Ends(begun=begun, ended=ended)


def planned(schedule: Schedule) -> tuple[Array, Array]:
    """Return starts and lengths of tasks `[task]`, months from the first start."""
    first = schedule.begins
    starts = np.array([(task.start - first).days / DAYS for task in schedule.tasks])
    lengths = np.array([(task.end - task.start).days / DAYS for task in schedule.tasks])
    return starts, lengths


def as_they_go(schedule: Schedule, seed: int, replicates: int, scale: float = 1.0) -> Ends:
    """Return when tasks end as such tasks go.

    Args:
        schedule: the tasks; those that are done stay as they are.
        seed, replicates: of the luck.
        scale: of lateness: 0 lets all end on time and lets none be lost.
    """
    starts, lengths = planned(schedule)
    slips = np.stack(
        [_slip(task, _luck(task, seed, replicates), seed, scale) for task in schedule.tasks], axis=1
    )
    never = np.isinf(slips)  # a task of one day, too, of which no share is late
    took = np.where(never, np.inf, lengths * (1 + np.where(never, 0, slips)))
    return network(starts, took, schedule.waits_for())


def _luck(task: Task, seed: int, replicates: int) -> Array:
    """Return uniforms `[replicate]`: a task's own luck, its owner's and its year's."""
    shape = (replicates,)
    owner = normals(seed, "owner", task.owner, shape=shape)
    year = normals(seed, "year", str(task.end.year), shape=shape)
    own = normals(seed, "task", task.id, shape=shape)
    return np.asarray(ndtr(np.sqrt(SHARED) * (owner + year) + np.sqrt(1 - 2 * SHARED) * own))


def _slip(task: Task, luck: Array, seed: int, scale: float) -> Array:
    """Return by which share of its length a task is late, `[replicate]`; inf for never."""
    if task.state == "done" or scale == 0:
        return np.zeros_like(luck)
    going = rates(habits()[task.kind], seed, len(luck))
    late = (luck - going["on_time"]) / np.maximum(1 - going["never"] - going["on_time"], 1e-9)
    found = scale * going["late"] * 2 * np.clip(late, 0, 1)  # from nothing to twice the typical
    return np.where(luck > 1 - going["never"], np.inf, found)


def rates(habit: Habit, seed: int, replicates: int) -> Mapping[str, Array]:
    """Return draws of how tasks of a class go, each from its range."""
    found = {}
    for name in ("on_time", "never", "late", "by_time"):
        ends = {end: getattr(habit, f"{name}{tail}") for end, tail in ENDS.items()}
        row = Assumption(id=name, **ends, **AS_A_RANGE, source=habit.source)
        u = uniforms(seed, "habit", habit.kind, name, shape=(replicates,))
        found[name] = row.quantile(u)
    return found
