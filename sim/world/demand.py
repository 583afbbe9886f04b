"""Levers to pushes: what budgets and policies add to history's take-up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.moves.adoption import Pushes
from sim.arrays import Array, Assumed
from sim.place.case import Case
from sim.place.levers import louder, released, switched_off, team_reach, trained, vouchers
from sim.place.scenario import Setting, number

RECURRENT = ("community_teams", "communication")  # paid month by month, like wages
Levers = Mapping[str, Setting]

SHARED_LEVERS = ("communication", "communication_start", "targeting", "disbursement")
FIBRE_LEVERS = ("fibre_vouchers", "fibre_vouchers_start", *SHARED_LEVERS)
PHONE_LEVERS = (
    *("smartphone_vouchers", "smartphone_vouchers_start", "training", "training_start"),
    *("community_teams", "community_teams_start", "switch_off_2g", *SHARED_LEVERS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDemand:
    """What a scenario does to demand for smartphones and mobile broadband.

    Attributes:
        pushes: on adults.
        feature_phones: `[replicate, month]` mobile broadband subscriptions per person that
            a 2G switch-off has brought without a smartphone, cumulated.
    """

    pushes: Pushes
    feature_phones: Array


def public_money(levers: Levers, lever: str, assumed: Assumed, months: int, case: Case) -> Array:
    """Return the public money of a budget that arrives in each month, bn VND.

    Recurrent spending arrives evenly; the rest along the curve of public cash.

    Args:
        levers: give the yearly budget, its first month and the evenness of release.
        lever: the budget.
        assumed: draws of the assumptions on public cash.
        months: length of the result.
        case: gives the calendar month in which the run begins.

    Returns:
        `[replicate, month]`.
    """
    yearly, start = number(levers, lever), int(number(levers, f"{lever}_start"))
    curve, executed = cash_curve(assumed), assumed["cash_executed"]
    evenness = 1.0 if lever in RECURRENT else number(levers, "disbursement")
    return released(yearly, start, months, curve, executed, evenness, first_month(case))


def cash_curve(assumed: Assumed) -> Array:
    """Return the share of a year's public spending that arrives in each calendar month.

    `[replicate, 12]`: even between the known points at the ends of February, July and
    November; the rest comes in December.
    """
    zero = np.zeros_like(assumed["cash_by_feb"])
    points = np.stack(
        [zero, assumed["cash_by_feb"], assumed["cash_by_jul"], assumed["cash_by_nov"], zero + 1],
        axis=1,
    )
    lengths = np.array([2, 5, 4, 1])
    return np.repeat(np.diff(points, axis=1) / lengths, lengths, axis=1)


def fibre_demand(
    case: Case, levers: Levers, baseline: Levers, assumed: Assumed, months: int
) -> Pushes:
    """Return what a scenario adds to the take-up of fibre, of which the baseline is one.

    Args:
        case: gives households.
        levers: the values of `FIBRE_LEVERS`.
        baseline: gives the communication that history already contains.
        assumed: draws of the assumptions.
        months: length of the run.
    """
    refusing = 1 - assumed["receptive_nonusers"]
    households = np.full_like(refusing, case.columns["households"].sum())
    nobody = np.zeros((len(refusing), months))
    return Pushes(
        vouchers=_vouchers(case, levers, "fibre", assumed, households, months),
        turned=nobody,
        contacts=nobody,
        louder=_louder(levers, baseline, assumed, months),
        refusing=refusing,
    )


def phone_demand(
    case: Case, levers: Levers, baseline: Levers, assumed: Assumed, phones: Array, months: int
) -> PhoneDemand:
    """Return what a scenario adds to the take-up of smartphones, of which the baseline is one.

    Args:
        case: gives people and villages.
        levers: the values of `PHONE_LEVERS`.
        baseline: gives the communication that history already contains.
        assumed: draws of the assumptions.
        phones: `[replicate, month + 1]` adults with a smartphone if history goes on: as
            they grow, fewer lines are left on 2G.
        months: length of the run.
    """
    adults = case.population * assumed["adults_share"]
    villages = float(case.columns["villages"].sum())
    leavers = switched_off(
        int(number(levers, "switch_off_2g")), months, assumed["switch_off_months"]
    )
    without = np.maximum(1 - phones[:, 1 : months + 1], 0) / np.maximum(1 - phones[:, :1], 1e-9)
    leavers = leavers * assumed["only_2g"][:, None] * np.minimum(without, 1)
    each = assumed["adults_share"] * assumed["subscriptions_per_new_user"]
    smart = assumed["switch_off_to_smartphone"][:, None]
    other = (1 - smart) * assumed["switch_off_to_broadband"][:, None]
    pushes = Pushes(
        vouchers=_vouchers(case, levers, "smartphone", assumed, adults, months),
        turned=_courses(case, levers, assumed, adults, months) + leavers * smart / each[:, None],
        contacts=_met_by_teams(levers, assumed, adults, villages, months),
        louder=_louder(levers, baseline, assumed, months),
        refusing=1 - assumed["receptive_nonusers"],
    )
    return PhoneDemand(pushes=pushes, feature_phones=np.cumsum(leavers * other, axis=1))


def _vouchers(
    case: Case, levers: Levers, kind: str, assumed: Assumed, persons: Array, months: int
) -> Array:
    lever = f"{kind}_vouchers"
    money = public_money(levers, lever, assumed, months, case)
    late = delayed(money, np.rint(assumed["voucher_lag"]).astype(np.intp))
    return vouchers(late, assumed[f"{kind}_voucher_cost"], number(levers, "targeting"), persons)


def _courses(case: Case, levers: Levers, assumed: Assumed, adults: Array, months: int) -> Array:
    return trained(
        public_money(levers, "training", assumed, months, case),
        assumed["training_cost"],
        assumed["training_effect"],
        assumed["training_spillover"],
        adults,
    )


def _met_by_teams(
    levers: Levers, assumed: Assumed, adults: Array, villages: float, months: int
) -> Array:
    return team_reach(
        number(levers, "community_teams"),
        int(number(levers, "community_teams_start")),
        months,
        team_cost=assumed["team_cost"],
        members=assumed["team_members"],
        reach=assumed["team_reach"],
        ramp=assumed["team_ramp"],
        effect=assumed["training_effect"],
        villages=villages,
        persons=adults,
    )


def _louder(levers: Levers, baseline: Levers, assumed: Assumed, months: int) -> Array:
    return louder(
        number(levers, "communication"),
        int(number(levers, "communication_start")),
        months,
        baseline=number(baseline, "communication"),
        own=assumed["operator_advertising"],
        elasticity=assumed["advertising_elasticity"],
    )


def first_month(case: Case) -> int:
    """Return the calendar month (1 to 12) of a run's first month."""
    return case.start.month % 12 + 1


def delayed(flow: Array, lag: NDArray[np.intp]) -> Array:
    """Return a flow `[replicate, month]` moved later by `[replicate]` whole months.

    >>> delayed(np.array([[1.0, 2.0, 3.0]]), np.array([1]))
    array([[0., 1., 2.]])
    """
    months = flow.shape[1]
    at = np.arange(months)[None, :] - lag[:, None]
    return np.where(at >= 0, np.take_along_axis(flow, np.maximum(at, 0), axis=1), 0.0)
