"""Whether following a place keeps its word: truths drawn from the model, figures month by month.

    python benchmarks/twins.py [--twins 200] [--draws 300] [--every 2] [--unweighted]

A twin is one draw of a run with another seed, of Vinh Phuc as if it published series of its own.
Fibre and homes passed are published month by month with the error of an official figure, villages
as a list, and a planner follows them. Printed vintage by vintage: the share of truths within the
90 % range of the deadline, the mean move of the chance (a calibrated one is a martingale), where
truths fall among the quarters of what was forecast, CRPS, effective draws; then how soon building
at four fifths of the pace is flagged, at first and after ten months on plan, how often all is well
and an alarm goes off, and what an update costs in runs of the same size.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from scipy.special import ndtr, ndtri  # noqa: E402

from sim.ask.answers import Question, compare, nation_alone  # noqa: E402
from sim.forecast import Forecast  # noqa: E402
from sim.months import month_of  # noqa: E402
from sim.place.case import Case, load_case  # noqa: E402
from sim.place.facts import from_json  # noqa: E402
from sim.place.records import Observation  # noqa: E402
from sim.place.targets import TargetSet  # noqa: E402
from sim.track import weights  # noqa: E402
from sim.track.months import Month, followed  # noqa: E402
from sim.track.watch import alarm  # noqa: E402
from sim.track.weights import Heard, Said, heard  # noqa: E402
from sim.track.why import State  # noqa: E402

FIBRE, HOMES, VILLAGES = FOLLOWED = ("fibre_households", "homes_passed", "covered_villages")
LIST = "uncovered_villages"
SEED, TRUTHS, DRAWN = 2022, 987, 250  # of who follows, of what is so; draws for targets
SLOW = 0.8  # of the pace
SLOWED, SOON = (0, 12), 4  # months from which on it is, and within which it is to be seen
SAID = {"area": "26", "source": "twin", "confidence": "high"}
OWN = {  # villages enough that a month of building shows, and operators' money for them
    "observations": [
        {
            **SAID,
            "indicator": LIST,
            "date": "2021-12-31",
            "published": "2021-12-31",
            "value": 90,
            "unit": "villages",
        }
    ],
    "assumptions": {
        "operator_village_money": {"low": 20, "central": 50, "high": 130, "source": "twin"}
    },
}


@cache
def place() -> Case:
    """Return Vinh Phuc as if it published series of its own."""
    folder = ROOT / "scenarios" / "vinh-phuc-2022"
    case = load_case(folder, facts=from_json(OWN, Path("twins.toml")))
    nation = case.head.nation
    own = [row for row in case.observations if (row.indicator, row.area) == (LIST, nation)]
    lent = [
        row.model_copy(update={"area": nation})
        for row in case.observations
        if (row.indicator, row.area) == (FIBRE, case.reference)
    ]
    case = replace(case, reference=nation, figures=(*lent, *own), outcomes=())
    return case.as_of(case.head.vintage)


@cache
def truths(deadline: date, count: int) -> tuple[Forecast, TargetSet]:
    """Return twins, a draw each, and targets for a day that half of many reach."""
    case = place()
    wanted = case.target_sets[case.default_targets]
    due = replace(wanted.targets[0], deadline=deadline)
    asked = Question(
        case=case,
        targets=replace(wanted, targets=(due,)),
        seed=TRUTHS,
        replicates=max(count, DRAWN),
    )
    forecast = asked.forecast(case.baseline)
    at = month_of(forecast.months, deadline)
    middle = {name: float(np.median(forecast.nation(name)[:, at])) for name in FOLLOWED}
    targets = [replace(due, indicator=name, at_least=level) for name, level in middle.items()]
    return forecast, replace(wanted, targets=tuple(targets))


def published(
    truth: Forecast, twin: int, deadline: date, slow: int | None = None
) -> list[Observation]:
    """Return a twin's figures, each known on its day; what is built goes slowly from a month on."""
    case, luck = place(), np.random.default_rng(twin)
    total, noise = case.columns["villages"].sum(), case.assumptions["noise_high"].central
    rows = []
    for name in FOLLOWED:
        levels = truth.nation(name)[twin].copy()
        if slow is not None and name != FIBRE:
            levels[slow:] = levels[slow] + SLOW * (levels[slow:] - levels[slow])
        for day, level in zip(truth.months, levels.tolist(), strict=True):
            if day > deadline:
                break
            error = noise * luck.standard_normal() * (day < deadline)
            value = {"value": 100 * min(max(level + error, 0.0), 1.0), "unit": "%"}
            if name == VILLAGES:
                value = {"value": round((1 - level) * total), "unit": "villages"}
            kind = LIST if name == VILLAGES else name
            entries = {**SAID, **value, "indicator": kind, "date": day, "published": day}
            rows.append(Observation.model_validate(entries))
    return rows


def follow(deadline: date, count: int, draws: int, every: int, twin: int) -> list[Month]:
    """Return a twin, followed from vintage to vintage until the month before a deadline."""
    truth, targets = truths(deadline, count)
    case = place()
    rows = published(truth, twin, deadline)
    full = replace(case, figures=(*case.figures, *rows))
    days = [day for day in truth.months if day < deadline][every - 1 :: every]
    states = [
        State(case=full.as_of(day), targets=targets, plan=case.baseline)
        for day in (case.head.vintage, *days)
    ]
    return followed(states, seed=SEED, replicates=draws)


def judged(months: Sequence[Month]) -> np.ndarray:
    """Return `[vintage, target, what]`: inside, chance, quarter, CRPS, effective, conflict."""
    rows = []
    for month in months:
        of_month = []
        for verdict, score in zip(month.answer.judgement.verdicts, month.scores, strict=True):
            assert score is not None
            name, day = verdict.target.indicator, verdict.target.deadline
            quarters = month.answer.fans[name][1:4, month_of(month.answer.months, day)]
            came, miss = score
            inside = verdict.p05 - 1e-9 <= came <= verdict.p95 + 1e-9
            below = np.mean([quarters < came - 1e-9, quarters <= came + 1e-9])  # ties by halves
            effective = month.weights.effective / month.draws
            of_month.append(
                (inside, verdict.chance, 3 * below, miss, effective, month.conflict is not None)
            )
        rows.append(of_month)
    return np.array(rows, dtype=float)


def watched(twins: int, draws: int) -> dict[str, dict[str, float]]:
    """Return how soon the watch sees building at four fifths of the pace, and false alarms.

    Counts are scored given those before them, so one run of the first vintage is all it takes.
    Beside it, what the best test there can be would see, that knows what it looks for and when
    it began, and is wrong once in 36 months too (Neyman and Pearson).
    """
    deadline = date(2023, 12, 31)
    truth, targets = truths(deadline, twins)
    case = place()
    asked = Question(case=case, targets=targets, seed=SEED, replicates=draws)
    forecast = nation_alone(asked.forecast(case.baseline))
    said = Said(case=case, levers=case.baseline.levers, forecast=forecast, ranks=asked.ranks)

    def followed_(slow: int | None) -> list[Heard]:
        rows = (published(truth, twin, deadline, slow) for twin in range(twins))
        known = (replace(case, observations=(*case.observations, *each)) for each in rows)
        return [heard([said], each)[0] for each in known]

    calm = followed_(None)
    found = {}
    for name in FOLLOWED[1:]:
        places = np.flatnonzero(np.array(calm[0].names) == name)
        months = {"false alarms in 36 months": 36 / len(places) * _alarms(calm, name, len(places))}
        for slow in SLOWED:
            late = followed_(slow)
            soon = places[slow + 1 : slow + 1 + SOON]
            moved = [
                np.linalg.norm((one.steps(one.came) - other.steps(other.came))[0, soon])
                for one, other in zip(late, calm, strict=True)
            ]
            best = ndtr(np.array(moved) - ndtri(1 - SOON / 36)).mean()
            before = _alarms(late, name, slow + 1)
            seen = (_alarms(late, name, slow + 1 + SOON) - before) / max(1 - before, 1e-9)
            months |= {f"slow from month {slow + 1}": seen, "best test": float(best)}
        found[name] = {what: round(share, 2) for what, share in months.items()}
    return found


def _alarms(twins: Sequence[Heard], name: str, months: int) -> float:
    """Return the share of twins in which an alarm has gone off by a month."""
    scores = ([each.score for each in one.seen() if each.indicator == name] for one in twins)
    return float(np.mean([bool(alarm(each[:months])) for each in scores]))


def told(found: np.ndarray) -> None:
    """Print `[twin, vintage, target, what]` vintage by vintage."""
    print(f"{'vintage':>8}  {'indicator':17} inside  moved  {'quarters':19}  CRPS  effective")
    moved = 100 * np.diff(found[..., 1], axis=1, prepend=found[:, :1, :, 1]).mean(axis=0)
    for vintage, row in enumerate(moved):
        for target, name in enumerate(FOLLOWED):
            at = found[:, vintage, target]
            shares = np.histogram(at[:, 2], (0, 0.5, 1.5, 2.5, 3.1))[0] / len(at)
            inside, _, _, missed, effective, _ = at.mean(axis=0)
            quarters = " ".join(f"{share:.2f}" for share in shares)
            better = missed / found[:, 0, target, 3].mean()
            print(
                f"{vintage:8}  {name:17} {inside:6.3f} {row[target]:+6.1f}  {quarters}"
                f"  {better:4.2f}  {effective:9.2f}"
            )
    conflicts = found[..., 5].any(axis=2).mean()
    print(f"vintages with a conflict, though the model is true: {conflicts:.3f}")


def cost(draws: int) -> float:
    """Return the seconds of an update over those of a run of the same size."""
    deadline = date(2022, 12, 31)
    truth, targets = truths(deadline, DRAWN)
    case = place()
    asked = Question(case=case, targets=targets, seed=SEED, replicates=draws)
    began = time.perf_counter()
    compare(asked, [case.baseline])
    once = time.perf_counter() - began
    began = time.perf_counter()
    follow(deadline, DRAWN, draws, 1, 0)
    vintages = sum(day < deadline for day in truth.months)
    return (time.perf_counter() - began) / (vintages + 1) / once


def main() -> None:
    """Follow the twins, print what they say, and a line of JSON."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--twins", type=int, default=200)
    ask.add_argument("--draws", type=int, default=300)
    ask.add_argument("--every", type=int, default=2)
    ask.add_argument("--processes", type=int, default=os.cpu_count())
    ask.add_argument("--unweighted", action="store_true", help="counts do not weigh the draws")
    given = ask.parse_args()
    if given.unweighted:
        weights.LEARNED = ()
    began = time.perf_counter()
    year = partial(follow, date(2022, 12, 31), given.twins, given.draws, given.every)
    with ProcessPoolExecutor(given.processes) as pool:
        found = np.array([*map(judged, pool.map(year, range(given.twins)))])
    told(found)
    line = {
        "twins": given.twins,
        "inside": [round(float(found[..., at, 0].mean()), 3) for at in range(len(FOLLOWED))],
        "moved": [round(float(at), 3) for at in (found[:, -1] - found[:, 0])[..., 1].mean(axis=0)],
    }
    for name, each in watched(given.twins, given.draws).items():
        print(f"{name}, alarms within {SOON} months: {each}")
        line[name] = each
    line["update"] = round(cost(given.draws), 2)
    line["minutes"] = round((time.perf_counter() - began) / 60, 1)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
