"""Lists of villages without signal: how many are left, and how new surveys lengthen them."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from sim.faults import Fault, InputFaults, told
from sim.forecast import Array, Assumed, Flags, Whole
from sim.months import months_between
from sim.place.case import Case
from sim.streams import uniforms

CAMPAIGN_MONTHS = 3  # in which the villages of the campaign's list were promised signal


def listed_villages(case: Case) -> float:
    """Return the villages on the last list, or those not covered by the last share.

    Raises:
        InputFaults: nothing is known of them.
    """
    return last_count(case)[0]


def last_count(case: Case) -> tuple[float, date]:
    """Return the villages of the last list, or those not covered by the last share, and its day.

    Raises:
        InputFaults: nothing is known of them.
    """
    rows = case.series("uncovered_villages", case.head.nation)
    if rows:
        return float(rows[-1].level), rows[-1].date
    covered = case.series("covered_villages", case.head.nation)
    if covered:
        dark = float(case.columns["villages"].sum()) * (1 - covered[-1].level)
        return dark, covered[-1].date
    given = told("no list of villages without signal known on {vintage}", vintage=case.head.vintage)
    wanted = told("a row uncovered_villages or covered_villages for the whole place")
    raise InputFaults([Fault(str(case.folder / "observations.csv"), "", given, wanted)])


def longest_list(case: Case) -> float:
    """Return the villages of the longest list known: all that were ever found without signal."""
    rows = case.series("uncovered_villages", case.head.nation)
    return max((row.level for row in rows), default=listed_villages(case))


def villages_with_crews(case: Case, assumed: Assumed) -> Array:
    """Return the villages that crews were kept for, those of the longest list, `[replicate, area]`.

    Who builds most of a list does not go home with its last villages.
    """
    weights = _weights(case, assumed["village_upland_odds"])
    return np.minimum(longest_list(case) * weights, case.columns["villages"])


def uncovered_villages(case: Case, assumed: Assumed) -> Array:
    """Return the villages of the last list still without signal, whole ones `[replicate, area]`.

    Of the list that a campaign was made for, the share done since is taken off (in full
    after `CAMPAIGN_MONTHS`). An area with a figure of its own has that; the rest are spread over
    the others in proportion to villages, upland ones weighing more, by rounding the cumulated sum
    so that the areas add up to the nation; no area has more than its villages.
    """
    rows = case.series("uncovered_villages", case.head.nation)
    left = left_of(case, listed_villages(case), rows[-1].date if rows else None, assumed)
    weights, known = _weights(case, assumed["village_upland_odds"]), np.zeros_like(left)
    own = counted_areas(case)
    counted = {area: left_of(case, level, day, assumed) for area, (level, day) in own.items()}
    if counted:
        weights[:, list(counted)] = 0
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        known = np.sum(list(counted.values()), axis=0)
    placed = _spread(np.maximum(left - known, 0), weights)
    for area, count in counted.items():
        placed[:, area] = count
    return np.minimum(placed, case.columns["villages"])


def left_of(case: Case, level: float, day: date | None, assumed: Assumed) -> Array:
    """Return the villages of a day's count that are left at the start, whole ones `[replicate]`."""
    return np.rint(level * (1 - _campaign(case, day) * assumed["villages_done_since_list"]))


def counted_areas(case: Case) -> dict[int, tuple[float, date]]:
    """Return the villages without signal and their day, of areas where somebody counted them."""
    found = {}
    for place, code in enumerate(case.codes):
        listed = case.series("uncovered_villages", code)
        covered = case.series("covered_villages", code)
        if listed:
            found[place] = listed[-1].level, listed[-1].date
        elif covered:
            dark = float(case.columns["villages"][place]) * (1 - covered[-1].level)
            found[place] = dark, covered[-1].date
    return found


def _campaign(case: Case, day: date | None) -> float:
    """Return which part of its months the campaign for a day's list has had, 0 without one."""
    if day is None or day != case.head.campaign_list:
        return 0.0
    return min(max(months_between(day, case.start), 0) / CAMPAIGN_MONTHS, 1.0)


def surveys(
    case: Case, assumed: Assumed, seed: int, coming: Array | None = None
) -> Iterator[tuple[Whole, Array]]:
    """Yield what each new survey after the last list finds, in the order of time.

    Surveys come at random, half the assumed months to half as many more after each other. Where
    the last figure only counts what is left of a longer list, the survey before it may be old, so
    that the next one comes anywhere within the assumed months after it. Each adds a share of the
    longest list known, all villages ever listed.

    Args:
        case: the lists that are known.
        assumed: draws of the assumptions.
        seed: of the run.
        coming: `[replicate]` months until the next list, nan where nothing tells it; None where
            nothing tells it at all.

    Yields:
        the month of the list `[replicate]`, 0 for one already out, beyond the horizon for
        none; the villages it adds `[replicate, area]`, whole ones.
    """
    rows = case.series("uncovered_villages", case.head.nation)
    age = months_between(rows[-1].date, case.start) if rows else 0
    weights = _weights(case, assumed["village_upland_odds"])
    apart = assumed["village_survey_months"]
    replicates = len(apart)
    luck = uniforms(seed, "village", "survey", "0", shape=(replicates,))
    longest = longest_list(case)
    counted = bool(rows) and rows[-1].level < longest
    time = (luck if counted else 0.5 + luck) * apart - max(age, 0)
    if coming is not None:
        time = np.where(np.isnan(coming), time, coming)
    more, number = _spread(np.rint(longest * assumed["village_survey_adds"]), weights), 0
    while time.min() <= len(case.months):
        yield np.ceil(np.maximum(time, 0)).astype(np.int64), more
        number += 1
        luck = uniforms(seed, "village", "survey", str(number), shape=(replicates,))
        time = time + (0.5 + luck) * apart


def _weights(case: Case, odds: Array) -> Array:
    weights = case.columns["villages"] * np.where(case.columns["upland"] > 0, odds[:, None], 1.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def shared_out(case: Case, assumed: Assumed, total: Array, areas: Flags) -> Array:
    """Return villages `[replicate]` shared out over some areas, `[replicate, area]`."""
    weights = np.where(areas, _weights(case, assumed["village_upland_odds"]), 0.0)
    return _spread(total, weights / weights.sum(axis=1, keepdims=True))


def _spread(total: Array, weights: Array) -> Array:
    """Return a total `[replicate]` shared by weights, whole numbers that add up to it."""
    cumulated = np.rint(np.cumsum(total[:, None] * weights, axis=1))
    return np.diff(cumulated, axis=1, prepend=0.0)
