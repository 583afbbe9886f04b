"""A provincial planner's month: a cost, two figures, a target, and why the chance moved."""

import pytest
from conftest import settled
from test_browser import MAIN
from test_desk import reopened

WORDS = {  # of the page, by language
    "en": {
        "cost": "Cost of a site for a remote village",
        "fibre": "Households with fibre",
        "low": "Low",
        "central": "Central",
        "high": "High",
        "source": "Source",
        "use": "Use this range",
        "value": "Value",
        "date": "Date",
        "published": "Published",
        "add": "Add the figure",
        "level": "Level",
        "deadline": "Deadline",
        "set": "Set the target",
        "own": "2 figures, 1 assumption, 1 target",
        "why": "Why did it move?",
        "moved": "Most of it",
    },
    "vi": {
        "cost": "Chi phí một trạm cho thôn, bản vùng sâu",
        "fibre": "Hộ gia đình có cáp quang",
        "low": "Thấp",
        "central": "Trung tâm",
        "high": "Cao",
        "source": "Nguồn",
        "use": "Dùng khoảng này",
        "value": "Giá trị",
        "date": "Thời điểm",
        "published": "Công bố",
        "add": "Thêm số liệu",
        "level": "Mức",
        "deadline": "Hạn",
        "set": "Đặt chỉ tiêu",
        "own": "2 số liệu, 1 giả định, 1 chỉ tiêu",
        "why": "Vì sao thay đổi?",
        "moved": "Chủ yếu do",
    },
}


def form(page, name):
    """Return one of the forms, opened."""
    found = page.locator(f".st-key-own-{name}")
    if found.locator("details[open]").count() == 0:
        found.locator("summary").click()
        settled(page)
    return found


def pick(page, place, words):
    """Pick the option of a form's first box that begins with some words, if it is not yet."""
    box = place.get_by_role("combobox").first
    if box.input_value().startswith(words):
        return
    box.click()
    box.fill(words)
    page.get_by_role("option").filter(has_text=words).first.click()
    settled(page)


def day(page, place, label, written):
    box = place.locator('[data-testid="stDateInput"]').filter(has_text=label).locator("input").first
    box.fill(written)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")


def press(page, place, words):
    place.get_by_role("button", name=words, exact=True).click()
    settled(page)


def faults(page):
    return page.locator(f'{MAIN} [data-testid="stAlert"]').all_inner_texts()


def own(page):
    return page.locator(".st-key-own-facts").inner_text()


def correct(page, say):
    place = form(page, "assumption")
    pick(page, place, say["cost"])
    for end, value in {"low": "1000", "central": "1200", "high": "1500"}.items():
        place.get_by_label(say[end]).fill(value)
    place.get_by_label(say["source"]).fill("Gói thầu tháng 3")
    press(page, place, say["use"])


def add(page, say, value, date, published):
    place = form(page, "figure")
    pick(page, place, say["fibre"])
    place.get_by_label(say["value"], exact=True).fill(value)
    day(page, place, say["date"], date)
    day(page, place, say["published"], published)
    place.get_by_label(say["source"], exact=True).fill("Sở TT&TT")
    press(page, place, say["add"])


def aim(page, say, level, deadline):
    place = form(page, "target")
    pick(page, place, say["fibre"])
    place.get_by_label(say["level"]).fill(level)
    day(page, place, say["deadline"], deadline)
    press(page, place, say["set"])


@pytest.mark.parametrize(("language", "width"), [("vi", 1400), ("en", 390)])
def test_a_planner_sees_the_chance_move_and_why_and_comes_back(visitor, chromium, language, width):
    say = WORDS[language]
    page = visitor("evidence", lang=language, width=width, evidence="own")
    correct(page, say)
    add(page, say, "72", "28/02/2022", "10/03/2022")
    add(page, say, "74", "31/03/2022", "10/04/2022")
    aim(page, say, "76", "30/09/2022")
    assert faults(page) == []
    assert say["own"] in own(page)
    page.goto(page.url.replace("/evidence", "/track"))
    settled(page)
    press(page, page.locator(MAIN), say["why"])
    told = page.locator(".st-key-why-answer")
    told.wait_for()
    settled(page)
    assert say["moved"] in told.inner_text()
    assert say["fibre"] in told.inner_text()
    assert page.locator(f'{MAIN} [data-testid="stVegaLiteChart"]').count() >= 1
    before, address = told.inner_text(), page.url
    page = reopened(chromium, page, address)
    told = page.locator(".st-key-why-answer")
    told.wait_for()
    assert told.inner_text() == before
    assert say["own"] in own(page)
    page.context.close()
