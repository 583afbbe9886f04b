"""Side by side: paired differences, prices, gains."""

from dataclasses import replace

import numpy as np
import pytest

from sim.ask.answers import Question, answer, compare, differences, gains
from sim.months import month_of
from sim.place.case import shipped
from sim.place.scenario import load_scenario

SEED, REPLICATES = 3, 40


@pytest.fixture(scope="module")
def targets(vinh_phuc):
    return vinh_phuc.target_sets[vinh_phuc.default_targets]


@pytest.fixture(scope="module")
def plans(vinh_phuc):
    return [load_scenario(vinh_phuc, path) for path in shipped(vinh_phuc)[:3]]


@pytest.fixture(scope="module")
def answers(vinh_phuc, plans, targets):
    return [
        answer(Question(case=vinh_phuc, targets=targets, seed=SEED, replicates=REPLICATES), plan)
        for plan in plans
    ]


def test_the_page_and_the_command_line_give_the_same_verdicts(vinh_phuc, plans, targets, answers):
    there = compare(
        Question(case=vinh_phuc, targets=targets, seed=SEED, replicates=REPLICATES), plans
    )
    for mine, theirs in zip(answers, there, strict=True):
        assert mine.summary.judgement == theirs.judgement
        for name, fan in theirs.fans.items():
            np.testing.assert_array_equal(mine.summary.fans[name], fan)
            np.testing.assert_array_equal(mine.summary.areas[name], theirs.areas[name])
            np.testing.assert_array_equal(mine.summary.spread[name], theirs.spread[name])


def test_a_scenario_differs_from_itself_by_nothing(answers, targets):
    for each in differences(answers[1:2], answers[1], targets):
        assert (each.p05, each.p50, each.p95, each.chance, each.chance_error) == (0, 0, 0, 0, 0)
        assert each.per_point is None


def test_differences_to_baseline_are_those_of_the_verdict(answers, targets):
    for each in differences(answers[1:], answers[0], targets):
        summary = next(a.summary for a in answers if a.summary.scenario == each.scenario)
        verdict = next(v for v in summary.judgement.verdicts if v.target == each.target)
        assert (each.p05, each.p50, each.p95) == pytest.approx(
            (verdict.change_p05, verdict.change_p50, verdict.change_p95), abs=1e-12
        )
        assert each.chance == pytest.approx(verdict.chance_change, abs=1e-12)


def test_swapping_the_two_turns_every_sign(answers, targets):
    there = differences([answers[1]], answers[0], targets)
    back = differences([answers[0]], answers[1], targets)
    for a, b in zip(there, back, strict=True):
        assert (a.p05, a.p50, a.p95) == pytest.approx((-b.p95, -b.p50, -b.p05), abs=1e-12)
        assert a.chance == -b.chance
        assert a.extra == -b.extra


def test_a_pair_is_surer_than_its_levels(answers, targets):
    for each in differences([answers[1]], answers[0], targets)[:1]:
        levels = answers[1].at_deadline[each.target]
        low, high = np.quantile(levels, (0.05, 0.95))
        assert each.p95 - each.p05 < 0.7 * (high - low)


def test_a_price_is_money_over_points(answers, targets):
    for each in differences(answers[1:], answers[0], targets):
        if each.per_point is not None:
            assert each.per_point * 100 * each.p50 == pytest.approx(each.extra)
            assert each.per_point_low <= each.per_point


def test_the_areas_gains_add_up_to_the_nations(vinh_phuc, answers, targets):
    month = month_of(answers[0].summary.months, targets.last_deadline)
    gained = gains(answers[1], answers[0], "fibre_households", month)
    people = vinh_phuc.columns["households"]
    (fibre,) = targets.of("fibre_households")
    nation = [each.at_deadline[fibre].mean() for each in answers[:2]]
    assert gained @ people / people.sum() == pytest.approx(nation[1] - nation[0])


def test_numbers_go_under_another_name_unchanged(answers, plans):
    mine = replace(plans[1], id="mine", name={"vi": "a", "en": "b"})
    assert answers[1].under(mine).summary.scenario == mine
    assert answers[1].under(mine).summary.judgement is answers[1].summary.judgement
