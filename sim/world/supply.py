"""What every programme of building shares: its levers' money, its order, its luck, its waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.moves.queue import Built, WorkClock, Works, by_month
from sim.forecast import Array, Assumed, Track, Whole
from sim.place.case import Case
from sim.streams import stream
from sim.world.money import first_month
from sim.world.starts import service_score

DAYS_A_MONTH = 365.25 / 12
THIRD = 1 / 3  # log standard deviation of durations without long tails
OWN_STAGES = {"fibre": ("civil",), "village": ("civil", "grid", "solar")}
TIERS = 4  # groups of areas that are funded one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a programme of building brings.

    Attributes:
        track: share of homes passed or villages covered, its months apart in memory for
            those who go through them one by one; no start is observed, as nobody
            publishes any.
        waiting: reason -> `[replicate, month]` jobs that wait for it.
    """

    track: Track
    waiting: Mapping[str, Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The queues of a programme: each has its own crews and its own luck.

    Attributes:
        area: `[line]` where each is.
        number: `[line]` its number within the area.
    """

    area: NDArray[np.intp]
    number: NDArray[np.intp]


def rain_clock(case: Case, assumed: Assumed) -> WorkClock:
    """Return the clock of outdoor works."""
    return WorkClock(
        wet_rate=assumed["wet_season_rate"],
        first_month=first_month(case),
        wet_months=case.season.wet_months,
    )


def priority(case: Case, policy: str, cheapness: Array) -> Array:
    """Return each area's tier in the order of funding, `[area]`; within one, areas take turns.

    Strictly one area after the other would pay an area's last job before another's first
    and leave most crews without work; a quarter of the areas at a time keeps them busy.

    Args:
        case: gives people and the service score, the vintage's stand-in for poverty.
        policy: a choice of the lever `priority`.
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


def rank_of(order: Array, slots: int) -> Whole:
    """Return each job's place in the order of funding `[line, slot]`: tier, slot, line."""
    slot = np.broadcast_to(np.arange(slots), (len(order), slots))
    line = np.broadcast_to(np.arange(len(order))[:, None], slot.shape)
    first = np.broadcast_to(order[:, None], slot.shape)
    place = np.lexsort((line.ravel(), slot.ravel(), first.ravel()))
    rank = np.empty(slot.size, dtype=np.int64)
    rank[place] = np.arange(slot.size)
    return rank.reshape(slot.shape)


def durations(
    case: Case, seed: int, programme: str, lines: Lines, jobs: Whole, assumed: Assumed
) -> dict[str, Array]:
    """Return months of each stage: survey and permit with long tails, the rest around one.

    A line's draws come from its own stream, slot by slot, so neither another area nor a
    longer line disturbs them. `jobs` is the most a line has in any replicate, `[line]`; the
    slots behind them hold nothing of use.
    """
    luck = partial(_lognormal, case, seed, programme, lines, jobs)
    spread, mild = assumed["duration_spread"], np.full_like(assumed["duration_spread"], THIRD)
    level = np.full_like(mild, np.exp(-(THIRD**2) / 2))  # a mean of one
    return {
        "survey": luck("survey", assumed["survey_months"], spread),
        "permit": luck("permit", assumed["permit_slippage"] / DAYS_A_MONTH, spread),
        "equipment": luck("equipment", level * assumed["equipment_months"], mild),
        **{stage: luck(stage, level, mild) for stage in OWN_STAGES[programme]},
    }


def _lognormal(
    case: Case,
    seed: int,
    programme: str,
    lines: Lines,
    jobs: Whole,
    stage: str,
    median: Array,
    spread: Array,
) -> Array:
    """Return months `[replicate, line, slot]`, replicates next in memory."""
    months = np.zeros((int(jobs.max()), len(jobs), len(spread)))
    for line, (area, beat) in enumerate(zip(lines.area, lines.number, strict=True)):
        own = stream(seed, programme, stage, case.codes[area], str(beat))
        luck = own.standard_normal((jobs[line], len(spread)))
        luck *= spread
        months[: jobs[line], line] = median * np.exp(luck, out=luck)
    return months.transpose(2, 1, 0)


def reached(share: Array, weights: Array, waiting: Mapping[str, Array]) -> Reach:
    """Return the reach of a programme from the share it brings, `[month, replicate, area]`."""
    nobody = np.zeros(len(weights), dtype=bool)
    draws = np.moveaxis(share, 0, 2)
    return Reach(track=Track(draws=draws, weights=weights, observed=nobody), waiting=waiting)


def waiting(works: Works, built: Built, months: int) -> dict[str, Array]:
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
