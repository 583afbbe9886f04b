"""The story and its twin give the same bits; queues solved by hand, for both."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import programmes, same

from models.moves import queue, rollout
from models.moves.clock import WorkClock
from models.moves.money import Purse
from models.moves.power import Power, powered
from models.moves.queue import Works

BOTH = pytest.mark.parametrize("finish", [rollout.finish, queue.finish], ids=["story", "twin"])
DRY = WorkClock(wet_rate=np.ones(1), first_month=1, wet_months=(5, 10))


@settings(max_examples=600)
@given(programmes(exact=False))
def test_the_story_and_its_twin_agree_to_the_last_bit(works):
    assert same(rollout.finish(works), queue.finish(works))


def large(seed: int) -> Works:
    """Draw many jobs and crews; a stage takes no time at all every other time."""
    rng = np.random.default_rng(seed)
    areas, shape = 6, (2, 120)
    stages = rng.lognormal(0, 1, (7, *shape)) * rng.integers(0, 2, (7, 1, 1))
    stages[rng.random(stages.shape) < 0.2] = 1.0
    present = rng.random(shape) < 0.9
    listed = rng.choice([0, 0, 0, 4, 9], shape)
    prepaid = present & (listed == 0) & (rng.random(shape) < 0.2)
    wanted = present & ~prepaid

    def order():
        return np.lexsort((rng.random(shape), listed), axis=1)

    def free(*some):
        return np.where(rng.random((2, *some)) < 0.7, rng.integers(0, 5, (2, *some)), np.inf)

    def purse(some):
        return Purse(wanted=some, order=order(), money=rng.integers(0, 25, (2, 36)))

    return Works(
        area=np.sort(rng.integers(0, areas, shape[1])),
        region=rng.integers(0, 3, areas),
        present=present,
        listed=listed,
        prepaid=prepaid,
        survey=stages[0],
        permit=stages[1],
        left=np.where(prepaid, rng.random(shape), 1.0),
        civil=10 * stages[2],
        equipment=stages[3],
        integration=stages[4],
        cost=rng.integers(0, 10, shape),
        purses=(purse(wanted & (rng.random(shape) < 0.7)), purse(wanted)),
        crews=free(areas, 5),
        journey=rng.random(2),
        clock=WorkClock(wet_rate=rng.uniform(0.1, 1, 2), first_month=7, wet_months=(5, 10)),
        power=Power(
            dark=wanted & (rng.random(shape) < 0.5),
            order=order(),
            listed=listed,
            grid_free=free(4),
            grid=20 * stages[5],
            sun_free=free(6),
            sun=10 * stages[6],
            sun_cost=rng.integers(0, 10, 2),
            sun_money=rng.integers(0, 9, (2, 36)),
        ),
    )


@pytest.mark.parametrize("seed", range(20))
def test_many_jobs_and_crews_agree_too(seed):
    works = large(seed)
    assert same(rollout.finish(works), queue.finish(works))


@given(programmes(exact=False), st.floats(0, 9))
def test_a_stage_that_takes_all_jobs_equally_long_may_be_given_once(works, months):
    once = replace(works, permit=np.full((1, 1), months), integration=np.full((1, 1), months))
    assert same(rollout.finish(once), queue.finish(once))


def test_who_waits_at_a_gate_is_who_has_come_to_it_less_who_has_passed():
    months, waited = 24, np.zeros(5, dtype=bool)
    ends = 1.0 + np.arange(months)
    for seed in range(8):  # in each, some stages take no time, and nobody waits there
        works = large(seed)
        built = queue.finish(works)
        known = np.where(works.present, works.listed, np.inf)
        permitted = np.maximum(known, built.permitted)
        paid = np.maximum(permitted, built.funded)
        powered_at = np.maximum(paid, built.powered)
        gates = [known, permitted, paid, powered_at, built.begun, built.finish]
        passed = [(times[:, :, None] <= ends).sum(axis=1) for times in gates]
        told = queue.waiting(works, built, months)
        assert np.array_equal(told, -np.diff(passed, axis=0))
        waited |= told.any(axis=(1, 2))
    assert waited.all()


def line(count: int = 3, money=(), **stages: object) -> Works:
    """Return the jobs of one area, listed, powered and in a dry land; lists go by job."""
    none, whole = np.zeros((1, count)), np.zeros((1, count), dtype=np.int64)
    order = np.arange(count)[None, :]
    purse = Purse(wanted=whole == 0, order=order, money=np.array([money or [0] * 7]))
    plain = Works(
        area=np.zeros(count, dtype=int),
        region=np.zeros(1, dtype=int),
        present=whole == 0,
        listed=whole,
        prepaid=whole > 0,
        survey=none,
        permit=none,
        left=none + 1,
        civil=none,
        equipment=none,
        integration=none,
        cost=whole,
        purses=(purse,),
        crews=np.zeros((1, 1, 1)),
        journey=np.zeros(1),
        clock=DRY,
    )
    of_jobs = {name: np.array([x]) for name, x in stages.items() if isinstance(x, list)}
    return replace(plain, **stages | of_jobs)


def dark(which, grid, sun, *, cost=0, money=(0,) * 7) -> Power:
    """Return the power of one replicate: one grid crew, one solar team; lists go by job."""
    count = len(which)
    return Power(
        dark=np.array([which]),
        order=np.arange(count)[None, :],
        listed=np.zeros((1, count), dtype=int),
        grid_free=np.zeros((1, 1)),
        grid=np.array([grid]),
        sun_free=np.zeros((1, 1)),
        sun=np.array([sun]),
        sun_cost=np.array([cost]),
        sun_money=np.array([money]),
    )


@BOTH
def test_a_queue_solved_by_hand(finish):
    """Three jobs a, b, c and one crew; places 1, 2, 3.

    Survey of a month each, side by side:       a 1      b 1      c 1
    permit of 4, 1, 1 months:                   a 5      b 2      c 2
    money 10 at months 0, 2, 6 for bills of 10: a 0      b 2      c 6
    power, b only: grid 3.5 from 0; sun, whose money comes in month 1, 2: b at 3.
    Ready, the latest of the three:             a 5      b 3      c 6
    so b takes place 1, a place 2, c place 3, with works of 3, 1, 2 months by one crew:
    begun at                    3, max(5, 6) = 6, max(6, 7) = 7
    ended at                    6,             7,             9
    equipment 1, 2, 3 and half a month to join the network: 7.5, 9.5, 12.5.
    """
    power = dark(
        [False, True, False], [0.0, 3.5, 0.0], [0.0, 2.0, 0.0], cost=5, money=(0, 5, 0, 0, 0, 0, 0)
    )
    built = finish(
        line(
            survey=[1.0, 1.0, 1.0],
            permit=[4.0, 1.0, 1.0],
            civil=[3.0, 1.0, 2.0],
            equipment=[1.0, 2.0, 3.0],
            integration=[0.5, 0.5, 0.5],
            cost=[10, 10, 10],
            money=[10, 0, 10, 0, 0, 0, 10],
            power=power,
        )
    )
    assert built.permitted.tolist() == [[5, 2, 2]]
    assert built.funded.tolist() == [[0, 2, 6]]
    assert built.powered.tolist() == [[0, 3, 0]]
    assert built.holder.tolist() == [[1, 0, 2]]
    assert built.begun.tolist() == [[3, 6, 7]]
    assert built.ended.tolist() == [[6, 7, 9]]
    assert built.finish.tolist() == [[7.5, 9.5, 12.5]]


@BOTH
def test_a_small_bill_waits_behind_a_large_one(finish):
    """Costs 4, 3, 1; five arrive at month 0, one at month 3, and two at month 4.

    Month 0: the first is paid, 1 is left. It would do for the third, but the second is next.
    Month 3: 2 in the purse, not enough for the second. Month 4: 4 pay for both.
    """
    built = finish(line(cost=[4, 3, 1], money=[5, 0, 0, 1, 2, 0, 0]))
    assert built.funded.tolist() == built.finish.tolist() == [[0, 4, 4]]


@BOTH
def test_works_under_way_go_on_where_they_stand(finish):
    """Four months of works and two of equipment, half of it to go: 2 + 1; paid for before."""
    built = finish(line(1, prepaid=[True], left=[0.5], civil=[4.0], equipment=[2.0], cost=[9]))
    assert built.payer.tolist() == [[queue.NOBODY]]
    assert built.finish.tolist() == [[3]]


@BOTH
def test_a_village_found_by_a_new_survey_waits_for_it(finish):
    """Listed in month 4, surveyed in one, permitted in one; its money came with month 4."""
    late = line(1, listed=[4], survey=[1.0], permit=[1.0], cost=[3], money=[3, 3, 3, 3, 3])
    built = finish(late)
    assert built.funded.tolist() == [[4]]
    assert built.finish.tolist() == [[6]]


def two_areas(region, journey: float) -> Works:
    """Return three jobs of one area with one crew, and an area without jobs and with a crew."""
    return line(
        civil=[4.0, 4.0, 4.0],
        region=np.array(region),
        crews=np.zeros((1, 2, 1)),
        journey=np.array([journey]),
    )


@BOTH
def test_a_crew_goes_where_sites_wait_and_loses_the_journey(finish):
    """Jobs of 4 months. Alone the crew begins at 0, 4, 8. A neighbour's crew, one month away,
    begins the second at 1 and ends at 5; the first crew is back at 4 for the third.
    """
    assert finish(two_areas([0, 1], 1.0)).begun.tolist() == [[0, 4, 8]]
    assert finish(two_areas([0, 0], 1.0)).begun.tolist() == [[0, 1, 4]]
    assert finish(two_areas([0, 0], 9.0)).begun.tolist() == [[0, 4, 8]]


@BOTH
def test_a_hired_crew_begins_when_it_is_hired(finish):
    works = line(civil=[4.0, 4.0, 4.0], crews=np.array([[[0.0, 3.0, np.inf]]]))
    assert finish(works).begun.tolist() == [[0, 3, 4]]


@BOTH
def test_rain_slows_the_crew_that_works_in_it(finish):
    """From 1 April, half speed from May to October; one crew, works of 2 dry months each.

    The permit comes in mid April, at 0.5. First: half a month in April, and 1.5 at half speed
    take 3 months: done at 4, the end of July. Second: August to October do 1.5 in 3 months, the
    last 0.5 is done in November: 7.5. Third, in dry weather: 9.5.
    """
    half = WorkClock(wet_rate=np.array([0.5]), first_month=4, wet_months=(5, 10))
    built = finish(line(permit=[0.5, 0.5, 0.5], civil=[2.0, 2.0, 2.0], clock=half))
    assert built.begun.tolist() == [[0.5, 4, 7.5]]
    assert built.finish.tolist() == [[4, 7.5, 9.5]]


@BOTH
def test_a_dark_village_is_promised_to_whoever_lights_it_first(finish):
    """Three dark jobs. One grid crew, 4 months each; one solar team, 3 months each.

    Panels cost 2; 2 arrive at month 0 and 2 at month 2. The first: sun at 3 before grid at 4.
    The second: the team is back at 3, money is there since 2: sun at 6, grid at 4: grid. The
    third: sun at 6 before grid at 8.
    """
    power = dark([True] * 3, [4.0] * 3, [3.0] * 3, cost=2, money=(2, 0, 2, 0, 0, 0, 0))
    built = finish(line(power=power))
    assert built.powered.tolist() == [[3, 4, 6]]
    assert powered(power).by_sun.tolist() == [[True, False, True]]


@BOTH
def test_without_crews_nothing_starts(finish):
    built = finish(line(crews=np.full((1, 1, 1), np.inf)))
    assert built.permitted.tolist() == [[0, 0, 0]]
    assert np.isinf(built.begun).all()
    assert np.isinf(built.finish).all()
