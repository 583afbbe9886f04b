"""Why a chance moved: parts add up, what changes nothing is nought, the order is told."""

from dataclasses import replace
from itertools import pairwise

import pytest
from cases import VIET_NAM, VINH_PHUC

from sim.faults import InputFaults
from sim.place.case import load_case
from sim.place.facts import from_json
from sim.place.scenario import changed
from sim.track.months import followed
from sim.track.watch import alarm
from sim.track.why import State, changes, why

LUCK = {"seed": 5, "replicates": 60}
COST = {"low": 900, "central": 1100, "high": 1500, "source": "Tender"}


def known(day, folder=VINH_PHUC, **more):
    case = load_case(folder, facts=from_json({"vintage": day, **more}, VINH_PHUC / "own.toml"))
    return State(case=case, targets=case.target_sets[case.default_targets], plan=case.baseline)


def test_the_parts_add_up_and_untouched_targets_are_exactly_nought():
    old = known("2022-01-15")
    new = known("2022-03-31", assumptions={"village_site_cost": COST})
    ran = []
    found = why(old, new, **LUCK, done=lambda: ran.append(1))
    assert len(ran) == changes(old, new)
    for place, before in enumerate(found.before):
        moved = sum(part.moved[place] for part in found.parts)
        assert before + moved == pytest.approx(found.now[place], abs=1e-12)
    kinds = [part.kind for part in found.parts]
    assert kinds[0] == "time"
    assert kinds[-1] == "assumption"
    cost = found.parts[-1]
    fibre = [t.indicator for t in found.targets].index("fibre_households")
    assert cost.moved[fibre] == 0
    figures = [part for part in found.parts if part.kind == "figure"]
    sizes = [max(map(abs, part.alone.values())) for part in figures]
    assert all(a >= b for a, b in pairwise(sizes))


def test_the_last_state_is_the_new_one_as_it_is_followed():
    old, new = known("2022-01-15"), known("2022-02-28")
    found = why(old, new, **LUCK)
    _, month = followed([old, new], **LUCK)
    assert found.now == tuple(each.chance for each in month.answer.judgement.verdicts)


def test_a_plan_and_targets_are_parts_of_their_own():
    old = known("2022-01-15")
    plan = changed(old.case, old.plan, {"fibre_build": 60.0})
    other = next(each for key, each in old.case.target_sets.items() if each != old.targets)
    new = replace(old, plan=plan, targets=other)
    assert [part.kind for part in why(old, new, **LUCK).parts] == ["targets", "plan"]
    assert why(old, old, **LUCK).parts == ()


def test_states_that_ask_unlike_numbers_of_targets_are_refused():
    goal = {"indicator": "fibre_households", "at_least": 90, "unit": "%", "deadline": "2022-12-31"}
    old, new = known("2022-01-15"), known("2022-02-28", targets=[goal])
    with pytest.raises(InputFaults, match="3, 1 targets"):
        why(old, new, **LUCK)
    with pytest.raises(InputFaults, match="as many targets"):
        followed([old, new], **LUCK)


def test_each_vintage_is_later_than_the_one_before():
    with pytest.raises(InputFaults, match="later days"):
        followed([known("2022-03-31"), known("2022-02-28")], **LUCK)


def test_figures_that_came_are_scored_on_what_was_said_before():
    first, second = followed([known("2022-01-15"), known("2022-06-30")], **LUCK)
    assert not first.came
    assert {each.indicator for each in second.came} <= set(second.case.forecast)
    for each in second.came:
        assert first.case.head.vintage < each.figure.published
        assert each.expected[0] < each.expected[1] < each.expected[2]


def test_alarms_are_rare_where_all_is_well():
    """Of independent scores; limits at three deviations are passed once in hundreds."""
    import numpy as np

    rng = np.random.default_rng(3)
    assert sum(bool(alarm(rng.standard_normal(12))) for _ in range(300)) < 60
    assert all(alarm(rng.standard_normal(12) + 2.5) for _ in range(50))


def test_a_figure_that_lags_is_scored_on_the_last_vintage_that_spoke_of_its_day():
    days = ("2022-01-15", "2022-02-28", "2022-03-31", "2022-04-30")
    national = [known(day, folder=VIET_NAM) for day in days]
    months = followed(national, **LUCK)
    came = [each for month in months for each in month.came]
    assert came
    begun = [month.case.start for month in months]
    assert all(each.figure.date > begun[0] for each in came)
    assert any(each.figure.date <= begun[2] for each in months[3].came)  # by the second vintage
