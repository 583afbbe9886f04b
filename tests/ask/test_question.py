"""A question is answered by what its case says, whichever case was asked before it."""

import shutil

import pytest
from cases import VINH_PHUC

from sim.ask.answers import Question, answer
from sim.place.case import load_case
from sim.place.scenario import load_scenario

LUCK = {"seed": 3, "replicates": 60}


def altered(tmp_path, name, file, old, new):
    """Return a copy of Vinh Phuc in which a text of a file is another."""
    folder = shutil.copytree(VINH_PHUC, tmp_path / name)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return load_case(folder)


def asked(case):
    targets = case.target_sets[case.default_targets]
    return Question(case=case, targets=targets, **LUCK)


def verdicts(case):
    plan = load_scenario(case, VINH_PHUC / "fibre-first.toml")
    return answer(asked(case), plan).summary.judgement


@pytest.mark.parametrize("turn", [1, -1])
def test_cases_that_differ_only_in_the_baseline_have_answers_of_their_own(tmp_path, turn):
    cases = [
        load_case(VINH_PHUC),
        altered(tmp_path, "busy", "baseline.toml", "training = 0.59", "training = 6"),
    ][::turn]
    together = [verdicts(case) for case in cases]
    assert together[0] != together[1]
    assert together == [verdicts(load_case(case.folder)) for case in cases]
    assert cases[0] != cases[1]
    assert cases[0].hash == cases[1].hash  # they know the same


@pytest.mark.parametrize("turn", [1, -1])
def test_cases_that_differ_only_in_a_targets_level_have_answers_of_their_own(tmp_path, turn):
    cases = [
        load_case(VINH_PHUC),
        altered(tmp_path, "eager", "targets.toml", "at_least = 70", "at_least = 90"),
    ][::turn]
    chances = [verdicts(case).verdicts[0].chance for case in cases]
    assert chances[0] != chances[1]
    assert cases[0] != cases[1]
    assert len({case.identity for case in cases}) == 2


def test_a_scenario_called_baseline_is_a_scenario_like_any_other(tmp_path):
    case = altered(tmp_path, "busy", "baseline.toml", "training = 0.59", "training = 6")
    own = tmp_path / "baseline.toml"
    own.write_text('[name]\nvi = "Của tôi"\nen = "Mine"\n[why]\nvi = "–"\nen = "–"\n[levers]\n')
    assert load_scenario(case, own).value("training") == 6


def test_a_case_is_a_value_that_needs_no_folder(tmp_path):
    folder = shutil.copytree(VINH_PHUC, tmp_path / "gone")
    case = load_case(folder)
    plan = load_scenario(case, folder / "fibre-first.toml")
    shutil.rmtree(folder)
    assert answer(asked(case), plan).summary.judgement == verdicts(load_case(VINH_PHUC))
    assert case == load_case(VINH_PHUC)
