"""Date and cost together: never surer than either, never less sure with more money or time."""

import json

import numpy as np
import pytest
from cases import VINH_PHUC
from hypothesis import given
from hypothesis import strategies as st

from sim.place.case import load_case
from sim.place.scenario import load_scenario
from sim.tasks.joint import Joint, joint, yearly
from sim.tasks.schedule import habits, load_schedule
from sim.tasks.slip import as_they_go

HEAD = "id,name_vi,name_en,owner,kind,start,end,after,drives,money,state,source\n"
ROWS = (
    "a,v,e,A,rule,2022-01-15,2022-04-15,,,12,planned,own\n"
    "b,v,e,B,purchase,2022-02-01,2022-05-01,a,,24,planned,own\n"
    "c,v,e,A,building,2022-01-15,2022-09-30,,fibre_build,,planned,own\n"
)
many = st.lists(st.floats(0, 90) | st.just(np.inf), min_size=1, max_size=30)
limit = st.floats(0, 120) | st.just(np.inf)


@pytest.fixture(scope="module")
def plan():
    return load_scenario(load_case(VINH_PHUC), VINH_PHUC / "draft-plan.toml")


@pytest.fixture(scope="module")
def schedule(plan, tmp_path_factory):
    path = tmp_path_factory.mktemp("tasks") / "tasks.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return load_schedule(load_case(VINH_PHUC), path, plan)


@given(many, st.randoms(use_true_random=False), limit, limit, limit, limit)
def test_both_are_never_surer_than_either_and_more_never_lowers_them(
    done, luck, months, later, cost, more
):
    costs = np.array([luck.uniform(10, 100) for _ in done])
    found = Joint(done=np.array(done), cost=costs, planned=(min(done), 10.0))
    months, later = sorted((months, later))
    cost, more = sorted((cost, more))
    both = found.chance(months, cost)
    assert both <= min(found.chance(months), found.chance(cost=cost))
    assert both <= found.chance(later, cost)
    assert both <= found.chance(months, more)
    assert found.chance() == np.isfinite(done).mean()


def test_on_time_all_is_done_by_the_planned_day_for_the_planned_sum(schedule, plan):
    found = joint(schedule, plan, as_they_go(schedule, 3, 50, scale=0), 3)
    assert found.chance(*found.planned) == 1
    assert found.ends == [found.planned[0]]
    assert found.sums == [found.planned[1]]


def test_money_is_by_the_year_and_a_budget_that_is_driven_is_the_plans(schedule, plan):
    own = {task.id: yearly(task, plan) for task in schedule.tasks}
    assert own == {"a": 12, "b": 24, "c": plan.value("fibre_build")}
    found = joint(schedule, plan, as_they_go(schedule, 3, 50), 3)
    days = {"a": 90, "b": 89, "c": 258}
    wanted = sum(own[id] * days[id] / 365.25 for id in own)
    assert found.planned[1] == pytest.approx(wanted)


def test_cost_grows_by_the_part_that_is_paid_by_time_and_no_more(schedule, plan):
    go = as_they_go(schedule, 5, 4_000)
    found = joint(schedule, plan, go, 5)
    took = np.where(
        np.isfinite(go.ended), go.ended - np.where(np.isfinite(go.begun), go.begun, 0), 0
    )
    most = max(habit.by_time_high for habit in habits().values())
    each = found.planned[1] * (1 + most * (took.sum(axis=1) / 3))
    assert (found.cost >= found.planned[1] - 1e-9).all()
    assert (found.cost <= each).all()
    assert found.cost.max() > found.planned[1]
    lost = np.isinf(go.ended).all(axis=1)
    assert found.cost[lost] == pytest.approx(np.full(lost.sum(), found.planned[1]))


def test_without_money_there_are_dates_alone(schedule, plan):
    bare = [task.model_copy(update={"money": None, "drives": ""}) for task in schedule.tasks]
    found = joint(type(schedule)(tasks=tuple(bare)), plan, as_they_go(schedule, 5, 100), 5)
    assert found.sums == []
    assert found.chance(found.planned[0]) == found.chance(found.planned[0], 0)


def test_the_command_tells_the_places_own_money(ketnoi, tmp_path):
    file = tmp_path / "tasks.csv"
    file.write_text(HEAD + ROWS, encoding="utf-8")
    plan = VINH_PHUC / "draft-plan.toml"
    done = ketnoi("tasks", plan, "--tasks", file, "--replicates", 10, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "bn VND or less" in " ".join(done.stdout.split())
    done = ketnoi("tasks", plan, "--tasks", file, "--replicates", 10, "--json")
    joint = json.loads(done.stdout)["joint"]
    chances = [row["chance"] for row in joint["by"]]
    assert all(len(row) == len(joint["costs"]) for row in chances)
    assert all(row == sorted(row) for row in chances)
