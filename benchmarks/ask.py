"""How long an answer to a question asked backwards takes: Viet Nam, six free levers.

What would make mobile broadband 30 % sure: runs of 1,000 draws that the answer used, and seconds
to its plan and to all of it, as multiples of one run of 1,000 draws, with more money for village
sites, measured beside it. The last line is JSON.
"""

import json
import time
from pathlib import Path

from sim.ask.answers import Question
from sim.place.case import load_case
from sim.seek.ask import ask
from sim.seek.margins import Trials
from sim.seek.wish import build_wish

CASE = Path(__file__).parents[1] / "scenarios" / "vietnam-2022"
FREE = (
    "village_sites",
    "village_power",
    "smartphone_vouchers",
    "training",
    "community_teams",
    "switch_off_2g",
)
FIRST = 2  # parts of an answer, the standing plan among them, up to its first plan


def main() -> None:
    """Ask, and print what it took."""
    case = load_case(CASE)
    targets = case.target_sets[case.default_targets]
    question = Question(case=case, targets=targets)
    trials = Trials(question=question)
    base = case.baseline.levers
    standing = trials.of(base)
    begun = time.perf_counter()
    trials.of({**base, "village_sites": float(base["village_sites"]) * 1.5})
    one = time.perf_counter() - begun
    said = {"target": "mobile_broadband", "free": FREE}
    wish = build_wish(question, case.baseline, chance=0.3, **said)
    ends: list[float] = []
    begun = time.perf_counter()
    reply = ask(wish, lambda: ends.append(time.perf_counter() - begun))
    whole = time.perf_counter() - begun
    first = ends[min(FIRST, len(ends)) - 1]
    found = {
        "kind": reply.kind,
        "standing": standing.chance,
        "chance": reply.chance,
        "money": reply.money,
        "runs": reply.runs,
        "seconds_of_one_run": round(one, 2),
        "first_answer_in_runs": round(first / one, 1),
        "whole_answer_in_runs": round(whole / one, 1),
    }
    print(f"{reply.kind}: {reply.runs:.0f} runs; first {first / one:.0f}, whole {whole / one:.0f}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
