"""Levers to pushes: what budgets and policies add to history's take-up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.adoption import Pushes
from models.levers import louder, released, switched_off, team_reach, trained, vouchers
from sim.case import Case
from sim.scenario import Scenario

Array = NDArray[np.float64]
RECURRENT = ("community_teams", "communication")  # paid month by month, like wages
Assumed = Mapping[str, Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a scenario does to demand.

    Attributes:
        fibre, smartphone: pushes on households and on adults.
        feature_phones: `[replicate, month]` mobile broadband subscriptions per person that
            a 2G switch-off has brought without a smartphone, cumulated.
    """

    fibre: Pushes
    smartphone: Pushes
    feature_phones: Array


def public_money(
    scenario: Scenario, lever: str, assumed: Assumed, months: int, first_month: int
) -> Array:
    """Return the public money of a budget that arrives in each month, bn VND.

    Recurrent spending arrives evenly; the rest along the curve of public cash.

    Args:
        scenario: gives the yearly budget, its first month and the evenness of release.
        lever: the budget.
        assumed: draws of the assumptions on public cash.
        months: length of the result.
        first_month: calendar month (1 to 12) of the run's first month.

    Returns:
        `[replicate, month]`.
    """
    yearly, start = scenario.value(lever), int(scenario.value(f"{lever}_start"))
    curve, executed = cash_curve(assumed), assumed["cash_executed"]
    evenness = 1.0 if lever in RECURRENT else scenario.value("disbursement")
    return released(yearly, start, months, curve, executed, evenness, first_month)


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


def demand(
    case: Case,
    scenario: Scenario,
    baseline: Scenario,
    assumed: Assumed,
    phones: Array,
    months: int,
) -> Demand:
    """Return what a scenario adds to take-up, of which the baseline is one.

    Args:
        case: gives households, people and villages.
        scenario: its demand levers.
        baseline: gives the communication that history already contains.
        assumed: draws of the assumptions.
        phones: `[replicate, month + 1]` adults with a smartphone if history goes on: as
            they grow, fewer lines are left on 2G.
        months: length of the run.
    """
    households = float(case.columns["households"].sum())
    adults = case.population * float(np.mean(assumed["adults_share"]))
    villages = float(case.columns["villages"].sum())
    nobody = np.zeros((len(assumed["adults_share"]), months))
    talk = _louder(scenario, baseline, assumed, months)
    refusing = 1 - assumed["receptive_nonusers"]
    leavers = switched_off(
        int(scenario.value("switch_off_2g")), months, assumed["switch_off_months"]
    )
    without = np.maximum(1 - phones[:, 1 : months + 1], 0) / np.maximum(1 - phones[:, :1], 1e-9)
    leavers = leavers * assumed["only_2g"][:, None] * np.minimum(without, 1)
    each = assumed["adults_share"] * assumed["subscriptions_per_new_user"]
    smart = assumed["switch_off_to_smartphone"][:, None]
    other = (1 - smart) * assumed["switch_off_to_broadband"][:, None]
    return Demand(
        fibre=Pushes(
            vouchers=_vouchers(case, scenario, "fibre", assumed, households, months),
            turned=nobody,
            contacts=nobody,
            louder=talk,
            refusing=refusing,
        ),
        smartphone=Pushes(
            vouchers=_vouchers(case, scenario, "smartphone", assumed, adults, months),
            turned=_courses(case, scenario, assumed, adults, months)
            + leavers * smart / each[:, None],
            contacts=_met_by_teams(scenario, assumed, adults, villages, months),
            louder=talk,
            refusing=refusing,
        ),
        feature_phones=np.cumsum(leavers * other, axis=1),
    )


def _vouchers(
    case: Case, scenario: Scenario, kind: str, assumed: Assumed, persons: float, months: int
) -> Array:
    lever = f"{kind}_vouchers"
    money = public_money(scenario, lever, assumed, months, first_month(case))
    late = delayed(money, np.rint(assumed["voucher_lag"]).astype(np.intp))
    return vouchers(late, assumed[f"{kind}_voucher_cost"], scenario.value("targeting"), persons)


def _courses(case: Case, scenario: Scenario, assumed: Assumed, adults: float, months: int) -> Array:
    return trained(
        public_money(scenario, "training", assumed, months, first_month(case)),
        assumed["training_cost"],
        assumed["training_effect"],
        assumed["training_spillover"],
        adults,
    )


def _met_by_teams(
    scenario: Scenario, assumed: Assumed, adults: float, villages: float, months: int
) -> Array:
    return team_reach(
        scenario.value("community_teams"),
        int(scenario.value("community_teams_start")),
        months,
        team_cost=assumed["team_cost"],
        members=assumed["team_members"],
        reach=assumed["team_reach"],
        ramp=assumed["team_ramp"],
        effect=assumed["training_effect"],
        villages=villages,
        persons=adults,
    )


def _louder(scenario: Scenario, baseline: Scenario, assumed: Assumed, months: int) -> Array:
    return louder(
        scenario.value("communication"),
        int(scenario.value("communication_start")),
        months,
        baseline=baseline.value("communication"),
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
