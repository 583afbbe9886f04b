"""Who pays for which job, and when: purses that pay strictly in an order of their own.

Two purses pay for building: the operators', and that of the State's programme with the
private money it brings. Operators build what pays for itself; what does not, only the
programme pays for. The programme goes through the same jobs from the other end, so part of
what it pays for would have been built anyway. A job is paid by whichever purse comes to it
first; what the other one had set aside for it, and what arrives while nothing is listed,
is returned: idle.

Money is in whole small units, which add up the same in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.moves.compiled import compiled, plain

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Money for some of the jobs.

    Attributes:
        wanted: `[replicate, job]` the jobs it pays for.
        order: `[replicate, place]` which job it pays next, a permutation of all jobs along
            which the month of listing never falls.
        money: `[replicate, month]` that arrives at times 0, 1, 2, ...
    """

    wanted: Flags
    order: NDArray[np.intp]
    money: Whole


def paid_by(purse: Purse, cost: Whole, listed: Whole) -> Array:
    """Return when a purse has the money for each job, strictly in its order, `[replicate, job]`.

    A job is paid at the first month's start, not before it is listed, at which the money that
    has arrived covers its cost, that of all jobs before it, and what was returned because
    nothing was listed that it could pay for.

    Args:
        purse: its jobs and its money.
        cost: `[replicate, job]`.
        listed: `[replicate, job]` month at which the job becomes known.

    >>> cost, no_wait = np.array([[3, 4, 5]]), np.zeros((1, 3), dtype=int)
    >>> purse = Purse(wanted=cost > 0, order=np.arange(3)[None, :], money=np.array([[3, 0, 9]]))
    >>> paid_by(purse, cost, no_wait)
    array([[0., 2., 2.]])
    """
    return first_paid([purse], cost, listed)[0]


def set_aside(purse: Purse, cost: Whole, listed: Whole, month: int) -> Whole:
    """Return what a purse holds before a month for the job that it pays next, `[replicate]`.

    Nothing where it has passed all jobs that are listed by then.

    Args:
        purse, cost, listed: as of `paid_by`.
        month: at whose start, before its money has come.

    >>> cost, no_wait = np.array([[3, 4, 5]]), np.zeros((1, 3), dtype=int)
    >>> purse = Purse(wanted=cost > 0, order=np.arange(3)[None, :], money=np.array([[3, 2, 9]]))
    >>> set_aside(purse, cost, no_wait, 2)
    array([2])
    """
    if not cost.shape[1]:
        return np.zeros(len(cost), dtype=np.int64)
    passed = purse.wanted & (paid_by(purse, cost, listed) < month)
    waits = purse.wanted & ~passed & (listed < max(month, 1))
    come = purse.money[:, :month].sum(axis=1)
    in_turn = np.take_along_axis(waits, purse.order, axis=1)
    job = np.take_along_axis(purse.order, in_turn.argmax(axis=1)[:, None], axis=1)
    most = np.where(waits.any(axis=1), np.take_along_axis(cost, job, axis=1)[:, 0] - 1, 0)
    held: Whole = np.clip(come - np.sum(cost * passed, axis=1), 0, np.maximum(most, 0))
    return held


def first_paid(purses: Sequence[Purse], cost: Whole, listed: Whole) -> tuple[Array, Whole]:
    """Return when each job is paid and by which purse, from 0; between equals the earlier one."""
    paid, payer = np.full(listed.shape, np.inf), np.zeros(listed.shape, dtype=np.int64)
    cost, listed = plain(cost), plain(listed)
    for number, purse in enumerate(purses):
        order, wanted, money = plain(purse.order), plain(purse.wanted), plain(purse.money)
        _pay(number, order, wanted, money, cost, listed, paid, payer)
    return paid, payer


@compiled
def _pay(
    number: int,
    order: NDArray[np.intp],
    wanted: Flags,
    money: Whole,
    cost: Whole,
    listed: Whole,
    paid: Array,
    payer: Whole,
) -> None:
    """Write down what a purse pays before the others do, in `paid` and `payer`."""
    replicates, months = money.shape
    for row in range(replicates):
        come = np.zeros(months + 1, dtype=np.int64)  # before each month
        come[1:] = np.cumsum(money[row])
        due = returned = month = 0
        for job in order[row]:
            known = listed[row, job]
            if not wanted[row, job] or known >= months:
                continue
            returned = max(returned, come[known] - due)
            due += cost[row, job]
            while month < months and come[month + 1] < due + returned:
                month += 1
            if month < months and max(month, known) < paid[row, job]:
                paid[row, job], payer[row, job] = max(month, known), number
