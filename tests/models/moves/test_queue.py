"""Laws of the build queue, and its references: plain loops, Erlang's formula, a fixed beat."""

from dataclasses import fields, replace
from math import factorial, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import GATES, HALVINGS, QUARTERS, clocks, programmes, same

from models.moves.clock import WorkClock
from models.moves.money import Purse, first_paid, paid_by
from models.moves.power import Power, powered
from models.moves.queue import NOBODY, Works, by_month, finish, part_done, served

OF_AREAS = ("area", "region")


def only(part, rows: slice):
    """Return some replicates of a programme, a purse or the power."""
    cut = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name == "purses":
            value = [only(purse, rows) for purse in value]
        elif isinstance(value, (Power, WorkClock)):
            value = only(value, rows)
        elif isinstance(value, np.ndarray) and field.name not in OF_AREAS:
            value = value[rows]
        cut[field.name] = value
    return replace(part, **cut)


def by_itself(works: Works) -> Works:
    """Return a programme in which no area helps another."""
    return replace(works, region=np.arange(len(works.region)))


def richer(works: Works, number: int) -> Works:
    purses = list(works.purses)
    purses[number] = replace(purses[number], money=purses[number].money + 1)
    return replace(works, purses=purses)


def brighter(works: Works, **changes) -> Works:
    return replace(works, power=replace(works.power, **changes))


EASIER = {
    "more money of operators": lambda works: richer(works, 0),
    "more money of the programme": lambda works: richer(works, 1),
    "shorter permits": lambda works: replace(works, permit=works.permit / 2),
    "shorter surveys": lambda works: replace(works, survey=works.survey / 2),
    "shorter civil works": lambda works: replace(works, civil=works.civil / 2),
    "shorter equipment": lambda works: replace(works, equipment=works.equipment / 2),
    "cheaper jobs": lambda works: replace(works, cost=works.cost - works.cost // 3),
    "one more crew": lambda works: replace(
        works, crews=np.concatenate([works.crews, np.zeros_like(works.crews[:, :, :1])], axis=2)
    ),
}


def sorted_by_area(times, area):
    return np.concatenate(
        [np.sort(times[:, area == one], axis=1) for one in np.unique(area)], axis=1
    )


@pytest.mark.parametrize("change", EASIER)
@settings(max_examples=60)
@given(works=programmes())
def test_what_makes_it_easier_never_makes_an_area_finish_later(change, works):
    """Where crews stay at home and nothing is part done: who is away may be missed at home, and
    a job that overtakes a half-finished one takes its place.
    """
    works = replace(by_itself(works), left=np.ones_like(works.left))
    before, after = finish(works).finish, finish(EASIER[change](works)).finish
    assert (sorted_by_area(after, works.area) <= sorted_by_area(before, works.area)).all()


@given(programmes(exact=False))
def test_each_job_is_paid_once_and_no_purse_pays_more_than_has_come(works):
    built = finish(works)
    for number, purse in enumerate(works.purses):
        mine = built.payer == number
        assert not (mine & ~purse.wanted).any()
        assert np.isfinite(built.funded[mine]).all()
        paid = by_month(built.funded, 12, 0 * works.area, 1, np.where(mine, works.cost, 0))[:, 0]
        # a bill of the start of month m is counted at its end when m is whole: one month apart
        come = np.cumsum(purse.money, axis=1)
        come = np.pad(come, ((0, 0), (0, 12 - come.shape[1])), mode="edge")
        assert (paid[:, 0] <= come[:, :2].max(axis=1)).all()
        assert (paid[:, 1:-1] <= come[:, 2:]).all()


@given(programmes(exact=False))
def test_gates_are_passed_in_their_order(works):
    built = finish(works)
    ready = np.maximum(np.maximum(built.permitted, built.funded), built.powered)
    assert (built.begun >= np.take_along_axis(ready, built.holder, axis=1)).all()
    assert (built.ended >= built.begun).all()
    assert (built.finish >= built.ended).all()
    assert np.isinf(built.finish.min(axis=1)[~works.present.any(axis=1)]).all()
    assert (built.payer[np.isinf(built.funded) | works.prepaid] == NOBODY).all()
    assert (np.isfinite(built.finish).sum(axis=1) <= works.present.sum(axis=1)).all()


@given(programmes(exact=False))
def test_nothing_is_done_before_it_is_listed(works):
    built = finish(works)
    assert (built.permitted >= works.listed).all()
    assert (built.funded[~works.prepaid] >= works.listed[~works.prepaid]).all()
    lit = powered(works.power)
    assert (lit.time[works.power.dark] >= works.listed[works.power.dark]).all()


@given(programmes(exact=False))
def test_a_region_never_has_more_sites_at_work_than_crews(works):
    dry = replace(works.clock, wet_rate=np.ones_like(works.clock.wet_rate))
    built = finish(replace(works, clock=dry))
    of_job = works.region[works.area]
    for region in np.unique(of_job):
        here, ours = of_job == region, works.region == region
        crews = np.isfinite(works.crews[:, ours]).sum(axis=(1, 2))
        begun, ended = built.begun[:, here], built.ended[:, here]
        for row in range(len(begun)):
            for start in begun[row][np.isfinite(begun[row])]:
                at_work = (begun[row] <= start) & (start < ended[row] - 1e-9)
                assert at_work.sum() <= crews[row]


@given(programmes(exact=False))
def test_no_job_is_powered_twice_nor_by_the_sun_without_money(works):
    power = works.power
    lit = powered(power)
    assert not (lit.by_sun & ~power.dark).any()
    bought = lit.by_sun.sum(axis=1) * power.sun_cost
    assert (bought <= power.sun_money.sum(axis=1)).all()
    assert np.array_equal(np.isfinite(lit.time[~power.dark]), np.full((~power.dark).sum(), True))


@given(programmes())
def test_either_way_of_power_alone_is_never_sooner(works):
    both = powered(works.power)
    for alone in ({"grid_free": np.inf}, {"sun_free": np.inf}):
        less = {
            name: np.full_like(getattr(works.power, name), value) for name, value in alone.items()
        }
        fewer = powered(replace(works.power, **less)).time
        assert (np.isfinite(fewer) <= np.isfinite(both.time)).all()
        assert both.time.min() <= fewer.min()


@given(programmes(exact=False))
def test_replicates_do_not_know_of_each_other(works):
    together = finish(works)
    for row in range(len(works.present)):
        one = slice(row, row + 1)
        alone = finish(only(works, one))
        for gate in GATES:
            assert np.array_equal(getattr(alone, gate), getattr(together, gate)[one])


@given(programmes(exact=False))
def test_jobs_that_come_after_the_last_month_asked_for_change_nothing_before_it(works):
    whole, cut = finish(works), finish(works, until=6.0)
    early = whole.begun <= 6.0
    assert np.array_equal(whole.begun[early], cut.begun[early])


def paid_by_hand(cost, purse, listed, row):
    """Return when each job is paid, `{job: month}`, counting note by note."""
    level, paid = 0, {}
    waiting = [job for job in purse.order[row].tolist() if purse.wanted[row, job]]
    for month, amount in enumerate(purse.money[row].tolist()):
        if not waiting or listed[waiting[0]] >= month:
            level = 0
        level += amount
        while waiting and listed[waiting[0]] <= month and cost[waiting[0]] <= level:
            level -= cost[waiting[0]]
            paid[waiting.pop(0)] = month
    return paid


@given(programmes())
def test_money_is_paid_as_a_treasurer_would(works):
    for purse in works.purses:
        when = paid_by(purse, works.cost, works.listed)
        for row in range(len(when)):
            paid = paid_by_hand(works.cost[row], purse, works.listed[row], row)
            for job in range(when.shape[1]):
                assert when[row, job] == paid.get(job, np.inf)


def test_money_that_finds_nothing_listed_goes_back():
    """Five a month; a job of 5 at once, one of 7 listed in month 3.

    What came in months 1 and 2 is returned, so the second job has 5 in month 3 and 10 in 4.
    """
    cost, listed = np.array([[5, 7]]), np.array([[0, 3]])
    purse = Purse(wanted=cost > 0, order=np.array([[0, 1]]), money=np.full((1, 6), 5))
    assert paid_by(purse, cost, listed).tolist() == [[0, 4]]


def test_the_first_purse_to_reach_a_job_pays_and_what_the_other_set_aside_goes_back():
    """Three jobs of 2; operators take two of them from the front, 1 a month; so does the programme
    from the back, all three.

    Operators reach the first in month 1, the second in month 3; the programme the third in
    month 1, the second in month 3, the first in month 5. Of equals the operators pay.
    """
    cost, listed = np.full((1, 3), 2), np.zeros((1, 3), dtype=int)
    own = Purse(
        wanted=np.array([[True, True, False]]),
        order=np.array([[0, 1, 2]]),
        money=np.ones((1, 6), dtype=int),
    )
    programme = Purse(
        wanted=cost > 0, order=np.array([[2, 1, 0]]), money=np.ones((1, 6), dtype=int)
    )
    when, payer = first_paid((own, programme), cost, listed)
    assert when.tolist() == [[1, 3, 1]]
    assert payer.tolist() == [[0, 0, 1]]


@given(programmes(exact=False))
def test_money_beyond_all_bills_changes_nothing(works):
    """All is there at once, in both purses: twice as much pays for the same jobs, no sooner."""

    def with_money(times):
        bills = works.cost.sum(axis=1, keepdims=True)
        money = np.zeros((len(bills), 12), dtype=np.int64) + times * bills
        return replace(works, purses=[replace(purse, money=money) for purse in works.purses])

    once, twice = finish(with_money(1)), finish(with_money(2))
    assert same(once, twice)


TIMES = st.integers(0, 9).map(float) | st.floats(0, 20) | st.just(np.inf)


@given(arrays(float, (2, 5), elements=TIMES), arrays(np.intp, 5, elements=st.integers(0, 2)))
def test_months_are_counted_as_a_plain_loop_does(times, group):
    groups, months = 3, 8
    expected = np.zeros((2, groups, months))
    for replicate, job in np.ndindex(times.shape):
        for month in range(months):
            expected[replicate, group[job], month] += times[replicate, job] <= month + 1
    assert np.array_equal(by_month(times, months, group, groups), expected)


@given(st.data(), st.integers(1, 3), st.integers(1, 4), st.booleans())
def test_weights_and_groups_of_each_replicate_are_its_own(data, replicates, jobs, alike):
    """One job, one replicate, groups common or not: the shape never stands for another one."""
    shape, months, groups = (replicates, jobs), 4, 2
    times = data.draw(arrays(float, shape, elements=TIMES))
    weight = data.draw(arrays(float, shape, elements=st.integers(0, 5).map(float)))
    group = data.draw(arrays(np.intp, jobs if alike else shape, elements=st.integers(-1, 1)))
    expected = np.zeros((replicates, groups, months))
    for replicate, job in np.ndindex(shape):
        which = np.broadcast_to(group, shape)[replicate, job]
        for month in range(months):
            if which >= 0 and times[replicate, job] <= month + 1:
                expected[replicate, which, month] += weight[replicate, job]
    assert np.array_equal(by_month(times, months, group, groups, weight), expected)


@given(
    arrays(float, (2, 5), elements=st.floats(-3, 20)),
    arrays(float, (2, 5), elements=st.just(0.0) | st.floats(0.01, 9) | st.just(np.inf)),
    arrays(float, (2, 5), elements=st.floats(0, 3)),
)
def test_what_is_done_in_parts_counts_as_it_is_done(begun, span, weight):
    ended, months, group = begun + span, 8, np.arange(5) % 2
    expected = np.zeros((2, 2, months))
    for replicate, job in np.ndindex(begun.shape):
        first, last = begun[replicate, job], ended[replicate, job]
        for month in range(months):
            span = max(last - first, 1e-3)
            done = 0.0 if np.isinf(last) else (month + 1 - last + span) / span
            expected[replicate, group[job], month] += min(max(done, 0), 1) * weight[replicate, job]
    found = part_done(np.where(np.isfinite(ended), begun, np.inf), ended, months, group, 2, weight)
    assert found == pytest.approx(expected, abs=1e-9)


def done_at(clock: WorkClock, start: float, work: float) -> float:
    """Return when work begun at a time is done."""
    return clock.time_at(clock.work_at(np.array([start])) + work).item()


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
    assert done_at(clock, start, work) == pytest.approx(
        month_by_month(clock, start, work), abs=1e-9
    )


def test_rain_doubles_the_work_of_half_a_year():
    """Work at half speed from May to October, time 0 being the first of January.

    Two months from mid April: half a month in April, the other 1.5 take 3 wet months.
    Seven from April: one in April, 3 from May to October, 3 more from November: 10 in all.
    From January a year's 9 take a year, and the year after is the same.
    """
    clock = WorkClock(wet_rate=np.full(1, 0.5), first_month=1, wet_months=(5, 10))
    jobs = [(3.5, 2.0), (3.0, 7.0), (0.0, 9.0), (0.0, 18.0)]
    assert [done_at(clock, *job) for job in jobs] == [7.0, 13.0, 12.0, 24.0]


def test_a_season_may_span_new_year():
    """A year of November to February at half speed holds ten months of work."""
    clock = WorkClock(wet_rate=np.full(1, 0.5), first_month=12, wet_months=(11, 2))
    jobs = [(0.0, 1.0), (0.0, 10.0), (3.0, 1.0)]
    assert [done_at(clock, *job) for job in jobs] == [2.0, 12.0, 4.0]


@given(clocks(1, HALVINGS), QUARTERS, QUARTERS, QUARTERS, QUARTERS)
def test_starting_later_or_doing_more_is_never_done_sooner(clock, start, wait, work, more):
    done = done_at(clock, start, work)
    assert done <= done_at(clock, start + wait, work)
    assert done <= done_at(clock, start, work + more)


@given(clocks(2), arrays(float, (2, 3), elements=st.floats(0, 90) | st.just(np.inf)))
def test_the_clock_reads_back_what_it_read(clock, time):
    assert clock.time_at(clock.work_at(time)) == pytest.approx(time, abs=1e-9)


def station(arrivals, work, crews: int):
    """Return when each job begins at a station of one area, whatever the weather."""
    replicates, jobs = arrivals.shape
    works = Works(
        area=np.zeros(jobs, dtype=int),
        region=np.zeros(1, dtype=int),
        present=np.ones(arrivals.shape, dtype=bool),
        crews=np.zeros((replicates, 1, crews)),
        journey=np.zeros(replicates),
        clock=WorkClock(wet_rate=np.ones(replicates), first_month=1, wet_months=(5, 10)),
        **dict.fromkeys(
            ("listed", "prepaid", "survey", "permit", "left", "civil", "equipment"), arrivals
        ),
        integration=arrivals,
        cost=arrivals,
        purses=(),
    )
    return served(arrivals, work, works)[0]


def test_where_nothing_is_to_be_built_nothing_begins():
    assert station(np.zeros((3, 0)), np.zeros((3, 0)), 2).shape == (3, 0)


@given(st.integers(1, 12), st.integers(1, 9), st.integers(0, 40), st.integers(1, 30))
def test_a_fixed_beat(crews, beat, months, slots):
    """D/D/c: job k = qc + r, arriving at k d, is the q-th that crew r takes.

    If work s exceeds c d, crew r begins at r d and never rests: the job waits q (s - c d).
    Otherwise nobody waits.
    """
    arrivals = np.arange(slots, dtype=float)[None, :] * beat
    begun = station(arrivals, np.full_like(arrivals, months), crews)
    wait = np.arange(slots) // crews * max(months - crews * beat, 0)
    assert np.array_equal(begun - arrivals, wait[None, :])


def erlang_wait(crews: int, load: float) -> float:
    """Return the mean wait in an M/M/c station, in mean services (Erlang's C, 1917)."""
    last = load**crews / factorial(crews) * crews / (crews - load)
    queueing = last / (sum(load**busy / factorial(busy) for busy in range(crews)) + last)
    return queueing / (crews - load)


@pytest.mark.parametrize("crews", [1, 2, 5, 12])
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
    shape = (200, 2500)
    arrivals = np.cumsum(rng.exponential(1, shape) / (0.7 * crews), axis=1)
    waits = (station(arrivals, rng.exponential(1, shape), crews) - arrivals)[:, 500:].mean(axis=1)
    error = waits.std(ddof=1) / np.sqrt(len(waits))
    expected = erlang_wait(crews, 0.7 * crews)
    assert error < 0.05 * expected
    assert abs(waits.mean() - expected) < 4 * error
