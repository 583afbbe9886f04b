"""Homes that can order fibre: how many there are, and how money and crews pass the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from models.moves.queue import Works, by_month, finish
from sim.forecast import Array, Assumed
from sim.place.case import Case
from sim.place.levers import Setting, number
from sim.world.money import MILLION, building_money, millions
from sim.world.supply import (
    Lines,
    Reach,
    durations,
    priority,
    rain_clock,
    rank_of,
    reached,
    waiting,
)

PACKAGES = 12  # jobs into which an area's unpassed homes are cut
CREWS = 3  # of each area, sharing its pass rate


@dataclass(frozen=True, slots=True, kw_only=True)
class HomesLeft:
    """What no lever touches: the homes to pass, and how long it takes.

    Attributes:
        assumed: draws of the assumptions.
        passed: `[replicate, area]` share of homes passed before the first month.
        took: stage -> months `[replicate, area, package]`; `permit` for one day of permit
            time by rule, `civil` in dry weather.
    """

    assumed: Assumed
    passed: Array
    took: Mapping[str, Array]


def homes_left(case: Case, assumed: Assumed, fibre_start: Array, seed: int) -> HomesLeft:
    """Return the homes to pass and the luck of passing them.

    Args:
        case: its areas.
        assumed: draws of the assumptions.
        fibre_start: `[replicate, area]` households with fibre before the first month.
        seed: of the run.
    """
    passed = _passed_at_start(case, assumed, fibre_start)
    areas = np.arange(passed.shape[1])
    alone = Lines(area=areas, number=0 * areas)
    took = durations(case, seed, "fibre", alone, 0 * areas + PACKAGES, assumed)
    pace = CREWS / PACKAGES / assumed["fibre_pass_rate"]
    took["civil"] *= (pace[:, None] * (1 - passed))[:, :, None]
    return HomesLeft(assumed=assumed, passed=passed, took=took)


def pass_homes(case: Case, settings: Mapping[str, Setting], left: HomesLeft, months: int) -> Reach:
    """Return the homes passed under some settings over a number of months."""
    works = _works(case, settings, left, months)
    built = finish(works)
    share = np.empty((months, *left.passed.shape))
    np.divide(np.moveaxis(by_month(built.finish, months), 2, 0), PACKAGES, out=share)
    share *= 1 - left.passed
    share += left.passed
    return reached(share, case.columns["households"], waiting(works, built, months))


def _passed_at_start(case: Case, assumed: Assumed, fibre: Array) -> Array:
    """Return the share of homes passed: users, and those non-users who could order."""
    homes = case.columns["households"]
    apart = case.columns["upland"] - case.columns["upland"] @ homes / homes.sum()
    odds = np.log(assumed["passed_upland_odds"])[:, None] * apart[None, :]
    reachable = expit(logit(assumed["passed_nonusers"])[:, None] - odds)
    return np.asarray(fibre + (1 - fibre) * reachable)


def _works(case: Case, settings: Mapping[str, Setting], left: HomesLeft, months: int) -> Works:
    assumed = left.assumed
    took = left.took
    shape = took["survey"].shape
    homes = (1 - left.passed) * case.columns["households"] / PACKAGES
    upland = case.columns["upland"] > 0
    each = np.where(
        upland, assumed["fibre_cost_upland"][:, None], assumed["fibre_cost_lowland"][:, None]
    )
    each = each * (1 - number(settings, "dig_once") * assumed["dig_once_saving"])[:, None]
    operator = assumed["operator_fibre_money"][:, None] / 12
    money = operator + building_money(case, settings, "fibre_build", assumed, months)
    density = case.columns["households"] / case.columns["area_km2"]
    order = priority(case, str(settings["priority"]), np.where(upland, -1 / density, density))
    no_time, no_money = np.broadcast_to(0.0, shape), np.broadcast_to(np.int64(0), shape)
    return Works(
        present=np.ones_like(took["survey"], dtype=bool),
        rank=rank_of(order, PACKAGES),
        survey_crews=np.full(shape[1], PACKAGES),
        civil_crews=np.full(shape[1], CREWS),
        survey=took["survey"],
        permit=number(settings, "permit_days") * took["permit"],
        civil=took["civil"],
        equipment=took["equipment"],
        integration=assumed["integration_months"][:, None, None],
        cost=np.broadcast_to(millions(homes * each)[:, :, None], shape),
        money=millions(MILLION * money),
        clock=rain_clock(case, assumed),
        unpowered=np.broadcast_to(np.False_, shape),
        grid_crews=0,
        grid=no_time,
        solar_crews=0,
        solar=no_time,
        solar_cost=no_money,
        solar_money=np.zeros((shape[0], months), dtype=np.int64),
    )
