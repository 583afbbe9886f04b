"""A planner's desk in real browsers: nothing is lost, nothing parts without a word."""

import pytest
from conftest import PATIENCE, settled
from test_browser import MAIN, chances, chosen, go, slide, switch_off

DRAWER = '[data-testid="stPopoverBody"]'


def save(page, name):
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save as new").click()
    page.wait_for_selector(f"h1:has-text('{name}')")
    return settled(page)


def plans(page):
    """Return the scenarios that the page offers."""
    box = page.locator('[data-testid="stSelectbox"]').filter(has_text="Scenario")
    box.get_by_role("combobox").click()
    found = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return found


def reopened(chromium, page, address):
    """Return the page of an address in the same browser, closed and started again."""
    lasting = [each for each in page.context.cookies() if each["expires"] > 0]
    page.context.close()
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    context.add_cookies(lasting)
    return opened(context.new_page(), address)


def opened(page, address):
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    return settled(page)


def link(page):
    """Return the link that a page offers."""
    page.get_by_role("button", name="Link", exact=True).click()
    page.locator(f"{DRAWER} code").wait_for()
    return page.locator(f"{DRAWER} code").inner_text().replace("\n", "")


def told(page):
    return " ".join(page.locator(f'{MAIN} [data-testid="stAlert"]').all_inner_texts())


def test_a_planners_week(visitor, chromium):
    page = visitor()
    switch_off(page)
    save(page, "Monday")
    bookmark, token, bare = page.url, chosen(page)["desk"], page.home
    page = reopened(chromium, page, bookmark)
    slide(page, "Organisation", "2G switch-off", times=2)
    save(page, "Tuesday")
    assert chosen(page)["desk"] == token
    page = reopened(chromium, page, bookmark)
    assert "Monday" in page.inner_text("h1")
    assert plans(page)[-2:] == ["Monday", "Tuesday"]
    page = reopened(chromium, page, bare + "?lang=en&case=vinh-phuc-2022")
    assert chosen(page)["desk"] == token
    other_tab = opened(page.context.new_page(), bookmark)
    save(other_tab, "Wednesday")
    go(page, "Compare", "Compare")
    go(page, "Plan", "Vinh Phuc")
    assert plans(page)[-3:] == ["Monday", "Tuesday", "Wednesday"]
    for each in (page, other_tab):  # of evidence something may be told, of desks nothing
        assert "desk" not in told(each)

    home = chromium.new_context()
    at_home = opened(home.new_page(), bookmark)
    assert "a desk in another browser" in told(at_home)
    assert "Monday" in at_home.inner_text("h1")
    go(page, "Scenario files", "Scenario files")
    page.get_by_text("Work on it in another of your browsers").click()
    key = page.locator("code").filter(has_text="key=").inner_text().replace("\n", "")
    at_home = opened(home.new_page(), key)
    go(at_home, "Plan", "Vinh Phuc")
    save(at_home, "Sunday")
    assert chosen(at_home)["desk"] == token
    go(page, "Plan", "Vinh Phuc")
    assert plans(page)[-4:] == ["Monday", "Tuesday", "Wednesday", "Sunday"]
    for each in (page, at_home):
        each.context.close()


def test_two_tabs_that_begin_at_the_bare_address_have_one_desk(visitor):
    page = visitor()
    other = opened(page.context.new_page(), page.url)
    switch_off(page)
    slide(other, "Training", "Skills training", times=1)
    assert chosen(page)["desk"] == chosen(other)["desk"]
    go(page, "Compare", "Compare")
    go(page, "Plan", "Vinh Phuc")
    assert chances(page) == chances(other)


PAGES = {  # what each is called above and on itself
    "compare": ("Compare", "Compare"),
    "evidence": ("Evidence", "What the forecasts rest on"),
    "files": ("Scenario files", "Scenario files"),
}


@pytest.mark.parametrize("path", ["", *PAGES])
def test_every_page_has_a_link_that_opens_elsewhere_and_gives_nothing_else_away(
    visitor, chromium, path
):
    page = visitor()
    save(page, "Not to be seen")
    switch_off(page)
    save(page, "To be seen")
    if path:
        go(page, *PAGES[path])
    if path == "compare":
        page.get_by_role("button", name="Remove The draft plan of 2022").click()
        settled(page)
    sent = link(page)
    assert len(sent) < 2000
    assert page.locator(f"{DRAWER} img, {DRAWER} svg").count()
    reader = opened(chromium.new_context().new_page(), sent)
    assert "desk=" not in sent
    if path in ("", "files"):
        assert reader.inner_text("h1").endswith("To be seen")
        assert chances(reader)
        assert "Not to be seen" not in plans(reader)
    elif path == "compare":
        assert "To be seen" in reader.locator('[data-testid="stMultiSelect"]').inner_text()
        assert "The draft plan" not in reader.locator('[data-testid="stMultiSelect"]').inner_text()
    else:
        assert reader.inner_text("h1") == PAGES[path][1]
    reader.context.close()


def test_an_address_pasted_shows_the_plan_and_not_the_desk(visitor, chromium):
    page = visitor()
    save(page, "Not to be seen")
    switch_off(page)
    there = chances(page)
    reader = opened(chromium.new_context().new_page(), page.url)
    assert "a desk in another browser" in told(reader)
    assert chances(reader) == there
    assert plans(reader)[-1] == "Not to be seen (adjusted)"
    reader.context.close()


def test_a_colleagues_link_opens_in_the_readers_language(visitor):
    sent = link(visitor())
    reader = visitor(lang="vi")
    opened(reader, sent)
    assert chosen(reader)["lang"] == "vi"


def test_a_desk_goes_down_as_one_file_and_up_again(visitor, tmp_path):
    page = visitor()
    switch_off(page)
    save(page, "Plan of mine")
    go(page, "Scenario files", "Scenario files")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download the desk").click()
    file = tmp_path / caught.value.suggested_filename
    caught.value.save_as(file)
    other = visitor("files")
    other.locator('input[type="file"]').set_input_files(file)
    other.locator('[data-testid="stAlert"]').filter(has_text="uploaded").wait_for()
    assert plans(settled(other))[-1] == "Plan of mine"


def test_tabs_and_files_are_named_by_what_is_in_them(visitor):
    page = visitor()
    assert page.title() == "The draft plan of 2022 · Vinh Phuc 2022 · Plan"
    page.locator(f'{MAIN} [data-testid="stPopover"] button').first.click()
    drawer = page.locator(DRAWER)
    drawer.get_by_role("button", name="CSV", exact=True).wait_for()
    with page.expect_download() as caught:
        drawer.get_by_role("button", name="CSV", exact=True).click()
    name = "vinh-phuc-2022_fan-fibre_households_draft-plan_draft-2022-01_2022-01-15.csv"
    assert caught.value.suggested_filename == name
    page.keyboard.press("Escape")
    go(page, "Help", "Help")
    assert page.title() == "Vinh Phuc 2022 · Help"
    page.get_by_role("radio", name="Words").click()
    settled(page)
    words = page.locator(MAIN).inner_text()
    assert all(f"{word}: " in words for word in ("draw", "Baseline", "points", "desk"))


def test_the_drawer_has_the_focus_and_gives_it_back(visitor):
    page = visitor()
    button = page.get_by_role("button", name="Link", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.locator(f"{DRAWER} code").wait_for()
    settled(page).wait_for_timeout(900)
    inside = "document.activeElement.closest('[data-testid=\"stPopoverBody\"]') !== null"
    assert page.evaluate(inside)
    page.keyboard.press("Escape")
    page.wait_for_timeout(600)
    assert page.evaluate("document.activeElement.innerText").startswith("Link")


def test_question_marks_are_large_enough_and_the_way_between_pages_shows_the_focus(visitor):
    page = visitor()
    sizes = page.locator('[data-testid="stTooltipIcon"] button').all()
    assert sizes
    for each in sizes:
        box = each.bounding_box()
        assert box is None or min(box["width"], box["height"]) >= 24
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Compare", exact=True)
    link.focus()
    assert link.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
