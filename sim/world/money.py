"""Money that arrives: public cash along its yearly curve, and the private money it brings."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.moves.effects import released
from sim.forecast import Array, Assumed, Flags, Whole
from sim.place.case import Case
from sim.place.levers import Setting, number

MILLION = 1000  # of the small money unit in the large one


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeMoney:
    """Money of a programme of building, `[replicate, month]` in the large unit.

    Attributes:
        public: that arrives from the budget.
        brought: private money that comes with it.
    """

    public: Array
    brought: Array

    @property
    def together(self) -> Array:
        """What jobs can be paid from."""
        total: Array = self.public + self.brought
        return total

    def public_of(self, spent: Array) -> Array:
        """Return the public part of what the programme spends in each month.

        Of all spent so far the State has paid its part of all that has come so far, as far as
        the month's spending allows: never more than has come, and what was paid stays paid.

        Args:
            spent: `[replicate, month]` in the large unit.
        """
        come, all_come = self.public.cumsum(axis=1), self.together.cumsum(axis=1)
        part = np.divide(come, all_come, out=np.ones_like(come), where=all_come > 0)
        owed, paid = part * spent.cumsum(axis=1), np.zeros(len(spent))
        public = np.zeros_like(spent)
        for month in range(spent.shape[1]):
            public[:, month] = np.clip(owed[:, month] - paid, 0, spent[:, month])
            paid = paid + public[:, month]
        return public


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


def programme_money(
    case: Case, settings: Mapping[str, Setting], budget: str, assumed: Assumed, months: int
) -> ProgrammeMoney:
    """Return a building budget's public money and the private money it brings."""
    public = public_money(case, settings, budget, assumed, months)
    yearly, start = number(settings, budget), int(number(settings, f"{budget}_start"))
    even = np.where(np.arange(months) >= start - 1, yearly / 12, 0.0)
    promised = number(settings, "private_leverage") * assumed["private_delivered"]
    return ProgrammeMoney(public=public, brought=promised[:, None] * even)


def hired(
    settings: Mapping[str, Setting], budget: str, cost: Array, most: Array
) -> tuple[Whole, int]:
    """Return how many crews a budget keeps `[replicate]`, and the time from which on.

    Args:
        settings: give the yearly budget and its first month.
        budget: its name.
        cost: `[replicate]` small money a crew-year.
        most: `[replicate]` crews beyond which none is of use.
    """
    crews = np.floor(number(settings, budget) * MILLION / cost + 1e-9)
    start = int(number(settings, f"{budget}_start")) - 1
    return np.minimum(crews, most).astype(np.int64), start


def wages(crews: Whole, start: int, cost: Array, at_work: Flags) -> Array:
    """Return what hired crews are paid a month while there is work, in the large unit.

    Args:
        crews: `[replicate]`.
        start: time from which on they are hired.
        cost: `[replicate]` small money a crew-year.
        at_work: `[replicate, month]` whether there is anything left to build.
    """
    running = np.arange(at_work.shape[1]) >= start
    return np.asarray((crews * cost / 12 / MILLION)[:, None] * (running & at_work))


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
