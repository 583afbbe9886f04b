"""A provincial planner decides: where to start, by criteria of one's own, and who does what."""

import pytest
from conftest import settled
from test_browser import MAIN
from test_track import form

TASKS = (
    "id,name_vi,name_en,owner,kind,start,end,after,drives,money,source\n"
    "tender,Đấu thầu,Tender,Ban QLDA,purchase,2022-02-01,2022-03-31,,,4,own\n"
    "fibre,Xây cáp,Fibre,Ban QLDA,building,2022-01-15,2022-09-30,tender,fibre_build,,own\n"
)
WORDS = {
    "en": {
        "first": "Most often among the first 3",
        "floor": "Every area at 60% or more",
        "high": "Weight to",
        "by": "weight 0.50 to 3",
        "on time": "If all tasks are on time",
        "both": "All tasks done by",
        "month": "January",
    },
    "vi": {
        "first": "Thường nằm trong 3 nơi đầu nhất",
        "floor": "Mọi địa bàn đạt từ 60% trở lên",
        "high": "Trọng số đến",
        "by": "trọng số 0,50 đến 3",
        "on time": "Nếu mọi nhiệm vụ đúng hạn",
        "both": "Mọi nhiệm vụ xong vào",
        "month": "Tháng 1",
    },
}


def text(page):
    return page.locator(MAIN).inner_text()


@pytest.mark.parametrize(("language", "width"), [("vi", 390), ("en", 1400)])
def test_a_planner_says_where_to_start_and_who_does_what(visitor, language, width, tmp_path):
    say = WORDS[language]
    page = visitor("rank", lang=language, width=width)
    assert say["first"] in text(page)
    floor = page.locator(".st-key-floor").get_by_role("slider")
    floor.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    settled(page)
    assert say["floor"] in text(page)
    page.locator(".st-key-criteria-box summary").click()
    box = page.locator(".st-key-criteria-box").get_by_label(say["high"]).first
    box.fill("3")
    page.keyboard.press("Tab")
    settled(page)
    assert say["by"] in text(page)
    assert "criteria=" in page.url
    page.goto(page.url)
    settled(page)
    assert say["by"] in text(page)

    page.goto(page.url.replace("/rank", "/tasks"))
    settled(page)
    (tmp_path / "tasks.csv").write_text(TASKS, encoding="utf-8")
    page.locator(f'{MAIN} input[type="file"]').set_input_files(tmp_path / "tasks.csv")
    page.locator(".st-key-answer").wait_for()
    settled(page)
    told = text(page)
    assert say["on time"] in told
    assert say["both"] in told
    assert page.locator(f'{MAIN} [data-testid="stVegaLiteChart"]').count() == 1
    assert page.locator(f'{MAIN} [data-testid="stDataFrame"]').count() == 3
    assert page.locator(f'{MAIN} [data-testid="stAlert"]').count() == 0


@pytest.mark.parametrize("language", WORDS)
def test_a_calendar_names_its_months_in_the_pages_language(visitor, language):
    page = visitor("evidence", lang=language, evidence="own")
    place = form(page, "figure")
    day = place.locator('[data-testid="stDateInput"]').first
    day.locator("input, [role=spinbutton]").first.click()
    page.get_by_text(WORDS[language]["month"], exact=True).first.wait_for()
