"""What a planner does, in a real browser, and what may go wrong."""

import csv
import io
import struct
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pypdf
import pytest
from conftest import ROOT, settled

AXE = ROOT / ".venv-browser" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("", "compare", "track", "evidence", "files", "place", "help")
VIEWS = (
    *(("", {"show": section}) for section in ("forecast", "where", "built", "money", "helps")),
    ("compare", {}),
    ("track", {"follow": "yes"}),
    *(
        ("evidence", {"evidence": section})
        for section in ("own", "assumptions", "observations", "starts", "past", "targets")
    ),
    ("files", {}),
    *(("help", {"help": section}) for section in ("tutorial", "glossary", "method")),
)
MAIN = '[data-testid="stMain"]'


def chances(page):
    return page.locator(f'{MAIN} [data-testid="stMetricValue"]').all_inner_texts()


def open_group(page, name):
    group = page.locator('[data-testid="stSidebar"] summary').filter(has_text=name)
    if group.locator("xpath=..").get_attribute("open") is None:
        group.click()


def slide(page, group, label, key="ArrowRight", times=3):
    """Move a slider with the keyboard, as somebody without a mouse does."""
    open_group(page, group)
    before = chances(page)
    handle = page.locator('[data-testid="stSlider"]').filter(has_text=label).get_by_role("slider")
    handle.focus()
    for _ in range(times):
        handle.press(key)
    page.wait_for_selector("h1:has-text('(adjusted)')")
    settled(page)
    return before


def switch_off(page):
    return slide(page, "Organisation", "2G switch-off")


def test_a_slider_changes_the_verdict(visitor):
    page = visitor()
    before = switch_off(page)
    assert len(before) == 4
    assert chances(page) != before


def test_saved_reloaded_and_shared_the_numbers_are_the_same(visitor):
    page = visitor()
    switch_off(page)
    there = chances(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Plan of mine")
    page.get_by_role("button", name="Save as new").click()
    page.wait_for_selector("h1:has-text('Plan of mine')")
    settled(page)
    assert chances(page) == there
    page.reload()
    settled(page)
    assert "Plan of mine" in page.inner_text("h1")
    assert chances(page) == there
    page.get_by_role("button", name="Link", exact=True).click()
    link = page.locator("code").filter(has_text="plan=").inner_text().replace("\n", "")
    other = visitor(**{k: v[0] for k, v in parse_qs(urlsplit(link).query).items()})
    assert "Plan of mine" in other.inner_text("h1")
    assert chances(other) == there
    assert page.context is not other.context


def test_the_address_gives_somebody_else_a_copy_of_their_own(visitor):
    page = visitor()
    switch_off(page)
    there = chances(page)
    token = parse_qs(urlsplit(page.url).query)["desk"][0]
    other = visitor(**chosen(page))
    assert chances(other) == there
    slide(other, "Organisation", "2G switch-off", times=5)
    assert parse_qs(urlsplit(other.url).query)["desk"][0] != token
    page.reload()
    settled(page)
    assert parse_qs(urlsplit(page.url).query)["desk"][0] == token
    assert chances(page) == there


def test_the_language_is_switched_at_once_and_stays(visitor):
    page = visitor()
    there = chances(page)
    page.get_by_text("Tiếng Việt").click()
    page.wait_for_selector("h1:has-text('Vĩnh Phúc')")
    settled(page)
    assert chances(page) == there
    assert page.evaluate("document.documentElement.lang") == "vi"
    page.reload()
    settled(page)
    assert "Vĩnh Phúc" in page.inner_text("h1")


def test_a_broken_file_is_told_in_words_and_changes_nothing(visitor, server):
    page = visitor("files")
    kept = len(list(server.desks.glob("*.json")))
    content = b"[levers]\nfibre_buld = 1\npermit_days = 3\n"
    page.locator('input[type="file"]').set_input_files(
        {"name": "broken.toml", "mimeType": "application/toml", "buffer": content}
    )
    fault = page.locator('[data-testid="stAlert"]').filter(has_text="Nothing was changed")
    fault.wait_for()
    words = fault.inner_text()
    assert "did you mean fibre_build?" in words
    assert "5 to 60 days" in words
    assert words.count("broken.toml") == 4
    assert len(list(server.desks.glob("*.json"))) == kept


def test_a_good_file_lies_on_the_desk(visitor):
    page = visitor("files")
    content = (ROOT / "scenarios/vinh-phuc-2022/fibre-first.toml").read_bytes()
    content = b"# mine\n" + content.replace(b'en = "', b'en = "My ', 1)
    page.locator('input[type="file"]').set_input_files(
        {"name": "mine.toml", "mimeType": "application/toml", "buffer": content}
    )
    page.locator('[data-testid="stAlert"]').filter(has_text="uploaded").wait_for()
    settled(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download TOML").click()
    assert Path(caught.value.path()).read_bytes() == content


def fetched(page, drawer, form):
    with page.expect_download() as caught:
        drawer.get_by_role("button", name=form, exact=True).click()
    assert caught.value.suggested_filename.endswith(f".{form.lower()}")
    return Path(caught.value.path()).read_bytes()


def test_every_kind_of_file_can_be_downloaded_and_opened(visitor):
    page = visitor()
    page.locator(f'{MAIN} [data-testid="stPopover"] button').first.click()
    drawer = page.locator('[data-testid="stPopoverBody"]')
    drawer.get_by_role("button", name="SVG", exact=True).wait_for()
    assert ET.fromstring(fetched(page, drawer, "SVG")).tag.endswith("svg")
    png = fetched(page, drawer, "PNG")
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">I", png[16:20])[0] > 1500
    text = pypdf.PdfReader(io.BytesIO(fetched(page, drawer, "PDF"))).pages[0].extract_text()
    assert "Households with fibre" in text
    assert "seed 2022" in text
    rows = list(csv.reader(io.StringIO(fetched(page, drawer, "CSV").decode("utf-8-sig"))))
    assert rows[0][:3] == ["scenario", "indicator", "month"]
    with zipfile.ZipFile(io.BytesIO(fetched(page, drawer, "XLSX"))) as book:
        assert b"stamp" in book.read("xl/workbook.xml")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_phone_shows_the_answer_and_nothing_runs_over(visitor, path, language):
    page = visitor(path, width=390, height=844, lang=language)
    box = page.locator("h1").bounding_box()
    assert box["y"] + box["height"] < 300
    if path == "":
        answer = page.locator(".st-key-answer").bounding_box()
        assert answer["y"] + answer["height"] < 400
    over = page.locator(MAIN).evaluate("main => main.scrollWidth - main.clientWidth")
    assert over <= 1


def test_a_killed_server_loses_no_unsaved_slider(visitor, server):
    page = visitor()
    switch_off(page)
    there = chances(page)
    server.kill()
    server.start()
    page.reload()
    settled(page)
    assert chances(page) == there
    assert "adjusted" in page.inner_text("h1")


@pytest.mark.parametrize("path", PAGES[1:])
def test_a_fresh_server_may_be_asked_for_any_page_first(visitor, server, path):
    server.kill()
    server.start()
    page = visitor(path)
    assert page.get_by_role("link", name="Plan", exact=True).count() == 1
    assert page.get_by_role("link", name="frame").count() == 0
    page.get_by_text("Tiếng Việt").click()
    page.wait_for_function("() => document.documentElement.lang === 'vi'")
    settled(page)
    page.get_by_role("link", name="Kế hoạch").click()
    page.wait_for_selector("h1:has-text('Vĩnh Phúc')")


def test_the_browser_asks_no_other_host(visitor, server):
    for path in PAGES:
        page = visitor(path)
        page.wait_for_timeout(1000)
        own = (server.address, "data:", "blob:")
        assert [url for url in page.asked if not url.startswith(own)] == []


def test_a_name_with_markup_is_shown_and_not_obeyed(visitor):
    page = visitor("files")
    page.get_by_role("button", name="Duplicate").click()
    page.get_by_label("English name").wait_for()
    settled(page)
    page.get_by_label("English name").fill("![x](http://192.0.2.1/x.png)")
    page.get_by_role("button", name="Rename").click()
    settled(page)
    page.get_by_role("link", name="Plan", exact=True).click()
    page.wait_for_selector("h1:has-text('192.0.2.1')")
    settled(page)
    assert not [url for url in page.asked if "192.0.2.1" in url]


def test_what_takes_long_can_be_stopped_and_gone_on_with(visitor, server):
    server.kill()
    server.start()
    page = visitor("evidence", evidence="past", case="vietnam-2022", wait=False)
    page.locator(MAIN).get_by_role("button", name="Stop").click()
    page.locator('[data-testid="stAlert"]').filter(has_text="Stopped").wait_for()
    charts = page.locator('[data-testid="stVegaLiteChart"]')
    assert charts.count() == 0
    page.get_by_role("button", name="Continue").click()
    charts.first.wait_for()
    charts.first.scroll_into_view_if_needed()
    charts.first.get_by_text("Households with fibre").first.wait_for()


def serious(page):
    """Return what axe-core finds that is serious, in words."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']}: " + "; ".join(n["html"][:160] for n in each["nodes"][:4])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("theme", "language"), [("light", "vi"), ("dark", "en")])
@pytest.mark.parametrize(("path", "section"), VIEWS)
def test_no_serious_fault_of_accessibility(visitor, path, section, theme, language):
    assert serious(visitor(path, theme=theme, lang=language, **section)) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nor_where_something_is_wrong_or_open(visitor, theme):
    page = visitor(theme=theme, plan="9.nonsense")
    slide(page, "Training", "Skills training", key="End", times=1)
    page.locator('[data-testid="stAlert"]').filter(has_text="Grey").wait_for()
    page.locator(f'{MAIN} [data-testid="stPopover"] button').first.click()
    page.locator('[data-testid="stPopoverBody"]').get_by_role("button", name="SVG").wait_for()
    settled(page).wait_for_timeout(1000)  # colours fade in
    assert serious(page) == []


def chosen(page):
    """Return what an address says."""
    return {name: value[0] for name, value in parse_qs(urlsplit(page.url).query).items()}


def show(page, name):
    page.locator(MAIN).get_by_role("radio", name=name).click()
    settled(page)


def go(page, link, heading):
    found = page.get_by_role("link", name=link, exact=True)
    if not found.count():  # there is not room for all
        page.locator(".rc-overflow-item-rest button").click()
        found = page.get_by_role("menuitem").filter(has_text=link)
    found.click()
    page.wait_for_selector(f"h1:has-text('{heading}')")
    settled(page)


def back(page, step="back"):
    page.evaluate(f"history.{step}()")
    page.wait_for_timeout(800)
    settled(page)


def test_back_and_forward_are_followed(visitor):
    page = visitor()
    show(page, "Where")
    show(page, "Money")
    go(page, "Compare", "Compare")
    back(page)
    assert page.inner_text("h1").startswith("Vinh Phuc")
    for section in ("money", "where", "forecast"):
        assert chosen(page)["show"] == section
        label = {"money": "Money", "where": "Where", "forecast": "Forecast"}[section]
        assert page.get_by_role("radio", name=label, exact=True).is_checked()
        if section != "forecast":
            back(page)
    back(page, "forward")
    assert page.get_by_role("radio", name="Where", exact=True).is_checked()


def test_a_bare_address_makes_one_entry_of_the_history(visitor):
    page = visitor()
    page.goto("about:blank")
    before = page.evaluate("history.length")
    page.goto(page.home)
    settled(page)
    assert chosen(page)["show"] == "forecast"
    assert page.evaluate("history.length") == before + 1


def test_links_to_pages_carry_desk_and_language(visitor):
    page = visitor()
    switch_off(page)
    link = page.get_by_role("link", name="Compare").get_attribute("href")
    carried = {name: value[0] for name, value in parse_qs(urlsplit(link).query).items()}
    assert carried["lang"] == "en"
    assert carried["desk"] == chosen(page)["desk"]


def test_a_desk_outlives_the_browser(visitor):
    page = visitor()
    switch_off(page)
    there, token = chances(page), chosen(page)["desk"]
    cookies = page.context.cookies()
    lasting = [each for each in cookies if each["expires"] > 0]
    page.context.clear_cookies()  # a browser that is closed forgets the others
    page.context.add_cookies(lasting)
    page.goto(f"{page.home}?lang=en&case=vinh-phuc-2022")
    settled(page)
    assert chances(page) == there
    slide(page, "Organisation", "2G switch-off", times=2)
    assert chosen(page)["desk"] == token


def test_saving_takes_one_press_and_says_so(visitor):
    page = visitor()
    switch_off(page)
    page.get_by_role("button", name="Save", exact=True).focus()
    page.keyboard.press("Enter")
    page.locator('[data-testid="stPopoverBody"]').wait_for()
    settled(page)
    page.wait_for_timeout(300)
    page.keyboard.type("Plan of mine")  # the drawer has the focus
    page.get_by_role("button", name="Save as new").click()
    page.wait_for_selector("h1:has-text('Plan of mine')")
    settled(page)
    assert page.locator('[data-testid="stAlert"]').filter(has_text="Saved: Plan of mine").count()
    assert page.locator('[data-testid="stPopoverBody"]').count() == 0


def test_a_slider_stays_where_it_is_when_it_is_moved(visitor):
    page = visitor()
    slider = page.locator('[data-testid="stSlider"]').first
    slider.get_by_role("slider").focus()  # which brings it into sight
    before = slider.bounding_box()["y"]
    slider.get_by_role("slider").press("ArrowRight")
    page.wait_for_selector("h1:has-text('(adjusted)')")
    settled(page)
    assert abs(slider.bounding_box()["y"] - before) < 2


@pytest.mark.parametrize("language", ["vi", "en"])
def test_save_undo_and_redo_stand_in_one_row(visitor, language):
    page = visitor(lang=language)
    buttons = page.locator(".st-key-moved button").all()
    assert len(buttons) == 3
    assert len({round(each.bounding_box()["y"]) for each in buttons}) == 1


def test_every_box_is_in_the_language_that_is_switched_to(visitor):
    page = visitor(lang="vi")
    page.get_by_text("English").click()
    page.wait_for_selector("h1:has-text('Vinh Phuc')")
    settled(page)
    open_group(page, "Organisation")
    settled(page)
    boxes = page.locator('[data-testid="stSelectbox"]').all_inner_texts()
    assert not [text for text in boxes if not text.isascii() and "≥" not in text]
    go(page, "Compare", "Compare")
    page.get_by_text("Tiếng Việt").click()
    page.wait_for_selector("h1:has-text('So sánh')")
    settled(page)
    against = page.locator('[data-testid="stSelectbox"]').all_inner_texts()
    assert not [text for text in against if "Baseline" in text or "Draft" in text]
