"""Homes that can order fibre: how many there are, and how money and crews pass the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit, logit

from models.moves.queue import Built, Works, finish, part_done
from models.moves.small_area import rake
from sim.forecast import WAITING, Array, Assumed, Flags, Track, Whole
from sim.place.case import Case
from sim.place.levers import Setting, number
from sim.place.records import Observation
from sim.streams import normals
from sim.world.money import ProgrammeMoney, millions, programme_money
from sim.world.supply import (
    BLOCK,
    PURSES,
    Jobs,
    Luck,
    Reach,
    block_by_block,
    in_order,
    paid_for,
    priority,
    purses,
    rain_clock,
    regions,
    spending,
    stages,
    waiting_for,
)

PACKAGES = 12  # jobs into which an area's unpassed homes are cut
CREWS = 3  # of each area, sharing its pass rate


@dataclass(frozen=True, slots=True, kw_only=True)
class HomesLeft:
    """What no lever touches for some replicates: the homes to pass, and how long it takes.

    Attributes:
        assumed: their draws of the assumptions.
        passed: `[block, area]` share of homes passed before the first month.
        area, turn: `[job]` where each package is, and its number there.
        commercial, prepaid: which ones operators pay for by themselves, are in works and paid for
            at the start.
        took: stage -> months `[block, job]`; `permit` for one day of permit time by rule,
            `civil` in dry weather, `left` the share of works still to do.
        saved: `[block, purse]` small money held before the first month.
    """

    assumed: Assumed
    passed: Array
    area: Jobs
    turn: Whole
    commercial: Flags
    prepaid: Flags
    took: Mapping[str, Array]
    saved: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class HomesUnderWay:
    """How homes stand on the day on which a run goes on with another one's works.

    Attributes:
        reachable: `[replicate, area]` share of those without fibre who could order it.
        areas: area -> `[replicate]` homes passed there, where they were counted since.
        whole: `[replicate]` those of the whole; None where nobody counted them since.
        took: what is left of stages, as of `HomesLeft`, `[replicate, job]`.
        commercial, prepaid: likewise.
        saved: `[replicate, purse]` small money set aside.
    """

    reachable: Array
    areas: Mapping[int, Array]
    whole: Array | None
    took: Mapping[str, Array]
    commercial: Flags
    prepaid: Flags
    saved: Whole


def homes_left(
    case: Case,
    assumed: Assumed,
    fibre_start: Array,
    seed: int,
    under_way: HomesUnderWay | None = None,
) -> tuple[HomesLeft, ...]:
    """Return the homes to pass and the luck of passing them, some replicates at a time.

    Each of an area's crews is at work at the start with the assumed probability, on a
    package of which nothing is passed yet.

    Args:
        case: its areas.
        assumed: draws of the assumptions.
        fibre_start: `[replicate, area]` households with fibre before the first month.
        seed: of the run.
        under_way: works that go on; None where the run begins with what is assumed of them.
    """
    if under_way is None:
        passed = _passed_at_start(case, assumed, fibre_start, seed)
    else:
        reachable = under_way.reachable
        passed = _as_counted(case, fibre_start, reachable, under_way.areas, under_way.whole)
    replicates, areas = passed.shape
    luck = Luck(case, seed, "fibre", np.full(areas, PACKAGES), replicates)
    turn = np.tile(np.arange(PACKAGES), areas)
    took = stages(luck, assumed)
    pace = CREWS / PACKAGES / assumed["fibre_pass_rate"]
    took["civil"] = luck.mild("civil", pace) * (1 - passed)[:, luck.area]
    took["left"] = np.ones_like(took["civil"])
    if under_way is None:
        begun = luck.uniforms("begun") < assumed["fibre_works_begun"][:, None]
        prepaid = begun & (turn < CREWS)
        took["survey"][prepaid] = took["permit"][prepaid] = 0.0
        commercial = luck.uniforms("additional") >= assumed["fibre_additional"][:, None]
    else:
        prepaid, commercial = under_way.prepaid, under_way.commercial
        took.update(under_way.took)
    saved = np.zeros((replicates, PURSES), np.int64) if under_way is None else under_way.saved

    def block(some: slice) -> HomesLeft:
        return HomesLeft(
            assumed={name: draws[some] for name, draws in assumed.items()},
            passed=passed[some],
            area=luck.area,
            turn=turn,
            commercial=commercial[some],
            prepaid=prepaid[some],
            took={name: draws[some] for name, draws in took.items()},
            saved=saved[some],
        )

    return tuple(block(slice(first, first + BLOCK)) for first in range(0, replicates, BLOCK))


def pass_homes(
    case: Case, settings: Mapping[str, Setting], left: Sequence[HomesLeft], months: int
) -> Reach:
    """Return the homes passed under some settings over a number of months."""
    parts = block_by_block(partial(_pass, case, settings, months), left)

    def together(name: str) -> Array:
        return np.concatenate([part[name] for part in parts])

    share = np.concatenate([part["homes_passed"] for part in parts], axis=1)
    nobody = np.zeros(len(case.areas), dtype=bool)
    track = Track(
        draws=np.moveaxis(share, 0, 2), weights=case.columns["households"], observed=nobody
    )
    return Reach(
        tracks={"homes_passed": track},
        waiting={reason: together(reason) for reason in WAITING},
        spent={"fibre_build": together("fibre_build")},
        private={"fibre_build": together("private")},
    )


def _pass(
    case: Case, settings: Mapping[str, Setting], months: int, left: HomesLeft
) -> dict[str, Array]:
    """Return the share passed in a block, months first, what was spent and what is waited for."""
    programme, works, built = _built(case, settings, months, left)
    tail = built.finish - np.where(np.isfinite(built.ended), built.ended, 0.0)
    part = (1 - left.passed)[:, left.area] / PACKAGES
    live = built.begun + tail
    gain = part_done(live, built.finish, months, left.area, len(case.areas), part)
    spent, private = spending(paid_for(works, built, months, live), programme)
    return {
        "homes_passed": np.minimum(np.moveaxis(gain, 2, 0) + left.passed, 1.0),
        "fibre_build": spent,
        "private": private,
        **waiting_for(works, built, months),
    }


def home_works(
    case: Case, settings: Mapping[str, Setting], left: Sequence[HomesLeft], months: int
) -> list[tuple[Works, Built]]:
    """Return the works and when each passes each gate, block by block; as `pass_homes`."""
    parts = block_by_block(partial(_built, case, settings, months), left)
    return [(works, built) for _, works, built in parts]


def _built(
    case: Case, settings: Mapping[str, Setting], months: int, left: HomesLeft
) -> tuple[ProgrammeMoney, Works, Built]:
    """Return a block's money, its works, and when each passes each gate."""
    programme = programme_money(case, settings, "fibre_build", left.assumed, months)
    works = _works(case, settings, left, programme.together)
    return programme, works, finish(works, until=months)


def _passed_at_start(case: Case, assumed: Assumed, fibre: Array, seed: int) -> Array:
    """Return the share of homes passed: users, and those non-users who could order.

    Where homes passed were counted, in an area or as a whole, the count within its error counts,
    and other areas are shifted on the logit to add up to the whole; nowhere fewer than users.
    """
    homes = case.columns["households"]
    apart = case.columns["upland"] - case.columns["upland"] @ homes / homes.sum()
    odds = np.log(assumed["passed_upland_odds"])[:, None] * apart[None, :]
    reachable = expit(logit(assumed["passed_nonusers"])[:, None] - odds)
    levels = {
        place: _counted(case, rows[-1], len(fibre), seed)
        for place, code in enumerate(case.codes)
        if (rows := case.series("homes_passed", code))
    }
    rows = case.series("homes_passed", case.head.nation)
    whole = _counted(case, rows[-1], len(fibre), seed) if rows else None
    return _as_counted(case, fibre, reachable, levels, whole)


def _as_counted(
    case: Case, fibre: Array, reachable: Array, areas: Mapping[int, Array], whole: Array | None
) -> Array:
    """Return the share of homes passed, areas and the whole as counted; see `_passed_at_start`."""
    passed = fibre + (1 - fibre) * reachable
    known = np.zeros(len(case.areas), dtype=bool)
    for place, level in areas.items():
        passed[:, place], known[place] = level, True
    if whole is not None:
        passed = rake(np.clip(passed, 0.001, 0.999), case.columns["households"], whole, known)
    return np.asarray(np.maximum(passed, fibre))


def _counted(case: Case, row: Observation, replicates: int, seed: int) -> Array:
    """Return draws of a share that was counted, `[replicate]`, with the error of its kind."""
    error = case.assumptions[f"noise_{row.confidence}"].central
    luck = normals(seed, "count", row.indicator, row.area, shape=(replicates,))
    return np.asarray(np.clip(row.level + error * luck, 0.001, 0.999))


def _works(case: Case, settings: Mapping[str, Setting], left: HomesLeft, programme: Array) -> Works:
    assumed, took = left.assumed, left.took
    shape = left.prepaid.shape
    present = np.ones(shape, dtype=bool)
    own = np.repeat(assumed["operator_fibre_money"][:, None] / 12, programme.shape[1], axis=1)
    every = present[:1]
    tier = _tier(case, settings)[left.area]
    orders = (
        in_order(every, left.turn, left.area),
        in_order(every, tier, PACKAGES - 1 - left.turn, left.area),
    )
    return Works(
        area=left.area,
        region=regions(case),
        present=present,
        listed=np.zeros(shape, dtype=np.int64),
        prepaid=left.prepaid,
        survey=took["survey"],
        permit=number(settings, "permit_days") * took["permit"],
        left=took["left"],
        civil=took["civil"],
        equipment=took["equipment"],
        integration=assumed["integration_months"][:, None],
        cost=_cost(case, settings, left),
        purses=purses(
            ~left.prepaid,
            left.commercial,
            (np.broadcast_to(orders[0], shape), np.broadcast_to(orders[1], shape)),
            own,
            programme,
            left.saved,
        ),
        crews=np.zeros((*left.passed.shape, CREWS)),
        journey=assumed["crew_journey"],
        clock=rain_clock(case, assumed),
    )


def _cost(case: Case, settings: Mapping[str, Setting], left: HomesLeft) -> Whole:
    assumed = left.assumed
    homes = (1 - left.passed) * case.columns["households"] / PACKAGES
    upland = case.columns["upland"] > 0
    low, high = assumed["fibre_cost_lowland"], assumed["fibre_cost_upland"]
    each = np.where(upland, high[:, None], low[:, None])
    saved = number(settings, "dig_once") * assumed["dig_once_saving"]
    return millions(homes * each * (1 - saved)[:, None])[:, left.area]


def _tier(case: Case, settings: Mapping[str, Setting]) -> Whole:
    density = case.columns["households"] / case.columns["area_km2"]
    density = np.where(np.isfinite(density), density, 1.0)  # alike where nobody knows
    upland = case.columns["upland"] > 0
    return priority(case, str(settings["priority"]), np.where(upland, -1 / density, density))
