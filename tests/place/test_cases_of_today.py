"""The cases of March 2026: sums, what was known by then, plans, targets that can be judged."""

import csv
from datetime import date

import numpy as np
import pytest
from cases import SCENARIOS, VIET_NAM

from sim.ask.notes import notes
from sim.place.case import load_case, shipped
from sim.place.scenario import load_scenario
from sim.place.targets import judge
from sim.world.run import World

NAMES = ("vietnam-2026", "phu-tho-2026")
VINTAGE = date(2026, 3, 15)


@pytest.fixture(scope="module", params=NAMES)
def case(request):
    return load_case(SCENARIOS / request.param)


def test_areas_add_up_and_each_has_a_tile(case):
    assert len(case.areas) == {"vietnam-2026": 34, "phu-tho-2026": 3}[case.head.id]
    for name, about in case.nation:
        assert case.columns[name].sum() == about.value
    assert len({(area.tile_column, area.tile_row) for area in case.areas}) == len(case.areas)


def test_the_province_is_the_nations_row_of_it():
    whole, part = (load_case(SCENARIOS / name) for name in NAMES)
    row = next(area for area in whole.areas if area.code == part.head.nation)
    for name, about in part.nation:
        assert about.value == getattr(row, name)


def test_nothing_was_published_after_the_vintage(case):
    assert case.head.vintage == VINTAGE
    assert not case.outcomes
    assert case.observations == case.figures
    assert max(row.published for row in case.figures) <= VINTAGE
    assert max(about.published for about in case.column_sources.values()) <= VINTAGE
    assert max(each.published for each in case.target_sets.values()) <= VINTAGE


def test_figures_of_2022_that_are_older_are_carried_over():
    known = set(load_case(SCENARIOS / NAMES[0]).figures)
    before = [row for row in load_case(VIET_NAM).observations if row.area == "VN"]
    assert set(before) <= known


def test_what_changed_since_2022_says_why(case):
    """An assumption with another range has another source, in both languages."""

    def rows(folder):
        with (folder / "assumptions.csv").open(encoding="utf-8") as file:
            return {row["id"]: row for row in csv.DictReader(file)}

    now, then = rows(case.folder), rows(VIET_NAM)
    moved = [name for name in now if any(now[name][k] != then[name][k] for k in ("low", "high"))]
    assert len(moved) >= 20
    for name in moved:
        assert now[name]["source"] != then[name]["source"]
        assert now[name]["source_vi"] != then[name]["source_vi"]
    assert float(now["only_2g"]["high"]) == 0


def test_every_plan_loads_and_a_short_run_judges_every_target(case):
    plans = [load_scenario(case, path) for path in shipped(case)]
    assert len(plans) >= 6
    world = World(case, replicates=4, until=date(2026, 12, 31))
    for plan in (plans[0], plans[1]):
        forecast = world.run(plan)
        judged = judge(forecast, case.target_sets["plan-2026"].targets)
        assert all(np.isfinite(each.p50) for each in judged.verdicts)
    levels = {name: forecast.nation(name).mean(axis=0) for name in forecast.tracks}
    assert 0.7 < levels["smartphone_adults"][0] < 0.95
    assert 0.75 < levels["fibre_households"][0] < levels["homes_passed"][0] < 1
    assert 0.98 < levels["covered_villages"][0] < 1
    assert 0.9 < levels["mobile_broadband"][0] < 1.2


def test_the_sets_ask_what_was_in_force(case):
    asked = {
        key: {(t.indicator, round(100 * t.at_least), t.deadline.year) for t in each.targets}
        for key, each in case.target_sets.items()
    }
    assert ("fibre_households", 84, 2026) in asked["plan-2026"]
    wanted = {("smartphone_adults", 95, 2030), ("homes_passed", 100, 2030)}
    assert wanted <= asked["strategy-2030"]
    text = (case.folder / "targets.toml").read_text(encoding="utf-8")
    assert text.count("Outside ketnoi: ") == len(case.target_sets)


def test_no_guess_is_left(case):
    assert not [note for note in notes(case) if "guess" in str(note)]


def test_indonesia_holds_its_counted_provinces_and_what_it_does_not_know_is_borrowed():
    case = load_case(SCENARIOS / "indonesia-2025")
    assert set(case.followed) == {"fixed_households", "fixed_broadband", "internet_users"}
    assert case.lists_villages
    assert case.head.currency == "bn IDR"
    world = World(case, replicates=200, until=date(2026, 12, 31))
    left = world.run(case.baseline).values["listed_villages"][:, :, 0]
    for code, listed in {"95": 1458, "94": 632, "31": 0}.items():
        place = case.codes.index(code)
        at_most = 1 - listed / case.columns["villages"][place]
        assert abs(np.median(left[:, place]) - at_most) < 0.05, code
    assert "village_site_cost" not in case.borrowed
    assert len(case.borrowed) == len(case.assumptions) - 1
