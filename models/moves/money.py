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


def first_month_at(due: Whole, arrived: Whole) -> Array:
    """Return the first month whose sum reaches what is due, inf where none does.

    Args:
        due: `[replicate, n]`, never falling along n.
        arrived: `[replicate, month]`, never falling.

    >>> first_month_at(np.array([[3, 7, 12]]), np.array([[3, 3, 12]]))
    array([[0., 2., 2.]])
    """
    replicate = np.arange(len(due))[:, None]
    apart = replicate * (max(due.max(initial=0), arrived.max(initial=0)) + 1)  # one long ascent
    reached = np.searchsorted((arrived + apart).ravel(), (due + apart).ravel(), side="left")
    month = reached.reshape(due.shape) - replicate * arrived.shape[1]
    return np.where(month < arrived.shape[1], month, np.inf)


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
    months = purse.money.shape[1]
    wanted = np.take_along_axis(purse.wanted, purse.order, axis=1)
    known = np.take_along_axis(listed, purse.order, axis=1)
    asked = np.where(wanted, np.take_along_axis(cost, purse.order, axis=1), 0)
    due = np.cumsum(asked, axis=1)
    arrived = np.cumsum(purse.money, axis=1)
    earlier = np.pad(arrived, ((0, 0), (1, 0)))
    before = np.take_along_axis(earlier, np.clip(known, 0, months), axis=1)
    returned = np.where(wanted, before - (due - asked), 0)
    due += np.maximum.accumulate(np.maximum(returned, 0), axis=1)
    month = np.maximum(first_month_at(due, arrived), known)
    found = np.full(cost.shape, np.inf)
    never = ~wanted | (known >= months)
    np.put_along_axis(found, purse.order, np.where(never, np.inf, month), axis=1)
    return found


def first_paid(purses: Sequence[Purse], cost: Whole, listed: Whole) -> tuple[Array, Whole]:
    """Return when each job is paid and by which purse, from 0; between equals the earlier one."""
    times = np.stack([paid_by(purse, cost, listed) for purse in purses])
    payer = times.argmin(axis=0)
    return np.take_along_axis(times, payer[None], axis=0)[0], payer
