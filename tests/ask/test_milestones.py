"""Two milestones of one indicator: each has its own differences, goal line, name and number."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.ask.answers import Question, answer, differences
from sim.months import month_of
from sim.place.scenario import load_scenario
from sim.place.targets import Target
from sim.show.bars import difference
from sim.show.fans import fan, overlay
from sim.show.figures import Shown
from sim.show.look import Look
from sim.show.sentences import card, difference_table, headline, verdict_cells, verdict_head
from sim.show.tables import verdict_rows
from sim.show.tiles import tile_map
from sim.words import Words

FIBRE = "fibre_households"
GOALS = tuple(
    Target(indicator=FIBRE, at_least=level, deadline=date(year, 12, 31))
    for level, year in ((0.74, 2022), (0.80, 2025))
)
SAY = Words("en")


@pytest.fixture(scope="module")
def milestones(vinh_phuc):
    usual = vinh_phuc.target_sets[vinh_phuc.default_targets]
    return replace(usual, id="milestones", targets=GOALS[::-1])


@pytest.fixture(scope="module")
def asked(vinh_phuc, milestones):
    return Question(case=vinh_phuc, targets=milestones, replicates=30)


@pytest.fixture(scope="module")
def found(vinh_phuc, asked):
    plan = load_scenario(vinh_phuc, vinh_phuc.folder / "fibre-first.toml")
    return [answer(asked, each) for each in (vinh_phuc.baseline, plan)]


def test_each_milestone_has_its_own_difference(vinh_phuc, asked, found, milestones):
    plans = [each.scenario for each in found]
    runs = [asked.world.run(plan) for plan in plans]
    for each in differences(found[1:], found[0], milestones):
        month = month_of(runs[0].months, each.target.deadline)
        before, after = (run.nation(FIBRE)[:, month] for run in runs)
        assert each.p50 == pytest.approx(np.median(after - before), abs=1e-12)
        assert each.chance == pytest.approx(
            (after >= each.target.at_least).mean() - (before >= each.target.at_least).mean()
        )
    assert len(found[1].summary.drivers) == 2


def test_every_chart_shows_both(asked, found):
    look, one, every = (
        Look(say=SAY),
        *(Shown.on_page(asked, SAY, some) for some in (found[1:], found)),
    )
    for figure in (fan(one, indicator=FIBRE), overlay(every, indicator=FIBRE)):
        drawn = str(figure.draw(look))
        assert "target 74% by 31 Dec 2022" in drawn
        assert "target 80% by 31 Dec 2025" in drawn
    figure = difference(every, indicator=FIBRE, against="baseline")
    rows = figure.draw(look)["data"]["values"]
    assert len({row["scenario"] for row in rows}) == 2
    assert len(tile_map.all(one)) == 1
    for year, goal in ((2022, "74%"), (2025, "80%")):
        lines = str(tile_map(one, indicator=FIBRE, month=f"{year}-12").draw(look))
        assert f"overall target {goal}" in lines


def test_every_table_names_both(found, milestones):
    plan = found[1].summary
    gained = differences(found[1:], found[0], milestones)
    names = [
        "Households with fibre (Dec 2025) ≥ 80%",
        "Households with fibre (Dec 2022) ≥ 74%",
    ]
    told = [
        verdict_head(milestones, SAY)[1:3],
        [row[1] for row in difference_table(gained, found[0].summary.scenario, "", SAY)[1]],
        [card(each, GOALS, SAY).title for each in plan.judgement.verdicts],
    ]
    assert [[name.replace("\xa0", " ") for name in each] for each in told] == [names] * 3
    assert len({tuple(row[:4]) for row in verdict_rows([plan])[1]}) == 2
    assert "(Dec 20" in headline(plan.judgement, milestones, SAY)
    assert "(Dec 20" in verdict_cells(plan, SAY)[-2]
