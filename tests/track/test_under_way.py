"""Works that go on: a later run begins where the one before stands, and a count moves it there."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from cases import VIET_NAM, VINH_PHUC

from sim.ask.answers import Question
from sim.months import month_of
from sim.place.case import load_case
from sim.place.records import Observation
from sim.place.scenario import load_scenario
from sim.track.months import followed
from sim.track.under_way import under_way
from sim.track.why import State

JUNE, DECEMBER = date(2022, 6, 30), date(2022, 12, 31)


@pytest.fixture(scope="module", params=[VIET_NAM, VINH_PHUC], ids=lambda folder: folder.name)
def before(request):
    case = load_case(request.param)
    targets = case.target_sets[case.default_targets]
    asked = Question(case=case, targets=targets, seed=5, replicates=120)
    return asked, asked.forecast(case.baseline)


def after(asked, day, rows=(), *, anew=False):
    """Return what is asked on a later day on which no more is known than some figures."""
    later = asked.case.as_of(day)
    later = later.knowing((*asked.case.observations, *rows), asked.case.assumptions)
    works = {} if anew else {"under_way": under_way(asked.world, asked.case.baseline.levers, later)}
    again = {"seed": asked.seed, "replicates": asked.replicates, **works}
    return Question(case=later, targets=asked.targets, **again)


def level(forecast, name, day):
    return forecast.nation(name)[:, month_of(forecast.months, day)]


def count(case, name, day, value, unit):
    entries = {"indicator": name, "area": case.head.nation, "date": day, "published": day}
    said = {"source": "Own count", "confidence": "high", "value": value, "unit": unit}
    return Observation.model_validate({**entries, **said})


def test_a_day_without_news_moves_no_village(before):
    asked, was = before
    for day in (date(2022, 3, 31), JUNE, date(2022, 9, 30)):
        now = after(asked, day).forecast(asked.case.baseline)
        then, later = (level(each, "covered_villages", DECEMBER) for each in (was, now))
        assert later.mean() == pytest.approx(then.mean(), abs=0.15 * then.std())
        assert later.std() == pytest.approx(then.std(), rel=0.2)
        assert np.corrcoef(then, later)[0, 1] > 0.9
        anew = after(asked, day, anew=True).forecast(asked.case.baseline)
        assert level(anew, "covered_villages", DECEMBER).mean() < later.mean()


def test_months_without_news_move_no_chance_of_a_plan_with_little_money():
    """What a purse has saved for a site is not lost from month to month."""
    case = load_case(VINH_PHUC)
    plan = load_scenario(case, VINH_PHUC / "draft-plan.toml")
    targets = case.target_sets[case.default_targets]
    known = (*case.observations,), case.assumptions
    days = [case.head.vintage, *(date(2022, month, 28) for month in (2, 3, 4, 5, 6))]
    states = [
        State(case=case.as_of(day).knowing(*known), targets=targets, plan=plan) for day in days
    ]
    at = [target.indicator for target in targets.targets].index("covered_villages")
    months = followed(states, seed=5, replicates=300)
    chances = [month.answer.judgement.verdicts[at].chance for month in months]
    assert 0.4 < chances[0] < 0.9
    assert max(abs(chance - chances[0]) for chance in chances) < 0.03


def test_a_day_without_news_hardly_moves_homes(before):
    asked, was = before
    now = after(asked, JUNE).forecast(asked.case.baseline)
    anew = after(asked, JUNE, anew=True).forecast(asked.case.baseline)
    then, later, forgot = (level(each, "homes_passed", DECEMBER) for each in (was, now, anew))
    assert abs(later.mean() - then.mean()) < 0.15 * then.std()
    assert forgot.mean() < later.mean() - 0.15 * then.std()
    assert np.corrcoef(then, later)[0, 1] > 0.8


def test_the_first_month_goes_on_from_the_last(before):
    asked, was = before
    now = after(asked, JUNE).forecast(asked.case.baseline)
    for name in ("covered_villages", "homes_passed"):
        then, next_, first = (
            level(forecast, name, day)
            for forecast, day in ((was, JUNE), (was, date(2022, 7, 31)), (now, date(2022, 7, 31)))
        )
        assert first.mean() - then.mean() < 2 * (next_.mean() - then.mean()) + 1e-4
        assert first.mean() >= then.mean() - 1e-3


@pytest.mark.parametrize("part", [0.5, 1.0, 1.5])
def test_every_draw_begins_with_as_many_villages_as_were_counted(before, part):
    asked, was = before
    total = asked.case.columns["villages"].sum()
    left = round(part * float(np.median((1 - level(was, "covered_villages", JUNE)) * total)))
    row = count(asked.case, "uncovered_villages", JUNE, left, "villages")
    works = under_way(
        asked.world,
        asked.case.baseline.levers,
        asked.case.as_of(JUNE).knowing((*asked.case.observations, row), asked.case.assumptions),
    ).villages
    assert (works.counts.sum(axis=(0, 2)) == left).all()
    assert (works.carried <= works.counts.sum(axis=0)).all()
    assert all((months >= 0).all() for months in works.took.values())


def test_where_all_villages_are_covered_the_next_vintage_goes_on_with_none(before):
    asked, _ = before
    row = count(asked.case, "uncovered_villages", JUNE, 0, "villages")
    done = after(asked, JUNE, [row])
    done.forecast(asked.case.baseline)
    again = after(done, date(2022, 7, 31), [row])
    assert (again.under_way.villages.counts[0] == 0).all()
    again.forecast(asked.case.baseline)


def test_a_longer_list_adds_villages_of_which_nothing_is_done(before):
    asked, _ = before
    listed = asked.case.series("uncovered_villages", asked.case.head.nation)[-1].level
    row = count(asked.case, "uncovered_villages", JUNE, 2 * listed, "villages")
    works = under_way(
        asked.world,
        asked.case.baseline.levers,
        asked.case.as_of(JUNE).knowing((*asked.case.observations, row), asked.case.assumptions),
    ).villages
    assert (works.counts.sum(axis=(0, 2)) == 2 * listed).all()
    assert (works.carried.sum(axis=1) < listed).all()
    assert np.isnan(works.coming).all()


def test_a_count_of_homes_moves_draws_by_what_its_error_allows(before):
    asked, was = before
    then = level(was, "homes_passed", JUNE)
    high = float(np.quantile(then, 0.9))
    row = count(asked.case, "homes_passed", JUNE, 100 * high, "%")
    now = after(asked, JUNE, [row])
    whole = now.under_way.homes.whole
    assert then.mean() < whole.mean() < high + 0.005
    error = asked.case.assumptions["noise_high"].central
    assert whole.std() == pytest.approx((then.var() ** -1 + error**-2) ** -0.5, rel=0.25)
    july = level(now.forecast(asked.case.baseline), "homes_passed", date(2022, 7, 31))
    assert july.mean() > whole.mean()


def test_works_of_a_run_that_is_over_are_not_known(before):
    asked, _ = before
    late = asked.world.until(date(2022, 3, 31))
    works = under_way(late, asked.case.baseline.levers, asked.case.as_of(DECEMBER))
    assert works.homes is None
    assert works.villages is None


@pytest.mark.parametrize("unknown", ["villages", "fibre_households"])
def test_a_place_where_something_is_not_known_goes_on_with_the_rest(before, unknown):
    case = before[0].case
    figures = tuple(row for row in case.figures if unknown not in row.indicator)
    known = tuple(row for row in case.observations if unknown not in row.indicator)
    case = replace(case, figures=figures, observations=known)
    asked = Question(case=case, targets=before[0].targets, seed=5, replicates=20)
    works = under_way(asked.world, case.baseline.levers, case.as_of(JUNE))
    assert (works.villages is None) == (unknown == "villages")
    assert (works.homes is None) == (unknown == "fibre_households")
