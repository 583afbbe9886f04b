"""Tasks: known answers of a network, no slip no change, more slip never better, faults."""

import shutil

import numpy as np
import pytest
from cases import VIET_NAM, VINH_PHUC

from sim.ask.answers import Question
from sim.faults import InputFaults
from sim.files.tables import csv_bytes
from sim.place.case import load_case
from sim.place.levers import budgets, lever_value
from sim.place.scenario import load_scenario
from sim.tasks.chances import GROUPS, chances, runs
from sim.tasks.schedule import FILE, asked_schedule, habits, load_schedule, outline
from sim.tasks.slip import as_they_go, network, planned
from sim.words import Words

EN = Words("en")
TASKS = VIET_NAM / "tasks.csv"
HEAD = "id,name_vi,name_en,owner,kind,start,end,after,drives,money,state,source\n"
ROW = "{id},v,e,{owner},{kind},{start},{end},{after},{drives},{money},planned,own\n"
USUAL = {
    "owner": "A",
    "kind": "building",
    "start": "2022-01-15",
    "end": "2022-06-30",
    "after": "",
    "drives": "",
    "money": "",
}


@pytest.fixture(scope="module")
def case():
    return load_case(VINH_PHUC)


@pytest.fixture(scope="module")
def plan(case):
    return load_scenario(case, VINH_PHUC / "draft-plan.toml")


def test_a_file_to_begin_with_is_read_as_the_plan_it_is_of(case, plan, tmp_path):
    due = case.target_sets[case.default_targets].last_deadline
    path = tmp_path / FILE
    path.write_bytes(csv_bytes(*outline(case, plan, due, Words("vi"))))
    tasks = load_schedule(case, path, plan).tasks
    spent = {name for name in budgets(case.levers) if plan.value(name)}
    assert {task.drives for task in tasks} == spent
    for task in tasks:
        assert task.money == plan.value(task.drives)
        started = lever_value(case.levers[f"{task.id}_start"], plan.levers[f"{task.id}_start"], EN)
        assert EN.month(task.start) == started
        assert task.end == due


def test_a_place_without_tasks_is_told_what_to_give(case, plan):
    with pytest.raises(InputFaults, match=r"no tasks of this place.*--tasks FILE.*after, drives"):
        asked_schedule(case, None, plan)


@pytest.fixture
def read(case, plan, tmp_path):
    def load(*rows):
        path = tmp_path / "tasks.csv"
        body = "".join(ROW.format(**{**USUAL, **row}) for row in rows)
        path.write_text(HEAD + body, encoding="utf-8")
        return load_schedule(case, path, plan)

    return load


def test_two_parallel_tasks_end_later_than_either():
    """The mean of the larger of two N(10, 1) is 10 + 1 / sqrt(pi) = 10.564."""
    many = 40_000
    lengths = np.random.default_rng(7).normal(10, 1, (many, 2))
    ends = network(np.zeros(2), lengths, [[], []])
    whole = ends.ended.max(axis=1)
    error = whole.std() / np.sqrt(many)
    assert abs(whole.mean() - (10 + 1 / np.sqrt(np.pi))) < 4 * error
    assert abs(ends.deciding([[], []])[0] - 0.5) < 4 * 0.5 / np.sqrt(many)


def test_a_chain_adds_up_and_all_of_it_decides():
    lengths = np.array([[2.0, 3.0, 1.0]])
    ends = network(np.array([0.0, 0.0, 4.0]), lengths, [[], [0], [1]])
    assert ends.ended.tolist() == [[2.0, 5.0, 6.0]]
    assert ends.deciding([[], [0], [1]]).tolist() == [1.0, 1.0, 1.0]


def test_what_is_never_done_holds_up_what_waits_for_it(read):
    schedule = read(
        {"id": "a"}, {"id": "b", "after": "a", "start": "2022-07-01", "end": "2022-09-30"}
    )
    ends = as_they_go(schedule, 3, 4_000)
    lost = np.isinf(ends.ended)
    assert lost[:, 0].any()
    assert (lost[:, 1] >= lost[:, 0]).all()
    assert (ends.begun[:, 1] >= ends.ended[:, 0]).all()


def test_rates_are_those_of_the_class(read):
    schedule = read({"id": "a", "kind": "rule"})
    ends, many = as_they_go(schedule, 5, 20_000), 20_000
    prompt = network(*_planned(schedule), [[]]).ended[0, 0]
    on_time = np.isclose(ends.ended[:, 0], prompt).mean()
    rule = habits()["rule"]
    middle = (rule.on_time_low + rule.on_time + rule.on_time_high) / 3
    assert abs(on_time - middle) < 4 * np.sqrt(0.25 / many) + 0.005


def _planned(schedule):
    starts, lengths = planned(schedule)
    return starts, lengths[None, :]


def test_an_owner_late_with_one_is_late_with_others(read):
    same = read({"id": "a"}, {"id": "b"})
    apart = read({"id": "a"}, {"id": "b", "owner": "B"})

    def tie(schedule):
        ends = as_they_go(schedule, 9, 8_000).ended
        late = ends > ends.min(axis=0) + 1e-9
        return np.corrcoef(late.T)[0, 1]

    assert tie(same) > tie(apart) > 0


def test_no_slip_is_the_plan_and_more_slip_never_better(case, plan, read):
    schedule = read(
        {"id": "a", "drives": "fibre_build", "owner": "A"},
        {"id": "b", "drives": "village_sites", "owner": "B", "kind": "rule"},
    )
    question = Question(
        case=case, targets=case.target_sets[case.default_targets], seed=4, replicates=80
    )
    ran = []
    found = chances(question, plan, schedule, lambda: ran.append(1))
    assert len(ran) == runs(schedule) == 1 + GROUPS + 2
    from sim.ask.answers import compare

    (whole,) = compare(question, [plan])
    said = tuple(each.chance for each in whole.judgement.verdicts)
    assert found.on_time[:-1] == said
    assert all(
        late <= prompt + 1e-12 for late, prompt in zip(found.as_they_go, found.on_time, strict=True)
    )
    gone = as_they_go(schedule, 4, 500, scale=0)
    assert np.allclose(gone.ended, network(*_planned(schedule), schedule.waits_for()).ended)
    slow, slower = (as_they_go(schedule, 4, 500, scale=scale).ended for scale in (0.5, 2.0))
    assert (slower >= slow).all()


FAULTS = {
    "a loop": ([{"id": "a", "after": "b"}, {"id": "b", "after": "a"}], "a > b > a"),
    "an unknown task": ([{"id": "a", "after": "z"}], "after z"),
    "an unknown lever": ([{"id": "a", "drives": "fibre_buld"}], "fibre_build"),
    "a lever without a month": ([{"id": "a", "drives": "permit_days"}], "switch_off_2g"),
    "two for one lever": (
        [{"id": "a", "drives": "fibre_build"}, {"id": "b", "drives": "fibre_build"}],
        "2 times",
    ),
    "an id twice": ([{"id": "a"}, {"id": "a"}], "each once"),
    "an end before the start": ([{"id": "a", "end": "2021-12-31"}], "an end after"),
    "money unlike the lever's": ([{"id": "a", "drives": "fibre_build", "money": 99}], "money 99"),
    "a class of none": ([{"id": "a", "kind": "party"}], "rule"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_told(name, read):
    rows, words = FAULTS[name]
    with pytest.raises(InputFaults) as caught:
        read(*rows)
    assert words in str(caught.value)


def test_the_plan_of_2022_has_its_eighteen_tasks_five_of_them_unknown():
    case = load_case(VIET_NAM)
    tasks = load_schedule(case, TASKS, case.baseline).tasks
    assert len(tasks) == 18
    assert sum(task.id.startswith("unknown") for task in tasks) == 5


def test_the_command_says_when_tasks_end_and_what_lateness_costs(ketnoi):
    words = ["--case", VIET_NAM, "--tasks", TASKS, "--replicates", "10", "--lang", "en"]
    done = ketnoi("tasks", *words)
    assert done.returncode == 0, done.stderr
    assert "Going by similar tasks" in done.stdout
    assert "no target" in done.stdout
    missing = ketnoi("tasks", "--case", VINH_PHUC, "--replicates", "10")
    assert missing.returncode == 2


def test_check_tells_what_is_wrong_with_the_tasks_and_the_plans_of_a_place(ketnoi, tmp_path):
    place = shutil.copytree(VIET_NAM, tmp_path / "vietnam-2022")
    assert ketnoi("check", place, "--lang", "en").returncode == 0
    tasks, plan = place / "tasks.csv", place / "fibre-first.toml"
    text = tasks.read_text(encoding="utf-8")
    tasks.write_text(text.replace("2022-03-15", "20220315", 1), encoding="utf-8")
    plan.write_text("fibre\n" + plan.read_text(encoding="utf-8"), encoding="utf-8")
    done = ketnoi("check", place, "--lang", "en")
    assert done.returncode == 2
    assert "tasks.csv: line 2" in done.stderr
    assert "fibre-first.toml" in done.stderr
