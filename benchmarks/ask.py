"""How good answers to questions asked backwards are, and how long they take.

`python benchmarks/ask.py` measures the time: Viet Nam, six free levers, what would make mobile
broadband 30 % sure; runs of 1,000 draws that the answer used, and seconds to its plan and to all
of it, as multiples of one run of 1,000 draws, with more money for village sites, measured beside
it. Named on the command line are:

- `grid`: Vinh Phuc, three levers at 21 values each run whole, and the money found for ten chances
  over that of the grid's cheapest plan;
- `referees`: twenty questions over both cases; the money found over that of the cheapest plan of
  CMA-ES and of random search, 1,000 evaluations each;
- `fresh`: the chance of answers on 10,000 draws of a third seed, less what was asked;
- `laws`: money for the harder question of two over that for the easier one: a higher chance, an
  earlier deadline, a lever less.

Each prints its last line as JSON.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from sim.ask.answers import Question
from sim.months import month_end
from sim.place.case import load_case
from sim.seek.ask import ask
from sim.seek.margins import Trials, reached
from sim.seek.reply import Reply
from sim.seek.search import Field
from sim.seek.wish import Wish, build_wish

CASES = Path(__file__).parents[1] / "scenarios"
VILLAGES = ("village_sites", "village_power", "power_teams")
PHONES = ("smartphone_vouchers", "training", "community_teams")
FREE = ("village_sites", "village_power", *PHONES, "switch_off_2g")
FIRST = 2  # parts of an answer, the standing plan among them, up to its first plan
DRAWS, VALUES, EVALUATIONS = 100, 21, 1000
THIRD = 7_000_000  # seed of draws that no search and no proof has seen


def speed() -> dict[str, object]:
    """Ask, and return what it took."""
    question = place("vietnam-2022", 1000)
    trials = Trials(question=question)
    base = question.case.baseline.levers
    standing = trials.of(base)
    begun = time.perf_counter()
    trials.of({**base, "village_sites": float(base["village_sites"]) * 1.5})
    one = time.perf_counter() - begun
    said = {"target": "mobile_broadband", "free": FREE}
    wish = build_wish(question, question.case.baseline, chance=0.3, **said)
    ends: list[float] = []
    begun = time.perf_counter()
    reply = ask(wish, lambda: ends.append(time.perf_counter() - begun))
    whole = time.perf_counter() - begun
    return {
        "kind": reply.kind,
        "standing": standing.chance,
        "chance": reply.chance,
        "money": reply.money,
        "runs": reply.runs,
        "seconds_of_one_run": round(one, 2),
        "first_answer_in_runs": round(ends[min(FIRST, len(ends)) - 1] / one, 1),
        "whole_answer_in_runs": round(whole / one, 1),
    }


def place(case: str, draws: int) -> Question:
    """Return the question of a shipped case."""
    known = load_case(CASES / case)
    return Question(case=known, targets=known.target_sets[known.default_targets], replicates=draws)


@dataclass(frozen=True)
class Ground:
    """Budgets between where the baseline has them and their aim, for one target of a place."""

    question: Question
    target: str
    free: tuple[str, ...]

    def wish(self, chance: float) -> Wish:
        """Return the question for a chance."""
        said = {"target": self.target, "free": self.free}
        return build_wish(self.question, self.question.case.baseline, chance=chance, **said)

    def field(self, trials: Trials, reply: Reply | None = None) -> Field:
        """Return where a referee searches; levers without a price as an answer has them."""
        wish = self.wish(0.5)
        levers = reply.levers if reply else wish.plan.levers
        rest = {name: levers[name] for name in wish.free if name not in wish.priced}
        return Field(trials=trials, wish=wish, rest=rest, names=wish.priced)

    def chances(self, count: int) -> list[float]:
        """Return chances between that of the baseline and the most that can be had."""
        wish = self.wish(0.5)
        trials = Trials(question=wish.question)
        field = self.field(trials)
        ends = [field.trial((part,) * len(field.names)).chance for part in (0.0, 1.0)]
        found = np.linspace(*ends, count + 2)[1:-1].round(2)
        return sorted({float(each) for each in found if 0.01 <= each <= 0.99})

    def found(self, count: int) -> Iterator[Reply]:
        """Yield answers to questions for which there is a plan."""
        for chance in self.chances(count):
            reply = ask(self.wish(chance))
            if reply.kind == "found":
                yield reply


def grid() -> dict[str, object]:
    """Run a grid whole, and return the money found over its cheapest."""
    ground = Ground(place("vinh-phuc-2022", DRAWS), "covered_villages", VILLAGES)
    trials = Trials(question=ground.wish(0.5).question)
    field = ground.field(trials)
    parts = np.linspace(0, 1, VALUES)
    every = [field.trial(at) for at in product(parts, repeat=len(field.names))]
    ratios = {}
    for reply in ground.found(10):
        fits = [each.money for each in every if reached(each.margins, reply.chance) >= 0]
        ratios[f"{reply.wish.chance:.2f}"] = round(reply.money / min(fits, default=np.inf), 4)
    return {"grid_plans": len(every), "money_over_grid": ratios, "worst": max(ratios.values())}


def referees() -> dict[str, object]:
    """Return the money found over that of the cheapest plan of two referees, by question."""
    rows = []
    for case, target, free, count in (
        ("vinh-phuc-2022", "covered_villages", VILLAGES, 6),
        ("vinh-phuc-2022", "mobile_broadband", PHONES, 6),
        ("vietnam-2022", "mobile_broadband", FREE, 8),
    ):
        ground = Ground(place(case, DRAWS), target, free)
        for reply in ground.found(count):
            trials = Trials(question=reply.wish.question)
            field = ground.field(trials, reply)
            ratios = {
                name: round(reply.money / cheapest(field, reply.chance), 4)
                for name, cheapest in (("cma", by_cma), ("random", by_luck))
            }
            rows.append({"case": case, "target": target, "chance": reply.wish.chance, **ratios})
            print(rows[-1], flush=True)
    worst = max(max(row["cma"], row["random"]) for row in rows)
    return {"questions": len(rows), "worst": worst}


def by_luck(field: Field, chance: float, evaluations: int = EVALUATIONS) -> float:
    """Return the least money of plans drawn evenly that have a chance."""
    luck = np.random.default_rng(1)
    drawn = (field.trial(tuple(luck.random(len(field.names)).tolist())) for _ in range(evaluations))
    return min((each.money for each in drawn if reached(each.margins, chance) >= 0), default=np.inf)


def by_cma(field: Field, chance: float, evaluations: int = EVALUATIONS) -> float:
    """Return the least money with a chance that CMA-ES finds, what is missing being a cost."""
    import cma

    most = field.trial((1.0,) * len(field.names)).money
    best = np.inf

    def cost(at: np.ndarray) -> float:
        nonlocal best
        trial = field.trial(tuple(at.tolist()))
        missing = -min(reached(trial.margins, chance), 0.0)
        best = min(best, trial.money if missing == 0 else np.inf)
        return trial.money / most + (0.5 + missing if missing > 0 else 0.0)

    options = {"bounds": [0, 1], "maxfevals": evaluations, "seed": 1, "verbose": -9}
    cma.fmin2(cost, [0.5] * len(field.names), 0.3, options)
    return best


def fresh() -> dict[str, object]:
    """Return how far the chances of answers are from what was asked, on fresh draws."""
    apart = {}
    for case, target, free, count in (
        ("vinh-phuc-2022", "covered_villages", VILLAGES, 4),
        ("vinh-phuc-2022", "mobile_broadband", PHONES, 4),
        ("vietnam-2022", "mobile_broadband", FREE[:-1], 2),
    ):
        ground = Ground(place(case, 1000), target, free)
        for reply in ground.found(count):
            asked = reply.wish.question
            hits = [
                Trials(question=replace(asked, seed=THIRD + i)).of(reply.levers).chance
                for i in range(10)
            ]
            name = f"{case} {target} {reply.wish.chance:.2f}"
            apart[name] = round(100 * (float(np.mean(hits)) - reply.wish.chance), 2)
            print(name, apart[name], flush=True)
    return {"points_apart": apart, "worst": max(map(abs, apart.values()))}


def laws() -> dict[str, object]:
    """Return the money of the harder of two questions over the easier's: at least 1 by the law."""
    ratios = {}
    for case, target, free in (
        ("vinh-phuc-2022", "covered_villages", VILLAGES),
        ("vinh-phuc-2022", "mobile_broadband", PHONES),
        ("vietnam-2022", "mobile_broadband", FREE[:-1]),
    ):
        ground = Ground(place(case, DRAWS), target, free)
        for chance in ground.chances(3):
            asked = _money(ground, chance)
            due = ground.wish(chance).question.targets.targets[0].deadline
            harder = {
                "higher chance": _money(ground, min(chance + 0.03, 0.99)),
                "earlier deadline": _money(ground, chance, by=month_end(due.year, due.month - 1)),
                "a lever less": _money(replace(ground, free=free[:-1]), chance),
            }
            for law, money in harder.items():
                ratios[f"{case} {target} {chance:.2f} {law}"] = round(money / asked, 4)
                print(*list(ratios.items())[-1], flush=True)
    return {"pairs": len(ratios), "least": min(ratios.values())}


def _money(ground: Ground, chance: float, **said: object) -> float:
    """Return the money that an answer takes, without end where there is no plan."""
    about = {"target": ground.target, "free": ground.free, "chance": chance, **said}
    reply = ask(build_wish(ground.question, ground.question.case.baseline, **about))
    return reply.money if reply.kind in ("found", "met") else np.inf


MEASURES = {each.__name__: each for each in (speed, grid, referees, fresh, laws)}


def main() -> None:
    """Measure what is named; the time if nothing is."""
    for name in sys.argv[1:] or ["speed"]:
        print(json.dumps(MEASURES[name]()))


if __name__ == "__main__":
    main()
