"""How long a planner waits: from the key that moves a slider to the last chart drawn.

A real browser (Chromium, driven by playwright) opens the Plan page of Viet Nam: 63 provinces
and 1,000 replicates; runs of 24 months for the draft's targets, and of 48 for the final ones in
a copy of the case that puts these off to the end of 2024.
A key moves sliders of demand, then of supply, each time to a value nobody has asked for. The
clock runs in the browser, from the key to the last change of any chart. In turn with it a key
moves the one slider of a bare page in the same browser (`floor/page.py`): as many charts of the
same size, computed beforehand. "times floor" is how many times as long ketnoi takes by the
medians. Then five visitors
move sliders of demand at once, 48 months ahead. Five more come and move one each while these
stay: what the server grows by, answers kept for others included, is shared out among them. The
last line is JSON; a step without an answer within a minute counts as lost.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
BROWSER = ROOT / ".venv-browser" / "bin" / "python"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ROUNDS, VISITORS, VISITOR_ROUNDS, PATIENCE = 4, 5, 3, 60_000
LINK = "?lang=en&case=vietnam-2022&scenario=draft-plan&targets="
HORIZONS = {"24 months": "draft-2022-01", "48 months": "final-2022-03"}
FURTHEST = "48 months"
GROUPS = ("Allocating money", "Training", "Organisation")
TRAINING = "Skills training · "
LEVERS = {
    "demand": (
        TRAINING,
        "Vouchers for smartphones · ",
        "Vouchers for fibre connections · ",
        "Communication · ",
    ),
    "supply": (
        "Fibre building · ",
        "Village mobile sites · ",
        "Power for village sites · ",
        "Permit time by rule · ",
    ),
}

WATCH = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  const app = document.querySelector('[data-testid="stApp"]');
  window.drawn = 0; window.ended = 0; window.begun = 0;
  const charts = '[data-testid="stVegaLiteChart"]';
  new MutationObserver(changes => {
    for (const change of changes) {
      const at = change.target.nodeType === 1 ? change.target : change.target.parentElement;
      if (at && (at.closest(charts) || at.querySelector(charts))) {
        window.drawn = performance.now(); return;
      }
    }
  }).observe(main, {subtree: true, childList: true, attributes: true, characterData: true});
  new MutationObserver(() => {
    const state = app.getAttribute('data-test-script-state');
    if (state === 'running') window.begun = performance.now();
    if (state === 'notRunning') window.ended = performance.now();
  }).observe(app, {attributes: true});
  document.addEventListener('keydown', () => {
    window.pressed = performance.now(); window.begun = 0; window.ended = 0;
  }, true);
}"""
QUIET = 400  # milliseconds after the script's end without a change of a chart
DONE = f"""() => Math.max(window.drawn, window.ended) > window.pressed
    && document.querySelector('[data-testid="stApp"]')
        .getAttribute('data-test-script-state') === 'notRunning'
    && performance.now() - Math.max(window.drawn, window.begun, window.ended) > {QUIET}"""


def copied(folder: str) -> Path:
    """Return a copy of the case in which the final targets of 2022 are due two years later."""
    copy = Path(shutil.copytree(ROOT / "scenarios" / "vietnam-2022", f"{folder}/vietnam-2022"))
    targets = copy / "targets.toml"
    before, mark, after = targets.read_text(encoding="utf-8").partition("[sets.final-2022-03]")
    own, nextly, rest = after.partition("\n[sets.")
    own = own.replace("deadline = 2022-12-31", "deadline = 2024-12-31")
    targets.write_text(before + mark + own + nextly + rest, encoding="utf-8")
    return copy


def served(page: str, case: Path, desks: str) -> tuple[subprocess.Popen, str]:
    """Return a server of a page that answers, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    python = os.environ.get("KETNOI_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
    process = subprocess.Popen(
        [python, "-m", "streamlit", "run", page, "--server.port", str(port)],
        cwd=ROOT,
        env={**os.environ, "KETNOI_DESKS": desks, "KETNOI_CASES": str(case)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health")
            return process, address
        except OSError:
            time.sleep(0.25)
    raise TimeoutError("the server does not answer")


def megabytes(process: subprocess.Popen) -> float:
    """Return the memory a process holds."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ValueError("no VmRSS")


def opened(browser, address):
    """Return a page whose charts are drawn."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.wait_for_function(
        """() => document.querySelector('[data-testid="stApp"]')
            ?.getAttribute('data-test-script-state') === 'notRunning'
            && document.querySelectorAll('[data-testid="stVegaLiteChart"] svg').length > 0"""
    )
    page.wait_for_timeout(1500)
    return page


def visit(browser, address, groups, targets):
    """Return a visitor's page with its levers in sight."""
    page = opened(browser, f"{address}/{LINK}{targets}")
    page.wait_for_selector(".st-key-answer p:has-text('the chance of meeting')")
    for group in groups:
        summary = page.locator('[data-testid="stSidebar"] summary').filter(has_text=group)
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()
    page.wait_for_timeout(500)
    page.evaluate(WATCH)
    return page


def press(page, label, key="ArrowRight"):
    """Move a slider by one step."""
    box = page.locator('[data-testid="stSlider"]').filter(has_text=label)
    handle = box.get_by_role("slider")
    handle.focus()
    handle.press(key)


def waited(page) -> float:
    """Return the milliseconds from the last key to the last chart drawn; infinite if lost."""
    from playwright.sync_api import TimeoutError as Late

    try:
        page.wait_for_function(DONE, polling=50)
    except Late:
        return float("inf")
    return page.evaluate("Math.max(window.drawn, window.begun) - window.pressed")


def moved(page, label) -> list[float]:
    """Return the waits of several steps of one slider."""
    found = []
    for _ in range(ROUNDS):
        press(page, label)
        found.append(waited(page))
    return found


def bare(browser, address, targets):
    """Return the bare page."""
    page = opened(browser, f"{address}/?targets={targets}")
    page.evaluate(WATCH)
    return page


def against_floor(page, floor, horizon) -> dict[str, object]:
    """Return the waits for levers of demand and of supply, and how they stand to the floor."""
    answer: dict[str, object] = {}
    if charts(page) != charts(floor):
        raise ValueError(f"{charts(page)} charts, but {charts(floor)} on the bare page")
    for side, levers in LEVERS.items():
        waits, least = [], []
        for lever in levers:
            own = moved(page, lever)
            least += moved(floor, "Step")
            waits += own
            print(f"  {lever.strip(' ·')}: {told(own)}", flush=True)
        found, ground = told(waits), told(least)
        times = round(found["median_ms"] / ground["median_ms"], 2)
        answer[f"{side}, {horizon}"] = {**found, "times floor": times, "floor": ground}
        print(f"{side}, {horizon}: {answer[f'{side}, {horizon}']}", flush=True)
    return answer


def charts(page) -> int:
    """Return how many charts a page shows."""
    return page.locator('[data-testid="stVegaLiteChart"] svg').count()


def crowd(browser, address) -> tuple[list[float], bool]:
    """Return the waits of several visitors who move at once, and whether all kept their own."""
    pages = [visit(browser, address, GROUPS, HORIZONS[FURTHEST]) for _ in range(VISITORS)]
    for step, page in enumerate(pages):  # apart, so that nobody asks for another's numbers
        for _ in range(step):
            press(page, TRAINING, "ArrowLeft")
            waited(page)  # a key on a page that is being drawn anew may be lost
    begun = [value(page, TRAINING) for page in pages]
    found = []
    for _ in range(VISITOR_ROUNDS):
        for page in pages:
            press(page, TRAINING)
        found += [waited(page) for page in pages]
    ended = [value(page, TRAINING) for page in pages]
    steps = {now - then for then, now in zip(begun, ended, strict=True)}
    return found, len(set(begun)) == VISITORS and len(steps) == 1 and steps != {0}


def value(page, label) -> float:
    """Return where a slider stands."""
    box = page.locator('[data-testid="stSlider"]').filter(has_text=label)
    return float(box.get_by_role("slider").input_value())


def joined(browser, address, process) -> float:
    """Return the megabytes a visitor that a server grows by when more of them come."""
    before = megabytes(process)
    for step in range(VISITORS):
        page = visit(browser, address, GROUPS, HORIZONS[FURTHEST])
        for _ in range(VISITORS + step):  # where none of the others has been
            press(page, LEVERS["demand"][3], "ArrowLeft")
        waited(page)
    return (megabytes(process) - before) / VISITORS


def told(waits: list[float]) -> dict[str, float]:
    """Return the median and the 95 % quantile in milliseconds, and how many were lost."""
    ranked = sorted(waits)
    return {
        "median_ms": round(min(statistics.median(ranked), PATIENCE)),
        "p95_ms": round(min(ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))], PATIENCE)),
        "n": len(ranked),
        "lost": sum(wait == float("inf") for wait in ranked),
    }


def main() -> None:
    """Start a server and a browser, and time what planners do."""
    from playwright.sync_api import sync_playwright

    answer: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        case, desks = copied(folder), f"{folder}/desks"
        process, address = served("app.py", case, desks)
        bottom, ground = served("benchmarks/floor/page.py", case, desks)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            for horizon, targets in HORIZONS.items():
                page = visit(browser, address, GROUPS, targets)
                press(page, TRAINING)
                waited(page)  # the first step of a horizon computes what all share
                floor = bare(browser, ground, targets)
                answer |= against_floor(page, floor, horizon)
                page.context.close()
                floor.context.close()
            together, apart = crowd(browser, address)
            answer[f"{VISITORS} visitors at once, {FURTHEST}"] = told(together)
            answer["nothing mixed up"] = apart
            answer["server MB"] = round(megabytes(process))
            answer["MB a visitor"] = round(joined(browser, address, process), 1)
        finally:
            browser.close()
            process.kill()
            bottom.kill()
    answer |= {"load": round(os.getloadavg()[0], 2), "processors": os.cpu_count()}
    print(json.dumps(answer))


if __name__ == "__main__":
    try:
        import playwright  # noqa: F401
    except ImportError:
        if not BROWSER.exists() or Path(sys.executable) == BROWSER:
            print("no browser to time: `make .venv-browser/.ready` first")
            sys.exit(0)
        os.execv(BROWSER, [str(BROWSER), *sys.argv])
    main()
