"""The README's picture and table of rooms, from imports and first lines: `make readme`."""

import ast
import re
from pathlib import Path

from test_directions import KNOWS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PICTURE = "<!-- picture: made by `make readme` -->\n", "<!-- end of picture -->\n"
ROOMS = "<!-- rooms: made by `make readme` -->\n", "<!-- end of rooms -->\n"
CHARTERS = {
    "models/moves": "how the world moves: what is built, who takes it up",
    "models/paths": "where history alone leads: the forecaster",
    "sim": "the ground: words, indicators, numbers, faults, files read, luck, draws",
    "sim/files": "kinds of file: how a table, a chart or a workbook becomes stamped bytes",
    "sim/place": "what is known of a place, what may be set there, what is asked",
    "sim/world": "case + scenario + seed → forecast: the seven steps a number travels",
    "sim/world/past": "where history alone would take a place; what a panel of countries taught",
    "sim/begin": "how a place begins: from a panel of countries or a workbook, and what it lacks",
    "sim/ask": "questions put to runs, answered in numbers",
    "sim/track": "what changed: new figures, why a chance moved, decisions and their score",
    "sim/tasks": "who does what by when: tasks as such tasks go, and what lateness costs",
    "sim/rank": "where to start: need, leverage and doubt of areas, in ranks that say how sure",
    "sim/worth": "what to count next: what it is worth to know, and how many to ask",
    "sim/seek": "questions asked backwards: what it would take, and the proof of it",
    "sim/study": "many runs, and what they say together",
    "sim/study/kept": "what is kept of studies: by point, merged, combined, compared, proven",
    "sim/show": "answers as pictures, tables and sentences; computes nothing",
    "sim/show/track": "what was followed from time to time, drawn and told",
    "sim/show/next": "charts of what to do next: tasks over time, areas by rank, what to count",
    "sim/show/studies": "what studies say, drawn and told: indices, boxes, whether they settle",
    "sim/paper": "what leaves the house, and the proof that it can be made again",
    "sim/paper/more": "sections a report has when asked for: since last time, what to do next",
    "sim/paper/office": "papers an office sends on: Word and slides",
    "sim/cli": "one command, one function: parses, calls, prints",
    "sim/screen": "the planner's screen: one page a file",
    "sim/screen/parts": "what the pages share",
    "sim/screen/own": "facts of the planner's own: entered, kept, laid over a place, followed",
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


def picture():
    """Return who may import whom as a drawing in words; a way over another room is left out."""
    reach = {}
    for room, known in KNOWS.items():  # those it may import stand above it
        reach[room] = set(known).union(*(reach[each] for each in known))
    lines = ["```mermaid", "flowchart BT"]
    for room, known in KNOWS.items():
        over = set().union(*(reach[each] for each in known))
        lines += [f"    {each} --> {room}" for each in sorted(known - over)]
        if not known and room != "ground":
            lines.append(f"    {room}")
    return [*lines, "```", ""]


def written(text):
    """Return the README with its rooms as they now are."""
    lines = []
    for folder, charter in CHARTERS.items():
        lines += [f"**`{folder}/`**: {charter}", "", "| file | holds |", "|---|---|"]
        lines += [f"| `{path.name}` | {first_line(path)} |" for path in modules(folder)]
        lines.append("")
    return _between(_between(text, PICTURE, picture()), ROOMS, lines)


def _between(text, marks, lines):
    begin, end = marks
    inside = begin + "\n" + "\n".join(lines) + "\n" + end
    found = re.escape(begin) + ".*?" + re.escape(end)
    return re.sub(found, lambda _: inside, text, flags=re.S)


if __name__ == "__main__":
    import api_page

    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    api_page.PAGE.write_text(api_page.written(), encoding="utf-8")
