"""Settings to pushes: what budgets and policies add to history's take-up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.moves.adoption import Pushes
from models.moves.effects import louder, switched_off, team_reach, trained, vouchers
from sim.forecast import Array, Assumed
from sim.place.case import Case
from sim.place.levers import Setting, number
from sim.world.money import MILLION, public_money

Settings = Mapping[str, Setting]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDemand:
    """What a scenario does to demand for smartphones and mobile broadband.

    Attributes:
        pushes: on adults.
        feature_phones: `[replicate, month]` mobile broadband subscriptions per person that
            a 2G switch-off has brought without a smartphone and that are still in use.
        courses: `[replicate, month]` of `pushes.turned`, what courses turn.
    """

    pushes: Pushes
    feature_phones: Array
    courses: Array


def fibre_demand(
    case: Case, settings: Settings, baseline: Settings, assumed: Assumed, months: int
) -> Pushes:
    """Return what a scenario adds to the take-up of fibre, of which the baseline is one.

    Args:
        case: gives households.
        settings: of the levers that the step `fibre` reads.
        baseline: gives the communication that history already contains.
        assumed: draws of the assumptions.
        months: length of the run.
    """
    refusing = 1 - assumed["receptive_nonusers"]
    households = np.full_like(refusing, case.columns["households"].sum())
    nobody = np.zeros((len(refusing), months))
    return Pushes(
        vouchers=_vouchers(case, settings, "fibre", assumed, households, months),
        turned=nobody,
        contacts=nobody,
        louder=_louder(settings, baseline, assumed, months),
        refusing=refusing,
    )


def phone_demand(
    case: Case, settings: Settings, baseline: Settings, assumed: Assumed, phones: Array, months: int
) -> PhoneDemand:
    """Return what a scenario adds to the take-up of smartphones, of which the baseline is one.

    Args:
        case: gives people and villages.
        settings: of the levers that the step `phones` reads.
        baseline: gives the communication that history already contains.
        assumed: draws of the assumptions.
        phones: `[replicate, month + 1]` adults with a smartphone if history goes on: as
            they grow, fewer lines are left on 2G.
        months: length of the run.
    """
    adults = case.population * who_may(case, assumed)
    villages = _most_teams(case)
    leavers = switched_off(
        int(number(settings, "switch_off_2g")), months, assumed["switch_off_months"]
    )
    without = np.minimum((1 - phones[:, : months + 1]) / np.maximum(1 - phones[:, :1], 1e-9), 1)
    without = np.maximum(without, 0)
    leavers = leavers * assumed["only_2g"][:, None] * without[:, 1:]
    each = who_may(case, assumed) * assumed["subscriptions_per_new_user"]
    smart = assumed["switch_off_to_smartphone"][:, None]
    other = (1 - smart) * assumed["switch_off_to_broadband"][:, None]
    courses = _courses(case, settings, assumed, adults, months)
    pushes = Pushes(
        vouchers=_vouchers(case, settings, "smartphone", assumed, adults, months),
        turned=courses + leavers * smart / each[:, None],
        contacts=_met_by_teams(settings, assumed, adults, villages, months),
        louder=_louder(settings, baseline, assumed, months),
        refusing=1 - assumed["receptive_nonusers"],
    )
    return PhoneDemand(
        pushes=pushes, feature_phones=still_used(leavers * other, without), courses=courses
    )


def who_may(case: Case, assumed: Assumed) -> Array:
    """Return the share of people who count among possible users: adults, or everybody."""
    share = assumed["adults_share"]
    return share if case.users == "smartphone_adults" else np.ones_like(share)


def _most_teams(case: Case) -> float:
    """Return how many teams there are at most: one a village, where villages are counted."""
    villages = float(case.columns["villages"].sum())
    return villages if np.isfinite(villages) else np.inf


def still_used(taken: Array, without: Array) -> Array:
    """Return the feature phones in use, of those taken each month, `[replicate, month]`.

    Their owners move on to a smartphone as others without one do, and never move back.

    Args:
        taken: `[replicate, month]`.
        without: `[replicate, month + 1]` people without a smartphone, the first being the start.

    >>> still_used(np.array([[1.0, 0.0, 1.0]]), np.array([[1.0, 0.8, 0.4, 0.6]]))
    array([[1. , 0.5, 1.5]])
    """
    kept = np.minimum(without[:, 1:] / np.maximum(without[:, :-1], 1e-9), 1)
    kept[:, 0] = 0
    used = np.empty_like(taken)
    now = np.zeros(len(taken))
    for month in range(taken.shape[1]):
        used[:, month] = now = now * kept[:, month] + taken[:, month]
    return used


def offers_spent(
    case: Case, settings: Settings, budget: str, assumed: Assumed, useful: Array
) -> Array:
    """Return the money of vouchers and courses that found somebody, `[replicate, month]`.

    Args:
        case, settings, assumed: as in `phone_demand`.
        budget: its name.
        useful: `[replicate, month]` the part that did.
    """
    money = public_money(case, settings, budget, assumed, useful.shape[1])
    late = delayed(money, assumed["voucher_lag"]) if budget.endswith("vouchers") else money
    return late * useful


def teams_spent(case: Case, settings: Settings, assumed: Assumed, months: int) -> Array:
    """Return what community teams cost a month; there is at most one a village."""
    money = public_money(case, settings, "community_teams", assumed, months)
    most = _most_teams(case) * assumed["team_cost"] / 12 / MILLION
    return np.minimum(money, most[:, None])


def _vouchers(
    case: Case, settings: Settings, kind: str, assumed: Assumed, persons: Array, months: int
) -> Array:
    lever = f"{kind}_vouchers"
    money = public_money(case, settings, lever, assumed, months)
    late = delayed(money, assumed["voucher_lag"])
    return vouchers(late, assumed[f"{kind}_voucher_cost"], number(settings, "targeting"), persons)


def _courses(case: Case, settings: Settings, assumed: Assumed, adults: Array, months: int) -> Array:
    return trained(
        public_money(case, settings, "training", assumed, months),
        assumed["training_cost"],
        assumed["training_effect"],
        assumed["training_spillover"],
        adults,
    )


def _met_by_teams(
    settings: Settings, assumed: Assumed, adults: Array, villages: float, months: int
) -> Array:
    return team_reach(
        number(settings, "community_teams"),
        int(number(settings, "community_teams_start")),
        months,
        team_cost=assumed["team_cost"],
        members=assumed["team_members"],
        reach=assumed["team_reach"],
        ramp=assumed["team_ramp"],
        effect=assumed["training_effect"],
        villages=villages,
        persons=adults,
    )


def _louder(settings: Settings, baseline: Settings, assumed: Assumed, months: int) -> Array:
    return louder(
        number(settings, "communication"),
        int(number(settings, "communication_start")),
        months,
        baseline=number(baseline, "communication"),
        own=assumed["operator_advertising"],
        elasticity=assumed["advertising_elasticity"],
    )


def delayed(flow: Array, lag: Array) -> Array:
    """Return a flow `[replicate, month]` moved later by `[replicate]` months, parted between two.

    >>> delayed(np.array([[1.0, 2.0, 3.0]]), np.array([1.5]))
    array([[0. , 0.5, 1.5]])
    """
    whole = np.floor(lag).astype(np.intp)
    late = (lag - whole)[:, None]

    def moved(months: NDArray[np.intp]) -> Array:
        at = np.arange(flow.shape[1])[None, :] - months[:, None]
        return np.where(at >= 0, np.take_along_axis(flow, np.maximum(at, 0), axis=1), 0.0)

    return (1 - late) * moved(whole) + late * moved(whole + 1)
