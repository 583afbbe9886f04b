"""The tutorial walked through in a real browser, in both languages, by its own words.

What is pressed is what the tutorial prints in bold, and the figures are those it prints, so
neither the page nor the text can change without the other.
"""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import ROOT, settled
from test_browser import MAIN, chances, fetched, open_group

HEADINGS = {"vi": "Tiếng Việt", "en": "English"}
PLAN = {"vi": "Kế hoạch", "en": "Plan"}


def tutorial(language):
    """Return each step's names in bold behind its title, and its figures."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    half = text.split(f"## {HEADINGS[language]}\n")[1].split("\n## ")[0]
    steps = re.findall(r"^\d+\. \*\*.*?\*\* (.*)$", half, flags=re.MULTILINE)
    return [
        (re.findall(r"\*\*(.+?)\*\*", step), re.findall(r"`([^`]*\d[^`]*)`", step))
        for step in steps
    ]


def pick(page, label, option, within=""):
    box = page.locator(f'{within} [data-testid="stSelectbox"]').filter(has_text=label).first
    box.get_by_role("combobox").click()
    page.get_by_role("option", name=option).click()
    settled(page)


def turn_to(page, name):
    before = page.inner_text("h1")
    page.get_by_role("link", name=name).click()
    page.wait_for_function(
        "before => ![null, before].includes(document.querySelector('h1')?.innerText ?? null)",
        arg=before,
    )
    settled(page)


def carried(page):
    """Return the link that carries what a page shows, once its drawer is open."""
    return (
        page.locator('[data-testid="stPopoverBody"] code')
        .filter(has_text="plan=")
        .inner_text()
        .replace("\n", "")
    )


def test_both_halves_tell_the_same_steps():
    halves = [tutorial(language) for language in HEADINGS]
    numbers = [[re.findall(r"\d+%?", one) for _, told in half for one in told] for half in halves]
    assert numbers[0] == numbers[1]
    assert numbers[0]
    assert [len(names) for names, _ in halves[0]] == [len(names) for names, _ in halves[1]]
    assert len(halves[0]) == 11


@pytest.mark.parametrize("language", HEADINGS)
def test_every_step_does_what_it_says(visitor, language):
    names, figures = zip(*tutorial(language), strict=True)
    page = visitor(lang="en" if language == "vi" else "vi")

    tongue, place, country = names[0]
    page.get_by_text(tongue, exact=True).click()
    page.wait_for_function("lang => document.documentElement.lang === lang", arg=language)
    settled(page)
    pick(page, place, country)
    page.wait_for_selector(f"h1:has-text('{country}')")
    settled(page)

    assert chances(page) == figures[1]

    section, chart = names[2]
    page.get_by_text(section, exact=True).click()
    page.locator(f"{MAIN} svg").get_by_text(chart).wait_for()
    settled(page)

    group, lever, adjusted, helps = names[3]
    before, after = figures[3]
    assert chances(page)[-1] == before
    open_group(page, group)
    settled(page)
    handle = page.locator('[data-testid="stSlider"]').filter(has_text=lever).get_by_role("slider")
    handle.focus()
    for _ in range(9):
        handle.press("ArrowRight")
    page.wait_for_selector(f"h1:has-text('{adjusted}')")
    settled(page)
    assert chances(page)[-1] == after
    page.get_by_text(helps, exact=True).click()
    settled(page)
    assert page.locator(f"{MAIN} svg").filter(has_text=lever).count() == 0  # it is there already
    page.locator(f'{MAIN} [data-testid="stDataFrame"]').wait_for()

    take, target, broadband, chance, find, back = names[4]
    turn_to(page, take)
    pick(page, target, broadband, MAIN)
    handle = page.locator('[data-testid="stSlider"]').filter(has_text=chance).get_by_role("slider")
    handle.focus()
    for _ in range(20):
        handle.press("ArrowLeft")
    page.locator('[class*="st-key-question"] strong').filter(has_text="60%").wait_for()
    settled(page)
    page.locator(MAIN).get_by_role("button", name=find, exact=True).click()
    (reached,) = figures[4]
    page.locator('[class*="st-key-answer"]').get_by_text(reached).wait_for(timeout=300_000)
    settled(page)
    turn_to(page, back)

    save, name, save_as_new = names[5]
    page.get_by_role("button", name=save, exact=True).click()
    page.get_by_label(name, exact=True).fill("Plan B")
    page.get_by_role("button", name=save_as_new).click()
    page.wait_for_selector("h1:has-text('Plan B')")
    settled(page)
    there = chances(page)
    assert there[-1] == after

    compare, gained, targets, decided = names[6]
    turn_to(page, compare)
    assert page.locator(MAIN).get_by_text("Plan B").count() > 0
    page.get_by_role("heading", name=gained).wait_for()
    pick(page, targets, decided)
    page.locator(f"{MAIN} svg").get_by_text(decided).first.wait_for()

    download, png, xlsx = names[7]
    page.locator(MAIN).get_by_role("button", name=download).first.click()
    drawer = page.locator('[data-testid="stPopoverBody"]')
    drawer.get_by_role("button", name=png, exact=True).wait_for()
    assert fetched(page, drawer, png).startswith(b"\x89PNG")
    assert fetched(page, drawer, xlsx).startswith(b"PK")
    page.keyboard.press("Escape")

    evidence, past = names[8]
    turn_to(page, evidence)
    page.get_by_text(past, exact=True).click()
    page.locator(f"{MAIN} svg").first.wait_for()
    settled(page)

    (button,) = names[9]
    turn_to(page, PLAN[language])
    page.wait_for_selector("h1:has-text('Plan B')")
    settled(page).get_by_role("button", name=button, exact=True).click()
    link = carried(page)
    query = {key: value[0] for key, value in parse_qs(urlsplit(link).query).items()}
    other = visitor(**{**query, "lang": language, "targets": "draft-2022-01"})
    assert "Plan B" in other.inner_text("h1")
    assert chances(other) == there

    address = page.url
    page.goto("about:blank")
    page.goto(address)
    settled(page).get_by_role("button", name=button, exact=True).click()
    assert carried(page) == link
