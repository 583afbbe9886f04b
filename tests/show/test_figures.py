"""Every figure: a valid chart in words, a table, every kind of file, and one home."""

import ast
import json
import zipfile
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from pathlib import Path

import altair
import pytest

from sim.ask.answers import Question, answer
from sim.paper.folders import KINDS
from sim.place.case import shipped
from sim.place.scenario import changed, load_scenario
from sim.show import bars, evidence, fans, sentences, tiles
from sim.show.figures import Shown
from sim.show.look import PALETTES, Look
from sim.words import LANGUAGES, Words

SEED, REPLICATES = 3, 40
GREY = "Grey: set beyond what the evidence supports."


@pytest.fixture(scope="module")
def targets(vinh_phuc):
    return vinh_phuc.target_sets[vinh_phuc.default_targets]


@pytest.fixture(scope="module")
def plans(vinh_phuc):
    return [load_scenario(vinh_phuc, path) for path in shipped(vinh_phuc)[:3]]


@pytest.fixture(scope="module")
def question(vinh_phuc, targets):
    return Question(case=vinh_phuc, targets=targets, seed=SEED, replicates=REPLICATES)


@pytest.fixture(scope="module")
def answers(question, plans):
    return [answer(question, plan) for plan in plans]


def page(question, answers, say=None):
    base = question.case.baseline
    ground = next((each.summary for each in answers if each.scenario == base), None)
    return Shown.on_page(question, say or Words("vi"), answers, lambda: ground)


def beyond(case, plan):
    return changed(case, plan, {"training": case.levers["training"].high})


def every_figure(question, answers):
    base, plan, _ = answers
    grey = plan.under(beyond(question.case, plan.scenario))
    every, one, greyed = (page(question, some) for some in (answers, [plan], [grey]))
    goals = [goal.indicator for goal in question.targets.targets]
    return [
        *fans.fan.all(one),
        fans.fan(greyed, indicator=goals[0]),
        tiles.tile_map(one, indicator=goals[0], month=one.last),
        tiles.tile_map(greyed, indicator=goals[1], month="2022-01"),
        *bars.waiting.all(one),
        *bars.money.all(one),
        bars.allocation(one),
        tiles.verdicts(every),
        *fans.overlay.all(page(question, answers * 4)),
        *(bars.difference(every, indicator=name, against=base.scenario.id) for name in goals),
        tiles.gain_map(page(question, [plan, base]), indicator=goals[0], month=one.last),
    ]


@pytest.mark.parametrize("theme", sorted(PALETTES))
def test_every_figure_is_a_valid_chart_with_words_for_those_who_cannot_see(
    question, answers, theme
):
    for figure in every_figure(question, answers):
        look = Look(say=Words("vi"), theme=theme, width="container")
        chart = figure.draw(look)
        altair.Chart.from_dict(chart)
        assert len(chart["description"]) > 25, figure.name
        assert "{" not in chart["description"]


def test_every_figure_has_a_table_of_its_own(question, answers):
    for figure in every_figure(question, answers):
        head, rows = figure.table()
        assert rows, figure.name
        assert {len(row) for row in rows} == {len(head)}


def test_a_figure_can_be_had_as_every_file(question, answers):
    figure = every_figure(question, answers)[0]
    files = {form: figure.file(form) for form in figure.forms}
    assert files["svg"].startswith(b"<svg")
    words = figure.shown.say("seed {seed} · {count} draws", seed=3, count=40)
    assert words.encode() in files["svg"]
    assert files["png"].startswith(b"\x89PNG")
    assert files["pdf"].startswith(b"%PDF")
    assert files["csv"].decode("utf-8-sig").startswith("scenario,indicator,month")
    with zipfile.ZipFile(BytesIO(files["xlsx"])) as book:
        assert b'name="stamp"' in book.read("xl/workbook.xml")
    assert figure.file("pdf") == files["pdf"]


def test_a_grey_figure_has_no_colour_of_its_own_and_says_why(vinh_phuc, question, answers):
    plan = answers[1].under(beyond(vinh_phuc, answers[1].scenario))
    grey = fans.fan(page(question, [plan], Words("en")), indicator="fibre_households")
    chart = grey.draw(Look(say=Words("en")))
    assert PALETTES["light"].main not in json.dumps(chart)
    assert PALETTES["light"].target in json.dumps(chart)
    assert chart["title"]["subtitle"][0] == GREY


@pytest.mark.parametrize(
    ("chance", "word"),
    [(0.95, "Very likely"), (0.7, "Likely"), (0.5, "As likely as not"), (0.2, "Unlikely"),
     (0.0, "Very unlikely")],
)  # fmt: skip
def test_the_headline_answers_the_question(answers, targets, chance, word):
    (villages,) = targets.of("covered_villages")
    judged = replace(answers[0].summary.judgement, chance_all=chance, binding=villages)
    text = sentences.headline(judged, targets, Words("en"))
    assert text.startswith(f"{word}: the chance of meeting all 3 targets by 31 Dec 2022 is ")
    assert text.endswith("Missed most often: Villages with mobile broadband.")
    surely = replace(judged, chance_all=1.0, bounds_all=(0.996, 1.0), binding=None)
    assert sentences.headline(surely, targets, Words("en")).endswith(" over 19 in 20.")


def test_beyond_the_evidence_is_said_with_bound_and_source(vinh_phuc, plans):
    training, plan = vinh_phuc.levers["training"], beyond(vinh_phuc, plans[1])
    (line,) = sentences.beyond(vinh_phuc, plan, Words("en"))
    assert line.startswith("Skills training: 12 is beyond ")
    assert training.source in line
    assert sentences.beyond(vinh_phuc, plans[1], Words("en")) == []


@pytest.mark.parametrize(("language", "said"), [("en", "in 41% of the"), ("vi", "trong 41% số")])
def test_how_often_the_baseline_was_held_back_is_said(answers, language, said):
    held = {"fibre_households": 0.41, "smartphone_adults": 0.004}
    (line,) = sentences.held_back(replace(answers[0].summary, held=held), Words(language))
    assert line.startswith(Words(language).indicator("fibre_households"))
    assert said in line


def test_money_is_told_with_its_parts(vinh_phuc, plans):
    total, change, parts = sentences.money_words(vinh_phuc, plans[1], Words("vi"))
    assert total == "36,40 tỷ đồng"
    assert change.startswith("+")
    assert sum(int(part.rsplit(" ", 1)[1][:-1]) for part in parts.split(" · ")) in (99, 100, 101)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_evidence_is_complete(viet_nam, language):
    say = Words(language)
    targets = viet_nam.target_sets[viet_nam.default_targets]
    shown = Shown(question=Question(case=viet_nam, targets=targets), say=say)
    head, rows = evidence.assumptions(shown).table()
    assert [row[-1] for row in rows] == list(viet_nam.assumptions)
    assert all("http" not in str(row[head.index(say("Source"))]) for row in rows)
    head, rows = evidence.observations(shown).table()
    assert len(rows) == len(viet_nam.observations)
    values = [str(row[3]) for row in rows]
    assert all(str(round(each.value, 3)) in values for each in viet_nam.observations)


def test_starts_are_listed_in_vietnamese_order_and_marked(viet_nam):
    say = Words("vi")
    targets = viet_nam.target_sets[viet_nam.default_targets]
    question = Question(case=viet_nam, targets=targets, seed=SEED, replicates=REPLICATES)
    begin = question.starts
    for indicator in begin.levels:
        _, rows = evidence.starts(Shown(question=question, say=say), indicator=indicator).table()
        names = [str(row[0]) for row in rows]
        assert names == sorted(names, key=Words("vi").order)
        known = begin.observed[indicator].sum()
        assert sum(row[1] == "có số liệu" for row in rows) == known
        assert all(row[3] <= row[2] <= row[4] for row in rows)


def test_the_gains_of_a_plan_that_changes_nothing_are_drawn_too(question, answers):
    shown = page(question, [answers[0], answers[0]])
    figure = tiles.gain_map(shown, indicator="covered_villages", month="2022-04")
    chart = figure.draw(Look(say=Words("en")))
    assert {row["text"] for row in chart["data"]["values"]} == {"0.00"}


def test_a_recipe_names_the_figure_it_was_made_as(question, answers):
    for figure in every_figure(question, answers):
        again = KINDS[figure.recipe["drawn"]].remade(figure.shown, figure.recipe)
        assert (again.name, again.recipe, again.table()) == (
            figure.name, figure.recipe, figure.table())  # fmt: skip


def test_every_figure_that_is_declared_can_be_made_again():
    """A stamp's recipe is looked up among the files of drawings that folders name."""
    declared = set()
    homes = set()
    room = Path(bars.__file__).parent
    for path in room.rglob("*.py"):
        name = ".".join(("sim.show", *path.relative_to(room).with_suffix("").parts))
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            called = {getattr(each, "func", each).id for each in getattr(node, "decorator_list", [])
                      if hasattr(getattr(each, "func", each), "id")}  # fmt: skip
            if called & {"figure", "listed"}:
                declared.add((name, node.name))
                if getattr(import_module(name), node.name) in KINDS.values():
                    homes.add((name, node.name))
    assert len(declared) == len(KINDS)
    assert declared <= homes
