"""What levers do: money released month by month, and how it pushes people to adopt.

Sizes of effect come in as draws of assumptions; every function is a formula.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def released(
    yearly: float,
    start: int,
    months: int,
    observed: Array,
    executed: Array,
    evenness: float,
    first_month: int = 1,
) -> Array:
    """Return the public money that arrives at the start of each month.

    With w the evenness (0 as observed, 1 even), calendar month m brings
    `w / 12 + (1 - w) * executed * observed[m]` of the yearly budget once the budget has
    started; what was not executed of the months of a year in which it ran is carried into
    the next January, as the rule allows.

    Args:
        yearly: bn VND a year.
        start: first month of the plan (1 for the first).
        months: length of the result.
        observed: `[replicate, 12]` share of the executed money of a calendar year that
            arrives from January to December.
        executed: `[replicate]` share of the year's plan that is spent in the year.
        evenness: the disbursement lever, 0 to 1.
        first_month: calendar month (1 to 12) of the first month of the result.

    Returns:
        `[replicate, months]`, bn VND.

    >>> even = released(120, 1, 12, np.full((1, 12), 1 / 12), np.array([1.0]), 1.0)
    >>> float(even.sum().round(6)), float(even[0, 0].round(6))
    (120.0, 10.0)
    >>> late = released(120, 7, 13, np.full((1, 12), 1 / 12), np.array([0.5]), 0.0)
    >>> late[0, 5:].round(6).tolist()
    [0.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 35.0]
    """
    share = evenness / 12 + (1 - evenness) * executed[:, None] * observed
    calendar = (first_month - 1 + np.arange(months)) % 12
    running = np.arange(months) >= start - 1
    money = np.where(running, share[:, calendar], 0.0)
    left = (1 - evenness) * (1 - executed)
    for january in np.flatnonzero(calendar == 0):
        ran = running[max(january - 12, 0) : january].sum() / 12
        money[:, january] += left * ran
    return yearly * money


def vouchers(money: Array, cost: Array, additional: float, persons: Array) -> Array:
    """Return the adoption pressure of vouchers: additional new users a month per person.

    Args:
        money: `[replicate, month]` bn VND spent on vouchers.
        cost: `[replicate]` million VND for one voucher.
        additional: share of vouchers that reach people who would not have bought.
        persons: `[replicate]` how many persons (or households) there are.

    Returns:
        `[replicate, month]`, share of all persons.
    """
    return money * 1000 / cost[:, None] * additional / persons[:, None]


def trained(money: Array, cost: Array, effect: Array, spillover: Array, persons: Array) -> Array:
    """Return the non-users whom training turns into users a month, per person.

    Courses are for non-users: those trained, and `spillover` others whom each of them
    teaches, turn to users with probability `effect`. Shapes and units as in `vouchers`.
    """
    return money * 1000 / cost[:, None] * (effect * (1 + spillover) / persons)[:, None]


def team_reach(
    yearly: float,
    start: int,
    months: int,
    *,
    team_cost: Array,
    members: Array,
    reach: Array,
    ramp: Array,
    effect: Array,
    villages: float,
    persons: Array,
) -> Array:
    """Return the adoption pressure of community teams, a month, per person.

    Money keeps `yearly / team_cost` teams, at most one a village; they stand up along
    `1 - exp(-3 t / ramp)` and each member reaches `reach` people a month, of whom the
    non-users turn to users with probability `effect`.

    Args:
        yearly: bn VND a year.
        start: first month of the plan.
        months: length of the result.
        team_cost: `[replicate]` million VND a team-year.
        members: `[replicate]` persons a team.
        reach: `[replicate]` people reached a member-month.
        ramp: `[replicate]` months until 95% of the teams stand.
        effect: `[replicate]` probability that a reached non-user becomes a user.
        villages: how many villages there are.
        persons: `[replicate]` how many persons there are.

    Returns:
        `[replicate, month]`, share of all persons.
    """
    teams = np.minimum(yearly * 1000 / team_cost, villages)
    since = np.maximum(np.arange(months) - (start - 1) + 1, 0)
    standing = 1 - np.exp(-3 * since[None, :] / ramp[:, None])
    return np.asarray((teams * members * reach * effect / persons)[:, None] * standing)


def louder(
    yearly: float, start: int, months: int, *, baseline: float, own: Array, elasticity: Array
) -> Array:
    """Return what communication multiplies the rate of adoption by.

    `((budget + own) / (baseline + own)) ** elasticity`, own being what operators spend on
    advertising themselves; before the start month the budget is nothing.

    Args:
        yearly: bn VND a year on public communication.
        start: first month of the plan.
        months: length of the result.
        baseline: bn VND a year if policy simply goes on, from the first month.
        own: `[replicate]` bn VND a year of operators' advertising.
        elasticity: `[replicate]` elasticity of adoption to advertising.

    Returns:
        `[replicate, month]` multiplier; exactly 1 where budget and baseline agree.
    """
    spent = np.where(np.arange(months) >= start - 1, yearly, 0.0)
    ratio = (spent[None, :] + own[:, None]) / (baseline + own[:, None])
    return np.asarray(ratio ** elasticity[:, None])


def switched_off(month: int, months: int, duration: Array) -> Array:
    """Return the share of 2G-only users who leave 2G in each month.

    They leave evenly over `duration` months `[replicate]` from the month of the
    switch-off (1 for the first); 0 means that there is none.

    Returns:
        `[replicate, month]`; each row sums to 1 where the time suffices, or is zero.

    >>> switched_off(2, 5, np.array([2.0]))
    array([[0. , 0.5, 0.5, 0. , 0. ]])
    """
    if month == 0:
        return np.zeros((len(duration), months))
    since = np.arange(months + 1)[None, :] - (month - 1)
    gone = np.clip(since / duration[:, None], 0, 1)
    return np.diff(gone, axis=1)
