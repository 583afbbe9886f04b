"""Take-up under a moving ceiling, and the hazard that makes it follow a given path.

A month takes the share of adopters F of an area, under its ceiling M, through
  vouchers     F += W (1 - exp(-v / n)),   W = (1 - refusing) (M - F)+, n the nation's mean of W
  turned       F += (M - F)+ (1 - exp(-t / N)),   N the nation's mean of (M - F)+
  contacts     F += (M - F)+ (1 - exp(-c))
  imitation    F += min(1, hazard * pace * louder * (1 + k F / M)) * (M - F)+
  leaving      F -= leaving * F
one after the other, each on those who are still left: nobody is counted twice and no
share passes its ceiling. W are those whom an offer of money can win; training and a lost
network turn anybody. Every step is monotone in F, v, t, c and louder, and in the area's
own M: more of any never lowers a share. What is shared out over the nation (v, t) is drawn
by room elsewhere away from an area, though never from the nation as a whole.

Method: Bass (1969) with a moving ceiling, discrete in months; the hazard is found by
inversion as in reduced-form calibration to a forecast.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AT_LEAST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushes:
    """What levers add to history, `[replicate, month]` each, `refusing` `[replicate]`.

    Attributes:
        vouchers: additional users offered for, as a share of all persons.
        turned: non-users trained or forced into use, as a share of all persons.
        contacts: probability that a non-user is met and turned into a user.
        louder: multiplier of the hazard.
        refusing: share of non-users whom no offer of money can win.
    """

    vouchers: Array
    turned: Array
    contacts: Array
    louder: Array
    refusing: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Monthly rates `[replicate, month]` common to all areas, and what they could not do.

    `held` is True where the path asked for more adopters than the ceilings allow.
    """

    rate: Array
    leaving: Array
    held: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeUp:
    """Who took it up.

    Attributes:
        share: of adopters, `[replicate, area, month]`.
        vouchers, turned: the part of what was offered that found somebody, `[replicate, month]`;
            1 where nothing was offered.
    """

    share: Array
    vouchers: Array
    turned: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Those who may adopt.

    Attributes:
        start: `[replicate, area]` shares before the first month.
        ceiling: `[replicate, area, month]`; nowhere below `start`.
        imitation: `[replicate]`, the ratio k of imitation to innovation.
        pace: `[replicate, area]` how much quicker an area takes up than the common hazard says.
        weights: `[area]` what an area counts for in the nation.
    """

    start: Array
    ceiling: Array
    imitation: Array
    pace: Array
    weights: Array

    def by_month(self) -> tuple[Array, Array]:
        """Return the ceilings M, months first, and the areas' shares of the nation."""
        top = np.ascontiguousarray(np.moveaxis(self.ceiling, 2, 0))
        return top, self.weights / self.weights.sum()

    def pull(self, top: Array, share: Array) -> Array:
        """Return pace (1 + k F / M) `[replicate, area]` under a month's ceilings."""
        steepness = self.imitation[:, None] / np.maximum(top, AT_LEAST)
        return np.asarray(self.pace * (1 + steepness * share))


def take_up(market: Market, pushes: Pushes, hazard: Hazard) -> TakeUp:
    """Return the share of adopters in each month, and what of the offers was of use.

    Args:
        market: those who may adopt.
        pushes: the levers' effects.
        hazard: monthly rates, as `invert` returns them.

    >>> one = np.ones((1, 2))
    >>> still = Pushes(vouchers=0 * one, turned=0 * one, contacts=0 * one, louder=one,
    ...                refusing=np.zeros(1))
    >>> steady = Hazard(rate=0.1 * one, leaving=0 * one, held=one < 0)
    >>> market = Market(start=np.array([[0.0]]), ceiling=np.ones((1, 1, 2)),
    ...                 imitation=np.array([4.0]), pace=np.ones((1, 1)),
    ...                 weights=np.ones(1))
    >>> take_up(market, still, steady).share
    array([[[0.1  , 0.226]]])
    """
    share = market.start
    top, mass = market.by_month()
    path = np.empty_like(top)
    useful = np.ones((2, *hazard.rate.shape))
    for month in range(len(path)):
        share, *useful[:, :, month] = _pushed(share, top[month], pushes, month, mass)
        rate = hazard.rate[:, month] * pushes.louder[:, month]
        step = np.minimum(market.pull(top[month], share) * rate[:, None], 1)
        share = share + step * np.maximum(top[month] - share, 0)
        share = path[month] = share * (1 - hazard.leaving[:, month])[:, None]
    return TakeUp(share=np.moveaxis(path, 0, 2), vouchers=useful[0], turned=useful[1])


def invert(market: Market, pushes: Pushes, path: Array) -> Hazard:
    """Return the hazard under which the areas together follow a national path.

    In each month, with P the shares after the pushes, the imitation step is linear in
    the hazard until areas fill up, so hazard = (path - mean P)+ / mean[louder (1 + k P / M)
    (M - P)+] where none does, and Newton's method on the concave rest elsewhere; where the
    path falls below mean P, the surplus leaves in proportion instead.

    Args:
        market, pushes: as in `take_up`, of the baseline.
        path: `[replicate, month]` the nation's share.

    Returns:
        the monthly rates; where the path lies above what the ceilings allow, the rate
        is the one that fills them and `held` is True.
    """
    months = path.shape[1]
    top, mass = market.by_month()
    rate, leaving = np.zeros_like(path), np.zeros_like(path)
    held = np.zeros(path.shape, dtype=bool)
    share = market.start
    for month in range(months):
        share, _, _ = _pushed(share, top[month], pushes, month, mass)
        now = share @ mass
        pull = market.pull(top[month], share) * pushes.louder[:, month][:, None]
        left = np.maximum(top[month] - share, 0)
        need = path[:, month] - now
        rate[:, month] = _rate(pull, left * mass, np.maximum(need, 0))
        share = share + np.minimum(pull * rate[:, month][:, None], 1) * left
        leaving[:, month] = np.clip(-need / np.maximum(now, AT_LEAST), 0, 1)
        share = share * (1 - leaving[:, month])[:, None]
        held[:, month] = share @ mass < path[:, month] - 1e-6
    return Hazard(rate=rate, leaving=leaving, held=held)


def _rate(pull: Array, left: Array, need: Array) -> Array:
    """Return the rate at which sum(min(rate pull, 1) left) = need, or the least that fills all.

    The sum is concave and piecewise linear in the rate, so Newton's method climbs to the
    solution from below, in at most as many steps as there are areas.
    """
    room = np.where(left > AT_LEAST, pull, np.inf)
    filling = 1 / np.minimum(room.min(axis=1), 1 / AT_LEAST)
    rate = need / np.maximum((pull * left).sum(axis=1), AT_LEAST)
    for _ in range(pull.shape[1]):
        step = pull * rate[:, None]
        full = step >= 1
        if not full.any():
            break
        gap = need - (np.minimum(step, 1) * left).sum(axis=1)
        slope = np.where(full, 0, pull * left).sum(axis=1)
        more = np.divide(gap, slope, out=np.zeros_like(gap), where=slope > AT_LEAST)
        if not (more > 1e-12 * rate).any():
            break
        rate = rate + np.maximum(more, 0)
    return np.asarray(np.where(left.any(axis=1), np.minimum(rate, filling), 0.0))


def _pushed(
    share: Array, ceiling: Array, pushes: Pushes, month: int, mass: Array
) -> tuple[Array, Array, Array]:
    """Return the shares after the pushes, and the useful part of vouchers and of turning."""
    vouchers, contacts = pushes.vouchers[:, month], pushes.contacts[:, month]
    bought = turned = np.ones(len(share))
    if vouchers.any():
        share, bought = _offered(share, ceiling, vouchers, mass, 1 - pushes.refusing)
    if pushes.turned[:, month].any():
        share, turned = _offered(share, ceiling, pushes.turned[:, month], mass, turned)
    if contacts.any():
        share = share + np.maximum(ceiling - share, 0) * -np.expm1(-contacts)[:, None]
    return share, bought, turned


def _offered(
    share: Array, ceiling: Array, offers: Array, mass: Array, open_to: Array
) -> tuple[Array, Array]:
    """Share out offers over the nation's non-users, a part of whom are open to them."""
    left = np.maximum(ceiling - share, 0) * open_to[:, None]
    room = left @ mass
    taken = -np.expm1(-offers / np.maximum(room, AT_LEAST))
    useful = np.divide(room * taken, offers, out=np.ones_like(offers), where=offers > 0)
    return share + left * taken[:, None], np.minimum(useful, 1)


def subscriptions(
    history: Array, phones: Array, before: Array, *, each: Array, others: Array
) -> Array:
    """Return history's subscriptions, those of users a plan adds, and those without a smartphone.

    Args:
        history: subscriptions per person under the baseline, `[replicate, area, month]`.
        phones, before: adults with a smartphone under the plan and the baseline, likewise.
        each: `[replicate]` subscriptions per person that a smartphone more per adult brings.
        others: `[replicate, month]` subscriptions of feature phones more than the baseline's.
    """
    draws = phones - before  # in place from here on: one array instead of four
    draws *= each[:, None, None]
    draws += history
    draws += others[:, None, :]
    return draws
