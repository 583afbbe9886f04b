"""The story and its twin give the same bits; queues solved by hand, for both."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import programmes, same

from models.moves import queue, rollout
from models.moves.queue import WorkClock, Works

BOTH = pytest.mark.parametrize("finish", [rollout.finish, queue.finish], ids=["story", "twin"])
DRY = WorkClock(wet_rate=np.ones(1), first_month=1, wet_months=(5, 10))


@settings(max_examples=600)
@given(programmes(exact=False))
def test_the_story_and_its_twin_agree_to_the_last_bit(works):
    assert same(rollout.finish(works), queue.finish(works))


def large(seed: int) -> Works:
    """Draw long lines with many crews; a stage takes no time at all every other time."""
    rng = np.random.default_rng(seed)
    shape = replicates, lines, slots = 2, 3, 40
    stages = rng.lognormal(0, 1, (7, *shape)) * rng.integers(0, 2, (7, 1, 1, 1))
    stages[rng.random(stages.shape) < 0.2] = 1.0
    present = np.arange(slots) < rng.integers(0, slots + 1, (replicates, lines))[:, :, None]
    turns = rng.permutation(np.repeat(np.arange(lines), slots))
    return Works(
        present=present,
        rank=np.argsort(turns, kind="stable").reshape(lines, slots),
        survey_crews=rng.integers(0, 15, lines),
        civil_crews=rng.integers(0, 15, lines),
        survey=stages[0],
        permit=stages[1],
        civil=10 * stages[2],
        equipment=stages[3],
        integration=stages[4],
        cost=rng.integers(0, 10, shape),
        money=rng.integers(0, 25, (replicates, 36)),
        clock=WorkClock(
            wet_rate=rng.uniform(0.1, 1, replicates), first_month=7, wet_months=(5, 10)
        ),
        unpowered=present & (rng.random(shape) < 0.5),
        grid_crews=int(rng.integers(0, 15)),
        grid=20 * stages[5],
        solar_crews=int(rng.integers(0, 15)),
        solar=10 * stages[6],
        solar_cost=rng.integers(0, 10, shape),
        solar_money=rng.integers(0, 9, (replicates, 36)),
    )


@pytest.mark.parametrize("seed", range(20))
def test_long_lines_and_many_crews_agree_too(seed):
    works = large(seed)
    assert same(rollout.finish(works), queue.finish(works))


@given(programmes(exact=False), st.floats(0, 9))
def test_a_stage_that_takes_all_jobs_equally_long_may_be_given_once(works, months):
    once = replace(works, permit=np.full((1, 1, 1), months), integration=np.full((1, 1, 1), months))
    assert same(rollout.finish(once), queue.finish(once))


def line(**stages: object) -> Works:
    """Return one line of three jobs, free and powered, in a dry land; lists go by job."""
    none, no_money = np.zeros((1, 1, 3)), np.zeros((1, 1, 3), dtype=np.int64)
    plain = Works(
        present=np.ones((1, 1, 3), dtype=bool),
        rank=np.array([[0, 1, 2]]),
        survey_crews=np.array([1]),
        civil_crews=np.array([1]),
        survey=none,
        permit=none,
        civil=none,
        equipment=none,
        integration=none,
        cost=no_money,
        money=np.zeros((1, 7), dtype=np.int64),
        clock=DRY,
        unpowered=np.zeros((1, 1, 3), dtype=bool),
        grid_crews=1,
        grid=none,
        solar_crews=1,
        solar=none,
        solar_cost=no_money,
        solar_money=np.zeros((1, 7), dtype=np.int64),
    )
    of_jobs = {name: np.array([[x]]) for name, x in stages.items() if isinstance(x, list)}
    return replace(plain, **stages | of_jobs)


@BOTH
def test_a_queue_solved_by_hand(finish):
    """Three jobs a, b, c, one crew for each work; places 1, 2, 3.

    Survey, one after the other, a month each:   a 1      b 2      c 3
    permit of 4, 1, 1 months:                    a 5      b 3      c 4
    money 10 at months 0, 2, 6 for costs of 10:  a 0      b 2      c 6
    power, b only: grid takes it 3.5 from 0, the sun 2 from month 1 on: b at min(3.5, 3) = 3.
    Ready, the latest of the three:              a 5      b 3      c 6
    so b takes place 1, a place 2, c place 3, with works of 3, 1, 2 months by one crew:
    started at                  3, max(5, 6) = 6, max(6, 7) = 7
    built at                    6,             7,             9
    equipment 1, 2, 3 and half a month to join the network: 7.5, 9.5, 12.5.
    """
    built = finish(
        line(
            survey=[1.0, 1.0, 1.0],
            permit=[4.0, 1.0, 1.0],
            civil=[3.0, 1.0, 2.0],
            equipment=[1.0, 2.0, 3.0],
            integration=[0.5, 0.5, 0.5],
            cost=[10, 10, 10],
            money=np.array([[10, 0, 10, 0, 0, 0, 10]]),
            unpowered=[False, True, False],
            grid=[0.0, 3.5, 0.0],
            solar=[0.0, 2.0, 0.0],
            solar_cost=[0, 5, 0],
            solar_money=np.array([[0, 5, 0, 0, 0, 0, 0]]),
        )
    )
    assert built.permitted.tolist() == [[[5, 3, 4]]]
    assert built.funded.tolist() == [[[0, 2, 6]]]
    assert built.powered.tolist() == [[[0, 3, 0]]]
    assert built.started.tolist() == [[[3, 6, 7]]]
    assert built.finish.tolist() == [[[7.5, 9.5, 12.5]]]


@BOTH
def test_a_small_bill_waits_behind_a_large_one(finish):
    """Costs 4, 3, 1; five arrive at month 0, one at month 3, and two at month 4.

    Month 0: the first is paid, 1 is left. It would do for the third, but the second is next.
    Month 3: 2 in the purse, not enough for the second. Month 4: 4 pay for both.
    """
    built = finish(line(cost=[4, 3, 1], money=np.array([[5, 0, 0, 1, 2, 0, 0]])))
    assert built.funded.tolist() == built.finish.tolist() == [[[0, 4, 4]]]


@BOTH
def test_money_goes_by_rank_whatever_the_line(finish):
    """Two lines of two; in rank: first line, second, second, first. Costs 1, 2, 2, 1.

    With 1, 2, 1, 0, 1 arriving, sums due 1, 3, 5, 6 meet sums come of 1, 3, 4, 4, 5: the jobs
    are paid at months 0, 1, 4 and never.
    """
    no_time = np.zeros((1, 2, 2))
    wide = replace(
        line(),
        present=np.ones((1, 2, 2), dtype=bool),
        rank=np.array([[0, 3], [1, 2]]),
        survey_crews=np.array([1, 1]),
        civil_crews=np.array([1, 1]),
        civil=no_time,
        survey=no_time,
        permit=no_time,
        equipment=no_time,
        integration=no_time,
        cost=np.array([[[1, 1], [2, 2]]]),
        money=np.array([[1, 2, 1, 0, 1]]),
        unpowered=np.zeros((1, 2, 2), dtype=bool),
    )
    assert finish(wide).finish.tolist() == [[[0, np.inf], [1, 4]]]


@BOTH
def test_rain_slows_the_crew_that_works_in_it(finish):
    """From 1 April, half speed from May to October; one crew, works of 2 dry months each.

    The permit comes in mid April, at 0.5. First: half a month in April, and 1.5 at half speed
    take 3 months: done at 4, the end of July. Second: August to October do 1.5 in 3 months, the
    last 0.5 is done in November: 7.5. Third, in dry weather: 9.5.
    """
    half = WorkClock(wet_rate=np.array([0.5]), first_month=4, wet_months=(5, 10))
    built = finish(line(permit=[0.5, 0.5, 0.5], civil=[2.0, 2.0, 2.0], clock=half))
    assert built.started.tolist() == [[[0.5, 4, 7.5]]]
    assert built.finish.tolist() == [[[4, 7.5, 9.5]]]


@BOTH
def test_the_sun_waits_for_money_and_the_grid_for_crews(finish):
    """Three dark jobs. One grid crew, 4 months each: 4, 8, 12.

    Solar panels cost 2 and take 3 months, one crew; 2 arrive at month 0 and 2 at month 2: the
    first is up at 3, the second, paid at 2, at 6; the third is never paid: grid, at 12.
    """
    built = finish(
        line(
            unpowered=[True, True, True],
            grid=[4.0, 4.0, 4.0],
            solar=[3.0, 3.0, 3.0],
            solar_cost=[2, 2, 2],
            solar_money=np.array([[2, 0, 2, 0, 0, 0, 0]]),
        )
    )
    assert built.powered.tolist() == [[[3, 6, 12]]]


@BOTH
def test_without_crews_nothing_starts(finish):
    built = finish(line(civil_crews=np.array([0])))
    assert built.permitted.tolist() == [[[0, 0, 0]]]
    assert np.isinf(built.started).all()
    assert np.isinf(built.finish).all()
