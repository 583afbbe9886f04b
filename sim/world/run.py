"""Case + scenario + seed -> forecast: the seven steps a number travels.

1 draw the assumptions; 2 where the areas start; 3 where history alone would take the
nation; 4 what gets built; 5 who takes it up, under the hazard that makes the baseline
follow history; 6 the forecast, ready to be judged; 7 its stamp (see `sim.place.stamp`).
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from models.moves.adoption import Hazard, Market, Pushes, invert, take_up
from sim.arrays import Array
from sim.forecast import PROGRAMMES, Forecast, Track, weighted
from sim.numbers import REPLICATES, SEED
from sim.place.assumptions import draw
from sim.place.case import Case, month_end, months_between
from sim.place.scenario import Scenario, Settings, load_baseline, part
from sim.world import homes, villages
from sim.world.demand import (
    FIBRE_LEVERS,
    PHONE_LEVERS,
    Levers,
    PhoneDemand,
    fibre_demand,
    phone_demand,
    public_money,
)
from sim.world.history import paths
from sim.world.homes import HomesLeft, homes_left, pass_homes
from sim.world.starts import WEIGHT, Starts, starts
from sim.world.supply import Reach
from sim.world.villages import (
    VillagesLeft,
    cover_villages,
    villages_left,
    villages_on_grid,
    villages_powered,
)

SPARE_MONTHS = 12  # a run looks a year past the last deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What no lever touches; `nation` is history's paths, `[replicate, month + 1]`."""

    assumed: dict[str, Array]
    nation: dict[str, Array]
    starts: Starts
    homes: HomesLeft
    villages: tuple[VillagesLeft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The baseline: its hazards, and the take-up that scenarios are set against.

    Attributes:
        fibre, phone: the hazards under which it follows history.
        smartphones, broadband: its draws, `[replicate, area, month]`.
        feature_phones: its subscriptions without a smartphone, `[replicate, month]`.
    """

    fibre: Hazard
    phone: Hazard
    smartphones: Array
    broadband: Array
    feature_phones: Array


def run(
    case: Case,
    scenario: Scenario,
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    until: date | None = None,
) -> Forecast:
    """Return the draws of a scenario.

    Each step is kept by what it depends on, so that a lever remakes only what it touches.

    Args:
        case: a place as it was known on its vintage day.
        scenario: what the planner sets.
        seed: of all luck; the same seed gives the same luck to every scenario.
        replicates: how many draws.
        until: the last month wanted; a year past the default targets' last deadline if
            None, and never past the case's horizon.
    """
    levers, months = scenario.levers, months_until(case, until)
    luck = (seed, replicates, months)
    begin, ground = origin(case, seed, replicates), grounded(case, *luck)
    passing = homes_built(case, part(levers, homes.LEVERS), *luck)
    covering = villages_built(case, part(levers, villages.LEVERS), *luck)
    fibre = fibre_users(case, part(levers, {*homes.LEVERS, *FIBRE_LEVERS}), *luck)
    phone = phone_users(case, part(levers, {*villages.LEVERS, *PHONE_LEVERS}), *luck)
    return Forecast(
        tracks={
            "fibre_households": fibre,
            "homes_passed": passing.track,
            "covered_villages": covering.track,
            "mobile_broadband": phone["mobile_broadband"],
            "smartphone_adults": phone["smartphone_adults"],
        },
        months=case.months[:months],
        areas=case.codes,
        money={
            lever: public_money(levers, lever, begin.assumed, months, case) for lever in PROGRAMMES
        },
        waiting={"fibre_build": passing.waiting, "village_sites": covering.waiting},
        held={
            "fibre_households": float(ground.fibre.held.mean()),
            "smartphone_adults": float(ground.phone.held.mean()),
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
    """Return what no lever touches."""
    assumed = draw(list(case.assumptions.values()), seed, replicates)
    nation = paths(case, assumed, seed, replicates)
    first = {name: path[:, 0] for name, path in nation.items()}
    begin = starts(case, first, assumed, seed)
    return Origin(
        assumed=assumed,
        nation=nation,
        starts=begin,
        homes=homes_left(case, assumed, begin.levels["fibre_households"], seed),
        villages=villages_left(case, assumed, seed),
    )


@lru_cache(maxsize=6)
def homes_built(case: Case, levers: Settings, seed: int, replicates: int, months: int) -> Reach:
    """Return the homes that can order fibre under some values of `homes.LEVERS`."""
    return pass_homes(case, dict(levers), origin(case, seed, replicates).homes, months)


@lru_cache(maxsize=6)
def villages_built(case: Case, levers: Settings, seed: int, replicates: int, months: int) -> Reach:
    """Return the villages with mobile broadband under some values of `villages.LEVERS`."""
    left = origin(case, seed, replicates).villages
    set_to = dict(levers)
    lit = villages_lit(case, part(set_to, villages.POWER_LEVERS), seed, replicates, months)
    return cover_villages(case, set_to, left, lit, months)


@lru_cache(maxsize=3)
def villages_lit(
    case: Case, levers: Settings, seed: int, replicates: int, months: int
) -> list[Array]:
    """Return when villages have power under some values of `villages.POWER_LEVERS`."""
    left, set_to = origin(case, seed, replicates).villages, dict(levers)
    grid = _on_grid(case, str(set_to["priority"]), seed, replicates)
    return villages_powered(case, set_to, left, grid, months)


@lru_cache(maxsize=4)
def _on_grid(case: Case, policy: str, seed: int, replicates: int) -> list[Array]:
    return villages_on_grid(case, policy, origin(case, seed, replicates).villages)


@lru_cache(maxsize=3)
def fibre_users(case: Case, levers: Settings, seed: int, replicates: int, months: int) -> Track:
    """Return the households with fibre under what is built for homes and offered to them."""
    market, pushes = _fibre_field(case, dict(levers), seed, replicates, months)
    hazard = grounded(case, seed, replicates, months).fibre
    return _track(case, "fibre_households", take_up(market, pushes, hazard), seed, replicates)


@lru_cache(maxsize=3)
def phone_users(
    case: Case, levers: Settings, seed: int, replicates: int, months: int
) -> dict[str, Track]:
    """Return the adults with a smartphone, and the mobile broadband subscriptions."""
    begin = origin(case, seed, replicates)
    ground = grounded(case, seed, replicates, months)
    market, wanted = _phone_field(case, dict(levers), seed, replicates, months)
    phones = take_up(market, wanted.pushes, ground.phone)
    broadband = _broadband(begin.assumed, ground, phones, wanted.feature_phones)
    return {
        name: _track(case, name, draws, seed, replicates)
        for name, draws in (("smartphone_adults", phones), ("mobile_broadband", broadband))
    }


@lru_cache(maxsize=3)
def grounded(case: Case, seed: int, replicates: int, months: int) -> Ground:
    """Return the baseline that follows history."""
    begin = origin(case, seed, replicates)
    follow = {name: path[:, 1 : months + 1] for name, path in begin.nation.items()}
    levers = load_baseline(case).levers
    market, pushes = _fibre_field(case, levers, seed, replicates, months)
    fibre = invert(market, pushes, follow["fibre_households"])
    market, wanted = _phone_field(case, levers, seed, replicates, months)
    phone = invert(market, wanted.pushes, follow["smartphone_adults"])
    phones = take_up(market, wanted.pushes, phone)
    each = follow["mobile_broadband"] / weighted(phones, market.weights)
    return Ground(
        fibre=fibre,
        phone=phone,
        smartphones=phones,
        broadband=phones * each[:, None, :],
        feature_phones=wanted.feature_phones,
    )


def _fibre_field(
    case: Case, levers: Levers, seed: int, replicates: int, months: int
) -> tuple[Market, Pushes]:
    """Return the households that may take fibre, and what is offered to them."""
    begin = origin(case, seed, replicates)
    reach = homes_built(case, part(levers, homes.LEVERS), seed, replicates, months)
    market = _market(case, begin, "fibre_households", reach, begin.assumed["fibre_willing"])
    ground = load_baseline(case).levers
    return market, fibre_demand(case, levers, ground, begin.assumed, months)


def _phone_field(
    case: Case, levers: Levers, seed: int, replicates: int, months: int
) -> tuple[Market, PhoneDemand]:
    """Return the adults who may take a smartphone, and what is offered to them."""
    begin = origin(case, seed, replicates)
    reach = villages_built(case, part(levers, villages.LEVERS), seed, replicates, months)
    market = _market(case, begin, "smartphone_adults", reach, begin.assumed["smartphone_ceiling"])
    ground, phones = load_baseline(case).levers, begin.nation["smartphone_adults"]
    return market, phone_demand(case, levers, ground, begin.assumed, phones, months)


def _market(case: Case, begin: Origin, name: str, reach: Reach, willing: Array) -> Market:
    """Return a market whose ceiling is reach x willing, never below those who are in it."""
    start = begin.starts.levels[name]
    ceiling = reach.track.draws * willing[:, None, None]
    return Market(
        start=start,
        ceiling=np.maximum(ceiling, start[:, :, None], out=ceiling),
        imitation=begin.assumed["imitation"],
        weights=case.columns[WEIGHT[name]],
    )


def _broadband(
    assumed: dict[str, Array], ground: Ground, phones: Array, feature_phones: Array
) -> Array:
    """Return history's subscriptions, those of users the plan adds, and those without a phone."""
    each = assumed["adults_share"] * assumed["subscriptions_per_new_user"]
    found = phones - ground.smartphones  # in place from here on: one array instead of four
    found *= each[:, None, None]
    found += ground.broadband
    found += (feature_phones - ground.feature_phones)[:, None, :]
    return found


def _track(case: Case, name: str, draws: Array, seed: int, replicates: int) -> Track:
    observed = origin(case, seed, replicates).starts.observed[name]
    return Track(draws=draws, weights=case.columns[WEIGHT[name]], observed=observed)
