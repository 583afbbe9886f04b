"""Facts of one's own on the page: every answer rests on them, a link opens them, all come back."""

import json
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sim.faults import InputFaults
from sim.place.facts import OWN, from_json
from sim.reading import parse_toml
from sim.screen.own.laid import apart, together
from sim.screen.parts.desk import MOST_FACTS, Desk, merged
from sim.screen.parts.kept import packed, unpacked
from sim.screen.parts.plan_text import to_link, write_facts
from sim.words import LANGUAGES

ROOT = Path(__file__).parents[2]
NAMES = ("plan", "evidence", "files")
PAGES = {name: str(ROOT / "sim" / "screen" / f"{name}.py") for name in NAMES}
PLACE, VINTAGE = "vinh-phuc-2022", date(2022, 1, 15)
COST = {"low": 900, "central": 1100, "high": 1500, "source": "Tender of March"}
FIGURE = {
    "date": "2022-02-28",
    "indicator": "fibre_households",
    "area": "26",
    "value": 71.5,
    "unit": "%",
    "published": "2022-03-10",
    "source": "Own count",
    "confidence": "medium",
}
GOAL = {"indicator": "fibre_households", "at_least": 76, "unit": "%", "deadline": "2022-09-30"}
ALL = {"assumptions": {"village_site_cost": COST}, "observations": [FIGURE], "targets": [GOAL]}


def kept(**entries):
    return apart(from_json(entries, Path("facts.toml")).entries)


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Return what opens a page by a link."""
    monkeypatch.setenv("KETNOI_DESKS", str(tmp_path / "desks"))

    def come(name="evidence", **link):
        page = AppTest.from_file(ROOT / "app.py", default_timeout=300)
        page.query_params.update({"lang": "en", "case": PLACE, "evidence": "own", **link})
        page.switch_page(PAGES[name])
        return sound(page.run())

    return come


def sound(page):
    assert not page.exception, page.exception
    return page


def go(page, name):
    page.switch_page(PAGES[name])
    return sound(page.run())


def box(page, word):
    """Return the field whose key begins with a word."""
    every = [*page.text_input, *page.selectbox, *page.date_input]
    return next(each for each in every if (each.key or "").startswith(f"own {word} "))


def press(page, key):
    page.button(key=key).click()
    return sound(page.run())


def cost(page, **typed):
    box(page, "assumption").set_value("village_site_cost")
    sound(page.run())
    wanted = {"low": "900", "central": "1,100", "high": "1500", "source": "Tender of March"}
    for name, value in (wanted | typed).items():
        box(page, f"village_site_cost {name}").set_value(value)
    return press(page, "enter assumption")


def facts(page):
    return page.session_state["desk"].facts.get(PLACE, {})


def told(page):
    return " ".join(each.value for each in page.markdown)


def test_a_cost_a_figure_and_a_target_move_every_answer_and_come_back(opened):
    page = opened("plan")
    before = [each.value for each in page.main.metric]
    go(page, "evidence").segmented_control(key="evidence").set_value("own")
    cost(sound(page.run()))
    for name, value in {"indicator": "fibre_households", "value": "71.5"}.items():
        box(page, name).set_value(value)
    box(page, "date").set_value(date(2022, 2, 28))
    box(page, "published").set_value(date(2022, 3, 10))
    box(page, "source").set_value("Own count")
    press(page, "enter figure")
    assert not page.error
    box(page, "goal").set_value("fibre_households")
    box(page, "level").set_value("76")
    box(page, "deadline").set_value(date(2022, 9, 30))
    press(page, "enter target")
    assert not page.error
    assert len(facts(page)) == 3
    assert "1 figure, 1 assumption, 1 target" in told(page)
    assert "As of 10 Mar 2022" in told(page).replace("\\", "")
    go(page, "plan")
    assert page.query_params["targets"] in (OWN, [OWN])
    assert "1 figure, 1 assumption, 1 target" in told(page)
    assert len(page.main.metric) == 1
    go(page, "evidence")
    press(page, "all back")
    assert facts(page) == {}
    assert "planner's own" not in told(page)
    assert [each.value for each in go(page, "plan").main.metric] == before
    press(page, "undo")
    assert len(facts(page)) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_wrong_is_told_at_once_and_nothing_typed_is_lost(opened, language):
    page = opened(lang=language)
    cost(page, low="a lot", central="2000", source="")
    (error,) = page.error
    assert error.value.count("\n- ") == 2
    assert facts(page) == {}
    assert box(page, "village_site_cost low").value == "a lot"
    cost(page, low="1600")
    assert "low <= central <= high" in page.error[0].value.replace("\\", "") or language == "vi"
    assert facts(page) == {}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"value": "0.715"}, "figures in one unit"),
        ({"value": "170"}, "at most 100 %"),
        ({"value": "71.5", "date": date(2022, 6, 30)}, "were the columns swapped"),
    ],
)
def test_a_figure_that_cannot_be_is_told_with_its_likely_cause(opened, typed, words):
    page = opened()
    fields = {"indicator": "fibre_households", "area": "VN", "source": "Own count", **typed}
    for name, value in {"date": date(2022, 1, 10), "note": "", **fields}.items():
        box(page, name).set_value(value)
    press(page, "enter figure")
    assert words in page.error[0].value.replace("\\", "")
    assert facts(page) == {}


def test_a_figure_is_not_taken_twice(opened):
    page = opened(facts=to_link(kept(observations=[FIGURE])))
    for name, value in {"indicator": "fibre_households", "value": "71.5"}.items():
        box(page, name).set_value(value)
    box(page, "confidence").set_value("medium")
    box(page, "date").set_value(date(2022, 2, 28))
    box(page, "published").set_value(date(2022, 3, 10))
    box(page, "source").set_value("Own count")
    press(page, "enter figure")
    assert "each figure once" in page.error[0].value
    assert len(facts(page)) == 1


def test_a_link_carries_facts_and_opens_the_same_result(opened):
    code = to_link(kept(**ALL))
    page = opened("plan", facts=code, targets=OWN)
    assert facts(page) == kept(**ALL)
    assert "What the link carried" in page.success[0].value
    chance = [each.value for each in page.main.metric]
    assert page.query_params["facts"] in (code, [code])
    again = opened("plan", facts=page.query_params["facts"], targets=OWN)
    assert [each.value for each in again.main.metric] == chance


@pytest.mark.parametrize("code", ["2.x", "9.abc", to_link({"observations.x": "{}"})])
def test_a_link_with_spoilt_facts_changes_nothing(opened, code):
    page = opened("evidence", facts=code)
    assert len(page.error) == 1
    assert facts(page) == {}


def test_facts_that_no_longer_fit_are_told_and_left_out(opened):
    spoilt = kept(**ALL) | {"assumptions.village_sites_cost": json.dumps(COST)}
    page = opened()
    page.session_state["desk"] = Desk(facts={PLACE: spoilt})
    sound(page.run())
    assert "did you mean village_site_cost?" in page.error[0].value.replace("\\", "")
    assert "planner's own" not in told(page)
    press(page, f"take back {sorted(spoilt).index('assumptions.village_sites_cost')}")
    assert not page.error
    assert "1 figure, 1 assumption, 1 target" in told(page)


def test_a_file_of_facts_goes_down_and_up(opened, tmp_path):
    entries = together(kept(**ALL), VINTAGE).entries
    text = write_facts(entries)
    again = from_json(parse_toml(text, file="facts.toml"), Path("facts.toml"))
    assert again.entries == entries
    assert again.entries.vintage == date(2022, 3, 10)
    page = opened()
    page.file_uploader[0].upload("mine.toml", text.encode())
    sound(page.run())
    assert facts(page).keys() == {*kept(**ALL), "vintage"}
    page.file_uploader[0].upload("mine.toml", b"[assumptions.cost]\nlow = 1\n")
    sound(page.run())
    assert page.error[0].value.count("\n- ") == 3
    assert "mine.toml" in page.error[0].value.replace("\\", "")


def test_a_desk_carries_facts_and_two_tabs_add_their_own():
    one = Desk().know(PLACE, kept(observations=[FIGURE]))
    other = Desk().know(PLACE, kept(targets=[GOAL]))
    assert unpacked(packed(one), file="desk.json") == one
    both = merged(Desk(), one, other)
    assert both.facts[PLACE] == kept(observations=[FIGURE], targets=[GOAL])
    assert merged(one, one.know(PLACE, {}), both) == other
    with pytest.raises(InputFaults, match="201 facts"):
        Desk().know(PLACE, {f"observations.{at}": "{}" for at in range(MOST_FACTS + 1)})
    with pytest.raises(InputFaults, match="not a fact"):
        unpacked(packed(Desk(facts={PLACE: {"targets.x": "{"}})), file="desk.json")


def test_the_day_stood_on_is_never_before_a_figure():
    assert together(kept(observations=[FIGURE]), VINTAGE).entries.vintage == date(2022, 3, 10)
    early = {**FIGURE, "published": "2022-01-10", "date": "2021-12-31"}
    assert together(kept(observations=[early]), VINTAGE).entries.vintage is None
    later = kept(observations=[FIGURE], vintage="2022-06-30")
    assert together(later, VINTAGE).entries.vintage == date(2022, 6, 30)
