"""What gets built: money by month to villages covered and homes passed, by area and month."""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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
THIRD = 1 / 3  # log standard deviation of durations without long tails
BLOCK = 125  # replicates built at a time
THREADS = os.cpu_count()  # at once in this process; a worker of a batch sets one
CAMPAIGN_MONTHS = 3  # in which the villages listed in the base year were promised signal
TIERS = 4  # groups of areas that are funded one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a programme of building brings; shares `[replicate, area, month]`.

    Attributes:
        start: homes passed and covered villages before the first month `[replicate, area]`.
        observed: which of those starts were observed: none is, nobody publishes them.
        waiting: programme -> reason -> `[replicate, month]` jobs that wait for it.
    """

    homes_passed: Array
    covered_villages: Array
    start: Mapping[str, Array]
    observed: Mapping[str, NDArray[np.bool_]]
    waiting: Mapping[str, Mapping[str, Array]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What no lever touches for some replicates: how much to build, and how long jobs take.

    Attributes:
        replicates: which, `[block]`.
        assumed: their draws of the assumptions.
        passed: `[block, area]` share of homes passed before the first month.
        uncovered: `[block, area]` villages without signal then.
        lines: the crews' beats among those villages.
        count: `[block, line]` villages of each beat.
        homes, villages: stage -> months `[block, line, slot]`; `permit` for one day of
            permit time by rule, `civil` in dry weather.
    """

    replicates: NDArray[np.intp]
    assumed: Assumed
    passed: Array
    uncovered: Array
    lines: "_Lines"
    count: Array
    homes: Mapping[str, Array]
    villages: Mapping[str, Array]


def prepare(case: Case, assumed: Assumed, fibre_start: Array, seed: int) -> tuple[Ready, ...]:
    """Return what there is to build, and how long each job takes, in blocks of replicates.

    Replicates with much to build come in one block and those with little in another, so
    that none is padded to the length of a stranger.

    Args:
        case: areas, and the last list of villages without signal.
        assumed: draws of the assumptions.
        fibre_start: `[replicate, area]` households with fibre before the first month.
        seed: of the run.
    """
    passed = _passed_at_start(case, assumed, fibre_start)
    pace = FIBRE_CREWS / PACKAGES / assumed["fibre_pass_rate"]
    areas = np.arange(passed.shape[1])
    alone = _Lines(area=areas, number=0 * areas)
    homes = _durations(case, seed, "fibre", alone, PACKAGES, assumed)
    homes["civil"] *= (pace[:, None] * (1 - passed))[:, :, None]
    uncovered = uncovered_villages(case, assumed)
    lines = _lines(case)
    count = _split(uncovered, lines)
    villages = _durations(case, seed, "village", lines, int(count.max(initial=1)), assumed)
    villages["civil"] *= (1 / assumed["village_crew_sites"])[:, None, None]
    villages["grid"] *= (GRID_CREWS / assumed["grid_villages_a_month"])[:, None, None]
    villages["solar"] *= assumed["solar_months"][:, None, None]
    longest = count.max(axis=1)
    order = np.argsort(longest, kind="stable")
    return tuple(
        Ready(
            replicates=block,
            assumed={name: draws[block] for name, draws in assumed.items()},
            passed=passed[block],
            uncovered=uncovered[block],
            lines=lines,
            count=count[block],
            homes={stage: _some(took, block, PACKAGES) for stage, took in homes.items()},
            villages={
                stage: _some(took, block, max(int(longest[block].max()), 1))
                for stage, took in villages.items()
            },
        )
        for block in np.split(order, range(BLOCK, len(order), BLOCK))
    )


def _some(took: Array, block: NDArray[np.intp], slots: int) -> Array:
    """Return some replicates and the first slots, replicates next in memory."""
    return np.ascontiguousarray(took[:, :, :slots].transpose(2, 1, 0)[:, :, block]).transpose(
        2, 1, 0
    )


def supply(
    case: Case, levers: Mapping[str, Setting], ready: Sequence[Ready], months: int
) -> Supply:
    """Return what supply levers build.

    Replicates know nothing of each other, so they are built in blocks small enough for a
    processor's cache, on all processors at once; the result does not depend on either.

    Args:
        case: its areas.
        levers: the supply levers' values.
        ready: what there is to build, from `prepare`.
        months: length of the run.
    """
    with ThreadPoolExecutor(THREADS) as crew:
        parts = list(crew.map(lambda block: _block(case, levers, block, months), ready))
    return _joined(parts, np.argsort(np.concatenate([block.replicates for block in ready])))


def _joined(parts: Sequence[Supply], order: NDArray[np.intp]) -> Supply:
    def whole(blocks: Iterable[Array]) -> Array:
        return np.concatenate(list(blocks))[order]

    return Supply(
        homes_passed=whole(part.homes_passed for part in parts),
        covered_villages=whole(part.covered_villages for part in parts),
        start={name: whole(part.start[name] for part in parts) for name in parts[0].start},
        observed=parts[0].observed,
        waiting={
            programme: {
                reason: whole(part.waiting[programme][reason] for part in parts)
                for reason in reasons
            }
            for programme, reasons in parts[0].waiting.items()
        },
    )


def _block(case: Case, levers: Mapping[str, Setting], ready: Ready, months: int) -> Supply:
    clock = WorkClock(
        wet_rate=ready.assumed["wet_season_rate"],
        first_month=first_month(case),
        wet_months=WET_MONTHS,
    )
    homes = _fibre_works(case, levers, ready, months, clock)
    built_homes = finish(homes)
    done = by_month(built_homes.finish, months) / PACKAGES
    sites = _village_works(case, levers, ready, months, clock)
    built_sites = finish(sites)
    on_air = by_month(built_sites.finish, months, ready.lines.area)
    passed, uncovered = ready.passed, ready.uncovered
    villages = _villages(case)
    nobody = np.zeros(len(case.areas), dtype=bool)
    return Supply(
        homes_passed=passed[:, :, None] + (1 - passed)[:, :, None] * done,
        covered_villages=1 - (uncovered[:, :, None] - on_air) / villages[:, None],
        start={"homes_passed": passed, "covered_villages": 1 - uncovered / villages},
        observed={"homes_passed": nobody, "covered_villages": nobody},
        waiting={
            "fibre_build": _waiting(homes, built_homes, months),
            "village_sites": _waiting(sites, built_sites, months),
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

    The last list known; one of the base year less the share done in the campaign it was
    drawn for (in full after `CAMPAIGN_MONTHS`), times what the next survey adds; spread over
    areas in proportion to villages, upland ones weighing more, by rounding the cumulated
    sum so that the areas add up to the nation.
    """
    rows = case.series("uncovered_villages", case.head.nation)
    listed = rows[-1].level if rows else 0.0
    campaign = bool(rows) and rows[-1].date.year == case.head.base_year
    age = months_between(rows[-1].date, case.start) if campaign else 0
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

    area: NDArray[np.intp]
    number: NDArray[np.intp]


def _lines(case: Case) -> _Lines:
    central = {name: np.array([row.central]) for name, row in case.assumptions.items()}
    expected = uncovered_villages(case, central)[0]
    count = np.maximum(np.ceil(expected / central["villages_per_crew"]), 1).astype(np.intp)
    area = np.repeat(np.arange(len(count)), count)
    return _Lines(area=area, number=np.arange(len(area)) - (np.cumsum(count) - count)[area])


def _village_works(
    case: Case, levers: Mapping[str, Setting], ready: Ready, months: int, clock: WorkClock
) -> Works:
    assumed = ready.assumed
    took, area, count = ready.villages, ready.lines.area, ready.count
    shape = took["survey"].shape
    slot = np.arange(shape[2])
    present = _like(took["survey"], slot < count[:, :, None])
    unpowered = np.rint(count * assumed["villages_unpowered"][:, None])
    cost = assumed["village_site_cost"]
    cost = cost * (1 - _number(levers, "site_sharing") * assumed["sharing_saving"])
    operator = assumed["operator_village_money"][:, None] / 12
    money = operator + _building_money(levers, "village_sites", assumed, months, case)
    sun = _building_money(levers, "village_power", assumed, months, case)
    order = priority(case, str(levers["priority"]), case.columns["households"] / _villages(case))
    return Works(
        present=present,
        rank=_rank(order[area], shape[2]),
        survey_crews=np.full(len(area), shape[2]),
        civil_crews=np.ones(len(area), dtype=np.int64),
        survey=took["survey"],
        permit=_number(levers, "permit_days") * took["permit"],
        civil=took["civil"],
        equipment=took["equipment"],
        integration=assumed["integration_months"][:, None, None],
        cost=np.broadcast_to(_millions(cost)[:, None, None], shape),
        money=_millions(MILLION * money),
        clock=clock,
        unpowered=present & (slot >= (count - unpowered)[:, :, None]),
        grid_crews=GRID_CREWS,
        grid=took["grid"],
        solar_crews=int(case.assumptions["solar_teams"].central),
        solar=took["solar"],
        solar_cost=np.broadcast_to(_millions(assumed["solar_cost"])[:, None, None], shape),
        solar_money=_millions(MILLION * sun),
    )


def _fibre_works(
    case: Case, levers: Mapping[str, Setting], ready: Ready, months: int, clock: WorkClock
) -> Works:
    assumed = ready.assumed
    took = ready.homes
    shape = took["survey"].shape
    homes = (1 - ready.passed) * case.columns["households"] / PACKAGES
    upland = case.columns["upland"] > 0
    each = np.where(
        upland, assumed["fibre_cost_upland"][:, None], assumed["fibre_cost_lowland"][:, None]
    )
    each = each * (1 - _number(levers, "dig_once") * assumed["dig_once_saving"])[:, None]
    operator = assumed["operator_fibre_money"][:, None] / 12
    money = operator + _building_money(levers, "fibre_build", assumed, months, case)
    density = case.columns["households"] / case.columns["area_km2"]
    order = priority(case, str(levers["priority"]), np.where(upland, -1 / density, density))
    no_time, no_money = np.broadcast_to(0.0, shape), np.broadcast_to(np.int64(0), shape)
    return Works(
        present=np.broadcast_to(np.True_, shape),
        rank=_rank(order, PACKAGES),
        survey_crews=np.full(shape[1], PACKAGES),
        civil_crews=np.full(shape[1], FIBRE_CREWS),
        survey=took["survey"],
        permit=_number(levers, "permit_days") * took["permit"],
        civil=took["civil"],
        equipment=took["equipment"],
        integration=assumed["integration_months"][:, None, None],
        cost=np.broadcast_to(_millions(homes * each)[:, :, None], shape),
        money=_millions(MILLION * money),
        clock=clock,
        unpowered=np.broadcast_to(np.False_, shape),
        grid_crews=0,
        grid=no_time,
        solar_crews=0,
        solar=no_time,
        solar_cost=no_money,
        solar_money=np.zeros((shape[0], months), dtype=np.int64),
    )


def _like(model: Array, values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return values laid out in memory as the model is, so that they meet without copies."""
    laid = np.empty_like(model, dtype=bool)
    laid[...] = values
    return laid


def priority(case: Case, policy: str, cheapness: Array) -> Array:
    """Return each area's tier in the order of funding, `[area]`; within one, areas take turns.

    Strictly one area after the other would pay an area's last job before another's first
    and leave most crews without work; a quarter of the areas at a time keeps them busy.

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
    place = np.unique(keys[policy], return_inverse=True)[1]
    return np.asarray(np.floor(TIERS * place / (place.max() + 1)))


def _rank(order: Array, slots: int) -> Whole:
    slot = np.broadcast_to(np.arange(slots), (len(order), slots))
    line = np.broadcast_to(np.arange(len(order))[:, None], slot.shape)
    first = np.broadcast_to(order[:, None], slot.shape)
    place = np.lexsort((line.ravel(), slot.ravel(), first.ravel()))
    rank = np.empty(slot.size, dtype=np.int64)
    rank[place] = np.arange(slot.size)
    return rank.reshape(slot.shape)


def _split(uncovered: Array, lines: _Lines) -> Array:
    """Return the villages of each line: the area's, shared as evenly as whole ones can be."""
    count = np.bincount(lines.area)[lines.area]
    return np.asarray((uncovered[:, lines.area] - lines.number + count - 1) // count)


def _villages(case: Case) -> Array:
    return np.maximum(case.columns["villages"], 1)


def _number(levers: Mapping[str, Setting], name: str) -> float:
    return float(levers[name])


def _building_money(
    levers: Mapping[str, Setting], lever: str, assumed: Assumed, months: int, case: Case
) -> Array:
    """Return public money and the private money it brings, bn VND `[replicate, month]`."""
    yearly, start = _number(levers, lever), int(_number(levers, f"{lever}_start"))
    evenness = _number(levers, "disbursement")
    executed, first = assumed["cash_executed"], first_month(case)
    public = released(yearly, start, months, cash_curve(assumed), executed, evenness, first)
    even = np.where(np.arange(months) >= start - 1, yearly / 12, 0.0)
    promised = _number(levers, "private_leverage") * assumed["private_delivered"]
    return np.asarray(public + promised[:, None] * even)


def _millions(money: Array) -> Whole:
    return np.floor(money).astype(np.int64)


def _durations(
    case: Case, seed: int, programme: str, lines: _Lines, slots: int, assumed: Assumed
) -> dict[str, Array]:
    """Return months of each stage: survey and permit with long tails, the rest around one.

    A line's draws come from its own stream, slot by slot, so neither another area nor a
    longer line disturbs them.
    """
    spread = assumed["duration_spread"]
    survey, permit = assumed["survey_months"], assumed["permit_slippage"] / DAYS_A_MONTH
    took = {
        "survey": survey[:, None, None]
        * _lognormal(case, seed, programme, "survey", lines, slots, spread),
        "permit": permit[:, None, None]
        * _lognormal(case, seed, programme, "permit", lines, slots, spread),
    }
    third = np.full_like(spread, THIRD)
    rest = (
        ("civil", "equipment") if programme == "fibre" else ("civil", "equipment", "grid", "solar")
    )
    for stage in rest:
        factor = _lognormal(case, seed, programme, stage, lines, slots, third)
        took[stage] = factor * np.exp(-(THIRD**2) / 2)
    took["equipment"] *= assumed["equipment_months"][:, None, None]
    return took


def _lognormal(
    case: Case, seed: int, programme: str, stage: str, lines: _Lines, slots: int, spread: Array
) -> Array:
    """Return factors of median one, `[replicate, line, slot]`, replicates next in memory."""
    luck = np.empty((slots, len(lines.area), len(spread)))
    for line, (area, number) in enumerate(zip(lines.area, lines.number, strict=True)):
        own = stream(seed, programme, stage, case.codes[area], str(number))
        luck[:, line] = own.standard_normal((slots, len(spread)))
    luck *= spread
    return np.exp(luck, out=luck).transpose(2, 1, 0)


def _waiting(works: Works, built: Built, months: int) -> dict[str, Array]:
    """Return by reason how many jobs wait for it at each month's end, `[replicate, month]`."""
    paid = np.maximum(built.permitted, built.funded)
    stages = {
        "permit": built.permitted,
        "money": paid,
        "power": np.maximum(paid, built.powered),
        "crew": built.started,
        "works": built.finish,
    }
    together = np.zeros(paid.shape[1], dtype=np.intp)
    before = works.present.sum(axis=(1, 2))[:, None]
    waiting = {}
    for reason, times in stages.items():
        after = by_month(times, months, together)[:, 0]
        waiting[reason] = (before - after).astype(float)
        before = after
    return waiting
