"""How cost grows with replicates, areas and months: exponents fitted on a log-log scale.

Each point is the shortest of some warm runs with a new rollout. Provinces are left out to
make smaller countries; years are added for longer runs. The last line is JSON: one is
proportional, two would be a square; the base cost of a run pulls exponents below one.
"""

import json
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from sim.place.case import Case, load_case
from sim.place.scenario import changed
from sim.world.run import run

CASE = Path(__file__).parents[1] / "scenarios" / "vietnam-2022"
ROUNDS = 4
REPLICATES = (250, 500, 1000, 2000)
AREAS = (16, 32, 63)
YEARS = (2023, 2025, 2029)


def smaller(case: Case, areas: int) -> Case:
    """Return the case with its first areas only; national lists shrink in proportion."""
    share = case.columns["villages"][:areas].sum() / case.columns["villages"].sum()
    rows = tuple(
        row.model_copy(update={"value": round(row.value * share)})
        if row.indicator == "uncovered_villages"
        else row
        for row in case.observations
    )
    return replace(
        case,
        areas=case.areas[:areas],
        columns={name: column[:areas] for name, column in case.columns.items()},
        observations=rows,
        hash=f"{case.hash} {areas}",
    )


def seconds(case: Case, replicates: int, year: int) -> float:
    """Return the shortest of some warm runs."""
    plan = case.baseline
    until = date(year, 12, 31)
    run(case, plan, replicates=replicates, until=until)
    found = []
    for step in range(ROUNDS):
        other = changed(case, plan, {"permit_days": 19.0 - step / 8})
        start = time.perf_counter()
        run(case, other, replicates=replicates, until=until)
        found.append(time.perf_counter() - start)
    return min(found)


def exponent(sizes: tuple[int, ...], costs: list[float]) -> float:
    """Return the slope of log cost on log size."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def main() -> None:
    """Measure each direction from the same middle."""
    case = load_case(CASE)
    by_replicates = [seconds(case, count, 2025) for count in REPLICATES]
    by_areas = [seconds(smaller(case, count), 1000, 2025) for count in AREAS]
    months = tuple(12 * (year - 2021) for year in YEARS)
    by_months = [seconds(case, 1000, year) for year in YEARS]
    for name, sizes, costs in (
        ("replicates", REPLICATES, by_replicates),
        ("areas", AREAS, by_areas),
        ("months", months, by_months),
    ):
        print(name, ", ".join(f"{s}: {c:.3f} s" for s, c in zip(sizes, costs, strict=True)))
    answer = {
        "exponent_replicates": round(exponent(REPLICATES, by_replicates), 3),
        "exponent_areas": round(exponent(AREAS, by_areas), 3),
        "exponent_months": round(exponent(months, by_months), 3),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
