"""Rewrite the tables of a case's past forecasts in docs/accuracy.md, and print nothing else.

The tables stand between two comments that name the case; `python benchmarks/validation.py`.
"""

from pathlib import Path

from sim.ask.hindsight import look_back
from sim.numbers import REPLICATES, SEED
from sim.place.case import load_case
from sim.show.sentences import past_tables
from sim.words import Words

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- vietnam-2022 -->", "<!-- end of vietnam-2022 -->"


def main() -> None:
    """Play the past over again and write its tables."""
    case = load_case(ROOT / "scenarios" / "vietnam-2022")
    tables = past_tables(*look_back(case, seed=SEED, replicates=REPLICATES), Words("en"))
    blocks = []
    for each in tables:
        rule = ["---"] * each.left + ["---:"] * (len(each.head) - each.left)
        rows = [each.head, rule, *each.cells]
        lines = ["| " + " | ".join(cells) + " |" for cells in rows]
        blocks.append("\n".join([f"**{each.title}**", "", *lines]))
    page = ROOT / "docs" / "accuracy.md"
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n" + "\n\n".join(blocks) + f"\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
