"""The HTML report in a real browser: it asks for nothing, and can be read by everyone."""

import subprocess

import pytest
from conftest import PYTHON, ROOT
from test_browser import serious


@pytest.fixture(scope="module", params=["vi", "en"])
def report(request, tmp_path_factory):
    """Return a report as one HTML file."""
    out = tmp_path_factory.mktemp("report") / f"report-{request.param}.html"
    words = ["report", "--case", "scenarios/vinh-phuc-2022", "--replicates", "100"]
    words = [PYTHON, "-m", "sim.cli", *words, "--lang", request.param, "--out", str(out)]
    subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return out


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_it_asks_for_nothing_and_everyone_can_read_it(chromium, report, theme, width):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(report.as_uri())
    page.wait_for_load_state("networkidle")
    assert asked == [report.as_uri()]
    assert faults == []
    assert serious(page) == []
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert over <= 0
    context.close()
