"""Villages without signal: how money, power and crews cover them, list after list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from models.moves.power import Lit, Power, powered
from models.moves.queue import Built, Works, by_month, finish
from sim.forecast import WAITING, Array, Assumed, Flags, Track, Whole
from sim.place.case import Case
from sim.place.levers import Setting, number
from sim.world.lists import surveys, uncovered_villages, villages_with_crews
from sim.world.money import MILLION, ProgrammeMoney, hired, millions, programme_money, wages
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

TRACKS = ("covered_villages", "listed_villages")
GRID_CREWS = 4  # of the nation, sharing its pace of electrification
SUN = PURSES  # the purse for panels, after those for sites
BEGUN_STAGES = 3  # surveyed, permitted, in works: equally likely for a village begun
Levers = Mapping[str, Setting]


@dataclass(frozen=True, slots=True, kw_only=True)
class VillagesLeft:
    """What no lever touches for some replicates: the villages to cover, and how long it takes.

    Attributes:
        replicates: which, `[block]`.
        assumed: their draws of the assumptions.
        uncovered: `[block, area]` villages of the last list without signal at the start.
        crews: `[block, area]` that build them.
        area: `[job]` where each is.
        present, listed: which villages there are, and the month in which each is listed.
        survey, turn: which list a village is on, 0 the last one, and its number there in its
            area.
        operators: `[block, place]` the order in which operators take them: areas in turns, list
            after list.
        commercial, dark, prepaid: which ones operators pay for by themselves, have no power, were
            begun and paid for before the start.
        took: stage -> months `[block, job]`; `permit` for one day of permit time by rule,
            `civil` in dry weather, `left` the share of works still to do.
        saved: `[block, purse]` small money held before the first month; the last is for panels.
    """

    replicates: Jobs
    assumed: Assumed
    uncovered: Array
    crews: Array
    area: Jobs
    present: Flags
    listed: Whole
    survey: Whole
    turn: Whole
    operators: Jobs
    commercial: Flags
    dark: Flags
    prepaid: Flags
    took: Mapping[str, Array]
    saved: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageOrders:
    """Which village comes next in the programme, a group of areas at a time, `[block, place]`.

    Attributes:
        funded: where sites are paid for; it begins in each area where operators come last.
        lit: where power is brought.
    """

    funded: Jobs
    lit: Jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Listings:
    """The lists of villages without signal that a run sees, the last known one first.

    Attributes:
        counts: `[list, replicate, area]` villages that each adds.
        months: `[list, replicate]` when it comes.
    """

    counts: Array
    months: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class VillagesUnderWay:
    """How villages stand on the day on which a run goes on with another one's works.

    Attributes:
        counts: `[list, replicate, area]` villages without signal: of the lists that were known,
            then of those that are in the draws alone.
        carried: `[replicate, area]` how many of them the other run had listed, and tells of.
        took: what is left of each stage of these, and the luck they keep, as of `VillagesLeft`;
            `[replicate, village]`, area by area, what is nearest to its end first.
        flags: likewise which are `commercial`, `dark`, `prepaid`.
        coming: `[replicate]` months until the next list, nan where the other run cannot tell.
        saved: `[replicate, purse]` small money set aside, as of `VillagesLeft`.
    """

    counts: Array
    carried: Whole
    took: Mapping[str, Array]
    flags: Mapping[str, Flags]
    coming: Array
    saved: Whole

    def go_on(
        self, some: Jobs, area: Jobs, slot: Jobs, took: dict[str, Array], flags: dict[str, Flags]
    ) -> None:
        """Let the jobs of some replicates that the other run told of go on, in place."""
        carried = self.carried[some]
        first = np.cumsum(carried, axis=1) - carried
        going = slot < carried[:, area]
        at = np.where(going, first[:, area] + slot, 0)
        for name, months in self.took.items():
            took[name] = np.where(going, np.take_along_axis(months[some], at, axis=1), took[name])
        for name, marked in self.flags.items():
            flags[name] = np.where(going, np.take_along_axis(marked[some], at, axis=1), flags[name])


def villages_left(
    case: Case, assumed: Assumed, seed: int, months: int, under_way: VillagesUnderWay | None = None
) -> tuple[VillagesLeft, ...]:
    """Return the villages to cover within some months and the luck of covering them.

    Replicates with much to build come in one block and those with little in another, so
    that none is padded to the length of a stranger.

    Args:
        case: areas, and the last list of villages without signal.
        assumed: draws of the assumptions.
        seed: of the run.
        months: length of the run; what is listed later is left out.
        under_way: works that go on; None where the run begins with what is assumed of them.
    """
    lists = _listings(case, assumed, seed, months, under_way)
    most = np.maximum(lists.counts[0].max(axis=0), 1).astype(np.int64)
    luck = Luck(case, seed, "village", most, lists.months.shape[1])
    drawn = _drawn(luck, assumed)
    order = np.argsort(lists.counts.sum(axis=(0, 2)), kind="stable")
    blocks = np.split(order, range(BLOCK, len(order), BLOCK))
    drawn["crews"] = np.ceil(
        np.maximum(villages_with_crews(case, assumed), 1) / assumed["villages_per_crew"][:, None]
    )
    return tuple(_block(lists, most, drawn, assumed, some, under_way) for some in blocks)


def _listings(
    case: Case, assumed: Assumed, seed: int, months: int, under_way: VillagesUnderWay | None
) -> Listings:
    """Return the last list, as far as it is left, and those that new surveys add."""
    counts = [uncovered_villages(case, assumed)] if under_way is None else [*under_way.counts]
    when = [np.zeros(len(uncovered), dtype=np.int64) for uncovered in counts]
    room = case.columns["villages"] - np.sum(counts, axis=0)
    coming = None if under_way is None else under_way.coming
    for month, more in surveys(case, assumed, seed, coming):
        more = np.where((month <= months)[:, None], np.minimum(more, room), 0)
        if more.any():
            room = room - more
            counts.append(more)
            when.append(month)
    return Listings(counts=np.array(counts), months=np.array(when))


def _drawn(luck: Luck, assumed: Assumed) -> dict[str, Array]:
    """Return the luck of villages, `[replicate, job]`; later lists go through it once more."""
    return {
        **stages(luck, assumed),
        "civil": luck.mild("civil", 1 / assumed["village_crew_sites"]),
        "grid": luck.mild("grid", GRID_CREWS / assumed["grid_villages_a_month"]),
        "sun": luck.mild("solar", assumed["solar_months"]),
        "begun": luck.uniforms("begun"),
        "power": luck.uniforms("power"),
        "additional": luck.uniforms("additional"),
    }


def _block(
    lists: Listings,
    most: Whole,
    drawn: Mapping[str, Array],
    assumed: Assumed,
    some: Jobs,
    under_way: VillagesUnderWay | None,
) -> VillagesLeft:
    """Return the villages of some replicates."""
    here = {name: draws[some] for name, draws in assumed.items()}
    counts = lists.counts[:, some]
    total = counts.sum(axis=0).max(axis=0).astype(np.int64)
    area = np.repeat(np.arange(len(total)), total)
    slot = np.arange(len(area)) - np.searchsorted(area, area)
    luck = (np.cumsum(most) - most)[area] + slot % most[area]
    took = {name: draws[np.ix_(some, luck)] for name, draws in drawn.items() if name != "crews"}
    survey, turn, listed, present = _on_lists(area, slot, counts, lists.months[:, some])
    prepaid = _begin(took, here, present & (survey == 0) & (under_way is None))
    flags = {
        "commercial": took.pop("additional") >= here["village_additional"][:, None],
        "dark": (took.pop("power") < here["villages_unpowered"][:, None]) & (took["left"] == 1),
        "prepaid": prepaid,
    }
    saved = np.zeros((len(some), PURSES + 1), dtype=np.int64)
    if under_way is not None:
        under_way.go_on(some, area, slot, took, flags)
        saved = under_way.saved[some]
    return VillagesLeft(
        replicates=some,
        assumed=here,
        uncovered=counts[0],
        crews=drawn["crews"][some],
        area=area,
        present=present,
        listed=listed,
        survey=survey,
        turn=turn,
        operators=in_order(present, survey, turn, area),
        commercial=flags["commercial"],
        dark=flags["dark"] & present,
        prepaid=flags["prepaid"],
        took=took,
        saved=saved,
    )


def _on_lists(
    area: Jobs, slot: Jobs, counts: Array, months: Whole
) -> tuple[Whole, Whole, Whole, Flags]:
    """Return each village's list, its number there, the month of it, and which there are."""
    shape = (counts.shape[1], len(area))
    survey, listed = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    turn = np.broadcast_to(slot, shape).copy()
    before = counts[0][:, area].astype(np.int64)
    for number_, (count, month) in enumerate(zip(counts[1:], months[1:], strict=True), 1):
        here = (slot >= before) & (count[:, area] > 0)
        survey[here] = number_
        turn[here] = (slot - before)[here]
        listed[here] = np.broadcast_to(month[:, None], shape)[here]
        before += count[:, area].astype(np.int64)
    return survey, turn, listed, slot < before


def _begin(took: dict[str, Array], assumed: Assumed, present: Flags) -> Flags:
    """Let part of the villages be begun, in place; return which ones.

    A village is begun, and then paid for, with the assumed probability; it is surveyed,
    permitted or in works with equal chance, and works have any part still to go.
    """
    chance = assumed["village_works_begun"][:, None]
    drawn = np.divide(took.pop("begun"), chance, out=np.ones(present.shape), where=chance > 0)
    stage = np.where(present & (drawn < 1), BEGUN_STAGES * drawn, -1.0)
    took["survey"][stage >= 0] = 0.0
    took["permit"][stage >= 1] = 0.0
    took["left"] = np.where(stage >= BEGUN_STAGES - 1, stage - (BEGUN_STAGES - 1), 1.0)
    return np.asarray(stage >= 0)


def village_orders(
    case: Case, settings: Levers, left: Sequence[VillagesLeft]
) -> list[VillageOrders]:
    """Return in which order villages are funded and lit, block by block.

    Args:
        case: its areas.
        settings: the lever `priority`.
        left: what there is to build.
    """

    tiers = _tier(case, settings)

    def order(block: VillagesLeft) -> VillageOrders:
        keys = block.present, block.survey, tiers[block.area]
        return VillageOrders(
            funded=in_order(*keys, _backward(block.turn), block.area),
            lit=in_order(*keys, block.turn, block.area),
        )

    return block_by_block(order, left)


def light_villages(
    case: Case,
    settings: Levers,
    left: Sequence[VillagesLeft],
    orders: Sequence[VillageOrders],
    months: int,
) -> list[Lit]:
    """Return when each village has power, block by block; arguments as of `cover_villages`."""

    def light(block: VillagesLeft, order: VillageOrders) -> Lit:
        return powered(_power(case, settings, block, order, months))

    return block_by_block(light, left, orders)


def cover_villages(
    case: Case,
    settings: Levers,
    left: Sequence[VillagesLeft],
    orders: Sequence[VillageOrders],
    lit: Sequence[Lit],
    months: int,
) -> Reach:
    """Return the villages covered.

    Args:
        case: its areas.
        settings: of the levers that the steps `villages` and `power` read.
        left: what there is to build.
        orders: from `village_orders`, under the same levers.
        lit: from `light_villages`, under the same levers.
        months: length of the run.
    """
    parts = block_by_block(partial(_cover, case, settings, months), left, orders, lit)
    back = np.argsort(np.concatenate([block.replicates for block in left]))

    def together(name: str) -> Array:
        return np.concatenate([part[name] for part in parts])[back]

    return Reach(
        tracks={name: _track(case, together(name)) for name in TRACKS},
        waiting={reason: together(reason) for reason in WAITING},
        spent={name: together(name) for name in ("village_sites", "village_crews")},
        private={"village_sites": together("private")},
    )


def _cover(
    case: Case, settings: Levers, months: int, left: VillagesLeft, order: VillageOrders, lit: Lit
) -> dict[str, Array]:
    """Return what is not covered, spent and waited for in a block, `[block, ..., month]`."""
    programme, works, built = _built(case, settings, months, left, order, lit)
    known = np.where(left.present, left.listed, np.inf)
    areas = len(case.areas)
    missing = by_month(known, months, left.area, areas)
    missing -= by_month(built.finish, months, left.area, areas)
    first = np.take_along_axis(left.survey == 0, built.holder, axis=1)
    of_list = by_month(built.finish, months, left.area, areas, first)
    spent, private = spending(paid_for(works, built, months), programme)
    return {
        "covered_villages": missing,
        "listed_villages": left.uncovered[:, :, None] - of_list,
        "village_sites": spent,
        "village_crews": _crew_wages(settings, left, missing.sum(axis=1) > 0),
        "private": private,
        **waiting_for(works, built, months),
    }


def village_works(
    case: Case,
    settings: Levers,
    left: Sequence[VillagesLeft],
    orders: Sequence[VillageOrders],
    lit: Sequence[Lit],
    months: int,
) -> list[tuple[Works, Built]]:
    """Return the works and when each passes each gate, block by block; as `cover_villages`."""

    def build(block: VillagesLeft, order: VillageOrders, light: Lit) -> tuple[Works, Built]:
        _, works, built = _built(case, settings, months, block, order, light)
        return replace(works, power=_power(case, settings, block, order, months)), built

    return block_by_block(build, left, orders, lit)


def _built(
    case: Case, settings: Levers, months: int, left: VillagesLeft, order: VillageOrders, lit: Lit
) -> tuple[ProgrammeMoney, Works, Built]:
    """Return a block's money, its works, and when each passes each gate."""
    programme = programme_money(case, settings, "village_sites", left.assumed, months)
    works = _works(case, settings, left, order, programme.together)
    return programme, works, finish(works, lit, until=months)


def power_spent(
    case: Case, settings: Levers, left: Sequence[VillagesLeft], lit: Sequence[Lit], months: int
) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """Return what power cost month by month, public money and other, by budget."""
    parts = block_by_block(partial(_lighting_spent, case, settings, months), left, lit)
    back = np.argsort(np.concatenate([block.replicates for block in left]))
    public, private, teams = (np.concatenate(part)[back] for part in zip(*parts, strict=True))
    return {"village_power": public, "power_teams": teams}, {"village_power": private}


def _lighting_spent(
    case: Case, settings: Levers, months: int, left: VillagesLeft, lit: Lit
) -> tuple[Array, Array, Array]:
    """Return public and other money for panels, and what hired teams are paid."""
    programme = programme_money(case, settings, "village_power", left.assumed, months)
    together = np.zeros(len(left.area), dtype=np.intp)
    cost = millions(left.assumed["solar_cost"])[:, None] * lit.by_sun
    done = by_month(lit.time, months, together, 1, cost)[:, 0]
    public, private = spending(np.stack([np.zeros_like(done), done]), programme)
    dark = np.where(left.dark, left.listed, np.inf)
    lights = by_month(lit.time, months, together, 1, left.dark)
    waits = by_month(dark, months, together, 1) - lights
    teams, start = _solar_hired(settings, left)
    return public, private, wages(teams, start, left.assumed["power_team_cost"], waits[:, 0] > 0)


def _works(
    case: Case, settings: Levers, left: VillagesLeft, order: VillageOrders, programme: Array
) -> Works:
    assumed, took = left.assumed, left.took
    own = np.repeat(assumed["operator_village_money"][:, None] / 12, programme.shape[1], axis=1)
    orders = (left.operators, order.funded)
    return Works(
        area=left.area,
        region=regions(case),
        present=left.present,
        listed=left.listed,
        prepaid=left.prepaid,
        survey=took["survey"],
        permit=number(settings, "permit_days") * took["permit"],
        left=took["left"],
        civil=took["civil"],
        equipment=took["equipment"],
        integration=assumed["integration_months"][:, None],
        cost=_cost(settings, left),
        purses=purses(
            left.present & ~left.prepaid, left.commercial, orders, own, programme, left.saved
        ),
        crews=_crews(settings, left),
        journey=assumed["crew_journey"],
        clock=rain_clock(case, assumed),
    )


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


def _backward(turn: Whole) -> Whole:
    return np.asarray(turn.max(initial=0) - turn)


def _tier(case: Case, settings: Levers) -> Whole:
    households = case.columns["households"] / np.maximum(case.columns["villages"], 1)
    return priority(case, str(settings["priority"]), households)


def _crews(settings: Levers, left: VillagesLeft) -> Array:
    """Return when each crew is first free, `[replicate, area, crew]`: those there, those hired."""
    there = left.crews
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
    most = (left.dark & (left.survey == 0)).sum(axis=1)
    return hired(settings, "power_teams", left.assumed["power_team_cost"], most)


def _power(
    case: Case, settings: Levers, left: VillagesLeft, order: VillageOrders, months: int
) -> Power:
    """Return the villages without power, and who bring it."""
    replicates = len(left.present)
    there = np.rint(left.assumed["solar_teams"])
    more, start = _solar_hired(settings, left)
    team = np.arange(max(int((there + more).max(initial=1)), 1))
    late = np.where(team < (there + more)[:, None], float(start), np.inf)
    sun = programme_money(case, settings, "village_power", left.assumed, months)
    money = millions(MILLION * sun.together)
    money[:, 0] += left.saved[:, SUN]
    return Power(
        dark=left.dark,
        order=order.lit,
        listed=left.listed,
        grid_free=np.zeros((replicates, GRID_CREWS)),
        grid=left.took["grid"],
        sun_free=np.where(team < there[:, None], 0.0, late),
        sun=left.took["sun"],
        sun_cost=millions(left.assumed["solar_cost"]),
        sun_money=money,
    )
