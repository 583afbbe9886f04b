"""The page: a slider moves a verdict, languages and plans can be chosen, nothing breaks."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAGE = str(Path(__file__).parents[1] / "app.py")


@pytest.fixture
def page():
    return AppTest.from_file(PAGE, default_timeout=120)


def slider(page, words):
    return next(each for each in page.sidebar.slider if each.label.startswith(words))


def chances(page):
    return [metric.value for metric in page.metric]


def test_a_slider_moves_a_verdict(page):
    page.query_params["lang"] = "en"
    page.run()
    assert not page.exception
    before = chances(page)
    assert len(before) == 4
    slider(page, "2G switch-off").set_value(3).run()
    assert not page.exception
    assert chances(page) != before
    assert any("adjusted" in heading.value for heading in page.subheader)


def test_the_other_language_and_the_other_place(page):
    page.query_params["lang"] = "vi"
    page.query_params["case"] = "vinh-phuc-2022"
    page.run()
    assert not page.exception
    assert page.title[0].value == "Vĩnh Phúc 2022"
    assert any("Hộ gia đình có cáp quang" in each.value for each in page.markdown)
    charts = page.get("vega_lite_chart")
    assert len(charts) >= 8
    spec = json.loads(charts[0].proto.spec)
    assert spec["title"]["text"] == "Hộ gia đình có cáp quang"


def test_every_shipped_plan_and_target_set_opens(page):
    page.query_params["lang"] = "en"
    page.query_params["case"] = "vinh-phuc-2022"
    page.run()
    for label in ("Scenario", "Targets"):
        box = next(each for each in page.sidebar.selectbox if each.label == label)
        for place in range(len(box.options)):
            next(each for each in page.sidebar.selectbox if each.label == label).select_index(place)
            page.run()
            assert not page.exception, (label, place)
            assert not page.error


def test_a_lever_beyond_the_evidence_is_said_aloud(page):
    page.query_params["lang"] = "en"
    page.query_params["case"] = "vinh-phuc-2022"
    page.run()
    training = slider(page, "Skills training ·")
    training.set_value(training.max).run()
    assert "Beyond what the evidence supports: Skills training" in page.warning[0].value
