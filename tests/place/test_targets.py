"""The judge: chances, gaps, months of passing, what binds; on draws made by hand."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.forecast import Forecast, Track
from sim.months import month_of
from sim.place.targets import Target, judge, wilson

MONTHS = (date(2022, 1, 31), date(2022, 2, 28), date(2022, 3, 31))
END = date(2022, 3, 31)


def forecast(**nation):
    """Return draws of one area; `nation` is indicator -> rows of months."""
    return Forecast(
        tracks={
            name: Track(
                draws=np.array(rows, dtype=float)[:, None, :],
                weights=np.ones(1),
                observed=np.ones(1, dtype=bool),
            )
            for name, rows in nation.items()
        },
        months=MONTHS,
        areas=("one",),
        money={},
        spent={},
        private={},
        waiting={},
        held={},
    )


FOUR = forecast(
    fibre_households=[[0.6, 0.7, 0.8], [0.6, 0.65, 0.7], [0.5, 0.6, 0.65], [0.7, 0.7, 0.75]],
    mobile_broadband=[[0.8, 0.8, 0.9], [0.8, 0.8, 0.8], [0.8, 0.8, 0.9], [0.8, 0.8, 0.84]],
)
FIBRE = Target(indicator="fibre_households", at_least=0.7, deadline=END)
MOBILE = Target(indicator="mobile_broadband", at_least=0.85, deadline=END)


def test_a_chance_of_no_draw_or_of_all_has_a_bound():
    sure = Target(indicator="fibre_households", at_least=0.1, deadline=END)
    never = Target(indicator="fibre_households", at_least=0.99, deadline=END)
    one, other = judge(FOUR, (sure, never)).verdicts
    part = 1.96**2 / 4
    assert one.bounds == pytest.approx((1 / (1 + part), 1.0))
    assert other.bounds == pytest.approx((0.0, part / (1 + part)))
    for draws in (4, 100, 1000):
        for hits in range(0, draws + 1, max(draws // 7, 1)):
            low, high = wilson(hits / draws, draws)
            assert 0 <= low <= hits / draws <= high <= 1
            # the ends are the chances of which this share is 1.96 standard errors off
            for end in {low, high} - {0.0, 1.0}:
                off = abs(hits / draws - end) / (end * (1 - end) / draws) ** 0.5
                assert off == pytest.approx(1.96)


def test_a_chance_is_the_share_of_draws_that_meet_the_target():
    fibre, mobile = judge(FOUR, (FIBRE, MOBILE)).verdicts
    assert fibre.chance == 0.75
    assert mobile.chance == 0.5
    assert fibre.chance_error == pytest.approx(np.sqrt(0.75 * 0.25 / 4))


def test_all_together_is_met_only_where_each_is():
    assert judge(FOUR, (FIBRE, MOBILE)).chance_all == 0.25


def test_what_is_missed_most_often_binds_and_nothing_binds_when_all_is_met():
    assert judge(FOUR, (FIBRE, MOBILE)).binding == MOBILE
    easy = Target(indicator="fibre_households", at_least=0.1, deadline=END)
    assert judge(FOUR, (easy,)).binding is None


def test_the_gap_is_positive_where_the_median_falls_short():
    fibre, mobile = judge(FOUR, (FIBRE, MOBILE)).verdicts
    assert fibre.gap_p50 == pytest.approx(0.7 - 0.725)
    assert mobile.gap_p50 == pytest.approx(0.85 - 0.87)


def test_the_median_month_of_passing_counts_draws_that_never_pass():
    fibre, mobile = judge(FOUR, (FIBRE, MOBILE)).verdicts
    assert fibre.month_passed_p50 == date(2022, 2, 28)
    assert mobile.month_passed_p50 == END
    hard = Target(indicator="fibre_households", at_least=0.76, deadline=END)
    assert judge(FOUR, (hard,)).verdicts[0].month_passed_p50 is None


def test_differences_are_paired_draw_by_draw():
    better = forecast(
        fibre_households=[[0.7, 0.8, 0.9], [0.7, 0.75, 0.8], [0.6, 0.7, 0.75], [0.8, 0.8, 0.85]]
    )
    verdict = judge(better, (FIBRE,), FOUR).verdicts[0]
    assert (verdict.change_p05, verdict.change_p95) == pytest.approx((0.1, 0.1))
    assert verdict.chance_change == 0.25
    same = judge(FOUR, (FIBRE,), FOUR).verdicts[0]
    assert (same.change_p05, same.change_p95, same.chance_change) == (0, 0, 0)


def test_all_villages_counts_as_all_in_spite_of_rounding():
    third = forecast(covered_villages=[[0.9, 0.9, 1 - 1e-12]])
    whole = Target(indicator="covered_villages", at_least=1.0, deadline=END)
    assert judge(third, (whole,)).verdicts[0].chance == 1


def test_a_target_of_the_whole_that_is_met_today_is_not_out_of_reach():
    near = forecast(smartphone_adults=[[0.999, 0.999, 0.9985], [0.999, 0.99, 0.994]])
    every = Target(indicator="smartphone_adults", at_least=1.0, deadline=END)
    (verdict,) = judge(near, (every,)).verdicts
    assert verdict.chance == 0.5
    assert verdict.gap_p50 == pytest.approx(0.995 - 0.99625)
    assert replace(every, at_least=0.99).bar == 0.99
    assert Target(indicator="homes_passed", at_least=1.0, deadline=END).bar == 1


@pytest.mark.parametrize("day", [date(2021, 12, 31), date(2022, 4, 1)])
def test_a_deadline_outside_the_run_is_refused(day):
    with pytest.raises(ValueError, match="not within"):
        month_of(MONTHS, day)


def test_a_deadline_within_a_month_is_judged_at_the_month_before():
    assert month_of(MONTHS, date(2022, 3, 15)) == 1
