"""Time the build queue told as SimPy processes against its vectorised twin.

One line of 2,000 jobs, 40 civil crews, 200 replicates, every stage at work: surveys, permits,
money by month, jobs without power, the rain clock. The story is timed on a few replicates,
the twin on all; both count their best round. The last line is JSON.
"""

import json
import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from models.moves import queue, rollout
from models.moves.queue import Built, WorkClock, Works

JOBS, CREWS, REPLICATES = 2_000, 40, 200
TOLD, STORY_ROUNDS, TWIN_ROUNDS = 5, 3, 10
MONTHS = 120


def programme() -> Works:
    """Return the programme of building, drawn from one fixed seed."""
    rng = np.random.default_rng(2_000)
    shape = (REPLICATES, 1, JOBS)

    def stage(median: float, spread: float) -> queue.Array:
        return rng.lognormal(np.log(median), spread, shape)

    unpowered = rng.random(shape) < 0.1
    return Works(
        present=np.ones(shape, dtype=bool),
        rank=np.arange(JOBS)[None, :],
        survey_crews=np.array([20]),
        civil_crews=np.array([CREWS]),
        survey=stage(0.5, 0.5),
        permit=stage(3, 0.8),
        civil=stage(1.2, 0.5),
        equipment=stage(1, 0.4),
        integration=stage(0.5, 0.3),
        cost=rng.integers(800, 2_000, shape),
        money=rng.integers(0, 100_000, (REPLICATES, MONTHS)),
        clock=WorkClock(
            wet_rate=rng.uniform(0.4, 0.9, REPLICATES), first_month=1, wet_months=(5, 10)
        ),
        unpowered=unpowered,
        grid_crews=4,
        grid=stage(3, 0.6),
        solar_crews=6,
        solar=stage(2, 0.4),
        solar_cost=rng.integers(200, 500, shape),
        solar_money=rng.integers(0, 1_500, (REPLICATES, MONTHS)),
    )


def first(works: Works, replicates: int) -> Works:
    """Return the first replicates of a programme."""
    cut: dict[str, Any] = {
        part.name: value[:replicates]
        for part in fields(works)
        if isinstance(value := getattr(works, part.name), np.ndarray) and len(value) == REPLICATES
    }
    clock = replace(works.clock, wet_rate=works.clock.wet_rate[:replicates])
    return replace(works, clock=clock, **cut)


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
