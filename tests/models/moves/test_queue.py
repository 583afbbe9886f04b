"""Laws of the build queue, and its references: plain loops, Erlang's formula, a fixed beat."""

from dataclasses import fields, replace
from math import factorial, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import GATES, HALVINGS, QUARTERS, clocks, programmes

from models.moves.queue import (
    WorkClock,
    Works,
    by_month,
    finish,
    funded,
    station,
)


def only(works: Works, rows: slice) -> Works:
    """Return some replicates of a programme."""
    replicates = len(works.present)
    cut = {
        gate.name: array[rows]
        for gate in fields(Works)
        if isinstance(array := getattr(works, gate.name), np.ndarray)
        and gate.name not in ("rank", "survey_crews", "civil_crews")
        and len(array) == replicates
    }
    return replace(works, clock=replace(works.clock, wet_rate=works.clock.wet_rate[rows]), **cut)


def without_last_line(works: Works) -> Works:
    """Return a programme short of one line."""
    cut = {
        gate.name: array[:, :-1]
        for gate in fields(Works)
        if isinstance(array := getattr(works, gate.name), np.ndarray) and array.ndim == 3
    }
    of_lines = ("rank", "survey_crews", "civil_crews")
    return replace(works, **cut, **{name: getattr(works, name)[:-1] for name in of_lines})


def last_line_last(works: Works) -> Works:
    """Return a programme whose last line stands at the end of the order of rank."""
    lines, slots = works.rank.shape
    others = works.rank[:-1].argsort(axis=None).argsort().reshape(lines - 1, slots)
    return replace(works, rank=np.vstack([others, (lines - 1) * slots + np.arange(slots)]))


def brought_forward(money):
    """Return the money with each month's sum arriving a month sooner, the first's as before."""
    sooner = np.roll(money, -1, axis=1)
    sooner[:, -1] = 0
    sooner[:, 0] += money[:, 0]
    return sooner


EASIER = {
    "more money": lambda works: replace(works, money=works.money + 1),
    "earlier money": lambda works: replace(works, money=brought_forward(works.money)),
    "more solar money": lambda works: replace(works, solar_money=works.solar_money + 1),
    "shorter permits": lambda works: replace(works, permit=works.permit / 2),
    "shorter surveys": lambda works: replace(works, survey=works.survey / 2),
    "shorter civil works": lambda works: replace(works, civil=works.civil / 2),
    "cheaper jobs": lambda works: replace(works, cost=works.cost - works.cost // 3),
    "more survey crews": lambda works: replace(works, survey_crews=works.survey_crews + 1),
    "more civil crews": lambda works: replace(works, civil_crews=works.civil_crews + 1),
    "more grid crews": lambda works: replace(works, grid_crews=works.grid_crews + 1),
    "more solar crews": lambda works: replace(works, solar_crews=works.solar_crews + 1),
}


@pytest.mark.parametrize("change", EASIER)
@settings(max_examples=40)
@given(works=programmes())
def test_what_makes_it_easier_never_makes_a_line_finish_later(change, works):
    before, after = finish(works).finish, finish(EASIER[change](works)).finish
    assert (np.sort(after, axis=2) <= np.sort(before, axis=2)).all()
    assert (by_month(after, 40) >= by_month(before, 40)).all()


@given(programmes(exact=False), st.sampled_from(sorted(EASIER)))
def test_it_is_so_for_any_months_but_for_rounding(works, change):
    before, after = finish(works).finish, finish(EASIER[change](works)).finish
    assert (np.sort(after, axis=2) <= np.sort(before, axis=2) + 1e-9).all()


@given(programmes(exact=False))
def test_no_more_is_spent_than_has_arrived(works):
    spent = spent_by_month(works, finish(works)).cumsum(axis=1)
    assert (spent <= works.money.cumsum(axis=1)).all()


@given(programmes(exact=False))
def test_what_is_spent_is_the_cost_of_the_jobs_that_are_paid(works):
    built = finish(works)
    paid = np.where(np.isfinite(built.funded), works.cost, 0).sum(axis=(1, 2))
    assert np.array_equal(spent_by_month(works, built).sum(axis=1), paid)


@given(programmes(exact=False))
def test_gates_are_passed_in_their_order(works):
    built = finish(works)
    ready = np.maximum(np.maximum(built.permitted, built.funded), built.powered)
    assert (built.started >= np.sort(ready, axis=2)).all()
    assert (built.finish >= built.started).all()
    assert np.isinf(built.finish[~works.present]).all()


@given(programmes(exact=False))
def test_a_line_never_has_more_sites_at_work_than_crews(works):
    dry = replace(works.clock, wet_rate=np.ones_like(works.clock.wet_rate))
    no_wait = np.zeros_like(works.civil)
    built = finish(replace(works, clock=dry, equipment=no_wait, integration=no_wait))
    for start in np.unique(built.started[np.isfinite(built.started)]):
        at_work = (built.started <= start) & (start < built.finish)
        assert (at_work.sum(axis=2) <= works.civil_crews).all()


@given(programmes(exact=False, most_lines=2).filter(lambda works: len(works.rank) > 1))
def test_a_new_line_at_the_end_of_the_order_changes_nothing_for_the_others(works):
    works = last_line_last(works)
    before, after = finish(without_last_line(works)), finish(works)
    for gate in GATES:
        assert np.array_equal(getattr(before, gate), getattr(after, gate)[:, :-1])


@given(programmes(exact=False))
def test_replicates_do_not_know_of_each_other(works):
    together = finish(works)
    for row in range(len(works.present)):
        one = slice(row, row + 1)
        alone = finish(only(works, one))
        for gate in GATES:
            assert np.array_equal(getattr(alone, gate), getattr(together, gate)[one])


def paid_by_hand(cost, wanted, order, money):
    """Return when each job is paid, `{place: month}`, counting note by note."""
    purse, paid, waiting = 0, {}, [place for place in order if wanted[place]]
    for month, amount in enumerate(money):
        purse += amount
        while waiting and cost[waiting[0]] <= purse:
            purse -= cost[waiting[0]]
            paid[waiting.pop(0)] = month
    return paid


@given(programmes(), st.data())
def test_money_is_paid_as_a_treasurer_would(works, data):
    wanted = data.draw(arrays(bool, works.cost.shape))
    when = funded(works.cost, wanted, works.rank, works.money)
    order = [tuple(place) for place in np.argwhere(works.rank >= 0).tolist()]
    order.sort(key=lambda place: works.rank[place])
    for row, money in enumerate(works.money.tolist()):
        paid = paid_by_hand(works.cost[row], wanted[row], order, money)
        for place in order:
            assert when[row][place] == paid.get(place, np.inf)


def test_a_free_job_waits_for_its_turn_even_when_no_money_comes():
    cost, wanted, rank = np.array([[[5, 0]]]), np.ones((1, 1, 2), bool), np.array([[0, 1]])
    assert np.isinf(funded(cost, wanted, rank, np.array([[0, 0]]))).all()


TIMES = st.integers(0, 9).map(float) | st.floats(0, 20) | st.just(np.inf)


@given(arrays(float, (2, 3, 4), elements=TIMES), arrays(np.intp, 3, elements=st.integers(0, 2)))
def test_months_are_counted_as_a_plain_loop_does(times, group):
    groups, months = int(group.max()) + 1, 8
    expected = np.zeros((2, groups, months), dtype=int)
    for replicate, line, slot in np.ndindex(times.shape):
        for month in range(months):
            expected[replicate, group[line], month] += times[replicate, line, slot] <= month + 1
    assert np.array_equal(by_month(times, months, group), expected)
    own = by_month(times, months)
    assert np.array_equal(own, (times[..., None] <= np.arange(1, months + 1)).sum(axis=2))


def month_by_month(clock: WorkClock, start: float, work: float) -> float:
    """Return the time at which the work is done, walking from month to month."""
    first, last = clock.wet_months
    while True:
        month = (clock.first_month - 1 + floor(start)) % 12 + 1
        wet = (month - first) % 12 <= (last - first) % 12
        speed = float(clock.wet_rate[0]) if wet else 1.0
        ends = floor(start) + 1
        if start + work / speed <= ends:
            return start + work / speed
        work -= (ends - start) * speed
        start = float(ends)


@given(clocks(1), st.floats(0, 60), st.floats(0, 60))
def test_the_rain_clock_walks_from_month_to_month(clock, start, work):
    elapsed = clock.elapsed(np.array([start]), np.array([work])).item()
    assert start + elapsed == pytest.approx(month_by_month(clock, start, work), abs=1e-9)


def test_rain_doubles_the_work_of_half_a_year():
    """Work at half speed from May to October, time 0 being the first of January.

    Two months from mid April: half a month in April, the other 1.5 take 3 wet months.
    Seven from April: one in April, 3 from May to October, 3 more from November: 10 in all.
    From January a year's 9 take a year, and the year after is the same.
    """
    clock = WorkClock(wet_rate=np.full(1, 0.5), first_month=1, wet_months=(5, 10))
    start, work = np.array([[3.5, 3.0, 0.0, 0.0]]), np.array([[2.0, 7.0, 9.0, 18.0]])
    assert clock.elapsed(start, work).tolist() == [[3.5, 10.0, 12.0, 24.0]]


def test_a_season_may_span_new_year():
    """A year of November to February at half speed holds ten months of work."""
    clock = WorkClock(wet_rate=np.full(1, 0.5), first_month=12, wet_months=(11, 2))
    start, work = np.array([[0.0, 0.0, 3.0]]), np.array([[1.0, 10.0, 1.0]])
    assert clock.elapsed(start, work).tolist() == [[2.0, 12.0, 1.0]]


@given(clocks(1, HALVINGS), QUARTERS, QUARTERS, QUARTERS, QUARTERS)
def test_starting_later_or_doing_more_is_never_done_sooner(clock, start, wait, work, more):
    starts, works = np.array([[start, start + wait, start]]), np.array([[work, work, work + more]])
    done = (starts + clock.elapsed(starts, works))[0]
    assert done[0] <= done[1]
    assert done[0] <= done[2]


@given(st.integers(1, 12), st.integers(1, 9), st.integers(0, 40), st.integers(1, 30))
def test_a_fixed_beat(crews, beat, months, slots):
    """D/D/c: job k = qc + r, arriving at k d, is the q-th that crew r takes.

    If work s exceeds c d, crew r begins at r d and never rests: the job waits q (s - c d).
    Otherwise nobody waits.
    """
    arrivals = np.arange(slots, dtype=float)[None, None, :] * beat
    started, _ = station(arrivals, np.full_like(arrivals, months), np.array([crews]))
    wait = np.arange(slots) // crews * max(months - crews * beat, 0)
    assert np.array_equal(started - arrivals, wait[None, None, :])


def erlang_wait(crews: int, load: float) -> float:
    """Return the mean wait in an M/M/c station, in mean services (Erlang's C, 1917)."""
    last = load**crews / factorial(crews) * crews / (crews - load)
    queueing = last / (sum(load**busy / factorial(busy) for busy in range(crews)) + last)
    return queueing / (crews - load)


@pytest.mark.parametrize("crews", [[1, 2, 5], [12]])
def test_waits_are_those_of_erlang(crews):
    """M/M/c at 70 % load, 200 replicates of 2,500 jobs; services last 1 on average.

    Each replicate's mean wait is one independent observation, so the mean of all lies within
    4 standard errors but for 6 chances in 100,000 a station, and this seed is fixed.
    Warm-up: the station starts empty, and an M/M/c station at this load forgets its start as
    exp(-g t) with g = (sqrt(c) - sqrt(0.7 c))^2 = 0.0267 c (van Doorn 1981). The 500 jobs left
    out take t = 500 / (0.7 c), so exp(-19) of the start remains: lost in the noise.
    The error itself must be small, or the test would say nothing: 5 %.
    """
    rng = np.random.default_rng(1917)
    number = np.array(crews)
    load = 0.7 * number
    shape = (200, len(crews), 2500)
    arrivals = np.cumsum(rng.exponential(1, shape) / load[:, None], axis=2)
    started, _ = station(arrivals, rng.exponential(1, shape), number)
    waits = (started - arrivals)[:, :, 500:].mean(axis=2)
    error = waits.std(axis=0, ddof=1) / np.sqrt(len(waits))
    expected = np.array([erlang_wait(*pair) for pair in zip(crews, load.tolist(), strict=True)])
    assert (error < 0.05 * expected).all()
    assert (abs(waits.mean(axis=0) - expected) < 4 * error).all()


def spent_by_month(works, built):
    """Return the money committed to jobs at the start of each month, `[replicate, month]`."""
    months = works.money.shape[1]
    when = np.minimum(built.funded, months).astype(np.int64)
    spent = np.zeros((len(when), months + 1), dtype=np.int64)
    rows = np.broadcast_to(np.arange(len(when))[:, None, None], when.shape)
    np.add.at(spent, (rows, when), np.where(works.present, works.cost, 0))
    return spent[:, :months]
