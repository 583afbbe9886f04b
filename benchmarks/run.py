"""How long a run takes: 63 provinces, 48 months, 1,000 replicates, every indicator, rollout too.

Cold is the first run of a process that has already imported ketnoi. Warm is what a planner
waits for when moving a slider of supply: the case is known, the rollout is not. The last
line is JSON; `seconds` is the median of the warm runs.
"""

import json
import statistics
import time
from datetime import date
from pathlib import Path

from sim.place.case import load_case
from sim.place.scenario import changed
from sim.world.run import World

CASE = Path(__file__).parents[1] / "scenarios" / "vietnam-2022"
UNTIL, MONTHS, REPLICATES, ROUNDS = date(2025, 12, 31), 48, 1000, 7


def timed(world: World, scenario) -> float:
    """Return the seconds of one run; what no lever touches is made in a world's first."""
    start = time.perf_counter()
    forecast = world.run(scenario)
    seconds = time.perf_counter() - start
    shape = forecast.values["covered_villages"].shape
    assert shape == (REPLICATES, len(world.case.areas), MONTHS), shape
    return seconds


def main() -> None:
    """Time a cold run, then runs of other supply levers and of other demand levers."""
    case = load_case(CASE)
    plan, world = case.baseline, World(case, replicates=REPLICATES, until=UNTIL)
    cold = timed(world, plan)
    supply = [
        timed(world, changed(case, plan, {"village_sites": 300.0 + step, "fibre_build": 50.0}))
        for step in range(ROUNDS)
    ]
    demand = [
        timed(world, changed(case, plan, {"training": 100.0 + step})) for step in range(ROUNDS)
    ]
    warm = statistics.median(supply)
    draws = REPLICATES / warm
    print(f"cold {cold:.2f} s; another supply lever {warm:.3f} s ({min(supply):.3f} to")
    print(f"{max(supply):.3f}); another demand lever {statistics.median(demand):.3f} s")
    answer = {
        "areas": len(case.areas),
        "months": MONTHS,
        "replicates": REPLICATES,
        "seconds": round(warm, 4),
        "seconds_cold": round(cold, 4),
        "seconds_demand_lever": round(statistics.median(demand), 4),
        "draws_per_second": round(draws, 1),
        "seconds_per_area_month_draw": warm / (len(case.areas) * MONTHS * REPLICATES),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
