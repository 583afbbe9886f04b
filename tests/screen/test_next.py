"""The pages Tasks and Where to start: words first, a chart, tables, and what cannot be read."""

from functools import partial
from pathlib import Path

import pytest
from cases import VIET_NAM
from streamlit.testing.v1 import AppTest

from sim.ask.answers import Question
from sim.screen.parts import view, waits
from sim.words import LANGUAGES, Words

ROOT = Path(__file__).parents[2]
TASK = (
    "id,name_vi,name_en,owner,kind,start,end,drives,source\n"
    "a,Xây cáp quang,Build fibre,Sở,building,2022-01-15,2022-06-30,fibre_build,own\n"
)


KEPT = (view._asked, waits._known, waits._next, waits.begun)  # of few draws, for no other test


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Return what opens a page of Vinh Phuc with few draws."""
    monkeypatch.setenv("KETNOI_DESKS", str(tmp_path / "desks"))
    monkeypatch.setattr(view, "Question", partial(Question, replicates=20))
    for kept in KEPT:
        kept.cache_clear()

    def page(name, **link):
        found = AppTest.from_file(ROOT / "app.py", default_timeout=300)
        for key, value in {"lang": "en", "case": "vinh-phuc-2022", **link}.items():
            found.query_params[key] = value
        found.run()
        for key, value in link.items():  # what the first page's own address no longer has
            found.query_params[key] = value
        return sound(found.switch_page(str(ROOT / "sim" / "screen" / f"{name}.py")).run())

    yield page
    for kept in KEPT:
        kept.cache_clear()


def sound(page):
    assert not page.exception, page.exception
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_to_start_is_told_in_words_a_chart_and_a_row_an_area(opened, language):
    page, say = opened("rank", lang=language), Words(language)
    assert page.title[0].value == say("Where to start")
    assert len(page.get("vega_lite_chart")) == 1
    assert len(page.dataframe[0].value) == 9
    page.select_slider(key="floor").set_value("60")
    page = sound(page.run())
    assert any("60" in each.value for each in page.markdown)
    assert page.query_params["floor"] in ("60", ["60"])


def test_leverage_is_measured_when_it_is_asked_for(opened):
    page = opened("rank")
    before = page.dataframe[0].value.shape[1]
    page.checkbox(key="leverage vinh-phuc-2022").check()
    assert sound(page.run()).dataframe[0].value.shape[1] == before + 1


def test_own_criteria_are_ranked_by_and_carried_by_the_link(opened):
    page, key = opened("rank"), "criteria vinh-phuc-2022"
    assert "criteria" not in page.query_params
    page.multiselect(key=f"{key} ids en").set_value(["households"])
    page = sound(page.run())
    page.selectbox(key=f"{key} households en direction").set_value("less")
    page.text_input(key=f"{key} households en high").set_value("2")
    page = sound(page.run())
    words = " ".join(each.value.replace("\\", "") for each in page.markdown)
    assert "households (less first, weight 0.50 to 2)" in words
    carried = "".join(page.query_params["criteria"])
    assert carried == "households:less:0.5:2"
    first = page.dataframe[0].value.iloc[0, 1]
    page.radio(key="lang").set_value("vi")
    page = sound(page.run())
    assert not page.error
    assert page.text_input(key=f"{key} households vi low").value == "0,50"
    assert "".join(page.query_params["criteria"]) == carried
    again = opened("rank", criteria=carried)
    assert again.dataframe[0].value.iloc[0, 1] == first
    assert again.multiselect(key=f"{key} ids en").value == ["households"]


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [("0", "0", "add up to 0"), ("2", "1", "low <= high"), ("a", "1", "given 'a'")],
)
def test_weights_that_will_not_do_are_told_in_one_message(opened, low, high, told):
    page, key = opened("rank"), "criteria vinh-phuc-2022"
    page.multiselect(key=f"{key} ids en").set_value(["households"])
    page = sound(page.run())
    page.text_input(key=f"{key} households en low").set_value(low)
    page.text_input(key=f"{key} households en high").set_value(high)
    (error,) = sound(page.run()).error
    assert told in error.value.replace("\\", "")
    page.multiselect(key=f"{key} ids en").set_value([])
    (error,) = sound(page.run()).error


@pytest.mark.parametrize("link", ["x", "households:up:1:2", "nowhere:more:1:2", "a:more:1", ";;;"])
def test_criteria_of_a_link_that_will_not_do_are_left_out(opened, link):
    page = opened("rank", criteria=link)
    assert len(page.dataframe[0].value) == 9
    assert not page.error


def test_a_place_without_tasks_says_how_to_give_it_some(opened):
    page = opened("tasks")
    assert "upload a file" in page.info[0].value
    assert [each.proto.label for each in page.get("download_button")] == [
        "A file to begin with: a task for each budget (CSV)"
    ]
    assert not page.error


@pytest.mark.parametrize("language", LANGUAGES)
def test_tasks_are_told_in_words_a_chart_and_tables(opened, language, monkeypatch, tmp_path):
    (tmp_path / "tasks.csv").write_text(TASK, encoding="utf-8")
    monkeypatch.setattr("sim.tasks.schedule.FILE", str(tmp_path / "tasks.csv"))
    page, say = opened("tasks", lang=language), Words(language)
    assert page.title[0].value == say("Tasks")
    assert len(page.get("vega_lite_chart")) == 1
    assert len(page.dataframe) == 3
    name = {"en": "Build fibre", "vi": "Xây cáp quang"}[language]
    assert name in page.dataframe[2].value.iloc[0, 0]


def test_tasks_with_faults_are_told_all_at_once(opened, monkeypatch, tmp_path):
    text = TASK.replace("fibre_build", "fibre_buld").replace("2022-06-30", "2021-06-30")
    (tmp_path / "tasks.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr("sim.tasks.schedule.FILE", str(tmp_path / "tasks.csv"))
    (told,) = opened("tasks").error
    assert "fibre\\_build" in told.value.replace("fibre_build", "fibre\\_build")
    assert "after the start" in told.value


def test_the_tasks_of_2022_are_shipped_with_their_place():
    assert (VIET_NAM / "tasks.csv").is_file()
