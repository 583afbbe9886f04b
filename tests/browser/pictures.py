"""Take a picture of every page, in both languages and themes, wide and narrow: `make pictures`.

They go to out/pages/, to be looked at one by one after a change of what people see; those that
README shows go to docs/img/pages/ too.
"""

import sys
import tempfile
from io import BytesIO
from itertools import product

from conftest import CHROMIUM, ROOT, Server, settled
from PIL import Image
from playwright.sync_api import sync_playwright

OUT, SHOWN = ROOT / "out" / "pages", ROOT / "docs" / "img" / "pages"
OTHERS = (
    "ask",
    "compare",
    "track",
    "evidence",
    "rank",
    "tasks",
    "files",
    "place",
    "verify",
    "help",
)
PAGES = {"plan": "", **{page: page for page in OTHERS}}
SIZES = {"desktop": (1400, 1700), "phone": (390, 1900)}
COLOURS = 128  # enough for flat charts, at a quarter of the bytes


def main() -> None:
    """Take all pictures, or those whose names hold the words given."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as desks, sync_playwright() as driver:
        server = Server(desks)
        server.start()
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            for page, language, theme, size in product(
                PAGES, ("vi", "en"), ("light", "dark"), SIZES
            ):
                name = f"{page}-{language}-{theme}-{size}.png"
                if all(word in name for word in sys.argv[1:]):
                    picture = taken(browser, server, page, language, theme, size)
                    (OUT / name).write_bytes(picture)
                    if (SHOWN / name).exists():
                        (SHOWN / name).write_bytes(picture)
        finally:
            browser.close()
            server.kill()


def taken(browser, server, page, language, theme, size) -> bytes:
    """Return the picture of a page as the bytes of a PNG file."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, is_mobile=size == "phone"
    )
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    tab.goto(f"{server.address}/{PAGES[page]}?lang={language}&case=vietnam-2026")
    settled(tab).wait_for_timeout(1500)
    image = Image.open(BytesIO(tab.screenshot())).convert("RGB")
    context.close()
    smaller = BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(smaller, "PNG", optimize=True)
    return smaller.getvalue()


if __name__ == "__main__":
    main()
