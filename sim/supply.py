"""What gets built: money by month to villages covered and homes passed, by area and month."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.levers import released
from models.queue import Built, WorkClock, Works, by_month, finish
from sim.case import Case, months_between
from sim.demand import cash_curve, first_month
from sim.scenario import Setting
from sim.starts import service_score
from sim.streams import stream

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Assumed = Mapping[str, Array]

PACKAGES = 12  # jobs into which an area's unpassed homes are cut
FIBRE_CREWS = 3  # of each area, sharing its pass rate
GRID_CREWS = 4  # of the nation, sharing its pace of electrification
WET_MONTHS = (5, 9)  # May to September
DAYS_A_MONTH = 365.25 / 12
MILLION = 1000  # m VND in a bn VND
CAMPAIGN_MONTHS = 3  # in which the listed villages were promised, from the list's date


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a programme of building brings; shares `[replicate, area, month]`.

    Attributes:
        start: homes passed and covered villages before the first month `[replicate, area]`.
        observed: which of those starts were observed: none is, nobody publishes them.
        waiting: programme -> reason -> `[replicate, month]` jobs that wait for it.
        spent: programme -> `[replicate, month]` bn VND committed, all money together.
    """

    homes_passed: Array
    covered_villages: Array
    start: Mapping[str, Array]
    observed: Mapping[str, NDArray[np.bool_]]
    waiting: Mapping[str, Mapping[str, Array]]
    spent: Mapping[str, Array]


def supply(
    case: Case,
    levers: Mapping[str, Setting],
    assumed: Assumed,
    fibre_start: Array,
    seed: int,
    months: int,
) -> Supply:
    """Return what supply levers build.

    Args:
        case: areas, and the last list of villages without signal.
        levers: the supply levers' values.
        assumed: draws of the assumptions.
        fibre_start: `[replicate, area]` households with fibre before the first month.
        seed: of the run.
        months: length of the run.
    """
    clock = WorkClock(
        wet_rate=assumed["wet_season_rate"], first_month=first_month(case), wet_months=WET_MONTHS
    )
    passed = _passed_at_start(case, assumed, fibre_start)
    homes = _fibre_works(case, levers, assumed, passed, seed, months, clock)
    built_homes = finish(homes)
    done = by_month(built_homes.finish, months) / PACKAGES
    uncovered = uncovered_villages(case, assumed)
    lines = _lines(case, uncovered)
    sites = _village_works(case, levers, assumed, uncovered, lines, seed, months, clock)
    built_sites = finish(sites)
    on_air = np.add.reduceat(by_month(built_sites.finish, months), lines.first, axis=1)
    villages = case.columns["villages"][None, :]
    nobody = np.zeros(len(case.areas), dtype=bool)
    return Supply(
        homes_passed=passed[:, :, None] + (1 - passed)[:, :, None] * done,
        covered_villages=1 - (uncovered[:, :, None] - on_air) / villages[:, :, None],
        start={"homes_passed": passed, "covered_villages": 1 - uncovered / villages},
        observed={"homes_passed": nobody, "covered_villages": nobody},
        waiting={
            "fibre_build": _waiting(homes, built_homes, months),
            "village_sites": _waiting(sites, built_sites, months),
        },
        spent={
            "fibre_build": _spent(homes, built_homes, months),
            "village_sites": _spent(sites, built_sites, months),
        },
    )


def _passed_at_start(case: Case, assumed: Assumed, fibre: Array) -> Array:
    """Return the share of homes passed: users, and those non-users who could order."""
    homes = case.columns["households"]
    apart = case.columns["upland"] - case.columns["upland"] @ homes / homes.sum()
    odds = np.log(assumed["passed_upland_odds"])[:, None] * apart[None, :]
    reachable = expit(logit(assumed["passed_nonusers"])[:, None] - odds)
    return np.asarray(fibre + (1 - fibre) * reachable)


def uncovered_villages(case: Case, assumed: Assumed) -> Array:
    """Return the villages without signal at the start, whole numbers `[replicate, area]`.

    The last list known, less the share done since it was drawn (in full after
    `CAMPAIGN_MONTHS`), times what the next survey adds; spread over areas in proportion
    to villages, upland ones weighing more, by rounding the cumulated sum so that the
    areas add up to the nation.
    """
    rows = case.series("uncovered_villages", case.head.nation)
    listed = rows[-1].level if rows else 0.0
    age = months_between(rows[-1].date, case.start) if rows else 0
    elapsed = min(max(age, 0) / CAMPAIGN_MONTHS, 1.0)
    left = listed * (1 - elapsed * assumed["villages_done_since_list"])
    left = np.rint(left * (1 + elapsed * (assumed["village_list_redrawn"] - 1)))
    return _spread(left, _village_weights(case, assumed["village_upland_odds"]))


def _village_weights(case: Case, odds: Array) -> Array:
    weights = case.columns["villages"] * np.where(case.columns["upland"] > 0, odds[:, None], 1.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _spread(total: Array, weights: Array) -> Array:
    cumulated = np.rint(total[:, None] * np.cumsum(weights, axis=1))
    return np.diff(cumulated, axis=1, prepend=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """Crews' beats: each area is cut into lines of about equal length, one crew each."""

    area: Whole
    number: Whole
    first: NDArray[np.intp]
    share: Array


def _lines(case: Case, uncovered: Array) -> _Lines:
    each = case.assumptions["villages_per_crew"].central
    longest = uncovered.mean(axis=0)
    count = np.maximum(np.ceil(longest / each), 1).astype(np.int64)
    area = np.repeat(np.arange(len(count)), count)
    first = np.cumsum(count) - count
    return _Lines(
        area=area, number=np.arange(len(area)) - first[area], first=first, share=1 / count[area]
    )


def _village_works(
    case: Case,
    levers: Mapping[str, Setting],
    assumed: Assumed,
    uncovered: Array,
    lines: _Lines,
    seed: int,
    months: int,
    clock: WorkClock,
) -> Works:
    count = _split(uncovered, lines)
    slots = int(count.max(initial=1))
    shape = (len(uncovered), len(lines.area), slots)
    slot = np.arange(slots)
    present = slot < count[:, :, None]
    unpowered = np.rint(count * assumed["villages_unpowered"][:, None])
    luck = _luck(case, seed, "village", lines, shape)
    cost = assumed["village_site_cost"]
    cost = cost * (1 - _number(levers, "site_sharing") * assumed["sharing_saving"])
    shared = _building_money(levers, "village_sites", assumed, months, case)
    operator = assumed["operator_village_money"][:, None] / 12
    speed = 1 / assumed["village_crew_sites"]
    order = priority(case, str(levers["priority"]), case.columns["households"] / _villages(case))
    ones = np.ones(len(lines.area), dtype=np.int64)
    return Works(
        present=present,
        rank=_rank(order[lines.area], lines, slots),
        survey_crews=slots * ones,
        civil_crews=ones,
        survey=_long_tailed(assumed["survey_months"], assumed["duration_spread"], luck["survey"]),
        permit=_long_tailed(_permit(levers, assumed), assumed["duration_spread"], luck["permit"]),
        civil=speed[:, None, None] * _around_one(luck["civil"]),
        equipment=assumed["equipment_months"][:, None, None] * _around_one(luck["equipment"]),
        integration=np.broadcast_to(assumed["integration_months"][:, None, None], shape),
        cost=np.broadcast_to(_millions(cost)[:, None, None], shape),
        money=_millions(MILLION * (shared + operator)),
        clock=clock,
        unpowered=present & (slot >= (count - unpowered)[:, :, None]),
        grid_crews=GRID_CREWS,
        grid=(GRID_CREWS / assumed["grid_villages_a_month"])[:, None, None]
        * _around_one(luck["grid"]),
        solar_crews=int(case.assumptions["solar_teams"].central),
        solar=assumed["solar_months"][:, None, None] * _around_one(luck["solar"]),
        solar_cost=np.broadcast_to(_millions(assumed["solar_cost"])[:, None, None], shape),
        solar_money=_millions(
            MILLION * _building_money(levers, "village_power", assumed, months, case)
        ),
    )


def _fibre_works(
    case: Case,
    levers: Mapping[str, Setting],
    assumed: Assumed,
    passed: Array,
    seed: int,
    months: int,
    clock: WorkClock,
) -> Works:
    shape = (*passed.shape, PACKAGES)
    areas = np.arange(passed.shape[1])
    alone = _Lines(area=areas, number=0 * areas, first=areas, share=np.ones(len(areas)))
    luck = _luck(case, seed, "fibre", alone, shape)
    homes = (1 - passed) * case.columns["households"] / PACKAGES
    upland = case.columns["upland"] > 0
    each = np.where(
        upland, assumed["fibre_cost_upland"][:, None], assumed["fibre_cost_lowland"][:, None]
    )
    each = each * (1 - _number(levers, "dig_once") * assumed["dig_once_saving"])[:, None]
    shared = _building_money(levers, "fibre_build", assumed, months, case)
    operator = assumed["operator_fibre_money"][:, None] / 12
    work = FIBRE_CREWS * (1 - passed) / PACKAGES / assumed["fibre_pass_rate"][:, None]
    density = case.columns["households"] / case.columns["area_km2"]
    order = priority(case, str(levers["priority"]), density - 1e6 * upland)
    nothing = np.zeros((len(passed), months), dtype=np.int64)
    still = np.broadcast_to(np.zeros(()), shape)
    return Works(
        present=np.broadcast_to(np.ones((), dtype=bool), shape),
        rank=_rank(order, alone, PACKAGES),
        survey_crews=np.full(len(areas), PACKAGES),
        civil_crews=np.full(len(areas), FIBRE_CREWS),
        survey=_long_tailed(assumed["survey_months"], assumed["duration_spread"], luck["survey"]),
        permit=_long_tailed(_permit(levers, assumed), assumed["duration_spread"], luck["permit"]),
        civil=work[:, :, None] * _around_one(luck["civil"]),
        equipment=assumed["equipment_months"][:, None, None] * _around_one(luck["equipment"]),
        integration=np.broadcast_to(assumed["integration_months"][:, None, None], shape),
        cost=np.broadcast_to(_millions(homes * each)[:, :, None], shape),
        money=_millions(MILLION * (shared + operator)),
        clock=clock,
        unpowered=np.broadcast_to(np.zeros((), dtype=bool), shape),
        grid_crews=0,
        grid=still,
        solar_crews=0,
        solar=still,
        solar_cost=np.broadcast_to(np.zeros((), dtype=np.int64), shape),
        solar_money=nothing,
    )


def priority(case: Case, policy: str, cheapness: Array) -> Array:
    """Return each area's place in the order of funding, `[area]`, equal places taking turns.

    Args:
        case: gives people and the service score, the vintage's stand-in for poverty.
        policy: one of `models.levers.PRIORITIES`.
        cheapness: `[area]`, higher where a household costs less to serve.
    """
    keys = {
        "plan_order": np.zeros(len(case.areas)),
        "cheapest": -cheapness,
        "poorest": service_score(case),
        "most_populous": -case.columns["population"],
    }
    return np.unique(keys[policy], return_inverse=True)[1].astype(float)


def _rank(order: Array, lines: _Lines, slots: int) -> Whole:
    slot = np.broadcast_to(np.arange(slots), (len(lines.area), slots))
    line = np.broadcast_to(np.arange(len(lines.area))[:, None], slot.shape)
    first = np.broadcast_to(order[:, None], slot.shape)
    place = np.lexsort((line.ravel(), slot.ravel(), first.ravel()))
    rank = np.empty(slot.size, dtype=np.int64)
    rank[place] = np.arange(slot.size)
    return rank.reshape(slot.shape)


def _split(uncovered: Array, lines: _Lines) -> Array:
    """Return the villages of each line: the area's, shared as evenly as whole ones can be."""
    count = np.rint(1 / lines.share)
    area = uncovered[:, lines.area]
    return np.asarray((area - lines.number + count - 1) // count)


def _villages(case: Case) -> Array:
    return np.maximum(case.columns["villages"], 1)


def _number(levers: Mapping[str, Setting], name: str) -> float:
    return float(levers[name])


def _permit(levers: Mapping[str, Setting], assumed: Assumed) -> Array:
    return _number(levers, "permit_days") / DAYS_A_MONTH * assumed["permit_slippage"]


def _building_money(
    levers: Mapping[str, Setting], lever: str, assumed: Assumed, months: int, case: Case
) -> Array:
    """Return public money and the private money it brings, bn VND `[replicate, month]`."""
    yearly, start = _number(levers, lever), int(_number(levers, f"{lever}_start"))
    curve = np.roll(cash_curve(assumed), 1 - first_month(case), axis=1)
    public = released(
        yearly, start, months, curve, assumed["cash_executed"], _number(levers, "disbursement")
    )
    even = np.where(np.arange(months) >= start - 1, yearly / 12, 0.0)
    promised = _number(levers, "private_leverage") * assumed["private_delivered"]
    return np.asarray(public + promised[:, None] * even)


def _millions(money: Array) -> Whole:
    return np.floor(money).astype(np.int64)


def _long_tailed(median: Array, spread: Array, luck: Array) -> Array:
    return np.asarray(median[:, None, None] * np.exp(spread[:, None, None] * luck))


def _around_one(luck: Array) -> Array:
    """Return lognormal factors of mean one and a spread of a third."""
    return np.exp(0.32 * luck - 0.0512)


@lru_cache(maxsize=8)
def _bank(
    codes: tuple[str, ...], seed: int, programme: str, shape: tuple[int, int, int]
) -> Mapping[str, Array]:
    """Return standard normals for every stage, line and slot: the luck all scenarios share.

    A line's draws come from its own stream, slot by slot, so neither another area nor a
    longer line disturbs them.
    """
    replicates, lines, slots = shape
    stages = ("survey", "permit", "civil", "equipment")
    if programme == "village":
        stages = (*stages, "grid", "solar")
    luck = {stage: np.empty((slots, lines, replicates)) for stage in stages}
    for stage in stages:
        for line, code in enumerate(codes):
            draws = stream(seed, programme, stage, code).standard_normal((slots, replicates))
            luck[stage][:, line] = draws
    return {stage: draws.transpose(2, 1, 0) for stage, draws in luck.items()}


def _luck(
    case: Case, seed: int, programme: str, lines: _Lines, shape: tuple[int, int, int]
) -> Mapping[str, Array]:
    names = zip(lines.area, lines.number, strict=True)
    codes = tuple(f"{case.codes[area]}/{number}" for area, number in names)
    return _bank(codes, seed, programme, shape)


def _waiting(works: Works, built: Built, months: int) -> dict[str, Array]:
    """Return by reason how many jobs wait for it at each month's end, `[replicate, month]`."""
    wanted = works.present.sum(axis=(1, 2))[:, None]
    paid = np.maximum(built.permitted, built.funded)
    stages = {
        "permit": built.permitted,
        "money": paid,
        "power": np.maximum(paid, built.powered),
        "crew": built.started,
        "works": built.finish,
    }
    waiting, before = {}, np.broadcast_to(wanted, (len(wanted), months))
    for reason, times in stages.items():
        after = by_month(times, months).sum(axis=1)
        waiting[reason] = (before - after).astype(float)
        before = after
    return waiting


def _spent(works: Works, built: Built, months: int) -> Array:
    from models.queue import spent_by_month

    return np.asarray(spent_by_month(works, built)[:, :months] / MILLION)
