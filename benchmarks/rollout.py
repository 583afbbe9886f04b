"""Time the build queue told as SimPy processes against its vectorised twin.

2,000 jobs of 8 areas in 2 regions, 40 crews that move, 200 replicates, every gate at work: lists,
surveys, permits, two purses, jobs without power, the rain clock. The story is timed on a few
replicates, the twin on all; both count their best round. The last line is JSON.
"""

import json
import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from models.moves import queue, rollout
from models.moves.clock import WorkClock
from models.moves.money import Purse
from models.moves.power import Power
from models.moves.queue import Built, Works

JOBS, CREWS, AREAS, REGIONS, REPLICATES = 2_000, 40, 8, 2, 200
TOLD, STORY_ROUNDS, TWIN_ROUNDS = 5, 3, 10
MONTHS = 120


def programme() -> Works:
    """Return the programme of building, drawn from one fixed seed."""
    rng = np.random.default_rng(2_000)
    shape = (REPLICATES, JOBS)

    def stage(median: float, spread: float) -> queue.Array:
        return rng.lognormal(np.log(median), spread, shape)

    def free(*crews: int) -> queue.Array:
        return np.zeros((REPLICATES, *crews))

    present = np.ones(shape, dtype=bool)
    listed = np.sort(rng.choice([0, 0, 0, 12, 30], shape), axis=1)
    order = np.broadcast_to(np.arange(JOBS), shape)
    prepaid = (listed == 0) & (rng.random(shape) < 0.1)
    money = rng.integers(0, 50_000, (2, REPLICATES, MONTHS))
    wanted = present & ~prepaid
    return Works(
        area=np.sort(rng.integers(0, AREAS, JOBS)),
        region=np.arange(AREAS) // (AREAS // REGIONS),
        present=present,
        listed=listed,
        prepaid=prepaid,
        survey=stage(0.5, 0.5),
        permit=stage(3, 0.8),
        left=np.where(prepaid, rng.random(shape), 1.0),
        civil=stage(1.2, 0.5),
        equipment=stage(1, 0.4),
        integration=stage(0.5, 0.3),
        cost=rng.integers(800, 2_000, shape),
        purses=(
            Purse(wanted=wanted & (rng.random(shape) < 0.7), order=order, money=money[0]),
            Purse(wanted=wanted, order=order, money=money[1]),
        ),
        crews=free(AREAS, CREWS // AREAS),
        journey=np.full(REPLICATES, 0.5),
        clock=WorkClock(
            wet_rate=rng.uniform(0.4, 0.9, REPLICATES), first_month=1, wet_months=(5, 10)
        ),
        power=Power(
            dark=wanted & (rng.random(shape) < 0.1),
            order=order,
            listed=listed,
            grid_free=free(4),
            grid=stage(3, 0.6),
            sun_free=free(6),
            sun=stage(2, 0.4),
            sun_cost=rng.integers(200, 500, REPLICATES),
            sun_money=rng.integers(0, 1_500, (REPLICATES, MONTHS)),
        ),
    )


def first(part: Any, replicates: int) -> Any:
    """Return the first replicates of a programme, a purse, a clock or the power."""
    cut: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name == "purses":
            value = tuple(first(purse, replicates) for purse in value)
        elif isinstance(value, (Power, WorkClock)):
            value = first(value, replicates)
        elif isinstance(value, np.ndarray) and len(value) == REPLICATES:
            value = value[:replicates]
        cut[field.name] = value
    return replace(part, **cut)


def best(rounds: int, run: Callable[[Works], Built], works: Works) -> tuple[float, Built]:
    """Return the seconds a replicate takes in the quickest round, and what came out."""
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        built = run(works)
        seconds.append(time.perf_counter() - begin)
    return min(seconds) / len(works.present), built


def main() -> None:
    """Time both, compare what they say, and print one line of JSON."""
    works = programme()
    story_seconds, story = best(STORY_ROUNDS, rollout.finish, first(works, TOLD))
    twin_seconds, twin = best(TWIN_ROUNDS, queue.finish, works)
    identical = all(
        np.array_equal(getattr(story, gate.name), getattr(twin, gate.name)[:TOLD])
        for gate in fields(Built)
    )
    print(
        f"{np.isfinite(twin.finish).mean():.0%} of {JOBS} jobs are built in {REPLICATES} replicates"
    )
    result = {
        "jobs": JOBS,
        "crews": CREWS,
        "replicates": REPLICATES,
        "identical": identical,
        "ratio_vs_simpy": round(story_seconds / twin_seconds, 1),
        "simpy_seconds_per_replicate": round(story_seconds, 6),
        "vectorised_seconds_per_replicate": round(twin_seconds, 6),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
