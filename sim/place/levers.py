"""What each budget and each policy changes, and why: the one table of levers.

Sliders, command-line flags, checks, documentation and the JSON Schema of a scenario
all read this table. Sizes of effect are assumptions of a case, not constants here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.arrays import Array

Policy = Literal["training", "allocation", "spending", "organisation", "data"]
Side = Literal["supply", "demand"]
PRIORITIES = ("plan_order", "cheapest", "poorest", "most_populous")
MONTHS_TO_START = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """What a planner may set, within bounds, in a unit, acting by a mechanism.

    Attributes:
        low, high: bounds; a budget's are bn VND a year per million inhabitants.
        default: the baseline, where policy simply goes on (same unit as the bounds).
        supported: beyond this nothing found says anything; for budgets, half the slider.
        aim: as far as a planner who wants more of it might go; `supported`, or `high` where
            there is no such limit, if None.
        falls: whether a smaller value does more; 0, where it means never, does least.
        policy: which of the plan's five policies it carries.
        side: supply levers change what is built, demand levers who takes it up.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    default: float
    policy: Policy
    side: Side
    mechanism: str
    source: str
    supported: float | None = None
    aim: float | None = None
    falls: bool = False
    whole: bool = False
    per_million: bool = False


def _budget(
    name: str, label: str, high: float, default: float, policy: Policy, side: Side, *why: str
) -> tuple[Lever, Lever]:
    mechanism, source = why
    amount = Lever(
        name=name,
        label=label,
        unit="bn VND a year",
        low=0,
        high=high,
        default=default,
        policy=policy,
        side=side,
        mechanism=mechanism,
        source=source,
        supported=high / 2,
        per_million=True,
    )
    start = Lever(
        name=f"{name}_start",
        label=f"{label}: first month",
        unit="month of the plan",
        low=1,
        high=MONTHS_TO_START,
        default=1,
        policy="spending",
        side=side,
        mechanism="Moves the whole yearly release of this money later.",
        source="Design choice: a budget has a start month.",
        aim=1,
        falls=True,
        whole=True,
    )
    return amount, start


LEVERS: tuple[Lever, ...] = (
    *_budget(
        "fibre_build",
        "Fibre building",
        100,
        0,
        "allocation",
        "supply",
        "Pays for passing homes beyond what operators pay themselves; jobs wait for this money.",
        "Omdia, FTTP in Emerging Markets (cost per home passed); mountains twice that",
    ),
    *_budget(
        "village_sites",
        "Village mobile sites",
        30,
        3,
        "allocation",
        "supply",
        "Pays for sites in villages without signal; jobs are funded in the order of priority.",
        "Thái Nguyên newspaper, 2021 (cost per remote site); Decision 868/QD-TTg (service fund)",
    ),
    *_budget(
        "village_power",
        "Power for village sites",
        10,
        0,
        "allocation",
        "supply",
        "Pays for solar power at sites without grid; teams, not money, set the pace.",
        "UNICEF-ITU Giga open cost model (cost of solar power)",
    ),
    *_budget(
        "fibre_vouchers",
        "Vouchers for fibre connections",
        20,
        0,
        "allocation",
        "demand",
        "Pays the connection of homes that are passed and would not have ordered; saturates.",
        "VNPT Hue tariff (price of a connection); two thirds of US non-adopters refuse any price",
    ),
    *_budget(
        "smartphone_vouchers",
        "Vouchers for smartphones",
        20,
        0,
        "allocation",
        "demand",
        "Pays phones for adults who would not have bought one; saturates as they run out.",
        "Ministry of Information (cheapest phones); Rosston and Wallsten 2020 (additional share)",
    ),
    *_budget(
        "training",
        "Skills training",
        10,
        0.5,
        "training",
        "demand",
        "Turns a share of trained non-users, and of those they teach, into users.",
        "GSMA in Uganda, Banglalink 2019: pilots without control groups, so the range starts at 0",
    ),
    *_budget(
        "community_teams",
        "Community digital teams",
        10,
        0,
        "organisation",
        "demand",
        "Village teams, paid evenly, reach people month by month, growing over about a year.",
        "Vietnamese provinces (size, support of teams); effect as of training, none was measured",
    ),
    *_budget(
        "communication",
        "Communication",
        5,
        0.5,
        "organisation",
        "demand",
        "Paid evenly; raises the rate of first adoption with the elasticity of advertising.",
        "Sethuraman, Tellis and Briesch 2011 (meta-analysis of advertising elasticities)",
    ),
    Lever(
        name="permit_days",
        label="Permit time by rule",
        unit="days",
        low=5,
        high=60,
        default=20,
        policy="organisation",
        side="supply",
        mechanism="Shortens the permit stage of every job in proportion, slippage included.",
        source="Construction law: 20 days by rule; a later law says 7 to 10",
        aim=7,
        falls=True,
    ),
    Lever(
        name="site_sharing",
        label="Village sites shared between operators",
        unit="share of sites",
        low=0,
        high=1,
        default=0.1,
        policy="allocation",
        side="supply",
        mechanism="A shared site costs less of the programme's money, so money covers more sites.",
        source="Oughton, policy options: 10 to 78% saved where one operator is not viable",
        supported=0.8,
    ),
    Lever(
        name="dig_once",
        label="Routes built with other works (dig once)",
        unit="share of routes",
        low=0,
        high=1,
        default=0,
        policy="allocation",
        side="supply",
        mechanism="Homes passed along shared routes cost less.",
        source="GAO-12-687R: 16% of rural, 33% of urban buried cost saved",
        supported=0.5,
    ),
    Lever(
        name="private_leverage",
        label="Private money per public dong",
        unit="ratio",
        low=0,
        high=6,
        default=0,
        policy="allocation",
        side="supply",
        mechanism="Adds private money, evenly over the year, to public money for building.",
        source="Malaysia's Jendela plan: 1.5; claims elsewhere reach 6",
        supported=3,
    ),
    Lever(
        name="disbursement",
        label="Even release of public money",
        unit="share spread evenly over the year",
        low=0,
        high=1,
        default=0,
        policy="spending",
        side="supply",
        mechanism="Moves the yearly release from the observed late curve towards even months "
        "and towards spending all of the plan.",
        source="Ministry of Finance (cash curves of 2020 and 2021)",
    ),
    Lever(
        name="targeting",
        label="Vouchers that reach people who would not have bought",
        unit="share of vouchers",
        low=0,
        high=1,
        default=0.66,
        policy="data",
        side="demand",
        mechanism="Only these vouchers add users; the others pay for what would have happened.",
        source="Rosston and Wallsten 2020: 0.66 in a field study, 0 to 0.9 elsewhere",
        supported=0.9,
    ),
    Lever(
        name="switch_off_2g",
        label="2G switch-off",
        unit="month of the plan, 0 for never",
        low=0,
        high=60,
        default=0,
        policy="organisation",
        side="demand",
        mechanism="Over the following months 2G-only users move to 4G phones; "
        "most of them to feature phones, not smartphones.",
        source="Switch-off of 2023 and 2024 as an analogue, its range widened",
        aim=6,  # half a year to tell those who have to move
        falls=True,
        whole=True,
    ),
)
BY_NAME: Mapping[str, Lever] = {lever.name: lever for lever in LEVERS}
BUDGETS: tuple[str, ...] = tuple(lever.name for lever in LEVERS if lever.per_million)
SUPPLY: frozenset[str] = frozenset(
    {"priority", *(lever.name for lever in LEVERS if lever.side == "supply")}
)


def step(lever: Lever, population: float) -> float:
    """Return a sensible smallest change of a lever: a hundredth of its range, or a bit less.

    >>> step(BY_NAME["fibre_build"], 97_580_000), step(BY_NAME["permit_days"], 97_580_000)
    (50.0, 0.5)
    """
    if lever.whole:
        return 1
    low, high = bounds(lever, population)
    hundredth = (high - low) / 100
    ten = 10.0 ** math.floor(math.log10(hundredth))
    return float(f"{max(n * ten for n in (1, 2, 5) if n * ten <= hundredth * (1 + 1e-9)):.1g}")


def bounds(lever: Lever, population: float) -> tuple[float, float]:
    """Return the least and greatest value of a lever for a place with so many people.

    >>> bounds(BY_NAME["fibre_build"], 97_580_000)
    (0, 9800.0)
    >>> bounds(BY_NAME["permit_days"], 97_580_000)
    (5, 60)
    """
    if not lever.per_million:
        return lever.low, lever.high
    return lever.low, _two_digits(lever.high * population / 1e6)


def default(lever: Lever, population: float) -> float:
    """Return the baseline value of a lever for a place with so many people."""
    if not lever.per_million:
        return lever.default
    return _two_digits(lever.default * population / 1e6)


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


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
