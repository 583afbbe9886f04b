"""A study from a notebook or a script: a table of points in, a table of verdicts out.

    python docs/batch_example.py

The same points as a study file: `ketnoi batch STUDY.toml --out DIR`.
"""

from pathlib import Path

import pandas as pd

from sim.place.case import load_case
from sim.study.batch import pool, run_points

CASE = Path(__file__).parents[1] / "scenarios" / "vinh-phuc-2022"


def main() -> None:
    """Ask how a village budget and a 2G switch-off move the chances of Vinh Phuc."""
    case = load_case(CASE)
    points = pd.DataFrame(
        [
            {"village_sites": money, "switch_off_2g": month}
            for money in (0, 10, 20)
            for month in (0, 6)
        ]
    )
    verdicts = run_points(case, case.baseline, points, engine=pool(1), replicates=50)
    shown = ["village_sites", "switch_off_2g", "covered_villages.chance", "mobile_broadband.chance"]
    print(verdicts[shown].to_string(index=False))


if __name__ == "__main__":  # the pool's processes read this file too
    main()
