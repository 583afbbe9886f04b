"""Villages without signal: how many there are, and how money, power and crews cover them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.moves.queue import Power, Works, by_month, finish, pooled, powered
from sim.faults import Fault, InputFaults, told
from sim.forecast import WAITING, Array, Assumed, Flags, Whole
from sim.months import months_between
from sim.place.case import Case
from sim.place.levers import Setting, number
from sim.world.money import MILLION, building_money, millions
from sim.world.supply import (
    Lines,
    Reach,
    durations,
    priority,
    rain_clock,
    rank_of,
    reached,
    waiting,
)

GRID_CREWS = 4  # of the nation, sharing its pace of electrification
BLOCK = 125  # replicates built at a time, few enough for a processor's cache
CAMPAIGN_MONTHS = 3  # in which the villages listed in the base year were promised signal


@dataclass(frozen=True, slots=True, kw_only=True)
class VillagesLeft:
    """What no lever touches for some replicates: the villages to cover, and how long it takes.

    Attributes:
        replicates: which, `[block]`.
        assumed: their draws of the assumptions.
        uncovered: `[block, area]` villages without signal before the first month.
        lines: the crews' beats among those villages.
        count: `[block, line]` villages of each beat.
        present, unpowered: which villages there are, and which of them have no power,
            `[block, line, slot]`.
        took: stage -> months `[block, line, slot]`; `permit` for one day of permit time by
            rule, `civil` in dry weather.
    """

    replicates: NDArray[np.intp]
    assumed: Assumed
    uncovered: Array
    lines: Lines
    count: Array
    present: Flags
    unpowered: Flags
    took: Mapping[str, Array]


def villages_left(case: Case, assumed: Assumed, seed: int) -> tuple[VillagesLeft, ...]:
    """Return the villages to cover and the luck of covering them, in blocks of replicates.

    Replicates with much to build come in one block and those with little in another, so
    that none is padded to the length of a stranger.

    Args:
        case: areas, and the last list of villages without signal.
        assumed: draws of the assumptions.
        seed: of the run.
    """
    uncovered = uncovered_villages(case, assumed)
    lines = _lines(case)
    count = _split(uncovered, lines)
    most = np.maximum(count.max(axis=0), 1).astype(np.int64)
    took = durations(case, seed, "village", lines, most, assumed)
    took["civil"] *= (1 / assumed["village_crew_sites"])[:, None, None]
    took["grid"] *= (GRID_CREWS / assumed["grid_villages_a_month"])[:, None, None]
    took["solar"] *= assumed["solar_months"][:, None, None]
    longest = count.max(axis=1)
    order = np.argsort(longest, kind="stable")

    def part(block: NDArray[np.intp]) -> VillagesLeft:
        slots = max(int(longest[block].max()), 1)
        some = {stage: _some(months, block, slots) for stage, months in took.items()}
        here = {name: draws[block] for name, draws in assumed.items()}
        dark = _spread(here["villages_unpowered"], count[block])
        slot = np.arange(slots)
        present = _like(some["survey"], slot < count[block][:, :, None])
        return VillagesLeft(
            replicates=block,
            assumed=here,
            uncovered=uncovered[block],
            lines=lines,
            count=count[block],
            present=present,
            unpowered=_like(present, present & (slot >= (count[block] - dark)[:, :, None])),
            took=some,
        )

    return tuple(part(block) for block in np.split(order, range(BLOCK, len(order), BLOCK)))


def villages_on_grid(case: Case, policy: str, left: Sequence[VillagesLeft]) -> list[Array]:
    """Return when the grid reaches each village without power, block by block.

    Of all levers only the order of funding decides it, and it takes as long as the rest.
    """
    return pooled(
        [np.zeros(block.present.shape) for block in left],
        [block.took["grid"] for block in left],
        [block.unpowered for block in left],
        [_rank(case, policy, block) for block in left],
        GRID_CREWS,
    )


def villages_powered(
    case: Case,
    settings: Mapping[str, Setting],
    left: Sequence[VillagesLeft],
    on_grid: Sequence[Array],
    months: int,
) -> list[Array]:
    """Return when each village has power, block by block.

    Args:
        case: its areas.
        settings: of the levers that the step `power` reads.
        left: what there is to build, from `villages_left`.
        on_grid: from `villages_on_grid`, under the same priority.
        months: length of the run.
    """
    waits = [Power(**_power(case, settings, block, months)) for block in left]
    return powered(waits, on_grid)


def cover_villages(
    case: Case,
    settings: Mapping[str, Setting],
    left: Sequence[VillagesLeft],
    power: Sequence[Array],
    months: int,
) -> Reach:
    """Return the villages covered.

    Args:
        case: its areas.
        settings: of the levers that the steps `villages` and `power` read.
        left: what there is to build, from `villages_left`.
        power: from `villages_powered`, under the same levers.
        months: length of the run.
    """
    shape = (months, sum(len(block.replicates) for block in left), len(case.areas))
    covered = np.empty(shape)
    waits = {reason: np.empty(shape[1::-1]) for reason in WAITING}
    for block, ready in zip(left, power, strict=True):
        works = _works(case, settings, block, months)
        built = finish(works, ready)
        on_air = by_month(built.finish, months, block.lines.area)
        dark = block.uncovered[:, :, None] - on_air
        covered[:, block.replicates] = 1 - np.moveaxis(dark, 2, 0) / _villages(case)
        for reason, jobs in waiting(works, built, months).items():
            waits[reason][block.replicates] = jobs
    return reached(covered, case.columns["villages"], waits)


def _some(took: Array, block: NDArray[np.intp], slots: int) -> Array:
    """Return some replicates and the first slots, replicates next in memory."""
    return np.ascontiguousarray(took[:, :, :slots].transpose(2, 1, 0)[:, :, block]).transpose(
        2, 1, 0
    )


def _like(model: Array | Flags, values: Flags) -> Flags:
    """Return values laid out in memory as the model is, so that they meet without copies."""
    laid = np.empty_like(model, dtype=bool)
    laid[...] = values
    return laid


def uncovered_villages(case: Case, assumed: Assumed) -> Array:
    """Return the villages without signal at the start, whole numbers `[replicate, area]`.

    The last list known; one of the base year less the share done in the campaign it was
    drawn for (in full after `CAMPAIGN_MONTHS`); times what the next survey adds; spread over
    areas in proportion to villages, upland ones weighing more, by rounding the cumulated
    sum so that the areas add up to the nation; no area has more than its villages.
    """
    rows = case.series("uncovered_villages", case.head.nation)
    listed = rows[-1].level if rows else _never_listed(case)
    campaign = bool(rows) and rows[-1].date.year == case.head.base_year
    age = months_between(rows[-1].date, case.start) if campaign else 0
    elapsed = min(max(age, 0) / CAMPAIGN_MONTHS, 1.0)
    left = listed * (1 - elapsed * assumed["villages_done_since_list"])
    left = np.rint(left * assumed["village_list_redrawn"])
    placed = _spread(left, _village_weights(case, assumed["village_upland_odds"]))
    return np.minimum(placed, case.columns["villages"])


def _never_listed(case: Case) -> float:
    """Return the villages without signal by the covered share, where no list was published.

    Raises:
        InputFaults: nothing is known of them.
    """
    covered = case.series("covered_villages", case.head.nation)
    if covered:
        return float(case.columns["villages"].sum()) * (1 - covered[-1].level)
    given = told("no list of villages without signal known on {vintage}", vintage=case.head.vintage)
    wanted = told("a row uncovered_villages or covered_villages of the whole")
    raise InputFaults([Fault(str(case.folder / "observations.csv"), "", given, wanted)])


def _village_weights(case: Case, odds: Array) -> Array:
    weights = case.columns["villages"] * np.where(case.columns["upland"] > 0, odds[:, None], 1.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _spread(total: Array, weights: Array) -> Array:
    """Return a total `[replicate]` shared by weights, whole numbers that add up to it."""
    cumulated = np.rint(np.cumsum(total[:, None] * weights, axis=1))
    return np.diff(cumulated, axis=1, prepend=0.0)


def _lines(case: Case) -> Lines:
    """Return the crews' beats: each area is cut into lines of about equal length."""
    central = {name: np.array([row.central]) for name, row in case.assumptions.items()}
    expected = uncovered_villages(case, central)[0]
    count = np.maximum(np.ceil(expected / central["villages_per_crew"]), 1).astype(np.intp)
    area = np.repeat(np.arange(len(count)), count)
    return Lines(area=area, number=np.arange(len(area)) - (np.cumsum(count) - count)[area])


def _split(uncovered: Array, lines: Lines) -> Array:
    """Return the villages of each line: the area's, shared as evenly as whole ones can be."""
    count = np.bincount(lines.area)[lines.area]
    return np.asarray((uncovered[:, lines.area] - lines.number + count - 1) // count)


def _villages(case: Case) -> Array:
    return np.maximum(case.columns["villages"], 1)


def _rank(case: Case, policy: str, left: VillagesLeft) -> Whole:
    order = priority(case, policy, case.columns["households"] / _villages(case))
    return rank_of(order[left.lines.area], left.present.shape[2])


def _works(case: Case, settings: Mapping[str, Setting], left: VillagesLeft, months: int) -> Works:
    assumed, took, lines = left.assumed, left.took, len(left.lines.area)
    shape = left.present.shape
    cost = assumed["village_site_cost"]
    cost = cost * (1 - number(settings, "site_sharing") * assumed["sharing_saving"])
    operator = assumed["operator_village_money"][:, None] / 12
    money = operator + building_money(case, settings, "village_sites", assumed, months)
    return Works(
        **_power(case, settings, left, months),
        survey_crews=np.full(lines, shape[2]),
        civil_crews=np.ones(lines, dtype=np.int64),
        survey=took["survey"],
        permit=number(settings, "permit_days") * took["permit"],
        civil=took["civil"],
        equipment=took["equipment"],
        integration=assumed["integration_months"][:, None, None],
        cost=np.broadcast_to(millions(cost)[:, None, None], shape),
        money=millions(MILLION * money),
        clock=rain_clock(case, assumed),
    )


def _power(
    case: Case, settings: Mapping[str, Setting], left: VillagesLeft, months: int
) -> dict[str, Any]:
    """Return the fields of `Power`: what the step `power` reads decides them."""
    assumed, took, shape = left.assumed, left.took, left.present.shape
    sun = building_money(case, settings, "village_power", assumed, months)
    return {
        "present": left.present,
        "rank": _rank(case, str(settings["priority"]), left),
        "unpowered": left.unpowered,
        "grid_crews": GRID_CREWS,
        "grid": took["grid"],
        "solar_crews": int(case.assumptions["solar_teams"].central),
        "solar": took["solar"],
        "solar_cost": np.broadcast_to(millions(assumed["solar_cost"])[:, None, None], shape),
        "solar_money": millions(MILLION * sun),
    }
