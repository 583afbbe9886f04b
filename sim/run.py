"""Case + scenario + seed -> forecast: the seven steps a number travels.

1 draw the assumptions; 2 where the areas start; 3 where history alone would take the
nation; 4 what gets built; 5 who takes it up, under the hazard that makes the baseline
follow history; 6 the forecast, ready to be judged; 7 its stamp (see `sim.stamp`).
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.adoption import Hazard, invert, take_up
from sim.assumptions import draw
from sim.case import Case, month_end, months_between
from sim.demand import Demand, demand, first_month, public_money
from sim.forecast import PROGRAMMES, Forecast, weighted
from sim.history import paths
from sim.scenario import Scenario, Setting, load_baseline
from sim.starts import WEIGHT, Starts, starts
from sim.supply import Ready, Supply, prepare, supply

Array = NDArray[np.float64]

SEED = 2022
REPLICATES = 1000
SPARE_MONTHS = 12  # a run looks a year past the last deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What no lever touches; `nation` is history's paths, `[replicate, month + 1]`."""

    assumed: dict[str, Array]
    nation: dict[str, Array]
    starts: Starts
    ready: tuple[Ready, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The baseline: its hazards, and the take-up that scenarios are set against."""

    baseline: Scenario
    demand: Demand
    fibre_hazard: Hazard
    phone_hazard: Hazard
    phones: Array
    broadband: Array


def run(
    case: Case,
    scenario: Scenario,
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    until: date | None = None,
) -> Forecast:
    """Return the draws of a scenario.

    Args:
        case: a place as it was known on its vintage day.
        scenario: what the planner sets.
        seed: of all luck; the same seed gives the same luck to every scenario.
        replicates: how many draws.
        until: the last month wanted; a year past the default targets' last deadline if
            None, and never past the case's horizon.
    """
    months = months_until(case, until)
    begin = origin(case, seed, replicates)
    ground = grounded(case, seed, replicates, months)
    built = rollout(case, scenario.supply(), seed, replicates, months)
    phones_path = begin.nation["smartphone_adults"]
    pushes = demand(case, scenario, ground.baseline, begin.assumed, phones_path, months)
    fibre, phones = _adopted(case, begin, ground, built, pushes)
    return Forecast(
        values={
            "fibre_households": fibre,
            "homes_passed": built.homes_passed,
            "covered_villages": built.covered_villages,
            "mobile_broadband": _broadband(begin, ground, phones, pushes),
            "smartphone_adults": phones,
        },
        weights={name: case.columns[column] for name, column in WEIGHT.items()},
        months=case.months[:months],
        areas=case.codes,
        observed={**begin.starts.observed, **built.observed},
        start={**begin.starts.levels, **built.start},
        money={
            lever: public_money(scenario, lever, begin.assumed, months, first_month(case))
            for lever in PROGRAMMES
        },
        waiting=built.waiting,
        held={
            "fibre_households": float(ground.fibre_hazard.held.mean()),
            "smartphone_adults": float(ground.phone_hazard.held.mean()),
        },
    )


def months_until(case: Case, until: date | None) -> int:
    """Return how many months a run has.

    Raises:
        ValueError: `until` lies before the first month's end.
    """
    if until is None:
        last = case.target_sets[case.default_targets].last_deadline
        until = month_end(last.year, last.month + SPARE_MONTHS)
    months = min(months_between(case.start, until), len(case.months))
    if months < 1:
        raise ValueError(f"{until} is before {case.months[0]}, the first month of the run")
    return months


@lru_cache(maxsize=2)
def origin(case: Case, seed: int, replicates: int) -> Origin:
    """Return what no lever touches; kept by content, so a second scenario is quick."""
    assumed = draw(list(case.assumptions.values()), seed, replicates)
    nation = paths(case, assumed, seed, replicates)
    first = {name: path[:, 0] for name, path in nation.items()}
    begin = starts(case, first, assumed, seed)
    ready = prepare(case, assumed, begin.levels["fibre_households"], seed)
    return Origin(assumed=assumed, nation=nation, starts=begin, ready=ready)


@lru_cache(maxsize=8)
def rollout(
    case: Case, levers: tuple[tuple[str, Setting], ...], seed: int, replicates: int, months: int
) -> Supply:
    """Return what supply levers build; demand levers do not touch it, so it is kept."""
    begin = origin(case, seed, replicates)
    return supply(case, dict(levers), begin.ready, months)


@lru_cache(maxsize=4)
def grounded(case: Case, seed: int, replicates: int, months: int) -> Ground:
    """Return the baseline that follows history; kept by content."""
    begin = origin(case, seed, replicates)
    baseline = load_baseline(case)
    built = rollout(case, baseline.supply(), seed, replicates, months)
    phones_path = begin.nation["smartphone_adults"]
    pushes = demand(case, baseline, baseline, begin.assumed, phones_path, months)
    follow = {name: path[:, 1 : months + 1] for name, path in begin.nation.items()}
    households, people = case.columns["households"], case.columns["population"]
    imitation = begin.assumed["imitation"]
    fibre_start = begin.starts.levels["fibre_households"]
    fibre_hazard = invert(
        fibre_start,
        _fibre_ceiling(built, begin.assumed, fibre_start),
        pushes.fibre,
        follow["fibre_households"],
        imitation,
        households,
    )
    phone_start = begin.starts.levels["smartphone_adults"]
    ceiling = _phone_ceiling(built, begin.assumed, phone_start)
    phone_hazard = invert(
        phone_start, ceiling, pushes.smartphone, follow["smartphone_adults"], imitation, people
    )
    phones = take_up(phone_start, ceiling, pushes.smartphone, phone_hazard, imitation, people)
    each = follow["mobile_broadband"] / weighted(phones, people)
    return Ground(
        baseline=baseline,
        demand=pushes,
        fibre_hazard=fibre_hazard,
        phone_hazard=phone_hazard,
        phones=phones,
        broadband=phones * each[:, None, :],
    )


def _adopted(
    case: Case, begin: Origin, ground: Ground, built: Supply, pushes: Demand
) -> tuple[Array, Array]:
    imitation = begin.assumed["imitation"]
    fibre_start = begin.starts.levels["fibre_households"]
    phone_start = begin.starts.levels["smartphone_adults"]
    fibre = take_up(
        fibre_start,
        _fibre_ceiling(built, begin.assumed, fibre_start),
        pushes.fibre,
        ground.fibre_hazard,
        imitation,
        case.columns["households"],
    )
    phones = take_up(
        phone_start,
        _phone_ceiling(built, begin.assumed, phone_start),
        pushes.smartphone,
        ground.phone_hazard,
        imitation,
        case.columns["population"],
    )
    return fibre, phones


def _fibre_ceiling(built: Supply, assumed: dict[str, Array], start: Array) -> Array:
    """Return reach x willing and able, never below those who already have it."""
    willing = assumed["fibre_willing"][:, None, None]
    return np.maximum(built.homes_passed * willing, start[:, :, None])


def _phone_ceiling(built: Supply, assumed: dict[str, Array], start: Array) -> Array:
    """Return coverage x willing and able, never below those who already have one."""
    able = assumed["smartphone_ceiling"][:, None, None]
    return np.maximum(built.covered_villages * able, start[:, :, None])


def _broadband(begin: Origin, ground: Ground, phones: Array, pushes: Demand) -> Array:
    """Return subscriptions per person: history's, plus those of users the plan adds."""
    each = begin.assumed["adults_share"] * begin.assumed["subscriptions_per_new_user"]
    without_phone = pushes.feature_phones - ground.demand.feature_phones
    added = (phones - ground.phones) * each[:, None, None]
    return np.asarray(ground.broadband + added + without_phone[:, None, :])
