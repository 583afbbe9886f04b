"""Charts of amounts: bars in the order of the levers, and no field that no row has."""

from dataclasses import replace

import numpy as np
import pytest

from sim.ask.answers import Question, answer
from sim.place.case import shipped
from sim.place.levers import budgets, label
from sim.place.scenario import load_scenario
from sim.show.bars import (
    _interval_layers,
    _named_within,
    allocation,
    difference,
    index_bars,
    money,
    waiting,
)
from sim.show.figures import Shown
from sim.show.look import Look
from sim.words import LANGUAGES, Words

FACTORS = [("Fibre building", "total", 0.5, 0.4, 0.6), ("Training", "first", 0.2, 0.1, 0.3)]


@pytest.fixture(scope="module")
def shown(vinh_phuc):
    plans = [load_scenario(vinh_phuc, path) for path in shipped(vinh_phuc)[1::-1]]
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    question = Question(case=vinh_phuc, targets=targets, seed=3, replicates=30)
    return Shown.on_page(question, Words("en"), [answer(question, plan) for plan in plans])


@pytest.mark.parametrize("language", LANGUAGES)
def test_money_is_stacked_in_the_order_of_the_levers(vinh_phuc, shown, language):
    say, summary = Words(language), shown.one
    chart = money(shown).draw(Look(say=say))
    rows, encoding = chart["data"]["values"], chart["layer"][0]["encoding"]
    field = encoding["order"]["field"]
    stacked = sorted({(row[field], row["what"]) for row in rows})
    spent = [name for name in budgets(vinh_phuc.levers) if summary.money[name].any()]
    assert len(spent) > 2
    assert [what for _, what in stacked] == [say(label(name)) for name in spent]
    assert encoding["color"]["sort"] == [what for _, what in stacked]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_reason_and_a_programme_have_one_colour_in_every_chart(shown, language, theme):
    look, summary = Look(say=Words(language), theme=theme), shown.one
    nothing = np.zeros(len(summary.months))
    some = {"permit": nothing, "money": nothing, "power": nothing, "crew": nothing + 1}
    fewer = replace(
        summary,
        waiting={**summary.waiting, "fibre_build": {**summary.waiting["fibre_build"], **some}},
        money={**summary.money, "fibre_build": nothing},
    )
    less = replace(shown, summaries=[fewer])
    pairs = [
        (waiting(shown, programme="village_sites"), waiting(less, programme="fibre_build")),
        (money(shown), money(less)),
    ]
    for pair in pairs:
        mine, its = (painted(figure.draw(look)) for figure in pair)
        assert set(mine) != set(its)
        assert all(mine[name] == its[name] for name in mine.keys() & its.keys())
        assert len(set(mine.values())) == len(mine)


def painted(chart):
    scale = chart["layer"][0]["encoding"]["color"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def test_thick_parts_of_a_stack_are_named_in_their_middle(shown):
    rows = [
        {"date": f"2022-{month:02}-28", "value": value, "what": what, "rank": rank}
        for rank, what in enumerate(("low", "thin", "high"))
        for month in range(1, 13)
        for value in [{"low": 10.0, "thin": 0.5, "high": float(month)}[what]]
    ]
    found = {each["what"]: each for each in _named_within(rows)}
    assert set(found) == {"low", "high"}
    assert found["low"]["middle"] == 5
    assert (found["high"]["date"], found["high"]["middle"]) == ("2022-09-28", 10.5 + 4.5)
    chart = waiting(shown, programme="village_sites").draw(Look(say=Words("en")))
    assert chart["layer"][0]["mark"]["stroke"] == Look(say=Words("en")).palette.paper


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_noise_is_grey_named_and_left_of_a_line(language):
    look = Look(say=Words(language))
    rows = [("Fibre", "pawn", 0.5, 0.4, 0.6), ("Training", "pawn", 0.1, 0.05, 0.15)]
    chart = index_bars(rows, "chance", 100, look, noise=0.2)
    one, other = chart["data"]["values"]
    assert (one["idle"], other["idle"]) == (False, True)
    assert other["text"] == look.say("{value}, noise", value=look.say.number(0.1, 2))
    assert chart["layer"][0]["encoding"]["color"]["condition"]["value"] == look.palette.ghost
    assert chart["layer"][-1]["data"]["values"] == [{"noise": 0.2}]
    assert len(index_bars(rows, "chance", 100, look)["layer"]) == len(chart["layer"]) - 1


def test_every_field_that_bars_are_drawn_by_is_in_every_row(shown):
    look = Look(say=Words("en"))
    figures = [
        money(shown),
        allocation(shown),
        waiting(shown, programme="village_sites"),
        difference(shown, indicator="fibre_households", against="baseline"),
    ]
    charts = {figure.name: figure.draw(look) for figure in figures}
    for name, chart in {**charts, "indices": index_bars(FACTORS, "chance", 100, look)}.items():
        for rows, asked in drawn(chart):
            assert rows
            assert all(asked <= row.keys() for row in rows), name


def drawn(chart):
    """Yield rows and the fields their channels ask for: of a chart as a whole, and a layer each."""
    every = chart["data"]["values"]
    yield every, fields(chart.get("encoding", {}))
    for layer in chart.get("layer", []):
        made = {each["as"] for each in layer.get("transform", [])}
        yield layer.get("data", chart["data"])["values"], fields(layer["encoding"]) - made


def fields(encoding):
    channels = [
        each
        for channel in encoding.values()
        for each in (channel if isinstance(channel, list) else [channel])
    ]
    return {channel["field"] for channel in channels if "field" in channel}


@pytest.mark.parametrize(("most", "filled"), [(1e-6, False), (3.0, True)])
def test_a_difference_that_is_none_to_speak_of_does_not_fill_its_chart(most, filled):
    rows = [{"scenario": "A", "low": -most, "middle": 0.0, "high": most}]
    scales = [
        layer["encoding"]["x"].get("scale")
        for layer in _interval_layers(rows, Look(say=Words("en")))[:3]
    ]
    assert all(("domain" not in scale) == filled for scale in scales)
