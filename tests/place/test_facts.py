"""Own facts over a case: what repeats it changes no bit, order does not matter, faults are told."""

from datetime import date

import numpy as np
import pytest
from cases import VIET_NAM, VINH_PHUC
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.faults import InputFaults
from sim.place.case import load_case
from sim.place.facts import OWN, FactsFile, from_json, read_facts

ROW = """[[observations]]
date = {date}
indicator = "{indicator}"
area = "{area}"
value = {value}
unit = "{unit}"
published = {published}
source = "Own count"
confidence = "medium"
"""
FIGURE = {
    "date": "2021-12-31",
    "indicator": "fibre_households",
    "area": "VN",
    "value": 65.5,
    "unit": "%",
    "published": "2022-01-10",
}
COST = (
    '[assumptions.village_site_cost]\nlow = 900\ncentral = 1100\nhigh = 1500\nsource = "Tender"\n'
)
GOAL = (
    '[[targets]]\nindicator = "fibre_households"\nat_least = 72\nunit = "%"\n'
    "deadline = 2022-09-30\n"
)


@pytest.fixture
def facts(tmp_path):
    def write(text, name="facts.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_facts(path)

    return write


def laid(facts, folder=VIET_NAM):
    return load_case(folder, facts=facts)


def test_figures_assumptions_and_targets_of_ones_own_are_used(viet_nam, facts):
    case = laid(facts(ROW.format(**FIGURE) + COST + GOAL))
    assert case.facts.counts == {"figures": 1, "assumptions": 1, "targets": 1}
    assert len(case.observations) == len(viet_nam.observations) + 1
    assert case.assumptions["village_site_cost"].high == 1500
    assert case.assumptions["village_site_cost"].evidence("vi") == "Tender"
    assert case.default_targets == OWN
    (goal,) = case.target_sets[OWN].targets
    assert (goal.at_least, goal.deadline) == (0.72, date(2022, 9, 30))
    assert case.hash != viet_nam.hash


def test_what_repeats_the_case_changes_no_bit(viet_nam):
    own = viet_nam.assumptions["village_site_cost"]
    entries = {
        "vintage": viet_nam.head.vintage.isoformat(),
        "observations": [row.model_dump(mode="json") for row in viet_nam.observations[:5]],
        "assumptions": {
            own.id: {"low": own.low, "central": own.central, "high": own.high, "source": "Other"}
        },
    }
    again = laid(from_json(entries, VIET_NAM / "facts.toml"))
    assert again.hash == viet_nam.hash
    assert again == viet_nam


@settings(max_examples=10)
@given(st.permutations(range(4)))
def test_the_order_of_rows_does_not_matter(order):
    values = [66.0, 66.5, 67.0, 67.5]
    rows = [{**FIGURE, "value": values[k], "source": "Own", "confidence": "low"} for k in order]
    straight = [{**FIGURE, "value": v, "source": "Own", "confidence": "low"} for v in values]
    cases = [laid(from_json({"observations": each}, VIET_NAM)) for each in (rows, straight)]
    assert cases[0].hash == cases[1].hash


def test_a_figure_twice_is_refused(facts):
    with pytest.raises(InputFaults, match="each observation once"):
        laid(facts(2 * ROW.format(**FIGURE)))


def test_a_later_day_brings_what_was_published_by_then(viet_nam, facts):
    case = laid(facts("vintage = 2022-06-30\n"))
    assert case.head.vintage == date(2022, 6, 30)
    assert case.hash == viet_nam.as_of(date(2022, 6, 30)).hash
    assert len(case.observations) > len(viet_nam.observations)


def test_a_table_of_figures_is_read_too(facts):
    head = "date,indicator,area,value,unit,published,source,confidence,note\n"
    own = facts(head + "2021-12-31,fibre_households,VN,65.5,%,2022-01-10,Own,low,\n", "own.csv")
    assert own.counts["figures"] == 1
    with pytest.raises(InputFaults, match="line 2"):
        laid(facts(head + "2021-12-31,fibre_households,XX,65.5,%,2022-01-10,O wn,low,\n", "o.csv"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("colour = 3", "no such entry"),
        ("vintage = 2021-01-01", "a day after"),
        ("vintage = 2031-01-01", "a day after"),
        (ROW.format(**{**FIGURE, "area": "XX"}), "an area of areas.csv"),
        (ROW.format(**{**FIGURE, "published": "2022-02-28"}), "a later vintage"),
        (ROW.format(**{**FIGURE, "value": 101}), "at most 100"),
        (COST.replace("village_site_cost", "village_site_cos"), "did you mean village_site_cost"),
        (COST.replace("900", "9000"), "low <= central <= high"),
        (COST.replace("900", "-5"), "to"),
        (GOAL.replace("72", "172"), "at most 100"),
        (GOAL.replace("2022-09-30", "2052-09-30"), "a month that ends after the vintage"),
        (2 * GOAL, "each target once"),
    ],
)
def test_faults_name_the_file_of_facts(text, wanted, facts):
    with pytest.raises(InputFaults) as caught:
        laid(facts(text))
    assert any(wanted in fault.wanted for fault in caught.value.faults)
    assert all(fault.file.endswith("facts.toml") for fault in caught.value.faults)


def test_a_run_on_own_facts_says_so_and_its_files_are_verified(ketnoi, tmp_path):
    path, out = tmp_path / "facts.toml", tmp_path / "out"
    figure = {**FIGURE, "area": "26", "value": 75.5}
    path.write_text(ROW.format(**figure) + COST, encoding="utf-8")
    words = ["--case", VINH_PHUC, "--with", path, "--replicates", "20", "--lang", "en"]
    plan = VINH_PHUC / "draft-plan.toml"
    done = ketnoi("run", plan, *words, "--out", out)
    assert "Rests on the planner's own facts: 1 figure, 1 assumption." in done.stdout
    checked = ketnoi("verify", out / "verdicts.csv", out / "stamp.json", "--lang", "en")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count(": same") == 2
    refused = ketnoi("run", plan, *words[:3], tmp_path / "none.toml")
    assert refused.returncode == 2


def test_no_facts_are_no_facts():
    assert not from_json({}, VIET_NAM)
    assert from_json({}, VIET_NAM).as_json() == {}
    assert FactsFile() == from_json({}, VIET_NAM).entries


def test_a_range_in_place_of_a_single_value_is_drawn(viet_nam, facts):
    fixed = next(row for row in viet_nam.assumptions.values() if row.distribution == "fixed")
    low, high = 0.9 * fixed.central, 1.05 * fixed.central
    entry = f'low = {low}\ncentral = {fixed.central}\nhigh = {high}\nsource = "Own count"\n'
    own = laid(facts(f"[assumptions.{fixed.id}]\n{entry}")).assumptions[fixed.id]
    assert own.quantile(np.array([0.01]))[0] < own.quantile(np.array([0.99]))[0]
