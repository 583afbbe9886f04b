"""Where what ketnoi ships lies: its code, and the page, settings and cases beside it."""

from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]  # holds `sim` and `models`


@cache
def beside() -> Path:
    """Return the folder of `app.py`, `.streamlit/` and `scenarios/`.

    In a checkout it is the one that holds `sim`; an installed wheel keeps them as data of its
    own, wherever it was told to be installed.
    """
    if (ROOT / "app.py").exists():
        return ROOT
    from importlib.metadata import PackageNotFoundError, files  # slow to load

    try:
        listed = files("ketnoi") or []
    except PackageNotFoundError:
        listed = []
    pages = (Path(str(each.locate())) for each in listed if each.name == "app.py")
    return next((page.resolve().parent for page in pages if page.exists()), ROOT)


def case_folder(folder: Path) -> Path:
    """Return a case folder as given or, where there is none of the name here, a shipped one."""
    own = beside() / folder
    return own if not folder.exists() and not folder.is_absolute() and own.exists() else folder
