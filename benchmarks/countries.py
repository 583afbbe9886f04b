"""Make a place of every country of the shipped panel, run it, and compare with what was kept.

The common question is ketnoi's own: half of the households without a line and half of the
people without the Internet have it in five years. `--renew` writes the table anew.

    python benchmarks/countries.py [--renew]
"""

import csv
import io
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sim.begin.country import Country, folder_files, panel_of
from sim.faults import InputFaults
from sim.place.case import load_case
from sim.place.targets import judge
from sim.world.run import World

KEPT = Path(__file__).parents[1] / "tests" / "begin" / "countries.csv"
REPLICATES = 200
HEAD = ("country", "indicator", "at_least", "chance", "p05", "p50", "p95")


def verdicts(code: str) -> Iterator[list[str]]:
    """Yield a row for each target of a country's folder, made and read anew."""
    panel, known = panel_of([])
    with tempfile.TemporaryDirectory() as folder:
        for name, content in folder_files(Country(code=code), panel, known, code.lower()):
            Path(folder, name).write_bytes(content)
        case = load_case(Path(folder))
    forecast = World(case, replicates=REPLICATES).run(case.baseline)
    targets = case.target_sets[case.default_targets].targets
    for verdict in judge(forecast, targets, forecast).verdicts:
        levels = (verdict.target.at_least, verdict.chance, verdict.p05, verdict.p50, verdict.p95)
        yield [code, verdict.target.indicator, *(f"{level:.4f}" for level in levels)]


def countries() -> list[str]:
    """Return the countries of the shipped panel."""
    panel, _ = panel_of([])
    return sorted({code for table in panel.tables.values() for code in table.countries})


def main() -> None:
    """Run every country; print which could not be made, and what differs from the table."""
    rows: list[list[str]] = []
    begun, refused = time.perf_counter(), []
    for code in countries():
        try:
            rows += verdicts(code)
        except InputFaults as error:
            refused.append(f"{code}: {error.faults[0].given}")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEAD, *rows])
    run = len({row[0] for row in rows})
    print(f"{run} countries in {time.perf_counter() - begun:.0f} s; refused: {refused}")
    if "--renew" in sys.argv:
        KEPT.write_text(text.getvalue(), encoding="utf-8")
    elif text.getvalue() != KEPT.read_text(encoding="utf-8"):
        raise SystemExit("differs from tests/begin/countries.csv")


if __name__ == "__main__":
    main()
