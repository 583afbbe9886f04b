"""ketnoi as a library: what is given is checked, what comes back is short, locked and tabular."""

import numpy as np
import pytest
from cases import VINH_PHUC

import ketnoi

FEW = {"replicates": 40}


@pytest.fixture(scope="module")
def case():
    return ketnoi.load("vinh-phuc-2022")


@pytest.fixture(scope="module")
def result(case):
    return ketnoi.run(case, {"village_sites": 20}, **FEW)


def test_a_case_comes_by_name_or_by_path_from_anywhere(case, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert ketnoi.load("vinh-phuc-2022") == case
    assert ketnoi.load(str(VINH_PHUC)) == case
    with pytest.raises(ketnoi.InputFaults, match="a case folder"):
        ketnoi.load("no-such-place")


def test_facts_are_laid_over_a_case_that_is_there_already(case, tmp_path):
    file = tmp_path / "facts.toml"
    file.write_text("vintage = 2022-03-31\n", encoding="utf-8")
    assert str(ketnoi.load(case, file).head.vintage) == "2022-03-31"


def test_a_result_is_short_and_agrees_with_its_tables(result):
    assert len(repr(result)) < 250
    assert len(repr(result.case)) < 120
    assert len(repr(result.forecast)) < 250
    verdicts = result.to_pandas("verdicts")
    assert verdicts["chance"].tolist() == pytest.approx(list(result.chances))
    areas = result.to_pandas("areas")
    assert set(areas["area"].map(type)) == {str}


def test_draws_come_with_their_axes_and_cannot_be_written_into(result):
    found = result.to_xarray()
    name = result.targets[0].indicator
    assert found[name].dims == ("replicate", "area", "month")
    assert found.sizes["replicate"] == 40
    assert np.array_equal(found[name].values, result.forecast.values[name])
    with pytest.raises(ValueError, match="read-only"):
        result.forecast.values[name][:] = 0


def test_a_chart_is_the_fan_of_an_indicator(result):
    assert result.plot().to_dict()["layer"]
    with pytest.raises(ketnoi.InputFaults, match="did you mean"):
        result.plot("fibre_househods")


@pytest.mark.parametrize(
    "plan", [{"vilage_sites": 5}, {"permit_days": 0}, {"priority": "nope"}, {"village_sites": -5}]
)
def test_levers_are_checked(case, plan):
    with pytest.raises(ketnoi.InputFaults):
        ketnoi.run(case, plan, **FEW)


def test_a_scenario_edited_by_hand_is_checked_too(case):
    from dataclasses import replace

    spoilt = replace(case.baseline, levers={**case.baseline.levers, "vilage_sites": 5})
    with pytest.raises(ketnoi.InputFaults, match="village_sites"):
        ketnoi.run(case, spoilt, **FEW)


def test_a_plan_may_be_a_file_and_targets_a_set(case):
    found = ketnoi.run(case, VINH_PHUC / "fibre-first.toml", targets="final-2022-03", **FEW)
    assert found.scenario.id == "fibre-first"
    with pytest.raises(ketnoi.InputFaults):
        ketnoi.run(case, targets="none", **FEW)


def test_questions_are_asked_backwards_and_why_is_told(case, result):
    reply = ketnoi.ask(case, "fibre_households", 0.5, free=["fibre_build"], **FEW)
    assert reply.kind in {"met", "found", "late", "dear"}
    found = ketnoi.why(ketnoi.run(case, **FEW), result)
    assert [part.kind for part in found.parts] == ["plan"]
    assert found.now == result.chances


def test_the_levers_of_a_case_are_a_table(case):
    assert set(ketnoi.levers(case)["name"]) == set(case.levers)


def test_the_version_is_told():
    assert ketnoi.__version__.count(".") == 2
