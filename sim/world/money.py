"""Money that arrives: public cash along its yearly curve, and the private money it brings."""

from collections.abc import Mapping

import numpy as np

from models.moves.effects import released
from sim.forecast import Array, Assumed, Whole
from sim.place.case import Case
from sim.place.levers import Setting, number

MILLION = 1000  # of the small money unit in the large one


def public_money(
    case: Case, settings: Mapping[str, Setting], budget: str, assumed: Assumed, months: int
) -> Array:
    """Return the public money of a budget that arrives in each month, in the large unit.

    Recurrent spending arrives evenly; the rest along the curve of public cash.

    Args:
        case: gives the calendar, and which budgets are recurrent.
        settings: give the yearly budget, its first month and the evenness of release.
        budget: its name.
        assumed: draws of the assumptions on public cash.
        months: length of the result.

    Returns:
        `[replicate, month]`.
    """
    recurrent = case.levers[budget].recurrent
    return released(
        number(settings, budget),
        int(number(settings, f"{budget}_start")),
        months,
        cash_curve(case, assumed),
        assumed["cash_executed"],
        1.0 if recurrent else number(settings, "disbursement"),
        (first_month(case) - case.year.first_month) % 12 + 1,
    )


def building_money(
    case: Case, settings: Mapping[str, Setting], budget: str, assumed: Assumed, months: int
) -> Array:
    """Return public money and the private money it brings, `[replicate, month]`."""
    public = public_money(case, settings, budget, assumed, months)
    yearly, start = number(settings, budget), int(number(settings, f"{budget}_start"))
    even = np.where(np.arange(months) >= start - 1, yearly / 12, 0.0)
    promised = number(settings, "private_leverage") * assumed["private_delivered"]
    return np.asarray(public + promised[:, None] * even)


def cash_curve(case: Case, assumed: Assumed) -> Array:
    """Return the share of a year's public spending that arrives in each of its months.

    `[replicate, 12]`: even between the ends of the months of the budget year at which the
    case's assumptions know it; the rest comes in the last months.
    """
    known = sorted(case.year.cash.items(), key=lambda point: point[1])
    zero = np.zeros_like(assumed["cash_executed"])
    points = np.stack([zero, *(assumed[name] for name, _ in known), zero + 1], axis=1)
    lengths = np.diff([0, *(month for _, month in known), 12])
    return np.repeat(np.diff(points, axis=1) / lengths, lengths, axis=1)


def first_month(case: Case) -> int:
    """Return the calendar month (1 to 12) of a run's first month."""
    return case.start.month % 12 + 1


def millions(money: Array) -> Whole:
    """Return whole small units, which add up the same in any order."""
    return np.floor(money).astype(np.int64)
