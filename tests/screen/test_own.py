"""Facts of one's own on the page: every answer rests on them, a link opens them, all come back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
PAGES = {
    name: str(ROOT / "sim" / "screen" / f"{name}.py") for name in ("plan", "evidence", "files")
}
PLACE = "vinh-phuc-2022"
COST = {"low": 900, "central": 1100, "high": 1500, "source": "Tender of March"}
FIGURE = {
    "date": "2022-02-28",
    "indicator": "fibre_households",
    "area": "VN-VP",
    "value": 71,
    "unit": "%",
    "published": "2022-03-10",
    "source": "Own count",
    "confidence": "medium",
}
GOAL = {"indicator": "fibre_households", "at_least": 76, "unit": "%", "deadline": "2022-09-30"}
ALL = {"assumptions": {"village_site_cost": COST}, "observations": [FIGURE], "targets": [GOAL]}


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
    for end, value in {"low": "900", "central": "1,100", "high": "1500", **typed}.items():
        box(page, f"village_site_cost {end}").set_value(value)
    box(page, "village_site_cost source").set_value("Tender of March")
    return press(page, "enter assumption")


def facts(page):
    return page.session_state["desk"].facts.get(PLACE, {})


def test_a_cost_is_corrected(opened):
    page = cost(opened())
    assert not page.error, page.error[0].value
    assert list(facts(page)) == ["assumptions.village_site_cost"]
