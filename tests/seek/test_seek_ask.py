"""Asking backwards: the four kinds of answer, its laws, and what is no question."""

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.ask.answers import Question
from sim.faults import InputFaults
from sim.paper.folders import ask_files
from sim.paper.verify import Verifier
from sim.place.scenario import load_scenario
from sim.seek.ask import ask
from sim.seek.margins import Trials, margin, reached
from sim.seek.telling import rows, sentences
from sim.seek.wish import build_wish, wish_of
from sim.show.bars import swung
from sim.show.figures import Shown
from sim.show.look import Look
from sim.words import Words

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from ask import Ground, by_cma, by_luck

DRAWS = 20
FREE = ["village_sites", "village_power", "fibre_build"]


@pytest.fixture(scope="module")
def question(vinh_phuc):
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    return Question(case=vinh_phuc, targets=targets, replicates=DRAWS)


def villages(question, **said):
    said = {"target": "covered_villages", "free": FREE, **said}
    return ask(build_wish(question, question.case.baseline, **said))


def files(reply, question, say):
    return ask_files(Shown(question=question, say=say, reply=reply))


@pytest.fixture(scope="module")
def found(question):
    return villages(question, chance=0.5)


def test_a_plan_found_has_its_chance_and_its_proof(found):
    assert found.kind == "found"
    assert found.chance >= 0.5
    assert found.spent < found.money
    assert found.proof.bounds[0] <= found.proof.chance <= found.proof.bounds[1]
    assert found.lowest <= found.money
    assert found.runs > 0


def test_a_lever_without_effect_stays_where_it_stands(found):
    assert found.levers["fibre_build"] == found.wish.plan.levers["fibre_build"]


def test_the_same_question_has_the_same_bytes(question, found):
    say = Words("vi")
    again = villages(question, chance=0.5)
    assert dict(files(again, question, say)) == dict(files(found, question, say))


def test_a_higher_chance_never_costs_less_and_a_lever_more_never_costs_more(question, found):
    assert villages(question, chance=0.4).money <= found.money * 1.02
    fewer = villages(question, chance=0.5, free=["village_sites"])
    assert fewer.kind == "late" or fewer.chance < found.chance or found.money <= fewer.money * 1.02


def test_no_plan_of_a_grid_is_cheaper_by_more_than_two_per_cent(question, found):
    trials, wish = Trials(question=found.wish.question), found.wish
    cheapest = np.inf
    for sites in np.linspace(0, 1, 6):
        for power in np.linspace(0, 1, 4):
            levers = dict(wish.plan.levers)
            for name, part in (("village_sites", sites), ("village_power", power)):
                levers[name] += part * (wish.aim(name) - levers[name])
            trial = trials.of(levers)
            if reached(trial.margins, found.chance) >= 0:
                cheapest = min(cheapest, trial.money)
    assert found.money <= 1.02 * cheapest


def test_nothing_is_needed_where_the_plan_does(question):
    reply = villages(question, target="fibre_households", chance=0.5)
    assert reply.kind == "met"
    assert reply.levers == reply.wish.plan.levers
    assert reply.saved == ("village_sites",)


def test_not_by_then_says_what_can_be_had(question):
    reply = villages(question, target="mobile_broadband", chance=0.9)
    assert reply.kind == "late"
    assert reply.late.chance < 0.9
    (level,) = reply.late.levels.values()
    assert 0 < level < 0.85
    for language in ("vi", "en"):
        assert len(list(sentences(reply, Words(language)))) >= 4


def test_for_too_little_money_the_best_use_of_it_is_found(question, found):
    cap = (found.spent + found.money) / 2
    reply = villages(question, chance=0.5, cap=cap)
    assert reply.kind == "dear"
    assert reply.money <= cap
    assert reply.needed > cap


def test_every_month_of_a_switch_off_is_tried(question):
    said = {"target": "mobile_broadband", "free": ["switch_off_2g"], "chance": 0.4}
    reply = villages(question, **said)
    base, trials = reply.wish.plan.levers, Trials(question=reply.wish.question)
    whole = [trials.of({**base, "switch_off_2g": month}).chance for month in range(13)]
    most = reply.late.chance if reply.late else reply.chance
    assert most == max(whole)


def test_a_plan_written_opens_and_spends_the_same(question, found, tmp_path):
    for name, content in files(found, question, Words("en")):
        (tmp_path / name).write_bytes(content)
    plan = load_scenario(question.case, tmp_path / "plan-1.toml")
    assert dict(plan.levers) == dict(found.levers)
    verifier = Verifier(Words("en"))
    checks = {each.name: verifier.check(each).status for each in tmp_path.iterdir()}
    assert set(checks.values()) == {"same"}
    assert {"answer.txt", "plan-1.toml", "money-for-chance.png"} < set(checks)
    assert len(rows(found, Words("en"))) > 3


def test_a_margin_is_at_least_zero_just_where_a_target_is_met(question):
    (target,) = question.targets.of("covered_villages")
    draws = np.array([[0.9, 1.0, 1.0], [1.0, 0.9, 1.0], [1.0, 1.0, 0.98], [1.0, 1.0, 1.0]])
    found = margin(draws, replace(target, deadline=date(2022, 3, 31)), 2)
    assert found.round(6).tolist() == [1, 0, -3, 2]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"chance": 0.001}, "--chance"),
        ({"chance": float("nan")}, "--chance"),
        ({"chance": 0.85}, "--chance"),
        ({"free": []}, "--free"),
        ({"free": ["training", "training"]}, "--free"),
        ({"free": ["trainng"]}, "--free"),
        ({"target": "fibre"}, "--target"),
        ({"by": date(2021, 12, 31)}, "--by"),
        ({"by": date(2300, 12, 31)}, "--by"),
        ({"cap": 0.1}, "--cap"),
        ({"cap": float("inf")}, "--cap"),
    ],
)
def test_what_is_no_question_is_refused(question, said, place):
    with pytest.raises(InputFaults) as told:
        build_wish(question, question.case.baseline, **said)
    assert [fault.place for fault in told.value.faults] == [place]


def test_the_command_tells_every_fault_at_once(ketnoi):
    done = ketnoi(
        "ask",
        "--case",
        "scenarios/vinh-phuc-2022",
        "--replicates",
        10,
        "--chance",
        2,
        "--by",
        "x",
        "--free",
        "",
        "--least",
        "time",
        "--money",
        5,
        "--target",
        "fibre",
    )
    assert done.returncode == 2
    for option in ("--chance", "--by", "--free", "--least", "--money", "--target"):
        assert f" {option}:" in done.stderr


@pytest.mark.parametrize("chance", [0.4, 0.5])
@pytest.mark.parametrize("referee", [by_cma, by_luck])
def test_no_referee_finds_a_plan_cheaper_by_more_than_one_per_cent(question, referee, chance):
    ground = Ground(question, "covered_villages", ("village_sites", "village_power"))
    reply = ask(ground.wish(chance))
    field = ground.field(Trials(question=reply.wish.question), reply)
    assert reply.money <= 1.01 * referee(field, reply.chance, 200)


def test_strong_assumptions_move_the_curve(vinh_phuc):
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    question = Question(case=vinh_phuc, targets=targets, replicates=100)
    reply = villages(question, chance=0.5, free=FREE[:2])
    assert reply.swings
    assert len(reply.swings) % 2 == 0
    usual = {point.chance: point.money for point in reply.curve}
    for low, high in zip(reply.swings[::2], reply.swings[1::2], strict=True):
        assert low.assumption == high.assumption
        assert low.money != usual or high.money != usual
    shown = Shown(question=question, say=Words("en"), reply=reply)
    lines = swung(shown).draw(Look(say=Words("en")))["layer"]
    (start, _), rows = lines[1]["encoding"]["x"]["scale"]["domain"], lines[1]["data"]["values"]
    assert start <= min(row["chance"] for row in rows)  # no line leaves the chart


def test_a_run_is_made_in_its_turn_and_can_be_stopped(question):
    class StoppedError(Exception):
        pass

    turns = []

    @contextmanager
    def turn():
        if len(turns) == 3:
            raise StoppedError
        yield turns.append("")

    wish = build_wish(question, question.case.baseline, target="covered_villages", chance=0.5)
    with pytest.raises(StoppedError):
        ask(wish, turn=turn)
    assert len(turns) == 3


def test_a_stamp_keeps_what_is_asked(question):
    said = {"target": "covered_villages", "free": FREE, "chance": 0.5, "by": date(2022, 10, 31)}
    wish = build_wish(question, question.case.baseline, **said)
    entries = json.loads(json.dumps(wish.entries))
    again = wish_of(question, question.case.baseline, entries)
    assert again.entries == wish.entries
    assert again.question.targets == wish.question.targets


def test_a_sum_of_chances_is_asked_as_it_is_written(question):
    wish = build_wish(question, question.case.baseline, chance=0.1 + 0.2)
    assert wish.chance == 0.3
