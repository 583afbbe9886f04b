"""Where to start: said chances come true, a weight of nought is none, faults all at once."""

from dataclasses import replace

import numpy as np
import pytest
from cases import VINH_PHUC

from sim.ask.answers import Question
from sim.faults import InputFaults
from sim.indicators import SERIES
from sim.paper.folders import next_files
from sim.paper.verify import Verifier
from sim.place.scenario import changed, load_scenario
from sim.rank.criteria import Criterion, load_criteria, usual, values
from sim.rank.lever import one_first
from sim.rank.ranks import ranks, scores
from sim.rank.start import arguments, asked_faults, where_to_start
from sim.rank.telling import area_names, as_json, grouped, head, rows, sentences
from sim.show.figures import Shown
from sim.show.look import Look
from sim.show.next.ranks import ranked
from sim.words import LANGUAGES, Words
from sim.world.supply import priority

DRAWS = 40


@pytest.fixture(scope="module")
def question(vinh_phuc):
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    return Question(case=vinh_phuc, targets=targets, replicates=DRAWS, seed=6)


@pytest.fixture(scope="module")
def plan(vinh_phuc):
    return load_scenario(vinh_phuc, VINH_PHUC / "draft-plan.toml")


@pytest.fixture(scope="module")
def found(question, plan):
    return where_to_start(question, plan, top=3, floor=0.6)


def criterion(id, low, high, direction="more"):
    return Criterion(id=id, direction=direction, low=low, high=high)


def test_said_chances_of_the_top_ten_come_true_on_twins():
    """Of 200 worlds the truth is one more draw: of those said p, as many are among the ten."""
    luck, said, true = np.random.default_rng(12), [], []
    criteria = [criterion("a", 0.5, 1.5), criterion("b", 0.0, 1.0)]
    for twin in range(200):
        middle = luck.random((2, 63))
        drawn = {
            name: np.clip(middle[k] + 0.15 * luck.normal(size=(301, 63)), 0, 1)
            for k, name in enumerate("ab")
        }
        every = scores(criteria, drawn, twin, 301)
        truth = np.argsort(-every[-1])[:10]
        said.append(ranks(every[:-1], 10).chance)
        true.append(np.isin(np.arange(63), truth))
    said, true = np.concatenate(said), np.concatenate(true).astype(float)
    bins = np.digitize(said, [0.1, 0.3, 0.5, 0.7, 0.9])
    for each in range(6):
        inside = bins == each
        assert abs(said[inside].mean() - true[inside].mean()) < 0.05


def test_chances_add_up_to_the_top_and_equals_share_it():
    every = np.tile([3.0, 2.0, 2.0, 1.0], (5, 1))
    found = ranks(every, 2)
    assert found.chance.tolist() == [1, 0.5, 0.5, 0]
    assert found.middle.tolist() == [1, 2.5, 2.5, 4]
    assert found.groups == ((0,), (1, 2), (3,))


def test_a_criterion_of_weight_nought_changes_nothing(question, plan):
    forecast = question.brief.run(plan)
    some = usual(question)
    more = (criterion("population", 0, 0), *some, criterion("urban_share", 0, 0, "less"))
    first, second = (
        scores(each, values(question, forecast, each), 6, DRAWS) for each in (some, more)
    )
    assert first.tobytes() == second.tobytes()
    plain, wider = (
        where_to_start(question, plan, criteria=each, top=3, moved=False) for each in (some, more)
    )
    assert plain.doubt.tobytes() == wider.doubt.tobytes()


def test_an_area_put_first_is_the_only_one_in_the_first_tier(question):
    case = question.case
    cheap = np.arange(len(case.codes), dtype=float)
    for order in case.levers["priority"].choices:
        tiers = priority(case, order, cheap)
        first = priority(case, f"{order} {case.codes[4]}", cheap)
        assert np.flatnonzero(first == 0).tolist() == [4]
        rest = np.arange(len(tiers)) != 4
        assert (first[rest] == tiers[rest] + 1).all()


def test_nothing_else_of_a_place_changes_where_one_may_be_first(question, plan):
    wider = one_first(question)
    assert wider.case.hash == question.case.hash
    same, asked = (q.brief.run(plan).nation("homes_passed") for q in (question, wider))
    assert np.array_equal(same, asked)


def test_leverage_is_paired_and_nought_without_money_to_build(question, found, plan):
    assert found.leverage.money
    assert found.leverage.chance.shape == (len(question.case.areas),)
    assert (np.abs(found.leverage.chance) <= 1).all()
    none = changed(
        question.case, plan, dict.fromkeys(("fibre_build", "village_sites", "village_power"), 0)
    )
    idle = where_to_start(question, none, top=3)
    assert not idle.leverage.money
    assert not idle.leverage.chance.any()


def test_a_floor_is_met_less_often_by_all_than_by_each(found):
    floor = found.floor
    assert floor.chance <= floor.each.min()
    assert floor.both <= min(floor.chance, floor.nation)
    assert floor.worst is not None


def test_doubt_is_no_more_than_what_is_misplaced(found):
    assert (found.doubt >= 0).all()
    assert (found.doubt <= found.ranks.misplaced + 1e-12).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_words_and_rows_of_every_area(found, language):
    say = Words(language)
    lines = list(sentences(found, say))
    assert len(lines) >= 4
    table = rows(found, say)
    assert {len(row) for row in table} == {len(head(found, say))}
    assert len(table) == len(found.question.case.areas)
    names = [say.named(area.name()) for area in found.question.case.areas]
    for group in {group for group, _ in grouped(found, say)}:
        own = [say.order(names[area]) for each, area in grouped(found, say) if each == group]
        assert own == sorted(own)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chart_with_room_for_some_shows_those_most_often_first(found, language, monkeypatch):
    say = Words(language)
    monkeypatch.setattr("sim.show.next.ranks.MOST", 3)
    shown = Shown(question=found.question, say=say, summaries=(), behind=lambda: None, next=found)
    chart = ranked(shown).draw(Look(say=say))
    likely = np.argsort(-found.ranks.chance, kind="stable")[:3]
    names = area_names(found, say)
    assert {row["area"] for row in chart["data"]["values"]} == {names[area] for area in likely}
    assert say.number(len(names)) in chart["title"]["subtitle"][-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_alone_is_not_called_one_of_the_first_1(question, plan, language):
    alone, say = where_to_start(question, plan, top=1, moved=False), Words(language)
    told = [next(iter(sentences(alone, say))), *head(alone, say)]
    assert not any(" 1" in words for words in told)


def test_a_weight_that_all_criteria_share_is_told_once(question, plan, found):
    (*_, line) = sentences(found, Words("en"))
    assert line.startswith("Ranked by, each with weight 0.50 to 1.50: ")
    assert line.count("weight") == 1
    own = (criterion("households", 0.5, 1.5), criterion("population", 1, 1))
    (*_, line) = sentences(where_to_start(question, plan, criteria=own, top=3), Words("en"))
    assert line.count("weight") == 2


def test_adults_short_of_phones_are_a_part_of_the_people(vinh_phuc):
    share = vinh_phuc.assumptions["adults_share"].central
    people = vinh_phuc.columns["population"]
    assert 0.5 < share < 1
    np.testing.assert_array_equal(vinh_phuc.sizes("smartphone_adults"), share * people)
    np.testing.assert_array_equal(vinh_phuc.sizes("mobile_broadband"), people)
    assert SERIES["smartphone_adults"].noun == "adults"


def test_it_is_the_same_from_its_stamp(found, question):
    again = where_to_start(question, found.plan, **arguments(question, found.entries))
    assert as_json(again) == as_json(found)


def test_its_files_are_verified(question, plan, tmp_path):
    few = where_to_start(question, plan, top=3, moved=False)
    shown = Shown(question=question, say=Words("vi"), next=few)
    paths = []
    for name, content in next_files(shown):
        (tmp_path / name).write_bytes(content)
        paths.append(tmp_path / name)
    verifier = Verifier(Words("en"), VINH_PHUC)
    for path in paths:
        if not path.name.endswith("-metadata.json"):
            assert verifier.check(path).status == "same", path


FAULTS = {
    "weights that add up to 0": "population,more,0,0\n",
    "no such criterion": "poplation,more,0,1\n",
    "weights 2 to 1": "population,more,2,1\n",
    "2 times": "population,more,0,1\npopulation,less,0,1\n",
    "'up'": "population,up,0,1\n",
}


@pytest.mark.parametrize("words", FAULTS)
def test_what_is_wrong_with_criteria_is_told(words, question, tmp_path):
    path = tmp_path / "criteria.csv"
    path.write_text("id,direction,low,high\n" + FAULTS[words], encoding="utf-8")
    with pytest.raises(InputFaults) as caught:
        load_criteria(question, path)
    assert words in str(caught.value)


def test_a_criterion_unknown_in_over_half_of_the_areas_is_refused(question, tmp_path):
    path = tmp_path / "criteria.csv"
    path.write_text("id,direction,low,high\nurban_share,more,0,1\n", encoding="utf-8")
    for unknown in (4, 5):
        shares = np.where(np.arange(9) < unknown, np.nan, question.case.columns["urban_share"])
        case = replace(question.case, columns={**question.case.columns, "urban_share": shares})
        asked = replace(question, case=case)
        if unknown == 4:
            (found,) = load_criteria(asked, path)
            (value,) = values(asked, None, [found]).values()
            assert np.isfinite(value).all()
        else:
            with pytest.raises(InputFaults, match="unknown in 5 of 9 areas"):
                load_criteria(asked, path)


def test_criteria_in_toml_are_those_in_csv(question, tmp_path):
    path = tmp_path / "criteria.toml"
    row = 'id = "population"\ndirection = "more"\nlow = 0\nhigh = 1\n'
    path.write_text(f"[[criteria]]\n{row}", encoding="utf-8")
    assert load_criteria(question, path) == (criterion("population", 0, 1),)
    path.write_text(f"[[criteria]]\n{row}nme = 1\n", encoding="utf-8")
    with pytest.raises(InputFaults, match="nme"):
        load_criteria(question, path)


def test_how_many_are_first_and_a_floor_lie_within_bounds(question):
    areas = len(question.case.areas)
    assert len(asked_faults(question, 0, 1.0)) == 2
    assert len(asked_faults(question, areas, float("nan"))) == 2
    assert asked_faults(question, areas - 1, 0.6) == []


def test_the_command_tells_every_fault_at_once(ketnoi, tmp_path):
    path = tmp_path / "criteria.csv"
    path.write_text("id,direction,low,high\nnone,more,0,0\n", encoding="utf-8")
    said = ["--case", VINH_PHUC, "--criteria", path, "--top", "99", "--floor", "60"]
    done = ketnoi("rank", *said, LC_ALL="C.UTF-8")
    assert done.returncode == 2
    for words in ("--top", "--floor", "no such criterion", "add up to 0"):
        assert words in done.stderr


def test_a_place_of_one_area_is_told_that_two_can_be_ranked(question):
    case = replace(question.case, areas=question.case.areas[:1])
    (fault,) = asked_faults(replace(question, case=case), None, None)
    assert "1 areas" in str(fault)
    assert "at least two areas" in str(fault)
