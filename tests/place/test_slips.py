"""Slips of a hand or a spreadsheet that change what a case says: none is taken in silence."""

import shutil

import numpy as np
import pytest
from cases import VIET_NAM, VINH_PHUC

from sim.ask.answers import Question, compare
from sim.ask.summary import as_json
from sim.faults import InputFaults
from sim.forecast import Forecast, Track
from sim.place.case import load_case
from sim.place.scenario import build_scenario
from sim.reading import parse_toml


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


SLIPS = [
    ("observations.csv", "VN,65.641,%", "VN,0.65641,%", "after 64 on 2021-09-30"),
    ("observations.csv", "date,indicator,area,value,unit,published",
     "published,indicator,area,value,unit,date", "were the columns swapped"),
    ("observations.csv", "VN,2193,", "VN,1000000,", "at most the 98,455 villages"),
    ("observations.csv", "2013-04-30", "1013-04-30", "at least 1900-01-01"),
    ("areas.csv", ",5376,", ",5.376,", "was 5376 meant"),
    ("case.toml", 'currency = "bn VND"', 'currency = "bn LAK"', "what one US dollar is in LAK"),
    ("targets.toml", "at_least = 70\n", "at_least = 1.0\n", "more than 1"),
    ("targets.toml", "published = 2022-01-15", "published = 9999-12-31", "2200-12-31"),
    ("case.toml", "vintage = 2022-01-15", "vintage = 0001-01-01",
     "given 0001-01-01; would do: at least 1900-01-01"),
    ("case.toml", "horizon = 2030-12-31", "horizon = 9999-12-31", "at most 2200-12-31"),
    ("targets.toml", "deadline = 2022-12-31", "deadline = 9990-12-31", "at most 2200-12-31"),
    ("baseline.toml", "fibre_build = 0\n", "fibre_build = 2.000\n", "may be 2 or 2000"),
    ("case.toml", 'nation = "VN"', 'nation = "01"', "also an area's code"),
    ("observations.csv", ",mobile_broadband,VN,39.0767,", ",mobile_broadband,VN,172.39,",
     "a bound above every figure"),
]  # fmt: skip


def test_an_areas_first_figure_is_held_against_the_nations(tmp_path):
    folder = shutil.copytree(VIET_NAM, tmp_path / "case")
    edit(folder / "observations.csv", "48,83.71,%", "48,0.8371,%")
    with pytest.raises(InputFaults, match=r"0.8371 %, where VN has \d+"):
        load_case(folder)
    edit(folder / "observations.csv", "48,0.8371,%", "48,0,%")
    load_case(folder)


@pytest.mark.parametrize(("file", "old", "new", "words"), SLIPS)
def test_a_slip_is_named(copy, file, old, new, words):
    edit(copy / file, old, new)
    with pytest.raises(InputFaults, match=words):
        load_case(copy)


def test_without_a_list_no_village_is_taken_for_covered(tmp_path):
    folder = shutil.copytree(VIET_NAM, tmp_path / "case")
    path = folder / "observations.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if ",uncovered_villages," not in row]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    case = load_case(folder)
    targets = case.target_sets[case.default_targets]
    question = Question(case=case, targets=targets, replicates=20)
    with pytest.raises(InputFaults, match="no list of villages without signal known"):
        compare(question, [case.baseline])


def test_the_order_of_observations_and_assumptions_says_nothing(tmp_path):
    folder = shutil.copytree(VINH_PHUC, tmp_path / "case")
    for name in ("observations.csv", "assumptions.csv"):
        head, *rows = (folder / name).read_text(encoding="utf-8").splitlines()
        (folder / name).write_text("\n".join([head, *rows[::-1]]) + "\n", encoding="utf-8")
    before, after = (answer(load_case(each)) for each in (VINH_PHUC, folder))
    assert before == after


def answer(case):
    targets = case.target_sets[case.default_targets]
    question = Question(case=case, targets=targets, replicates=20)
    return [as_json(summary, case.head.currency) for summary in compare(question, [case.baseline])]


def plan_of(case, value):
    names = {"vi": "a", "en": "a"}
    entries = {"name": names, "why": names, "levers": {"fibre_build": value}}
    return build_scenario(case, entries, id="a", file="a.toml")


def test_a_lever_too_small_to_do_anything_is_refused(viet_nam):
    for value in (1e-12, 2.193):
        with pytest.raises(InputFaults, match=r"0, or 9\.8 to 9,800 bn VND"):
            plan_of(viet_nam, value)
    assert plan_of(viet_nam, 1000.123456789012).levers["fibre_build"] == 1000.123457


def test_toml_numbers_whose_dot_may_part_thousands_are_refused():
    assert parse_toml("a = 2.5", file="f") == {"a": 2.5}
    with pytest.raises(InputFaults, match=r"1\.500 may be 1\.5 or 1500"):
        parse_toml("a = 1.500", file="f")


def test_draws_that_are_no_finite_numbers_are_never_handed_on(viet_nam):
    track = Track(draws=np.full((2, 1, 3), np.nan), weights=np.ones(1), observed=np.ones(1, bool))
    with pytest.raises(InputFaults, match="no finite number"):
        Forecast(
            tracks={"fibre_households": track},
            months=(),
            areas=("a",),
            money={},
            spent={},
            private={},
            waiting={},
            held={},
        )
    assert VIET_NAM.is_dir()


def test_a_provinces_first_figure_is_held_against_the_nation_it_follows(tmp_path):
    folder = shutil.copytree(VINH_PHUC, tmp_path / "case")
    edit(folder / "observations.csv", "households,26,53,%", "households,26,0.53,%")
    with pytest.raises(InputFaults, match=r"0.53 %, where VN has \d+"):
        load_case(folder)


def test_a_covariate_of_any_name_is_told_of_or_a_fault(tmp_path):
    folder = shutil.copytree(VIET_NAM, tmp_path / "case")
    for name in ("areas.csv", "case.toml"):
        edit(folder / name, "papi_internet_2020", "access_2020")
    renamed, known = load_case(folder), load_case(VIET_NAM)
    assert renamed.service_column == "access_2020"
    before, after = (answer(each) for each in (known, renamed))
    assert before == after
    edit(folder / "case.toml", "[columns.access_2020]", "[columns.acess_2020]")
    with pytest.raises(InputFaults) as caught:
        load_case(folder)
    assert "line 1: given column 'access_2020'" in str(caught.value)
    edit(folder / "case.toml", "[columns.acess_2020]", "[columns.access_2020]")
    score = '[score]\ncolumn = "acces"\n\n[columns.population]'
    edit(folder / "case.toml", "[columns.population]", score)
    with pytest.raises(InputFaults, match=r"score.column: given 'acces'; would do: did you mean"):
        load_case(folder)
    edit(folder / "areas.csv", ",urban_share,", ",urban_shares,")
    with pytest.raises(InputFaults, match="did you mean urban_share"):
        load_case(folder)
