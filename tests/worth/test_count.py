"""What to count next: among real plans, with a survey, from its stamp, and what is no question."""

import pytest
from cases import VINH_PHUC

from sim.ask.answers import Question
from sim.faults import InputFaults
from sim.paper.folders import next_files
from sim.paper.verify import Verifier
from sim.place.case import shipped
from sim.place.scenario import load_scenario
from sim.show.figures import Shown
from sim.words import LANGUAGES, Words
from sim.worth.count import START, shares, what_to_count
from sim.worth.telling import as_json, head, rows, sentences

DRAWS = 60


@pytest.fixture(scope="module")
def question(vinh_phuc):
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    return Question(case=vinh_phuc, targets=targets, replicates=DRAWS, seed=6)


@pytest.fixture(scope="module")
def plans(vinh_phuc):
    return [load_scenario(vinh_phuc, path) for path in shipped(vinh_phuc)]


@pytest.fixture(scope="module")
def found(question, plans):
    return what_to_count(question, plans, survey=("fibre_willing", 400))


def test_nothing_is_worth_less_than_nought_or_more_than_all(found):
    every = [*found.gains, *found.together, found.survey.gain]
    assert all(0 <= each.value <= found.most + 1e-12 for each in every)
    assert all(0 <= each.narrower <= 1 for each in every)
    values = [found.gains[0].value, *(each.value for each in found.together)]
    assert values == sorted(values)
    assert found.chances.max() == found.chances[found.plans.index(found.best)]


def test_a_survey_is_worth_no_more_than_the_truth(found):
    (truth,) = [each for each in found.gains if each.names == ("fibre_willing",)]
    assert found.survey.gain.narrower <= truth.narrower + 1e-12
    assert found.survey.gain.value <= truth.value + 1e-12


def test_where_one_plan_is_never_behind_nothing_is_worth_knowing(question, plans):
    same = what_to_count(question, [plans[0], plans[0]])
    assert same.most == 0
    assert any("would not change the choice" in line for line in sentences(same, Words("en")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_words_and_rows(found, language):
    say = Words(language)
    assert len(list(sentences(found, say))) >= 3
    assert {len(row) for row in rows(found, say)} == {len(head(say))}


def test_levels_of_the_first_day_can_be_asked_about(question):
    assert START + "fibre_households" in shares(question)


def test_it_is_the_same_from_its_stamp_and_its_files_are_verified(found, question, tmp_path):
    survey = tuple(found.entries["survey"])
    again = what_to_count(question, found.plans, survey=survey)
    assert as_json(again) == as_json(found)
    files = dict(next_files(Shown(question=question, say=Words("en"), next=found)))
    assert "worth-knowing.png" in files
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    verifier = Verifier(Words("en"), VINH_PHUC)
    for name in ("answer.txt", "answer.csv", "worth-knowing.svg", "stamp.json"):
        assert verifier.check(tmp_path / name).status == "same", name


def test_every_fault_is_told_at_once(question, plans):
    with pytest.raises(InputFaults) as caught:
        what_to_count(question, plans[:1], survey=("fibre_wiling", 0))
    assert len(caught.value.faults) == 3
    assert "fibre_willing" in str(caught.value)


def test_a_survey_without_a_number_is_refused(ketnoi):
    done = ketnoi("worth", "--case", VINH_PHUC, "--survey", "fibre_willing", LC_ALL="C.UTF-8")
    assert done.returncode == 2
    assert "fibre_willing=400" in done.stderr


def test_the_card_of_a_survey_is_printed_and_its_faults_told(ketnoi):
    said = ["survey", "--population", "12000", "--icc", "0.05", "--cost-cluster", "10"]
    done = ketnoi(*said, "--cost-person", "1", "--lang", "en")
    assert "Design effect" in done.stdout
    done = ketnoi("survey", "--population", "500", "--icc", "1.2", "--sample", "500")
    assert done.returncode == 2
    assert "--icc" in done.stderr
    assert "--sample" in done.stderr
