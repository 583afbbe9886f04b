"""New place, as docs/place.md walks it: a country, its workbook typed into, its chances on Plan."""

import subprocess

import pytest
from conftest import PYTHON, ROOT, settled
from test_browser import MAIN, chances

WORDS = {
    "en": {
        "country": "Country",
        "Laos": "Laos",
        "keep": "Keep it on your desk",
        "book": "Download the workbook",
        "plan": "Plan",
        "ours": "Our plan",
    },
    "vi": {
        "country": "Quốc gia",
        "Laos": "Lào",
        "keep": "Lưu vào bàn làm việc",
        "book": "Tải bảng tính",
        "plan": "Lập kế hoạch",
        "ours": "Một nửa số chưa có, sau năm năm",
    },
}
TYPED = """
import sys
from pathlib import Path
sys.path[:0] = ["tests", "tests/begin"]
from test_walks import LAOS, typed
path = Path(sys.argv[1])
path.write_bytes(typed(path.read_bytes(), LAOS))
"""


@pytest.mark.parametrize(("language", "width"), [("en", 1400), ("vi", 1400), ("en", 390)])
def test_a_country_from_nothing_with_its_workbook_filled_in(visitor, tmp_path, language, width):
    words = WORDS[language]
    page = visitor("place", lang=language, width=width)
    box = page.locator(f'{MAIN} [data-testid="stSelectbox"]').filter(has_text=words["country"])
    box.get_by_role("combobox").fill(words["Laos"])
    page.get_by_role("option", name=words["Laos"], exact=True).click()
    page.wait_for_selector(f'{MAIN} strong:has-text("{words["Laos"]} 2025")')
    settled(page)
    page.get_by_role("button", name=words["keep"]).click()
    page.locator(f'{MAIN} [data-testid="stAlert"]').first.wait_for()
    settled(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name=words["book"]).click()
    book = tmp_path / "laos-2025.xlsx"
    caught.value.save_as(book)
    subprocess.run([PYTHON, "-c", TYPED, str(book)], cwd=ROOT, check=True)
    page.locator(f'{MAIN} input[type="file"]').set_input_files(book)
    page.wait_for_function("document.querySelector('[data-testid=\"stAlert\"]')")
    settled(page)
    visited = page.url.replace("/place", "/")
    page.goto(visited)
    settled(page)
    assert chances(page)
    boxes = page.locator('[data-testid="stSelectbox"] input').all()
    assert words["ours"] in [box.input_value() for box in boxes]
    text = page.locator(MAIN).inner_text().replace("\xa0", " ")
    assert "≥ 40" in text  # as typed
