"""Works that go on: how what is built in one vintage's run stands on the day of the next vintage.

A run that began anew at every count would forget the works under way, and each count, however well
on plan, would lower the chance.

Villages: every draw of the run before is read on a day of its own, the one nearest to the day of
the count on which it has just as many villages left as were counted; then it goes on to the day of
the new vintage. A count above the one before tells of new villages: draws are read on its very day,
and what they lack is listed anew. Without a new count they are read on the day of the new vintage,
with the lists they have drawn since.

Homes passed: draws are read on the day of the new vintage, and those who could order fibre are the
same part of those who have none; a count moves each draw by what its error and the spread of the
draws allow.

Method: a draw as a path, conditioned on a whole count by a change of its clock; on a count with an
error by the ensemble Kalman filter (Evensen 1994).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from models.moves.money import set_aside
from models.moves.power import Lit
from models.moves.queue import Built, Works
from sim.forecast import Array, Assumed, Flags, Whole
from sim.months import months_between
from sim.place.case import Case
from sim.place.levers import Setting, number
from sim.streams import normals
from sim.world.homes import PACKAGES, HomesLeft, HomesUnderWay
from sim.world.lists import counted_areas, last_count, left_of, shared_out
from sim.world.run import BEGIN_ANEW, UnderWay, World
from sim.world.supply import Jobs
from sim.world.villages import VillagesLeft, VillagesUnderWay

NEVER = 1e6  # months; jobs that a run never ends come after all others, in turns
MOMENT = 1e-6  # months before a job ends
STAGES = ("survey", "permit", "left", "civil", "equipment", "grid", "sun")
FLAGS = ("commercial", "dark", "prepaid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Villages without signal that were counted since: how many, in which areas, in which month.

    Attributes:
        areas: `[area]` which ones it speaks of; all that have no count of their own if `rest`.
        rest: whether it is of the whole.
        left: `[replicate]` villages.
        month: of the run before, its end.
        grown: whether they are more than counted before.
    """

    areas: Flags
    rest: bool
    left: Array
    month: int
    grown: bool


def under_way(world: World, plan: Mapping[str, Setting], later: Case) -> UnderWay:
    """Return the works with which a later vintage goes on.

    Args:
        world: the run before.
        plan: the levers that stood since.
        later: the place on a later day.
    """
    now = months_between(world.case.start, later.start)
    if now > world.months:
        return BEGIN_ANEW
    villages = world.case.lists_villages and later.lists_villages
    return UnderWay(
        homes=_homes(world, plan, later, now) if world.case.lines == later.lines != "" else None,
        villages=_villages(world, plan, later, now) if villages else None,
    )


def _homes(world: World, plan: Mapping[str, Setting], later: Case, now: int) -> HomesUnderWay:
    """Return how homes stand."""
    parts = []
    lefts, days = world.origin.homes or (), number(plan, "permit_days")
    for left, (works, built) in zip(lefts, world.home_works(plan), strict=True):
        jobs, time = _of_jobs(works, built), np.full(works.left.shape, float(now))
        still, packages = _packages_left(left, jobs, now)
        state = {**left.took, **jobs, **_gates(left, jobs, time, days)}
        state["left"] = np.minimum(state["left"] / np.maximum(still, 0.01), 1)
        told = {**state, "commercial": left.commercial}
        names = ("survey", "permit", "left", "commercial", "prepaid")
        parts.append({name: np.take_along_axis(told[name], packages, axis=1) for name in names})
        parts[-1]["saved"] = _saved(works, now)
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    passed = np.concatenate([left.passed[:, :, None] for left in lefts])
    passed = np.concatenate([passed, world.homes_built(plan).tracks["homes_passed"].draws], axis=2)
    first = world.origin.starts.levels[later.lines][:, :, None]
    users = world.fibre_users(plan).tracks[later.lines].draws
    fibre = np.concatenate([first, users], axis=2)[:, :, now]
    areas, whole = _homes_counted(world.case, later, world.seed, passed[:, :, : now + 1])
    return HomesUnderWay(
        reachable=np.clip((passed[:, :, now] - fibre) / np.maximum(1 - fibre, 0.001), 0.0, 1.0),
        areas=areas,
        whole=whole,
        commercial=found.pop("commercial").astype(bool),
        prepaid=found.pop("prepaid").astype(bool),
        saved=found.pop("saved"),
        took=found,
    )


def _packages_left(left: HomesLeft, jobs: Mapping[str, Array], now: int) -> tuple[Array, Jobs]:
    """Return what is left of each package, and which one each new package goes on with.

    An area's homes that are left are cut into as many packages as before, in the order in which
    the old ones end.

    Returns:
        `[block, job]` share of a package's homes; `[block, job]` the old job.
    """
    shape = len(left.passed), left.passed.shape[1], PACKAGES
    ended = np.isfinite(jobs["finish"])
    begun, end, finish = (np.where(ended, jobs[name], 0.0) for name in ("begun", "ended", "finish"))
    done = (now - begun - (finish - end)) / np.maximum(end - begun, MOMENT)
    still = 1 - np.where(ended, np.clip(done, 0, 1), 0.0)
    order = np.argsort(np.where(ended, finish, NEVER + left.turn).reshape(shape), axis=2)
    homes = np.take_along_axis(still.reshape(shape), order, axis=2).cumsum(axis=2)
    middle = (np.arange(PACKAGES) + 0.5) / PACKAGES * homes[:, :, -1:]
    which = np.sum(homes[:, :, None, :] <= middle[:, :, :, None], axis=3)
    old = np.take_along_axis(order, np.minimum(which, PACKAGES - 1), axis=2)
    old += PACKAGES * np.arange(shape[1])[:, None]
    return still, old.reshape(still.shape)


def _homes_counted(
    case: Case, later: Case, seed: int, passed: Array
) -> tuple[dict[int, Array], Array | None]:
    """Return homes passed of areas and of the whole that were counted since, as now moved.

    Args:
        case, later: what was known, and what is known now.
        seed: of the runs.
        passed: `[replicate, area, month + 1]` in the run before, until now.
    """
    homes = case.columns["households"]

    def moved(code: str, path: Array) -> Array | None:
        old = case.series("homes_passed", code)
        rows = [row for row in later.series("homes_passed", code) if row not in old]
        more = np.zeros(len(path))
        for row in rows:
            month = min(max(months_between(case.start, row.date), 0), path.shape[1] - 1)
            error = later.assumptions[f"noise_{row.confidence}"].central
            luck = normals(seed, "count", row.indicator, code, str(row.date), shape=(len(path),))
            said = path[:, month] + more
            gain = said.var() / (said.var() + error**2)
            more += gain * (row.level + error * luck - said)
        return np.clip(path[:, -1] + more, 0.001, 0.999) if rows else None

    own = {place: moved(code, passed[:, place]) for place, code in enumerate(case.codes)}
    areas = {place: levels for place, levels in own.items() if levels is not None}
    return areas, moved(case.head.nation, np.einsum("ram,a->rm", passed, homes / homes.sum()))


def _villages(world: World, plan: Mapping[str, Setting], later: Case, now: int) -> VillagesUnderWay:
    """Return how villages stand."""
    counts = list(_counts(world.case, later, world.origin.assumed, now))
    days = number(plan, "permit_days")
    parts = []
    blocks = zip(world.villages, world.village_works(plan), world.villages_lit(plan), strict=True)
    for left, (works, built), lit in blocks:
        part = _block(left, works, built, lit, later, counts, now, days)
        saved = np.column_stack([_saved(works, now), _for_panels(works, lit, now)])
        parts.append({**part, "saved": saved.astype(float)})
    back = np.argsort(np.concatenate([left.replicates for left in world.villages]))
    found = {name: _together([part[name] for part in parts])[back] for name in parts[0]}
    return VillagesUnderWay(
        counts=np.moveaxis(found["counts"], 1, 0),
        carried=found["carried"].astype(np.int64),
        took={name: found[name] for name in STAGES},
        flags={name: found[name].astype(bool) for name in FLAGS},
        coming=found["coming"],
        saved=found["saved"].astype(np.int64),
    )


def _counts(case: Case, later: Case, assumed: Assumed, now: int) -> Iterator[Count]:
    """Yield the counts that came since: of areas, then of the rest of the whole."""
    before, last, own = counted_areas(case), last_count(case), np.zeros(len(case.areas))
    rest = np.ones(len(own), dtype=bool)

    def month(day: date) -> int:
        return min(max(months_between(case.start, day), 0), now)

    for area, (level, day) in counted_areas(later).items():
        if before.get(area) == (level, day):
            continue
        rest[area], own[area] = False, level
        yield Count(
            areas=np.arange(len(own)) == area,
            rest=False,
            left=left_of(case, level, day, assumed),
            month=month(day),
            grown=area in before and level > before[area][0],
        )
    level, day = last_count(later)
    if rest.any() and (level, day) != last:
        yield Count(
            areas=rest,
            rest=True,
            left=left_of(case, max(level - own.sum(), 0.0), day, assumed),
            month=month(day),
            grown=level > last[0],
        )


def _block(
    left: VillagesLeft,
    works: Works,
    built: Built,
    lit: Lit,
    later: Case,
    counts: Sequence[Count],
    now: int,
    days: float,
) -> dict[str, Array]:
    """Return what `UnderWay` tells of some replicates, `[block, ...]`."""
    jobs = _of_jobs(works, built)
    time = np.full(left.present.shape, float(now))
    kept = left.present & (left.listed <= now) & (jobs["finish"] > now)
    survey = left.survey.copy()
    listed = np.zeros(left.crews.shape)
    for count in counts:
        here = count.areas[left.area]
        read, among, more = _read(left, jobs["finish"], count, now)
        time = np.where(here, read[:, None], time)
        kept = np.where(here, among & (jobs["finish"] > time), kept)
        survey[:, here] = 0
        listed += shared_out(later, left.assumed, more, count.areas)
    wait = np.maximum(jobs["powered"] - time, 0)
    light = {
        "grid": np.where(lit.by_sun, left.took["grid"], np.minimum(left.took["grid"], wait)),
        "sun": np.where(lit.by_sun, np.minimum(left.took["sun"], wait), left.took["sun"]),
    }
    state = {**jobs, **_gates(left, jobs, time, days), **light}
    return {
        **_sorted(left, kept, survey, listed, state),
        "coming": _coming(left, counts, now),
    }


def _of_jobs(works: Works, built: Built) -> dict[str, Array]:
    """Return what befell each job, that of its place too, `[block, job]`."""
    place = np.argsort(built.holder, axis=1)

    def held(values: Array) -> Array:
        own: Array = np.broadcast_to(values, place.shape)
        return np.take_along_axis(own, place, axis=1)

    finish = held(built.finish)
    return {
        "listed": works.listed.astype(float),
        "begun": held(built.begun),
        "ended": held(built.ended),
        "finish": finish,
        "joined": finish - works.integration,
        "permitted": built.permitted,
        "funded": built.funded,
        "powered": built.powered,
        "civil": held(works.civil),
        "equipment": held(works.equipment),
    }


def _read(left: VillagesLeft, finish: Array, count: Count, now: int) -> tuple[Array, Flags, Array]:
    """Return when each draw is read, which of its jobs a count leaves, and what it lacks.

    Returns:
        `[block]` months of its run; `[block, job]`; `[block]` villages that no job stands for.
    """
    here = left.present & count.areas[left.area]
    among = here & (left.listed <= count.month if count.grown else left.survey == 0)
    order = np.where(np.isfinite(finish), finish, NEVER + left.turn)
    rank = np.argsort(np.argsort(np.where(among, order, -1.0), axis=1), axis=1)
    absent, jobs = np.sum(~among, axis=1), among.sum(axis=1)
    standing = np.sum(among & (finish > count.month), axis=1) if count.grown else jobs
    counted = count.left[left.replicates].astype(np.int64)
    some = np.minimum(standing, counted)
    first = absent + jobs - some  # in the order of ending, the first job that is left
    ends = np.sort(np.where(among, order, -1.0), axis=1)
    bounds = np.pad(ends, ((0, 0), (1, 1)), constant_values=((0, 0), (-1.0, NEVER)))
    last, next_ = (bounds[np.arange(len(ends)), first + more] for more in (0, 1))
    read = np.maximum(np.minimum(count.month, next_ - MOMENT), last)
    read = np.where(last < NEVER, read, count.month)
    return read + now - count.month, among & (rank >= first[:, None]), counted - some


def _gates(
    left: VillagesLeft | HomesLeft, jobs: Mapping[str, Array], time: Array, days: float
) -> dict[str, Array]:
    """Return what is left of each stage at some time, and which jobs are paid for and dark."""
    surveyed = jobs["listed"] + left.took["survey"]
    permit = np.maximum(jobs["permitted"] - time, 0) / max(days, MOMENT)
    at_work = jobs["begun"] <= time
    joined, begun = (np.where(at_work, jobs[name], 0.0) for name in ("joined", "begun"))
    to_do = np.clip((joined - time) / np.maximum(joined - begun, MOMENT), 0, 1)
    return {
        "survey": np.maximum(surveyed - time, 0),
        "permit": np.where(surveyed > time, left.took["permit"], permit),
        "left": left.took["left"] * np.where(at_work, to_do, 1.0),
        "prepaid": left.prepaid | (jobs["funded"] < time),
        "dark": jobs["powered"] > time,
    }


def _saved(works: Works, now: int) -> Whole:
    """Return what each purse has set aside for its next job, `[block, purse]`."""
    held = [set_aside(purse, works.cost, works.listed, now) for purse in works.purses]
    return np.stack(held, axis=1)


def _for_panels(works: Works, lit: Lit, now: int) -> Whole:
    """Return what has come for panels, `[block]`, but for those that give power already."""
    assert works.power is not None
    come = works.power.sun_money[:, :now].sum(axis=1)
    bought = np.sum(lit.by_sun & (lit.time <= now), axis=1)
    left: Whole = np.maximum(come - works.power.sun_cost * bought, 0)
    return left


def _sorted(
    left: VillagesLeft, kept: Flags, survey: Whole, more: Array, state: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the jobs that are kept area by area, as they end, and how many there are."""
    area, areas = np.broadcast_to(left.area, kept.shape), left.crews.shape[1]
    later = survey > 0
    order = np.lexsort((state["finish"], later, area, ~kept), axis=1)

    def count(some: Flags) -> Array:
        return np.stack([some[:, left.area == each].sum(axis=1) for each in range(areas)], axis=1)

    told = {**left.took, **state, "commercial": left.commercial.astype(float)}
    return {
        "counts": np.stack([count(kept & ~later) + more, count(kept & later)], axis=1),
        "carried": count(kept),
        **{name: np.take_along_axis(told[name], order, axis=1) for name in (*STAGES, *FLAGS)},
    }


def _coming(left: VillagesLeft, counts: Sequence[Count], now: int) -> Array:
    """Return the months until each draw's next list, `[block]`.

    A draw whose list has come, though a count of the whole does not show it, cannot tell, and
    none can where a count has grown.
    """
    new = left.present & (left.survey > 0)
    due = np.where(new & (left.listed > now), left.listed - now, NEVER)
    unseen = np.zeros(len(new), dtype=bool)
    for count in counts:
        if count.rest:
            unseen |= count.grown | (new & (left.listed <= count.month)).any(axis=1)
    return np.where(unseen, np.nan, due.min(axis=1, initial=NEVER))


def _together(parts: Sequence[Array]) -> Array:
    """Return blocks one after the other, jobs `[block, job]` filled up to as many."""
    if parts[0].ndim != 2:
        return np.concatenate(parts)
    widest = max(part.shape[1] for part in parts)
    return np.concatenate([np.pad(part, ((0, 0), (0, widest - part.shape[1]))) for part in parts])
