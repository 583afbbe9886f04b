"""A planner's questions walked on the page: each answer stands there, in words first.

Both languages, desktop and phone, mouse and keys alone, each with each of the others in one of
four ways; figures are held by tests without a browser.
"""

from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import settled
from test_browser import MAIN, chances
from test_desk import DRAWER

WAYS = [("vi", 1400, "mouse"), ("en", 390, "mouse"), ("en", 1400, "keys"), ("vi", 390, "keys")]
WORDS = {
    "en": {
        "what holds back": "What holds the targets back",
        "trust": "How far to trust these chances",
        "where": "Where",
        "most missing": "Where most is missing",
        "sets": "What the scenarios set",
        "link": "Link",
        "make": "Make the report",
        "report": "Report as PDF",
        "off": "2G switch-off",
        "group": "Organisation down",
        "undo": "Undo",
        "redo": "Redo",
        "moved": "(adjusted)",
        "past": "Past forecasts",
        "errors": "Errors, beside those of simpler methods",
    },
    "vi": {
        "what holds back": "Vướng mắc của từng chỉ tiêu",
        "trust": "Mức độ tin cậy của các khả năng này",
        "where": "Theo địa bàn",
        "most missing": "Địa bàn còn thiếu nhiều nhất",
        "sets": "Nội dung các kịch bản",
        "link": "Liên kết",
        "make": "Lập báo cáo",
        "report": "Báo cáo PDF",
        "off": "Tắt sóng 2G",
        "group": "Kiện toàn tổ chức",
        "undo": "Hoàn tác",
        "redo": "Làm lại",
        "moved": "(đã chỉnh)",
        "past": "Dự báo trước đây",
        "errors": "Sai số, so với các phương pháp đơn giản hơn",
    },
}


class Walker:
    """A planner who has a mouse, or keys alone."""

    def __init__(self, visitor, way):
        self.language, self.width, self.hand = way
        self.words, self.come = WORDS[self.language], visitor

    def opens(self, path="", **choices):
        self.page = self.come(path, width=self.width, height=844, lang=self.language, **choices)
        return self.page

    def reach(self, target):
        """Tab until something has the focus; within a row of choices, by arrows."""
        target.wait_for()
        here = "(each, row) => (row && each.closest('[role=radiogroup]') || each)"
        here += ".contains(document.activeElement)"
        for row in (True, False):
            for _ in range(250):
                if target.evaluate(here, row):
                    break
                self.page.keyboard.press("Tab" if row else "ArrowRight")
        assert target.evaluate(here, False)

    def press(self, target):
        if self.hand == "mouse":
            target.click()
        else:
            self.reach(target)
            self.page.keyboard.press("Space")
        self.page.wait_for_timeout(300)
        settled(self.page)

    def levers(self):
        """Open the levers, which a phone keeps beside."""
        button = self.page.locator('[data-testid="stExpandSidebarButton"]')
        if button.is_visible():
            self.press(button)

    def button(self, name):
        return self.page.get_by_role("button", name=self.words[name], exact=True)

    def reads(self, name):
        self.page.locator(MAIN).get_by_text(self.words[name], exact=True).first.wait_for()


@pytest.fixture(params=WAYS, ids=[" ".join(map(str, way)) for way in WAYS])
def walker(request, visitor):
    return Walker(visitor, request.param)


def test_1_and_4_will_it_be_met_what_holds_it_back_and_where_first(walker):
    page = walker.opens()
    answer = page.locator(".st-key-answer").bounding_box()
    chart = page.locator(f'{MAIN} [data-testid="stVegaLiteChart"]').first.bounding_box()
    assert answer["y"] + answer["height"] < chart["y"]
    walker.reads("what holds back")
    walker.reads("trust")
    walker.press(page.get_by_role("radio", name=walker.words["where"], exact=True))
    walker.reads("most missing")
    assert page.locator(f'{MAIN} [data-testid="stDataFrame"]').count()


def test_5_three_plans_for_a_meeting(walker):
    page = walker.opens("compare", plans="baseline,draft-plan,fibre-first")
    told = page.locator(".st-key-answer").inner_text()
    assert "%" in told or "1/20" in told or "1 in 20" in told
    walker.reads("sets")
    assert page.locator(".st-key-wide-levers table th").count() == 4


def test_11_and_14_moved_undone_loaded_anew_and_sent(walker, chromium):
    page = walker.opens()
    walker.levers()
    group = page.locator('[data-testid="stSidebar"] summary').filter(has_text=walker.words["group"])
    walker.press(group)
    slider = page.locator('[data-testid="stSlider"]').filter(has_text=walker.words["off"])
    if walker.hand == "mouse":
        slider.locator('[data-orientation="horizontal"]').first.click()  # amid the track
    else:
        walker.reach(slider.get_by_role("slider"))
        page.keyboard.press("ArrowRight")
    moved = f"h1:has-text('{walker.words['moved']}')"
    page.wait_for_selector(moved, state="attached")
    settled(page)
    there = chances(page)
    walker.press(walker.button("undo"))
    page.wait_for_selector(f"h1:not(:has-text('{walker.words['moved']}'))", state="attached")
    walker.press(walker.button("redo"))
    page.wait_for_selector(moved, state="attached")
    assert chances(settled(page)) == there
    page.reload()
    assert chances(settled(page)) == there
    walker.levers()
    walker.press(walker.button("link"))
    sent = page.locator(f"{DRAWER} code").inner_text().replace("\n", "")
    query = {name: value[0] for name, value in parse_qs(urlsplit(sent).query).items()}
    assert "desk" not in query
    assert chances(walker.opens(**{**query, "case": "vinh-phuc-2022"})) == there


def test_12_the_report_is_made_from_the_page(walker):
    page = walker.opens()
    walker.press(walker.button("make"))
    report = page.get_by_role("button", name=walker.words["report"])
    report.wait_for(timeout=300_000)
    settled(page)
    with page.expect_download() as caught:
        walker.press(report)
    assert caught.value.suggested_filename.endswith(".pdf")


def test_13_how_far_off_past_forecasts_were(walker):
    page = walker.opens("evidence")
    walker.press(page.get_by_role("radio", name=walker.words["past"], exact=True))
    page.locator(f'{MAIN} [data-testid="stVegaLiteChart"]').first.wait_for(timeout=300_000)
    walker.reads("errors")
