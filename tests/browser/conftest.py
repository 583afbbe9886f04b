"""A server of its own for every test module, and Debian's Chromium to look at it with."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PYTHON = os.environ.get("KETNOI_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
PATIENCE = int(os.environ.get("PATIENCE", "60000"))  # milliseconds
collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]


class Server:
    """The app on a free port, which can be killed and started again."""

    def __init__(self, desks):
        """Find a port; `desks` is where visitors' desks are kept."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.desks = desks
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [PYTHON, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
            cwd=ROOT,
            env={**os.environ, "KETNOI_DESKS": str(self.desks)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(PATIENCE // 250):
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health") as answer:
                    if answer.read() == b"ok":
                        return
            except OSError:
                time.sleep(0.25)
        raise TimeoutError("the server does not answer")

    def kill(self):
        """End it at once, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Return the app, started."""
    found = Server(tmp_path_factory.mktemp("desks"))
    found.start()
    yield found
    found.kill()


@pytest.fixture(scope="session")
def chromium():
    """Return the browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium, server):
    """Return what brings a visitor with a browser of their own to a page."""
    contexts = []

    def come(path="", *, width=1400, height=900, theme="light", wait=True, **link):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.asked, page.home = [], f"{server.address}/{path}"
        page.on("request", lambda request: page.asked.append(request.url))
        choices = {"lang": "en", "case": "vinh-phuc-2022", **link}
        query = "&".join(f"{name}={value}" for name, value in choices.items())
        page.goto(f"{server.address}/{path}?{query}")
        return settled(page) if wait else page

    yield come
    for context in contexts:
        context.close()


def settled(page):
    """Wait until a page has been drawn to its end and nothing runs any more."""
    page.wait_for_selector("h1")
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid="stApp"]');
            const still = app && app.getAttribute('data-test-script-state') === 'notRunning';
            const bones = document.querySelector('[data-testid="stSkeleton"]');
            const old = document.querySelector('[data-stale="true"]');
            return still && !bones && !old;
        }"""
    )
    page.wait_for_timeout(300)
    return page
