"""Scenarios: one door, every fault at once, what is not named is the baseline's."""

import pickle
import tomllib
from dataclasses import replace

import pytest

from sim.faults import GUESSES, InputFaults
from sim.place.case import shipped
from sim.place.levers import budgets, levers_model
from sim.place.scenario import (
    build_scenario,
    changed,
    lever_rows,
    load_scenario,
    scenario_model,
    told_apart,
)

NAMES = {"name": {"vi": "Thử", "en": "Try"}, "why": {"vi": "Vì", "en": "Because"}}


def faults(case, levers, **more):
    with pytest.raises(InputFaults) as caught:
        build_scenario(case, {**NAMES, **more, "levers": levers}, id="try", file="try.toml")
    return str(caught.value)


@pytest.mark.parametrize("name", ["viet_nam", "vinh_phuc"])
def test_at_least_six_plans_are_shipped_and_differ(name, request):
    case = request.getfixturevalue(name)
    plans = [load_scenario(case, path) for path in shipped(case)]
    assert plans[0].id == "baseline"
    assert len(plans) >= 7
    assert len({plan.hash for plan in plans}) == len(plans)
    assert all(plan.why["vi"] and plan.why["en"] for plan in plans)


def test_what_is_not_named_is_the_baselines(viet_nam):
    plan = build_scenario(viet_nam, {**NAMES, "levers": {"training": 99}}, id="try", file="x")
    ground = viet_nam.baseline
    assert plan.value("training") == 99
    rest = {name for name in plan.levers if plan.levers[name] != ground.levers[name]}
    assert rest == {"training"}


def test_every_fault_comes_in_one_list(viet_nam):
    text = faults(
        viet_nam,
        {
            "fibre_buld": 3,
            "training": -1,
            "switch_off_2g": 7.5,
            "disbursement": float("nan"),
            "targeting": "much",
            "priority": "luckiest",
        },
        colour="red",
    )
    assert text.startswith("7 faults to fix")
    for part in (
        "levers.fibre_buld: given 3; would do: no such entry; did you mean fibre_build?",
        "levers.training: given -1; would do: 0 to 980 bn VND a year",
        "levers.switch_off_2g: given 7.5; would do: a whole number",
        "levers.disbursement: given nan; would do: 0 to 1",
        "levers.targeting: given 'much'; would do: 0 to 1",
        "levers.priority: given 'luckiest'; would do: 'plan_order', 'cheapest'",
        "colour: given 'red'; would do: no such entry",
    ):
        assert part in text, (part, text)


def test_a_lever_out_of_bounds_names_them(viet_nam):
    assert "given 61; would do: 5 to 60 days" in faults(viet_nam, {"permit_days": 61})


@pytest.mark.parametrize("name", ["Thử", {"vi": "Thử"}, {"lo": "Thử"}])
def test_a_name_in_one_language_stands_for_the_others(viet_nam, name):
    plan = build_scenario(viet_nam, {"name": name, "why": NAMES["why"]}, id="try", file="try.toml")
    assert plan.name["en"] == "Thử"


@pytest.mark.parametrize("name", [{}, {"": "Thử"}, {"english": "Thử"}, {"en": ""}])
def test_a_name_that_is_none_is_refused(viet_nam, name):
    with pytest.raises(InputFaults, match="name"):
        build_scenario(viet_nam, {"name": name, "why": NAMES["why"]}, id="try", file="try.toml")


def test_malformed_toml_names_its_line(viet_nam, tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text('[name]\nvi = "a"\nen = \n', encoding="utf-8")
    with pytest.raises(InputFaults, match=r"malformed TOML.*line 3"):
        load_scenario(viet_nam, path)


def test_changing_nothing_gives_the_same_plan(viet_nam):
    plan = load_scenario(viet_nam, shipped(viet_nam)[1])
    assert changed(viet_nam, plan, {"training": plan.levers["training"]}) is plan
    other = changed(viet_nam, plan, {"training": 1.0})
    assert other.id == f"{plan.id}-adjusted"
    assert other.value("training") == 1
    assert other.hash != plan.hash


def test_money_of_a_province_is_bounded_by_its_people(viet_nam, vinh_phuc):
    for name in budgets(viet_nam.levers):
        assert vinh_phuc.levers[name].high < viet_nam.levers[name].high


def test_the_table_the_model_and_the_schema_name_the_same_levers(viet_nam):
    names = {row["name"] for row in lever_rows(viet_nam)}
    standing = viet_nam.levers, viet_nam.baseline.levers
    model = levers_model(*standing)
    schema = scenario_model(*standing).model_json_schema()
    assert names == set(model.model_fields) == set(viet_nam.levers)
    levers = schema["$defs"]["Levers"]["properties"]
    assert set(levers) == names
    assert levers["priority"]["enum"] == list(viet_nam.levers["priority"].choices)
    assert levers["training"]["maximum"] == 980


def test_every_lever_says_what_it_does_and_why(viet_nam):
    for row in lever_rows(viet_nam):
        assert len(row["mechanism"]) > 20, row["name"]
        assert len(row["source"]) > 20, row["name"]
        if row["step"] is not None:
            assert row["low"] <= row["baseline"] <= row["high"]


def test_a_lever_beyond_the_evidence_is_named(viet_nam):
    row = next(row for row in lever_rows(viet_nam) if row["name"] == "training")
    plan = changed(viet_nam, viet_nam.baseline, {"training": row["high"]})
    assert plan.unsupported(viet_nam.levers) == ("training",)
    assert viet_nam.baseline.unsupported(viet_nam.levers) == ()


def test_a_case_that_has_read_a_scenario_can_be_handed_to_another_process(vinh_phuc):
    moved = changed(vinh_phuc, vinh_phuc.baseline, {"training": 1.0})
    there = pickle.loads(pickle.dumps(vinh_phuc))
    assert changed(there, there.baseline, {"training": 1.0}) == moved


def test_a_thousand_unknown_levers_are_told_at_once_and_guessed_at_for_the_first(vinh_phuc):
    told = faults(vinh_phuc, {f"training_{number}": 1 for number in range(1000)})
    assert told.count("no such entry") == 1000
    assert told.count("did you mean") == GUESSES


def test_names_that_are_equal_or_long_and_begin_alike_are_told_apart(draft):
    long = "Phương án ưu tiên vùng sâu, vùng xa, vùng biên giới"
    names = ("A", "A", f"{long}: cáp quang", f"{long}: cấp điện", "B")
    plans = [
        replace(draft, id=f"p{at}", name=dict.fromkeys(("vi", "en"), name))
        for at, name in enumerate(names)
    ]
    found = [each.name["vi"] for each in told_apart(plans)]
    assert found == ["A (p0)", "A (p1)", "… cáp quang", "… cấp điện", "B"]


def test_a_name_in_no_language_is_refused(viet_nam):
    """`ens` for `en`: the English name would be lost without a word."""
    text = (viet_nam.folder / "late-money.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    entries["name"]["ens"] = entries["name"].pop("en")
    with pytest.raises(InputFaults, match="the code of a language"):
        build_scenario(viet_nam, entries, id="x", file="x.toml")
