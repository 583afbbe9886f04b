"""Earlier vintages played over again: what they knew, what came, and the arithmetic of scores."""

from datetime import date

import numpy as np
import pytest
from cases import VIET_NAM

from sim.ask import hindsight
from sim.ask.hindsight import Hindcast, Promise, brier, look_back, scores, vintages
from sim.place.case import load_case
from sim.place.targets import Target

DAY = date(2022, 1, 15)
GOAL = Target(indicator="fibre_households", at_least=0.7, deadline=date(2022, 12, 31))


@pytest.fixture(scope="module")
def played():
    return look_back(load_case(VIET_NAM), seed=4, replicates=60)


def test_vintages_are_two_before_the_case_its_own_and_quarters_up_to_the_deadline():
    assert vintages(load_case(VIET_NAM)) == [
        date(2020, 12, 31),
        date(2021, 6, 30),
        date(2022, 1, 15),
        date(2022, 3, 31),
        date(2022, 6, 30),
        date(2022, 9, 30),
    ]


def test_only_what_came_later_is_scored(played, viet_nam):
    published = {(row.indicator, row.area, row.date): row.published for row in viet_nam.outcomes}
    hindcasts, promises = played
    assert len(hindcasts) > 50
    for one in hindcasts:
        assert one.day > one.vintage.replace(day=1)
        assert published[one.indicator, one.area or "VN", one.day] > one.vintage
        assert one.low <= one.said["ketnoi"] <= one.high
    assert {promise.target.indicator for promise in promises} == {
        "fibre_households",
        "mobile_broadband",
        "covered_villages",
    }


def test_single_provinces_are_scored_apart(played):
    local = [one for one in played[0] if one.area is not None]
    own = [one for one in local if one.vintage == DAY]
    assert {one.indicator for one in own} == {
        "fibre_households", "smartphone_adults", "covered_villages"}  # fmt: skip
    assert len(own) >= 10
    apart = [score for score in scores(played[0]) if score.by_area]
    assert sum(score.figures for score in apart) == len(local)
    assert all(set(score.error) == {"ketnoi"} for score in apart)


def test_what_happened_is_the_mean_of_the_figures_of_the_day(viet_nam):
    outcomes = viet_nam.outcomes
    happened = hindsight._happened(outcomes, viet_nam, "fibre_households", "VN")
    assert happened[date(2022, 12, 31)] == pytest.approx((0.745 + 0.740) / 2)
    assert date(2021, 12, 31) not in happened  # the start itself, not after it


def test_rivals_see_the_same_figures_and_no_later_ones():
    case = load_case(VIET_NAM)
    rivals = hindsight._rivals(case, "fibre_households")
    assert set(rivals) == {"naive", "drift", "damped_ets", "bass"}
    assert rivals["naive"](12) == pytest.approx(0.65)
    years = 8 + 8 / 12  # April 2013 to December 2021
    assert rivals["drift"](12) == pytest.approx(0.65 + (0.65 - 0.00861589) / years, abs=1e-6)
    assert 0.65 < rivals["bass"](24) <= 1
    early = hindsight._rivals(load_case(VIET_NAM, vintage=date(2020, 12, 31)), "fibre_households")
    assert early["naive"](12) == pytest.approx(0.231946, abs=1e-6)


def made(happened, low, high, middle):
    return Hindcast(
        vintage=DAY, indicator="fibre_households", area=None, day=date(2022, 6, 30),
        happened=happened, low=low, high=high, said={"ketnoi": middle, "naive": 0.5},
    )  # fmt: skip


def test_scores_by_hand():
    (score,) = scores([made(0.7, 0.6, 0.8, 0.68), made(0.9, 0.7, 0.8, 0.76)])
    assert score.figures == 2
    assert score.error["ketnoi"] == pytest.approx((0.02 + 0.14) / 2)
    assert score.error["naive"] == pytest.approx((0.2 + 0.4) / 2)
    assert "bass" not in score.error
    assert score.inside == 0.5
    assert score.width == pytest.approx(0.15)


def test_brier_by_hand():
    promises = [
        Promise(vintage=DAY, target=GOAL, chances={"ketnoi": 0.8, "naive": 1.0}, met=True),
        Promise(vintage=DAY, target=GOAL, chances={"ketnoi": 0.3}, met=False),
    ]
    assert brier(promises, "ketnoi") == (pytest.approx((0.04 + 0.09) / 2), 2)
    assert brier(promises, "naive") == (0.0, 1)
    assert np.isnan(brier(promises, "bass")[0])
