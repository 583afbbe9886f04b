"""Villages without signal: how money, power and crews cover them, list after list."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.moves.power import Lit, Power, powered
from models.moves.queue import Built, Works, by_month, finish
from sim.forecast import Array, Assumed, Flags, Track, Whole
from sim.place.case import Case
from sim.place.levers import Setting, number
from sim.world.lists import surveys, uncovered_villages
from sim.world.money import MILLION, hired, millions, programme_money, wages
from sim.world.supply import (
    OPERATORS,
    PROGRAMME,
    Jobs,
    Luck,
    Reach,
    in_order,
    priority,
    purses,
    rain_clock,
    regions,
    spending,
    stages,
    waiting,
)

GRID_CREWS = 4  # of the nation, sharing its pace of electrification
BEGUN_STAGES = 3  # surveyed, permitted, in works: equally likely for a village begun
Levers = Mapping[str, Setting]


@dataclass(frozen=True, slots=True, kw_only=True)
class VillagesLeft:
    """What no lever touches: the villages to cover, and how long it takes.

    Attributes:
        assumed: draws of the assumptions.
        uncovered: `[replicate, area]` villages of the last list without signal at the start.
        area: `[job]` where each is.
        present, listed: which villages there are, and the month in which each is listed.
        survey, turn: which list a village is on, 0 the last one, and its number there in its
            area.
        commercial, dark, under_way: which ones operators pay for by themselves, have no power,
            are in works at the start.
        took: stage -> months `[replicate, job]`; `permit` for one day of permit time by rule,
            `civil` in dry weather, `left` the share of works still to do.
    """

    assumed: Assumed
    uncovered: Array
    area: Jobs
    present: Flags
    listed: Whole
    survey: Whole
    turn: Whole
    commercial: Flags
    dark: Flags
    under_way: Flags
    took: Mapping[str, Array]


def villages_left(case: Case, assumed: Assumed, seed: int, months: int) -> VillagesLeft:
    """Return the villages to cover within some months and the luck of covering them.

    Args:
        case: areas, and the last list of villages without signal.
        assumed: draws of the assumptions.
        seed: of the run.
        months: length of the run; what is listed later is left out.
    """
    uncovered = uncovered_villages(case, assumed)
    counts, when = [uncovered], [np.zeros(len(uncovered), dtype=np.int64)]
    room = case.columns["villages"] - uncovered
    for month, more in surveys(case, assumed, seed):
        more = np.where((month < months)[:, None], np.minimum(more, room), 0)
        if not more.any():
            continue
        room = room - more
        counts.append(more)
        when.append(month)
    total = sum(counts)
    luck = Luck(case, seed, "village", total.max(axis=0).astype(np.int64), len(uncovered))
    survey, turn, listed, present = _on_lists(luck.area, counts, when)
    took = stages(luck, assumed)
    took["civil"] = luck.mild("civil", 1 / assumed["village_crew_sites"])
    took["grid"] = luck.mild("grid", GRID_CREWS / assumed["grid_villages_a_month"])
    took["sun"] = luck.mild("solar", assumed["solar_months"])
    under_way = _begin(luck, assumed, took, present & (survey == 0))
    dark = luck.uniforms("power") < assumed["villages_unpowered"][:, None]
    alone = luck.uniforms("additional") >= assumed["village_additional"][:, None]
    return VillagesLeft(
        assumed=assumed,
        uncovered=uncovered,
        area=luck.area,
        present=present,
        listed=listed,
        survey=survey,
        turn=turn,
        commercial=alone,
        dark=dark & present & ~under_way,
        under_way=under_way,
        took=took,
    )


def _on_lists(
    area: Jobs, counts: list[Array], when: list[Whole]
) -> tuple[Whole, Whole, Whole, Flags]:
    """Return each village's list, its number there, the month of it, and which there are."""
    slot = np.arange(len(area)) - np.searchsorted(area, area)
    shape = (len(counts[0]), len(area))
    survey, turn, listed = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    before = np.zeros(shape)
    turn += slot
    for number_, (count, month) in enumerate(zip(counts, when, strict=True)):
        here = slot >= before
        survey[here] = number_
        turn = np.where(here, (slot - before).astype(np.int64), turn)
        listed = np.where(here, month[:, None], listed)
        before = before + count[:, area]
    return survey, turn, listed, slot < before


def _begin(luck: Luck, assumed: Assumed, took: dict[str, Array], present: Flags) -> Flags:
    """Let part of the villages be begun, in place; return which ones are in works.

    A village is begun with the assumed probability; then it is surveyed, permitted or in
    works with equal chance, and works have any part still to go.
    """
    chance = assumed["village_works_begun"][:, None]
    drawn = np.divide(luck.uniforms("begun"), chance, out=np.ones(present.shape), where=chance > 0)
    stage = np.where(present & (drawn < 1), BEGUN_STAGES * drawn, -1.0)
    took["survey"][stage >= 0] = 0.0
    took["permit"][stage >= 1] = 0.0
    under_way = stage >= BEGUN_STAGES - 1
    took["left"] = np.where(under_way, stage - (BEGUN_STAGES - 1), 1.0)
    return under_way


def light_villages(case: Case, settings: Levers, left: VillagesLeft, months: int) -> Lit:
    """Return when each village has power.

    Args:
        case: its areas.
        settings: of the levers that the step `power` reads.
        left: what there is to build.
        months: length of the run.
    """
    return powered(_power(case, settings, left, months))


def cover_villages(
    case: Case, settings: Levers, left: VillagesLeft, lit: Lit, months: int
) -> Reach:
    """Return the villages covered.

    Args:
        case: its areas.
        settings: of the levers that the steps `villages` and `power` read.
        left: what there is to build.
        lit: from `light_villages`, under the same levers.
        months: length of the run.
    """
    programme = programme_money(case, settings, "village_sites", left.assumed, months)
    own = np.repeat(left.assumed["operator_village_money"][:, None] / 12, months, axis=1)
    works = Works(
        area=left.area,
        region=regions(case),
        present=left.present,
        listed=left.listed,
        under_way=left.under_way,
        survey=left.took["survey"],
        permit=number(settings, "permit_days") * left.took["permit"],
        left=left.took["left"],
        civil=left.took["civil"],
        equipment=left.took["equipment"],
        integration=left.assumed["integration_months"][:, None],
        cost=_cost(settings, left),
        purses=purses(
            left.present & ~left.under_way,
            left.commercial,
            (_operators_order(left), _programme_order(case, settings, left)),
            own,
            programme.together,
        ),
        crews=_crews(settings, left),
        journey=left.assumed["crew_journey"],
        clock=rain_clock(case, left.assumed),
        power=_power(case, settings, left, months),
    )
    built = finish(works, lit)
    known = np.where(left.present, left.listed, np.inf)
    missing = by_month(known, months, left.area) - by_month(built.finish, months, left.area)
    first = np.take_along_axis(left.survey == 0, built.holder, axis=1)
    of_list = by_month(built.finish, months, left.area, first)
    spent, private = spending(_paid(works, built, months), programme)
    return Reach(
        tracks={
            "covered_villages": _track(case, missing),
            "listed_villages": _track(case, left.uncovered[:, :, None] - of_list),
        },
        waiting=waiting(works, built, months),
        spent={
            "village_sites": spent,
            "village_crews": _crew_wages(settings, left, missing.sum(axis=1) > 0),
        },
        private={"village_sites": private},
    )


def power_spent(
    case: Case, settings: Levers, left: VillagesLeft, lit: Lit, months: int
) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """Return what power cost month by month, public money and other, by budget."""
    programme = programme_money(case, settings, "village_power", left.assumed, months)
    together = np.zeros(len(left.area), dtype=np.intp)
    cost = millions(left.assumed["solar_cost"])[:, None] * lit.by_sun
    done = by_month(lit.time, months, together, cost)[:, 0]
    spent, private = spending(np.stack([np.zeros_like(done), done]), programme)
    dark = np.where(left.dark, left.listed, np.inf)
    waits = by_month(dark, months, together) - by_month(lit.time, months, together, left.dark)
    teams, start = _solar_hired(settings, left)
    paid = wages(teams, start, left.assumed["power_team_cost"], waits[:, 0] > 0)
    return {"village_power": spent, "power_teams": paid}, {"village_power": private}


def _track(case: Case, missing: Array) -> Track:
    """Return the share covered `[replicate, area, month]`, months apart in memory."""
    share = np.moveaxis(missing, 2, 0) / -np.maximum(case.columns["villages"], 1)
    share += 1
    nobody = np.zeros(len(case.areas), dtype=bool)
    return Track(draws=np.moveaxis(share, 0, 2), weights=case.columns["villages"], observed=nobody)


def _cost(settings: Levers, left: VillagesLeft) -> Whole:
    saved = number(settings, "site_sharing") * left.assumed["sharing_saving"]
    cost = millions(left.assumed["village_site_cost"] * (1 - saved))
    return np.broadcast_to(cost[:, None], left.present.shape)


def _paid(works: Works, built: Built, months: int) -> Array:
    """Return what was built by each month's end, `[payer, replicate, month]` small money."""
    payer = np.take_along_axis(built.payer, built.holder, axis=1)
    together = np.zeros(len(works.area), dtype=np.intp)
    cost = np.take_along_axis(works.cost, built.holder, axis=1)
    return np.stack(
        [
            by_month(built.finish, months, together, np.where(payer == purse, cost, 0))[:, 0]
            for purse in (OPERATORS, PROGRAMME)
        ]
    )


def _operators_order(left: VillagesLeft) -> Jobs:
    """Operators take turns over areas, list after list."""
    return in_order(left.present, left.survey, left.turn, left.area)


def _programme_order(case: Case, settings: Levers, left: VillagesLeft) -> Jobs:
    """The programme begins where operators come last, a group of areas at a time."""
    return in_order(
        left.present, left.survey, _tier(case, settings, left), _backward(left.turn), left.area
    )


def _backward(turn: Whole) -> Whole:
    return turn.max(initial=0) - turn


def _tier(case: Case, settings: Levers, left: VillagesLeft) -> Whole:
    households = case.columns["households"] / np.maximum(case.columns["villages"], 1)
    return priority(case, str(settings["priority"]), households)[left.area]


def _crews(settings: Levers, left: VillagesLeft) -> Array:
    """Return when each crew is first free, `[replicate, area, crew]`: those there, those hired."""
    there = np.ceil(np.maximum(left.uncovered, 1) / left.assumed["villages_per_crew"][:, None])
    total, start = _crews_hired(settings, left)
    part = np.cumsum(left.uncovered + 1e-9, axis=1)
    placed = np.rint(total[:, None] * part / part[:, -1:])
    more = np.diff(placed, axis=1, prepend=0.0)
    crew = np.arange(int((there + more).max(initial=1)))
    late = np.where(crew < (there + more)[:, :, None], float(start), np.inf)
    return np.where(crew < there[:, :, None], 0.0, late)


def _crews_hired(settings: Levers, left: VillagesLeft) -> tuple[Whole, int]:
    most = left.uncovered.sum(axis=1)
    return hired(settings, "village_crews", left.assumed["village_crew_cost"], most)


def _crew_wages(settings: Levers, left: VillagesLeft, at_work: Flags) -> Array:
    crews, start = _crews_hired(settings, left)
    return wages(crews, start, left.assumed["village_crew_cost"], at_work)


def _solar_hired(settings: Levers, left: VillagesLeft) -> tuple[Whole, int]:
    most = left.dark.sum(axis=1)
    return hired(settings, "power_teams", left.assumed["power_team_cost"], most)


def _power(case: Case, settings: Levers, left: VillagesLeft, months: int) -> Power:
    """Return the villages without power, and who bring it."""
    replicates = len(left.present)
    there = np.rint(left.assumed["solar_teams"])
    more, start = _solar_hired(settings, left)
    team = np.arange(max(int((there + more).max(initial=1)), 1))
    late = np.where(team < (there + more)[:, None], float(start), np.inf)
    sun = programme_money(case, settings, "village_power", left.assumed, months)
    return Power(
        dark=left.dark,
        order=in_order(
            left.present, left.survey, _tier(case, settings, left), left.turn, left.area
        ),
        listed=left.listed,
        grid_free=np.zeros((replicates, GRID_CREWS)),
        grid=left.took["grid"],
        sun_free=np.where(team < there[:, None], 0.0, late),
        sun=left.took["sun"],
        sun_cost=millions(left.assumed["solar_cost"]),
        sun_money=millions(MILLION * sun.together),
    )
