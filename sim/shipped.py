"""Where what ketnoi ships lies: its code, and the page, settings and cases beside it."""

from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]  # holds `sim` and `models`
DEFAULT = Path("scenarios/vietnam-2026")  # the case of whoever names none
CASES = "KETNOI_CASES"  # environment: case folders besides those shipped, as PATH lists them


@cache
def beside(root: Path = ROOT) -> Path:
    """Return the folder of `app.py`, `.streamlit/` and `scenarios/`.

    In a checkout it is the one that holds `sim`. A wheel lays them in `share/ketnoi` of the
    folder it is installed under: beside `sim` for a target folder, else a few levels above it.
    """
    if (root / "app.py").exists():
        return root
    shares = (folder / "share" / "ketnoi" for folder in (root, *root.parents))
    return next((share for share in shares if (share / "app.py").exists()), root)


def case_folder(folder: Path) -> Path:
    """Return a case folder as given or, where there is none of the name here, a shipped one."""
    own = beside() / folder
    return own if not folder.exists() and not folder.is_absolute() and own.exists() else folder
