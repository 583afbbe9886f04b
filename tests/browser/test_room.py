"""Nothing is cut: on a phone, in full screen, on paper."""

import io
import re

import pypdf
import pytest
from conftest import settled
from test_browser import MAIN

CUT = """() => {
  const found = [];
  for (const chart of document.querySelectorAll('.vega-embed svg')) {
    const box = chart.getBoundingClientRect(), wide = chart.closest('[class*="st-key-wide-"]');
    const told = wide && getComputedStyle(wide, '::before').content.length > 9;
    if (box.right > innerWidth + 1 && !told) found.push('a chart runs over');
    for (const word of chart.querySelectorAll('text')) {
      const at = word.getBoundingClientRect();
      if (at.width && (at.left < box.left - 1 || at.right > box.right + 1))
        found.push(word.textContent);
    }
  }
  for (const each of document.querySelectorAll('[data-testid="stMetricDelta"] *'))
    if (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflow === 'hidden')
      found.push(each.textContent);
  return found;
}"""


@pytest.mark.parametrize(("width", "language"), [(390, "vi")])
@pytest.mark.parametrize("section", ["helps"])
def test_no_chart_or_card_is_cut(visitor, section, width, language):
    page = visitor(show=section, width=width, height=844, lang=language)
    page.wait_for_timeout(500)
    assert page.evaluate(CUT) == []
    signs = re.findall("≥.?", page.locator(MAIN).inner_text())
    assert not [sign for sign in signs if sign == "≥ "], "a sign may be left alone at a line's end"


def test_a_chart_in_full_screen_shows_its_axis(visitor):
    page = visitor()
    page.locator(f'{MAIN} button[aria-label="Fullscreen"]').first.dispatch_event("click")
    page.wait_for_function("document.body.style.overflow === 'hidden'")
    settled(page).wait_for_timeout(1000)
    box = page.locator(".vega-embed svg").first.bounding_box()
    assert box["width"] > 1000
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900


@pytest.mark.parametrize("path", ["", "compare"])
def test_print_cuts_nothing_and_prints_no_buttons(visitor, path):
    page = visitor(path)
    last = page.locator(f"{MAIN} .vega-embed svg text").all_text_contents()[-1]
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = " ".join(sheet.extract_text() for sheet in printed.pages)
    assert page.inner_text("h1").split(" · ")[0] in text
    assert last.split()[-1] in text
    assert not re.search("Download|Got it|Save|Scenario files", text)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 between its margins
    page.wait_for_timeout(1500)
    over = page.evaluate(
        "[...document.querySelectorAll('.vega-embed svg, table')].filter(each => "
        "each.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert over == 0
