"""Charts: valid Vega-Lite, every word set, targets and observations in their places."""

from dataclasses import replace

import altair
import pytest

from sim.ask.answers import Question, compare
from sim.months import month_of
from sim.paper.folders import KINDS
from sim.place.case import shipped
from sim.place.scenario import changed, load_scenario
from sim.show import luck
from sim.show.bars import waiting
from sim.show.fans import fan, overlay
from sim.show.figures import Shown, written
from sim.show.look import PALETTES, Look, captioned, ink_on, on_screen
from sim.show.sentences import binds, still_words
from sim.show.tiles import GAIN_SPAN, SPAN, _ends, tile_map, verdicts
from sim.words import LANGUAGES, Words


@pytest.fixture(scope="module")
def answers(vinh_phuc):
    plans = [load_scenario(vinh_phuc, path) for path in shipped(vinh_phuc)[:3]]
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    return compare(Question(case=vinh_phuc, targets=targets, seed=3, replicates=30), plans)


def shown(case, summaries, ground=None, **about):
    """Return what is shown of some scenarios, with the case's targets or others."""
    targets = replace(case.target_sets[case.default_targets], **about)
    question = Question(case=case, targets=targets)
    return Shown(question=question, say=Words("en"), summaries=summaries, behind=lambda: ground)


def all_charts(case, answers, look):
    own = written(KINDS, "plan", shown(case, [answers[1]], answers[0]))
    every = written(KINDS, "plans", shown(case, answers))
    return {figure.name: figure.draw(look) for figure in (*own, *every)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", sorted(PALETTES))
def test_every_chart_is_valid_vega_lite_in_words_and_colours(vinh_phuc, answers, language, theme):
    width = "container" if theme == "dark" else 560
    look = Look(say=Words(language), theme=theme, width=width)
    for name, chart in all_charts(vinh_phuc, answers, look).items():
        if language == "vi":  # the words change no structure, and checking takes long
            altair.Chart.from_dict(chart)
        assert chart["title"]["text"], name
        assert len(chart["description"]) > 30, name
        assert chart["background"] == PALETTES[theme].paper


def tips(part):
    """Yield what a part of a chart tells under the pointer."""
    if isinstance(part, list):
        for each in part:
            yield from tips(each)
    elif isinstance(part, dict):
        for name, each in part.items():
            yield from each if name == "tooltip" and each else tips(each)


@pytest.mark.parametrize("language", LANGUAGES)
def test_under_the_pointer_stand_words_and_never_fields(vinh_phuc, answers, language):
    for name, chart in all_charts(vinh_phuc, answers, Look(say=Words(language))).items():
        drawn = on_screen(chart)
        assert drawn["config"]["mark"]["tooltip"] is None
        for tip in tips({key: part for key, part in drawn.items() if key != "config"}):
            assert tip["title"].strip(), (name, tip)
            assert tip["title"] != tip["field"] or " " in tip["title"], (name, tip)
            assert "_" not in tip["title"], (name, tip)


def test_the_two_languages_share_no_title(vinh_phuc, answers):
    titles = [
        {chart["title"]["text"] for chart in all_charts(vinh_phuc, answers, Look(say=say)).values()}
        for say in map(Words, LANGUAGES)
    ]
    assert not titles[0] & titles[1]


def test_a_fan_shows_the_quantiles_the_target_and_the_figures_known(viet_nam):
    targets = viet_nam.target_sets[viet_nam.default_targets]
    baseline = load_scenario(viet_nam, shipped(viet_nam)[0])
    (answer,) = compare(Question(case=viet_nam, targets=targets, seed=3, replicates=30), [baseline])
    target = targets.targets[0]
    figure = fan(shown(viet_nam, [answer]), indicator=target.indicator)
    chart = figure.draw(Look(say=Words("en")))
    rows = [row for layer in chart["layer"] for row in layer["data"]["values"]]
    values = {row.get("value") for row in rows} | {row.get("low") for row in rows}
    assert round(float(answer.fans[target.indicator][2, 0]), 6) in values
    assert round(float(answer.fans[target.indicator][0, 0]), 6) in values
    assert 0.64 in values  # the ministry's figure of September 2021
    assert "target 70% by 31 Dec 2022" in {row.get("text") for row in rows}


def test_a_map_has_a_tile_an_area_and_says_what_is_estimated(viet_nam):
    targets = viet_nam.target_sets[viet_nam.default_targets]
    baseline = load_scenario(viet_nam, shipped(viet_nam)[0])
    (answer,) = compare(Question(case=viet_nam, targets=targets, seed=3, replicates=30), [baseline])
    look = Look(say=Words("vi"))
    chosen = {"indicator": "fibre_households", "month": "2022-12"}
    chart = tile_map(shown(viet_nam, [answer]), **chosen).draw(look)
    rows = chart["data"]["values"]
    assert len({(row["column"], row["row"]) for row in rows}) == 63
    assert "TP. Hồ Chí Minh" in {row["name"] for row in rows}
    known = answer.observed["fibre_households"].copy()
    known[0] = True
    seen = replace(answer, observed={**answer.observed, "fibre_households": known})
    chart = tile_map(shown(viet_nam, [seen]), **chosen).draw(look)
    assert [row["mark"] for row in chart["data"]["values"]].count("●") == known.sum()
    assert chart["title"]["subtitle"][-2].startswith("●")
    assert chart["title"]["subtitle"][-1].startswith("viền đứt")
    rect = next(each for each in chart["layer"] if "legend" in each["encoding"].get("color", {}))
    assert rect["encoding"]["color"]["legend"]["values"] == [0, 1]


def test_a_map_of_hardly_any_difference_does_not_shade_as_if_it_were_much():
    low, high = _ends([0.9785, 0.9977], SPAN, 1.0)
    assert (round(low, 9), high) == (0.9, 1.0)
    assert _ends([0.1, 0.2, 0.0], GAIN_SPAN) == pytest.approx((-0.9, 1.1))


def test_equal_lines_are_one_under_the_names_of_both(vinh_phuc, answers):
    other = replace(answers[1].scenario, id="b", name={"vi": "Bản B", "en": "Plan B"})
    plans = [*answers, replace(answers[1], scenario=other)]
    chart = overlay(shown(vinh_phuc, plans), indicator="fibre_households").draw(
        Look(say=Words("en"))
    )
    told = next(each["encoding"] for each in chart["layer"] if "strokeDash" in each["encoding"])
    first = answers[1].scenario.name["en"]
    assert f"{first}, same as Plan B" in told["color"]["scale"]["domain"]
    assert len(told["color"]["scale"]["domain"]) == len(plans) - 1


def test_a_strip_writes_each_chance(vinh_phuc, answers):
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    chart = verdicts(shown(vinh_phuc, answers)).draw(Look(say=Words("en")))
    rows = chart["data"]["values"]
    assert len(rows) == len(answers) * (len(targets.targets) + 1)
    first = answers[0].judgement.verdicts[0]
    assert rows[0]["text"] == luck.chance(first.chance, first.bounds, Words("en"))
    assert any("\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}" in row["text"] for row in rows)


def marks(chart):
    return [layer["mark"]["type"] for layer in chart["layer"]]


def test_a_map_of_narrow_tiles_is_shaded_and_holds_no_words(vinh_phuc, answers):
    first, *rest = vinh_phuc.areas
    wide = [first.model_copy(update={"tile_column": 40}), *rest]
    look, about = Look(say=Words("en")), {"indicator": "fibre_households", "month": "2022-12"}
    for areas, words in ((vinh_phuc.areas, True), (wide, False)):
        case = replace(vinh_phuc, areas=tuple(areas))
        drawn = tile_map(shown(case, answers[:1]), **about).draw(look)
        assert ("text" in marks(drawn)) is words
        assert drawn["title"]["subtitle"][-1].endswith("in the table") is not words


def test_no_name_of_a_strip_is_cut(vinh_phuc, answers):
    long = {"vi": "x", "en": "Phones for every poor household before the year 2030 is out"}
    plan = replace(answers[0], scenario=replace(answers[0].scenario, name=long))
    strip = verdicts(shown(vinh_phuc, [plan]))
    labels = {row["scenario"] for row in strip.draw(Look(say=Words("en")))["data"]["values"]}
    (label,) = labels
    assert label.replace("\n", " ") == long["en"]
    assert max(map(len, label.split("\n"))) <= 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fan_in_words_tells_the_month_of_its_target(vinh_phuc, answers, language):
    say, name = Words(language), "fibre_households"
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    (goal,) = (each for each in targets.targets if each.indicator == name)
    own, look = answers[0], Look(say=say)
    words = fan(shown(vinh_phuc, [own]), indicator=name).draw(look)["description"]
    last, due = own.months[-1], goal.deadline
    assert say.month(due) in words
    assert say.month(last) not in words
    level = own.fans[name][2, own.months.index(due)]
    assert say.level(name, float(level)) in words
    aimless = fan(shown(vinh_phuc, [own], targets=()), indicator=name).draw(look)
    assert say.month(last) in aimless["description"]
    every = overlay(shown(vinh_phuc, answers), indicator=name).draw(look)["description"]
    assert every.count(say.month(due)) == len(answers) + 1  # the target's own day is told once
    assert every.count(say.day(due)) == 1


def test_an_eleventh_scenario_has_the_first_colour_and_a_dash(vinh_phuc, answers):
    eleven = [
        replace(
            answers[0],
            scenario=replace(answers[0].scenario, id=id, name={"vi": id, "en": id}),
            fans={name: 0.9**place * fan for name, fan in answers[0].fans.items()},
        )
        for place, id in enumerate("abcdefghijk")
    ]
    figure = overlay(shown(vinh_phuc, eleven), indicator="fibre_households")
    chart = figure.draw(Look(say=Words("en")))
    told = next(each["encoding"] for each in chart["layer"] if "strokeDash" in each["encoding"])
    paints, dashes = (told[channel]["scale"]["range"] for channel in ("color", "strokeDash"))
    assert len(set(paints)) == 10
    assert paints[10] == paints[0]
    assert dashes[10] not in dashes[:10]


def test_a_caption_is_the_last_line_and_leaves_the_chart_alone(vinh_phuc, answers):
    look = Look(say=Words("en"))
    chart = waiting(shown(vinh_phuc, answers), programme="village_sites").draw(look)
    stamped = captioned(chart, "stamp")
    assert stamped["title"]["subtitle"][-1] == "stamp"
    assert "stamp" not in chart["title"]["subtitle"]


def test_text_on_tiles_can_be_read():
    """Text against its shade reaches the contrast of 4.5 that WCAG asks of small text."""
    for theme in PALETTES:
        look = Look(say=Words("en"), theme=theme)
        for share in (0, 0.25, 0.49, 0.5, 0.69, 0.71, 0.75, 1):
            shade = blended(PALETTES[theme].shades, share)
            assert contrast(shade, rgb(ink_on(share, look))) >= 4.5, (theme, share)


def rgb(text):
    return [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def blended(shades, share):
    place = min(int(share * 2), 1)
    low, high = rgb(shades[place]), rgb(shades[place + 1])
    part = share * 2 - place
    return [(1 - part) * a + part * b for a, b in zip(low, high, strict=True)]


def contrast(one, other):
    def light(colour):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lever_that_cannot_move_a_target_is_said_to_be_so_with_what_binds(
    vinh_phuc, answers, language
):
    say, summary = Words(language), answers[0]
    plan = summary.scenario
    still = [changed(vinh_phuc, plan, {name: value}) for name, value in
             (("village_sites", 5.0), ("switch_off_2g", 3))]  # fmt: skip
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets].targets
    (villages,) = (each for each in targets if each.indicator == "covered_villages")
    late, why, apart = still_words(vinh_phuc, summary, still, villages, say)
    assert say.day(villages.deadline) in late
    assert why == binds(summary, villages, say)
    assert say("These do not act on it: {names}.", names="")[:10] in apart
    jobs = sum(float(row[month_of(summary.months, villages.deadline)])
               for row in summary.waiting["village_sites"].values())  # fmt: skip
    assert (say.number(jobs) in why) == (jobs >= 0.5)
