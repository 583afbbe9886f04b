"""Side by side: paired differences, prices, gains; and every figure with its table and files."""

import json
import zipfile
from dataclasses import replace
from io import BytesIO

import altair
import numpy as np
import pytest

from sim.ask.answers import Question, answer, compare, differences, gains
from sim.months import month_of
from sim.place.case import shipped
from sim.place.scenario import changed, load_scenario
from sim.place.stamp import caption, stamp
from sim.show import figures
from sim.show.evidence import assumption_table, observation_table, start_table
from sim.show.look import PALETTES, Look
from sim.show.tables import shown_indicators
from sim.words import LANGUAGES, Words

SEED, REPLICATES = 3, 40


@pytest.fixture(scope="module")
def targets(vinh_phuc):
    return vinh_phuc.target_sets[vinh_phuc.default_targets]


@pytest.fixture(scope="module")
def plans(vinh_phuc):
    return [load_scenario(vinh_phuc, path) for path in shipped(vinh_phuc)[:3]]


@pytest.fixture(scope="module")
def answers(vinh_phuc, plans, targets):
    return [
        answer(Question(case=vinh_phuc, targets=targets, seed=SEED, replicates=REPLICATES), plan)
        for plan in plans
    ]


def test_the_page_and_the_command_line_give_the_same_verdicts(vinh_phuc, plans, targets, answers):
    there = compare(
        Question(case=vinh_phuc, targets=targets, seed=SEED, replicates=REPLICATES), plans
    )
    for mine, theirs in zip(answers, there, strict=True):
        assert mine.summary.judgement == theirs.judgement
        for name, fan in theirs.fans.items():
            np.testing.assert_array_equal(mine.summary.fans[name], fan)
            np.testing.assert_array_equal(mine.summary.areas[name], theirs.areas[name])
            np.testing.assert_array_equal(mine.summary.spread[name], theirs.spread[name])


def test_a_scenario_differs_from_itself_by_nothing(answers, targets):
    for each in differences(answers[1:2], answers[1], targets):
        assert (each.p05, each.p50, each.p95, each.chance, each.chance_error) == (0, 0, 0, 0, 0)
        assert each.per_point is None


def test_differences_to_baseline_are_those_of_the_verdict(answers, targets):
    for each in differences(answers[1:], answers[0], targets):
        summary = next(a.summary for a in answers if a.summary.scenario == each.scenario)
        verdict = next(v for v in summary.judgement.verdicts if v.target == each.target)
        assert (each.p05, each.p50, each.p95) == pytest.approx(
            (verdict.change_p05, verdict.change_p50, verdict.change_p95), abs=1e-12
        )
        assert each.chance == pytest.approx(verdict.chance_change, abs=1e-12)


def test_swapping_the_two_turns_every_sign(answers, targets):
    there = differences([answers[1]], answers[0], targets)
    back = differences([answers[0]], answers[1], targets)
    for a, b in zip(there, back, strict=True):
        assert (a.p05, a.p50, a.p95) == pytest.approx((-b.p95, -b.p50, -b.p05), abs=1e-12)
        assert a.chance == -b.chance
        assert a.extra_bn_vnd == -b.extra_bn_vnd


def test_a_pair_is_surer_than_its_levels(answers, targets):
    for each in differences([answers[1]], answers[0], targets)[:1]:
        levels = answers[1].at_deadline[each.target]
        low, high = np.quantile(levels, (0.05, 0.95))
        assert each.p95 - each.p05 < 0.7 * (high - low)


def test_a_price_is_money_over_points(answers, targets):
    for each in differences(answers[1:], answers[0], targets):
        if each.per_point is not None:
            assert each.per_point * 100 * each.p50 == pytest.approx(each.extra_bn_vnd)
            assert each.per_point_low <= each.per_point


def test_the_areas_gains_add_up_to_the_nations(vinh_phuc, answers, targets):
    month = month_of(answers[0].summary.months, targets.last_deadline)
    gained = gains(answers[1], answers[0], "fibre_households", month)
    people = vinh_phuc.columns["households"]
    (fibre,) = targets.of("fibre_households")
    nation = [each.at_deadline[fibre].mean() for each in answers[:2]]
    assert gained @ people / people.sum() == pytest.approx(nation[1] - nation[0])


def test_numbers_go_under_another_name_unchanged(answers, plans):
    mine = replace(plans[1], id="mine", name={"vi": "a", "en": "b"})
    assert answers[1].under(mine).summary.scenario == mine
    assert answers[1].under(mine).summary.judgement is answers[1].summary.judgement


def every_figure(case, answers, targets):
    base, plan, other = (each.summary for each in answers)
    names = shown_indicators(targets)
    found = differences(answers[1:], answers[0], targets)
    last = month_of(plan.months, targets.last_deadline)
    return [
        *figures.fans(case, plan, base, targets, names),
        *figures.fans(case, plan, base, targets, names[:1], "Grey: why"),
        figures.area_map(case, plan, targets, names[0], last),
        figures.area_map(case, plan, targets, names[1], 0, "Grey: why"),
        *figures.works(plan, ("village_sites", "fibre_build")),
        *figures.spending(plan, "bn VND"),
        figures.shares(case, plan.scenario),
        figures.strip([base, plan, other], targets),
        *figures.overlays(case, [base, plan, other] * 4, targets, names),
        *(figures.paired(found, base.scenario, t.indicator) for t in targets.targets),
        figures.gain_figure(case, answers[1], answers[0], names[0], last),
    ]


@pytest.mark.parametrize("theme", sorted(PALETTES))
def test_every_figure_is_a_valid_chart_with_words_for_those_who_cannot_see(
    vinh_phuc, answers, targets, theme
):
    for figure in every_figure(vinh_phuc, answers, targets):
        look = Look(say=Words("vi"), theme=theme, width="container")
        chart = figure.draw(look)
        altair.Chart.from_dict(chart)
        assert len(chart["description"]) > 25, figure.name
        assert "{" not in chart["description"]


def test_every_figure_has_a_table_of_its_own(vinh_phuc, answers, targets):
    for figure in every_figure(vinh_phuc, answers, targets):
        head, rows = figure.table()
        assert rows, figure.name
        assert {len(row) for row in rows} == {len(head)}


def test_a_figure_can_be_had_as_every_file(vinh_phuc, answers, targets):
    made = stamp(vinh_phuc, [answers[1].summary.scenario], targets, seed=3, replicates=40)
    figure = every_figure(vinh_phuc, answers, targets)[0]
    line = caption(made, "draft-plan")
    files = {form: figure.file(form, Words("en"), line, made) for form in figure.forms}
    assert files["svg"].startswith(b"<svg")
    assert b"seed 3" in files["svg"]
    assert files["png"].startswith(b"\x89PNG")
    assert files["pdf"].startswith(b"%PDF")
    assert files["csv"].decode("utf-8-sig").startswith("scenario,indicator,month")
    with zipfile.ZipFile(BytesIO(files["xlsx"])) as book:
        assert b'name="stamp"' in book.read("xl/workbook.xml")
    assert figure.file("pdf", Words("en"), line, made) == files["pdf"]


def test_a_grey_figure_has_no_colour_of_its_own_and_says_why(vinh_phuc, answers, targets):
    base, plan = answers[0].summary, answers[1].summary
    (grey,) = figures.fans(vinh_phuc, plan, base, targets, ["fibre_households"], "Grey: why")
    chart = grey.draw(Look(say=Words("en")))
    assert PALETTES["light"].main not in json.dumps(chart)
    assert PALETTES["light"].target in json.dumps(chart)
    assert chart["title"]["subtitle"][0] == "Grey: why"


@pytest.mark.parametrize(
    ("chance", "word"),
    [(0.95, "Very likely"), (0.7, "Likely"), (0.5, "As likely as not"), (0.2, "Unlikely"),
     (0.0, "Very unlikely")],
)  # fmt: skip
def test_the_headline_answers_the_question(answers, targets, chance, word):
    (villages,) = targets.of("covered_villages")
    judged = replace(answers[0].summary.judgement, chance_all=chance, binding=villages)
    text = figures.headline(judged, targets, Words("en"))
    assert text.startswith(f"{word}: the chance of meeting all 3 targets by 31 Dec 2022 is ")
    assert text.endswith("Missed most often: Villages with mobile broadband.")
    surely = replace(judged, chance_all=1.0, bounds_all=(0.996, 1.0), binding=None)
    assert figures.headline(surely, targets, Words("en")).endswith(" over 19 in 20.")


def test_beyond_the_evidence_is_said_with_bound_and_source(vinh_phuc, plans):
    training = vinh_phuc.levers["training"]
    plan = changed(vinh_phuc, plans[1], {"training": training.high})
    (line,) = figures.beyond(vinh_phuc, plan, Words("en"))
    assert line.startswith("Skills training: 12 is beyond ")
    assert training.source in line
    assert figures.beyond(vinh_phuc, plans[1], Words("en")) == []


def test_money_is_told_with_its_parts(vinh_phuc, plans):
    total, change, parts = figures.money_words(vinh_phuc, plans[1], Words("vi"))
    assert total == "36,40 tỷ đồng"
    assert change.startswith("+")
    assert sum(int(part.rsplit(" ", 1)[1][:-1]) for part in parts.split(" · ")) in (99, 100, 101)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_evidence_is_complete(viet_nam, language):
    say = Words(language)
    head, rows = assumption_table(viet_nam, say)
    assert [row[-1] for row in rows] == list(viet_nam.assumptions)
    assert all("http" not in str(row[head.index(say("Source"))]) for row in rows)
    head, rows = observation_table(viet_nam, say)
    assert len(rows) == len(viet_nam.observations)
    shown = [str(row[3]) for row in rows]
    assert all(str(round(each.value, 3)) in shown for each in viet_nam.observations)


def test_starts_are_listed_in_vietnamese_order_and_marked(viet_nam):
    say = Words("vi")
    targets = viet_nam.target_sets[viet_nam.default_targets]
    question = Question(case=viet_nam, targets=targets, seed=SEED, replicates=REPLICATES)
    begin = question.starts
    for indicator in begin.levels:
        _, rows = start_table(question, indicator, say)
        names = [str(row[0]) for row in rows]
        assert names == sorted(names, key=Words("vi").order)
        known = begin.observed[indicator].sum()
        assert sum(row[1] == "có số liệu" for row in rows) == known
        assert all(row[3] <= row[2] <= row[4] for row in rows)


def test_the_gains_of_a_plan_that_changes_nothing_are_drawn_too(vinh_phuc, answers):
    figure = figures.gain_figure(vinh_phuc, answers[0], answers[0], "covered_villages", 3)
    chart = figure.draw(Look(say=Words("en")))
    assert {row["text"] for row in chart["data"]["values"]} == {"0.00"}
