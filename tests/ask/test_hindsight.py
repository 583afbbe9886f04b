"""Earlier vintages played over again: what they knew, what came, and the arithmetic of scores."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from cases import VIET_NAM

from sim.ask import hindsight
from sim.ask.hindsight import Hindcast, Promise, brier, crps, look_back, scores, vintages, whole
from sim.faults import InputFaults
from sim.place.case import load_case
from sim.place.records import BackTest
from sim.place.targets import Target
from sim.show.sentences import past_tables
from sim.words import LANGUAGES, Words

DAY = date(2022, 1, 15)
GOAL = Target(indicator="fibre_households", at_least=0.7, deadline=date(2022, 12, 31))


@pytest.fixture(scope="module")
def played():
    return look_back(load_case(VIET_NAM), seed=4, replicates=60)


def test_vintages_are_those_the_case_names_and_its_own(viet_nam):
    assert vintages(viet_nam) == [
        date(2020, 12, 31),
        date(2021, 6, 30),
        date(2022, 1, 15),
        date(2022, 6, 30),
        date(2022, 12, 31),
        date(2023, 6, 30),
        date(2023, 12, 31),
        date(2024, 6, 30),
    ]


def test_where_a_case_names_none_they_are_half_years_up_to_the_last_figure(viet_nam):
    silent = replace(viet_nam, back_test=BackTest())
    days = vintages(silent)
    assert days[:3] == [DAY, date(2022, 6, 30), date(2022, 12, 31)]
    assert days[-1] == date(2025, 12, 31)  # the last figure is of February 2026
    assert vintages(replace(silent, outcomes=())) == [DAY]


def test_only_what_came_later_is_scored(played, viet_nam):
    published = {}
    for row in viet_nam.outcomes:
        name = {"uncovered_villages": "covered_villages"}.get(row.indicator, row.indicator)
        key = name, row.area, row.date
        published[key] = max(published.get(key, row.published), row.published)
    hindcasts, promises = played
    assert len(hindcasts) > 250
    for one in hindcasts:
        assert one.day > one.vintage.replace(day=1)
        assert published[one.indicator, one.area or "VN", one.day] > one.vintage
        assert one.low <= one.lower <= one.said["ketnoi"] <= one.upper <= one.high
        assert 0 <= one.pit <= 1
        assert one.crps >= 0
    assert {promise.target.indicator for promise in promises} == {
        "fibre_households",
        "mobile_broadband",
        "covered_villages",
    }


def test_every_figure_is_scored_once_a_vintage(played):
    keys = [(o.vintage, o.indicator, o.area, o.lever, o.day) for o in played[0]]
    assert len(keys) == len(set(keys))


def test_a_list_of_villages_is_scored_as_the_share_that_is_left_of_all(played):
    own = {o.day: o for o in whole(played[0]) if o.indicator == "covered_villages"
           and o.vintage == DAY}  # fmt: skip
    assert own[date(2022, 6, 30)].happened == pytest.approx(1 - 355 / 98_455)
    assert own[date(2025, 7, 14)].happened == pytest.approx(1 - 355 / 98_455)
    assert own[date(2022, 9, 30)].happened == pytest.approx((0.9972 + 1 - 266 / 98_455) / 2)
    assert len(own) == 8


def test_a_lever_pulled_later_is_tried_as_if_it_had_been_known(played):
    pulled = [one for one in played[0] if one.lever]
    plain = {(o.vintage, o.indicator, o.day): o for o in whole(played[0])}
    assert {one.lever for one in pulled} == {"switch_off_2g"}
    assert {one.vintage for one in pulled} >= {date(2022, 12, 31), date(2024, 6, 30)}
    for one in pulled:
        assert one.day > date(2024, 10, 16)
        without = plain[one.vintage, one.indicator, one.day]
        assert one.said["ketnoi"] > without.said["ketnoi"]
        assert one.pit <= without.pit


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_columns_of_a_table_of_the_past_have_one_name(played, language):
    tables = past_tables(*played, Words(language))
    assert Words(language)("A lever pulled later, as if known beforehand") in {
        table.title for table in tables
    }
    for table in tables:
        assert len(set(table.head)) == len(table.head)


def test_an_event_whose_lever_has_no_month_is_refused(tmp_path):
    folder = Path(shutil.copytree(VIET_NAM, tmp_path / "case"))
    text = (folder / "case.toml").read_text(encoding="utf-8")
    (folder / "case.toml").write_text(text.replace('"switch_off_2g"', '"training"'), "utf-8")
    with pytest.raises(InputFaults, match=r"back_test.events.0.lever.*switch_off_2g"):
        load_case(folder)


def test_single_provinces_are_scored_apart(played):
    local = [one for one in played[0] if one.area is not None]
    own = [one for one in local if one.vintage == DAY]
    assert {one.indicator for one in own} == {
        "fibre_households",
        "smartphone_adults",
        "covered_villages",
        "mobile_broadband",
    }
    assert len(own) >= 10
    apart = [score for score in scores(played[0]) if score.by_area]
    assert sum(score.figures for score in apart) == len(local)
    assert all(set(score.error) == {"ketnoi", "nation"} for score in apart)


def test_what_happened_is_the_mean_of_the_figures_of_the_day(viet_nam):
    happened = hindsight._happened(viet_nam, "fibre_households", "VN")
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
        happened=happened, low=low, lower=middle - 0.03, upper=middle + 0.03, high=high,
        pit=happened / 2, crps=0.01, said={"ketnoi": middle, "naive": 0.5},
    )  # fmt: skip


def test_scores_by_hand():
    (score,) = scores([made(0.7, 0.6, 0.8, 0.68), made(0.9, 0.7, 0.8, 0.76)])
    assert score.figures == 2
    assert score.error["ketnoi"] == pytest.approx((0.02 + 0.14) / 2)
    assert score.error["naive"] == pytest.approx((0.2 + 0.4) / 2)
    assert "bass" not in score.error
    assert score.inside == 0.5
    assert score.inner == 0.5
    assert score.bias == pytest.approx((0.02 + 0.14) / 2)
    assert score.width == pytest.approx(0.15)
    assert score.pit == pytest.approx((0.35, 0.4, 0.45))


def test_crps_is_the_integral_of_the_squared_distance_of_two_distributions():
    draws, came = np.array([0.2, 0.5, 0.9]), 0.4
    grid = np.linspace(0, 1, 200_001)
    said = (draws[:, None] <= grid).mean(axis=0)
    assert crps(draws, came) == pytest.approx(((said - (grid >= came)) ** 2).mean(), abs=1e-4)


def test_brier_by_hand():
    goal = Target(indicator="fibre_households", at_least=0.7, deadline=date(2022, 12, 31))
    promises = [
        Promise(vintage=DAY, target=goal, chances={"ketnoi": 0.8, "naive": 1.0}, met=True),
        Promise(vintage=DAY, target=goal, chances={"ketnoi": 0.3}, met=False),
    ]
    assert brier(promises, "ketnoi") == (pytest.approx((0.04 + 0.09) / 2), 2)
    assert brier(promises, "naive") == (0.0, 1)
    assert np.isnan(brier(promises, "bass")[0])
