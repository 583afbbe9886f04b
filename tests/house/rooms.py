"""The table of rooms in the README, written from the modules' first lines: `make readme`."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BEGIN, END = "<!-- rooms: made by `make readme` -->\n", "<!-- end of rooms -->\n"
CHARTERS = {
    "models/moves": "how the world moves: what is built, who takes it up",
    "models/paths": "where history alone leads: the forecaster",
    "sim": "the ground: words, indicators, numbers, faults, files read, luck, draws",
    "sim/files": "kinds of file: how a table, a chart or a workbook becomes stamped bytes",
    "sim/place": "what is known of a place, what may be set there, what is asked",
    "sim/world": "case + scenario + seed → forecast: the seven steps a number travels",
    "sim/ask": "questions put to runs, answered in numbers",
    "sim/study": "many runs, and what they say together",
    "sim/show": "answers as pictures, tables and sentences; computes nothing",
    "sim/paper": "what leaves the house, and the proof that it can be made again",
    "sim/cli": "one command, one function: parses, calls, prints",
    "sim/screen": "the planner's screen: one page a file",
    "sim/screen/parts": "what the pages share",
}


def modules(folder):
    return sorted(p for p in (ROOT / folder).glob("*.py") if p.name != "__init__.py")


def packages():
    """Return every folder of ours that holds a module."""
    found = {p.parent for top in ("models", "sim") for p in (ROOT / top).rglob("*.py")
             if p.name != "__init__.py"}  # fmt: skip
    return {folder.relative_to(ROOT).as_posix() for folder in found}


def first_line(path):
    return str(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))).splitlines()[0]


def written(text):
    """Return the README with its rooms as they now are."""
    lines = []
    for folder, charter in CHARTERS.items():
        lines += [f"**`{folder}/`**: {charter}", "", "| file | holds |", "|---|---|"]
        lines += [f"| `{path.name}` | {first_line(path)} |" for path in modules(folder)]
        lines.append("")
    inside = BEGIN + "\n" + "\n".join(lines) + "\n" + END
    return re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: inside, text, flags=re.S)


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
