"""A workbook that was filled in → the files of its case; every fault by sheet, row and column.

The cells are turned into the files of a folder and read as any folder is, so that a workbook is
held to the same rules, by the same words. What a file's text kept is used as long as the cells
say the same.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sim.begin.rows import (
    FIGURE,
    SET,
    TARGET,
    Rows,
    Spots,
    csv_rows,
    csv_text,
    leaves,
    place_data,
    place_rows,
    plain,
    plan_data,
    plan_rows,
    renewed,
    set_data,
    set_rows,
    written,
)
from sim.begin.template import BOM, CR, KEPT, MARK, SHEETS, TABLES, TEMPLATE, checksum, squared
from sim.faults import Fault, InputFaults, Note, near, refuse, shown, told
from sim.files.sheets import Held, Page, Value, read_pages, spot
from sim.numbers import ten_digits
from sim.place.case import Case, load_case, shipped
from sim.place.levers import known
from sim.place.scenario import load_scenario
from sim.reading import NUMBER, dotted, kinds_of, number_wanted, parse_toml

MOST_ROWS = 100_000
PARTS = ("%", "per 100")  # units in which a cell of per cents says a hundred times its number
HEADS = {
    "place": ("entry", *FIGURE),
    "sets": ("set", "default", *SET),
    "targets": ("set", *TARGET),
    "plans": ("entry",),
}
NEEDED = ("areas", "observations")  # tables that every place has
TEXTS = ("entry", "set", "default", "unit", "source", "note", "indicator")  # of TOML, never numbers


@dataclass
class Taken:
    """What is being made of a workbook, and where its cells stand.

    Attributes:
        file: the workbook's name.
        rows: sheet -> its cells, row by row.
        texts: name of a file -> its text.
        spots: name of a file -> the sheet and cell of each of its entries.
        lines: name of a table's file -> the row of the sheet of each of its lines.
    """

    file: str
    rows: dict[str, Rows] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    spots: dict[str, dict[str, tuple[str, int, int]]] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def name(self, sheet: str, column: int) -> str:
        """Return the heading of a column."""
        heads = self.rows[sheet][0]
        return str(heads[column - 1] or "") if 0 < column <= len(heads) else ""

    def spot(self, sheet: str, row: int = 0, column: int = 0) -> str:
        """Return where a cell stands, in words."""
        return spot(sheet, row, column, self.name(sheet, column))

    def odd(self, sheet: str, row: int, column: int, given: str, wanted: str) -> None:
        """Keep a fault of a cell."""
        self.faults.append(Fault(self.file, self.spot(sheet, row, column), given, wanted))

    def say(self, sheet: str, row: int, column: int, words: str) -> None:
        """Keep a note of a cell."""
        self.notes.append(Note(self.file, self.spot(sheet, row, column), words))


def read_book(content: bytes, *, file: str) -> tuple[dict[str, bytes], list[Note]]:
    """Return the files of the case that a workbook holds, and what was read kindly.

    Raises:
        InputFaults: with every fault, by sheet, row and column.
    """
    taken = _taken(content, file)
    with TemporaryDirectory() as room:
        folder = Path(room)
        for name, text in taken.texts.items():
            (folder / name).write_bytes(text.encode())
        try:
            case = load_case(folder)
            met = [fault for path in shipped(case) for fault in _plan_faults(case, path)]
        except InputFaults as error:
            met = [*error.faults]
    spots = {fault.place for fault in taken.faults}
    found = [_placed(taken, fault) for fault in met]
    refuse([*taken.faults, *dict.fromkeys(each for each in found if each.place not in spots)])
    return {name: text.encode() for name, text in taken.texts.items()}, taken.notes


def folder_files(content: bytes, *, file: str) -> tuple[dict[str, bytes], list[Note]]:
    """Return the files that a workbook holds, not checked against each other."""
    taken = _taken(content, file)
    refuse(taken.faults)
    return {name: text.encode() for name, text in taken.texts.items()}, taken.notes


def _plan_faults(case: Case, path: Path) -> Sequence[Fault]:
    try:
        load_scenario(case, path)
    except InputFaults as error:
        return error.faults
    return ()


def _taken(content: bytes, file: str) -> Taken:
    """Return the texts of the files in a workbook; raises `InputFaults` if a sheet lacks."""
    pages = {page.title: page for page in read_pages(content, file=file)}
    refuse(_shape_faults(pages, file))
    taken = Taken(file=file)
    for name in ("about", *SHEETS):
        page = pages[name]
        taken.rows[name] = []
        taken.faults += page.faults
        taken.notes += page.notes
    for name in pages.keys() - taken.rows.keys():
        taken.notes.append(Note(file, spot(name), told("a sheet of your own, not read")))
    kept = _kept(taken, pages)
    for name in TABLES:
        _table(taken, pages[name], kept.pop(f"{name}.csv", None))
    _entries(taken, pages, kept)
    taken.texts |= {name: text for name, text in kept.items() if name not in taken.texts}
    return taken


def _shape_faults(pages: Mapping[str, Page], file: str) -> Iterator[Fault]:
    """Yield sheets that lack or hold too much, and a template of another version."""
    for name in ("about", *SHEETS):
        if name not in pages:
            given = told("no sheet {sheet}", sheet=name)
            yield Fault(
                file, "", given, told("a sheet {sheet}; {hint}", sheet=name, hint=near(name, pages))
            )
    about = (
        [[cell.text for cell in cells] for _, cells in pages["about"].rows]
        if "about" in pages
        else []
    )
    if about and about[0][:2] != [MARK, str(TEMPLATE)]:
        wanted = told("{mark} {number}, as ketnoi workbook makes it", mark=MARK, number=TEMPLATE)
        yield Fault(file, spot("about", 1, 1), shown(" ".join(about[0][:2])), wanted)
    elif "about" in pages and not about:
        yield Fault(file, spot("about"), told("an empty sheet"), told("the original sheet"))
    for name in SHEETS:
        yield from _sheet_faults(pages[name], file) if name in pages else ()


def _sheet_faults(page: Page, file: str) -> Iterator[Fault]:
    """Yield that a sheet has no headings where they belong, or holds too much."""
    rows, name = page.rows, page.title
    if not rows or rows[0][0] != 1:
        given = told("an empty sheet") if not rows else told("no headings in the first row")
        yield Fault(file, spot(name, 1), given, told("the original headings"))
    elif rows[-1][0] > MOST_ROWS:
        given = told("a cell in row {row}", row=rows[-1][0])
        yield Fault(file, spot(name), given, told("at most {most:,} rows", most=MOST_ROWS))
    elif name in HEADS:
        yield from _heading_faults(page, file)


def _heading_faults(page: Page, file: str) -> Iterator[Fault]:
    """Yield headings of a sheet of entries that lack, stand twice, or that it has not."""
    known, heads = HEADS[page.title], [cell.text.strip() for cell in page.rows[0][1]]
    for name in known:
        if heads.count(name) != 1 or (name == known[0] and heads[0] != name):
            given = told("column {name} {count} times", name=name, count=heads.count(name))
            yield Fault(file, spot(page.title, 1), given, told("a column {name}", name=name))
    for column, name in enumerate(heads, start=1):
        free = page.title == "plans" or (page.title == "sets" and name.split(".")[0] == "name")
        if name and name not in known and not free:
            wanted = told("no such column; {hint}", hint=near(name, known))
            where = spot(page.title, 1, column, name)
            yield Fault(file, where, told("column {name}", name=shown(name)), wanted)
        elif name and name not in known and heads.index(name) < column - 1:
            where = spot(page.title, 1, column, name)
            yield Fault(
                file, where, told("column {name} twice", name=name), told("each column once")
            )


def _kept(taken: Taken, pages: Mapping[str, Page]) -> dict[str, str]:
    """Return the texts of files on the last sheet, which nobody was to change."""
    sheets = {
        name: [[each.value for each in cells] for _, cells in pages[name].rows] for name in KEPT
    }
    about = {cells[0].text: cells[-1].text for _, cells in pages["about"].rows}
    if about.get("checksum") != checksum(sheets):
        given = told("one of the sheets {sheets}, changed", sheets=", ".join(KEPT))
        wanted = told("the original sheets; change figures on the other sheets")
        taken.faults.append(Fault(taken.file, spot("about"), given, wanted))
    lines: dict[str, list[str]] = {}
    for row in sheets["files"][1:]:
        name, text, mark = (str(each or "") for each in [*row, "", ""][:3])
        begins, ends = "\ufeff" * mark.startswith(BOM), "\r" * mark.endswith(CR)
        lines.setdefault(name, []).append(begins + text + ends)
    return {
        name: "\n".join(each)
        for name, each in lines.items()
        if re.fullmatch(r"[\w .-]{1,56}\.(csv|toml)", name)
    }


# ---- tables


def _table(taken: Taken, page: Page, kept: str | None) -> None:
    """Make a CSV of a sheet, or take its text as it was kept if the sheet still says the same."""
    name, file = page.title, f"{page.title}.csv"
    model, (_, first) = TABLES[name], page.rows[0]
    heads = [unicodedata.normalize("NFC", cell.text) for cell in first]
    taken.rows[name] = [[*heads]]
    rows = [heads]
    for row, cells in page.rows[1:]:
        texts = [""] * len(heads)
        unit = dict(zip(heads, cells, strict=False)).get("unit", Held()).text
        for column, cell in enumerate(cells, start=1):
            if cell.value is None:
                continue
            if not taken.name(name, column).strip():
                given = told("{value} in a column without a heading", value=shown(cell.text))
                taken.odd(name, row, column, given, told("a heading, or an empty column"))
                continue
            kinds = kinds_of(model, heads[column - 1].strip())
            texts[column - 1] = _told(taken, page, (row, column), cell, kinds, unit)
        rows.append(texts)
    places, square = squared(rows)
    if kept is not None and square == squared(csv_rows(kept.removeprefix("\ufeff")))[1]:
        taken.texts[file] = kept
    elif square or name in NEEDED:
        taken.texts[file] = csv_text(square or [heads])
    numbers = [row for row, _ in page.rows]
    taken.rows[name] = [[*row] for row in rows]
    taken.lines[file] = [0, *_lines(square, [numbers[at] for at in places])]


def _lines(square: Sequence[Sequence[str]], numbers: Sequence[int]) -> Iterator[int]:
    """Yield the row of the sheet of each line of a CSV, whose cells may hold several lines."""
    for row, number in zip(square, numbers, strict=True):
        yield from [number] * csv_text([row]).count("\n")


def _told(
    taken: Taken, page: Page, at: tuple[int, int], cell: Held, kinds: set[object], unit: str
) -> str:
    """Return a cell as a CSV says it; what it cannot mean is a fault, what it may is noted."""
    where = (page.title, *at)
    text = unicodedata.normalize("NFC", cell.text)
    number = isinstance(cell.value, float | int)
    if isinstance(cell.value, date):
        if kinds and date not in kinds:
            wanted = (
                told("a number, not a day") if kinds & {float, int} else told("text, not a day")
            )
            taken.odd(*where, text, wanted)
        return text
    if number and date in kinds:
        day = page.day(float(text))
        if day:
            taken.say(*where, told("{number}, read as the day {day}", number=text, day=day))
        return str(day or text)
    if cell.per_cent:
        return _parts(taken, where, cell, unit or page.title)
    if number and kinds == {str}:
        taken.say(*where, told("a number, read as the text {text}", text=shown(text)))
    return text


def _parts(taken: Taken, where: tuple[str, int, int], cell: Held, unit: str) -> str:
    """Return a cell of per cents in the unit in which it is asked for."""
    number = ten_digits(float(cell.text))
    if unit in PARTS:
        text = f"{ten_digits(100 * number):.10g}"
        taken.say(*where, told("a percentage cell, read as {text}", text=text))
        return text
    name = taken.name(where[0], where[2])
    if not (name.endswith("_share") or unit.startswith("share")):
        taken.odd(*where, f"{100 * number:g} %", told("a number that is not a percentage"))
    return f"{number:.10g}"


# ---- TOML


def _entries(taken: Taken, pages: Mapping[str, Page], kept: dict[str, str]) -> None:
    """Make the TOML files of their sheets, or take their texts if the sheets say the same."""
    said = {
        name: parse_toml(text, file=name) for name, text in kept.items() if name[-5:] == ".toml"
    }
    before = _before(said)
    for name in ("place", "sets", "targets", "plans"):
        taken.rows[name] = _grid(taken, pages[name], before.get(name, {}))
    data, spots = place_data(taken.rows["place"])
    _file(taken, kept, "case.toml", data, {"place": spots}, said)
    data, above, below = set_data(taken.rows["sets"], taken.rows["targets"])
    _file(taken, kept, "targets.toml", data, {"sets": above, "targets": below}, said)
    for name, data, spots in plan_data(taken.rows["plans"]):
        if re.fullmatch(r"[A-Za-z0-9][\w.-]{0,50}", name):
            _file(taken, kept, f"{name}.toml", data, {"plans": spots}, said)
        else:
            column = taken.rows["plans"][0].index(name) + 1
            taken.odd("plans", 1, column, shown(name), told("a name of letters, digits and dashes"))
    plans = {f"{name}.toml" for name in taken.rows["plans"][0]} | {"case.toml", "targets.toml"}
    for name in [*kept]:
        if name not in plans and "levers" in said.get(name, {}):
            del kept[name]  # a scenario whose column was taken away


def _before(said: Mapping[str, Any]) -> dict[str, dict[tuple[str, str], Value]]:
    """Return what the cells of each sheet held: by the first cell of the row and the heading."""
    sheets: dict[str, Rows] = {}
    if "case.toml" in said:
        sheets["place"] = place_rows(said["case.toml"])
    if "targets.toml" in said:
        sheets["sets"], sheets["targets"] = set_rows(said["targets.toml"])
    plans = {name[:-5]: each for name, each in said.items() if "levers" in each}
    sheets["plans"] = plan_rows(plans)
    return {
        name: {
            (str(row[0]), str(head)): cell
            for row in rows[1:]
            for head, cell in zip(rows[0], row, strict=False)
        }
        for name, rows in sheets.items()
    }


def _grid(taken: Taken, page: Page, before: Mapping[tuple[str, str], Value]) -> Rows:
    """Return the cells of a sheet by row and column, the empty ones too."""
    heads: list[Value] = [
        unicodedata.normalize("NFC", cell.text).strip() or None for cell in page.rows[0][1]
    ]
    taken.rows[page.title] = rows = [heads]
    for row, cells in page.rows[1:]:
        rows += [[None] * len(heads) for _ in range(row - 1 - len(rows))]
        key, units = cells[0].text.strip(), dict(zip(heads, cells, strict=False))
        values: list[Value] = [None] * len(heads)
        for column, cell in enumerate(cells, start=1):
            name = taken.name(page.title, column)
            if cell.value is not None and not (name and key):
                given = told("{value} in a row or column without a name", value=shown(cell.text))
                taken.odd(page.title, row, column, given, told("a name, or an empty cell"))
            elif cell.value is not None:
                old = key if name in TEXTS else before.get((key, name))
                values[column - 1] = _meant(
                    taken, page, (row, column), cell, old, _unit(page, key, units)
                )
        rows.append(values)
    return rows


def _unit(page: Page, key: str, units: Mapping[Value, Held]) -> str:
    """Return the unit in which a row of a sheet is written."""
    lever = known().get(key.removeprefix("levers."))
    if page.title == "plans" and lever:
        return "share" if lever.kind in ("share", "ratio") else lever.unit or "-"
    return units.get("unit", Held()).text or "-"


def _meant(
    taken: Taken, page: Page, at: tuple[int, int], cell: Held, old: Value, unit: str
) -> Value:
    """Return the value of an entry of TOML, of the kind that it was of where that is known."""
    where, value = (page.title, *at), cell.value
    if isinstance(value, str):
        return _read(taken, where, unicodedata.normalize("NFC", value), old)
    if isinstance(value, date) or value is None:
        return value
    if isinstance(old, str):
        taken.say(*where, told("a number, read as the text {text}", text=shown(cell.text)))
        return cell.text
    if isinstance(old, date):
        day = page.day(float(value))
        taken.say(*where, told("{number}, read as the day {day}", number=cell.text, day=day or "?"))
        return day or value
    if cell.per_cent:
        return float(_parts(taken, where, cell, unit))
    return int(cell.text) if re.fullmatch(r"-?\d+", cell.text) else float(cell.text)


def _read(taken: Taken, where: tuple[str, int, int], text: str, old: Value) -> Value:
    """Return text of an entry, as a number or a day where one was or is meant."""
    if isinstance(old, str):
        return text
    if NUMBER.fullmatch(text):
        if dotted(text):
            taken.odd(*where, shown(text), told("{meant}, one of the two", meant=dotted(text)))
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else float(text)
    return plain(text)


def _file(
    taken: Taken,
    kept: Mapping[str, str],
    name: str,
    data: Mapping[str, Any],
    spots: Mapping[str, Spots],
    said: Mapping[str, Any],
) -> None:
    """Keep the text of a TOML file, as it was if its cells say the same, and where they stand."""
    same = name in kept and _alike(said[name], data)
    if same:
        taken.texts[name] = kept[name]
    else:
        taken.texts[name] = renewed(kept[name], said[name], data) if name in kept else written(data)
    taken.spots[name] = {
        path: (sheet, *at) for sheet, each in spots.items() for path, at in each.items()
    }


def _alike(one: object, other: object) -> bool:
    """Return whether two files say the same, whatever the order and form of their letters."""
    first, second = (
        {
            path: unicodedata.normalize("NFC", value) if isinstance(value, str) else value
            for path, value in leaves(each)
        }
        for each in (one, other)
    )
    return first == second


# ---- faults


def _placed(taken: Taken, fault: Fault) -> Fault:
    """Return a fault of a file as one of the sheet and the cell that the file was made of."""
    name, place = Path(fault.file).name, str(fault.place)
    sheet, row, column = "", 0, 0
    if name.removesuffix(".csv") in TABLES:
        sheet = name.removesuffix(".csv")
        row, column = _table_spot(taken, sheet, fault)
    elif name in taken.spots:
        sheet, row, column = _entry_spot(taken.spots[name], place)
    if not sheet:
        return replace(fault, file=taken.file, place=": ".join(filter(None, (name, place))))
    where = taken.spot(sheet, row, column)
    if not (row or column) and place:
        where = told("{where}: {place}", where=where, place=fault.place)
    return replace(
        fault, file=taken.file, place=where, wanted=_typed(taken, fault, sheet, row, column)
    )


def _typed(taken: Taken, fault: Fault, sheet: str, row: int, column: int) -> str:
    """Return what to type: for text in place of a number, the number that was meant."""
    rows = taken.rows[sheet]
    cell = (
        rows[row - 1][column - 1]
        if 0 < row <= len(rows) and 0 < column <= len(rows[row - 1])
        else None
    )
    return (
        number_wanted(cell)
        if fault.wanted == "a number" and isinstance(cell, str)
        else fault.wanted
    )


def _table_spot(taken: Taken, sheet: str, fault: Fault) -> tuple[int, int]:
    """Return row and column of a fault of a table."""
    heads = [str(each).strip() for each in taken.rows[sheet][0]]
    first, _, rest = str(fault.place).partition(", ")
    line = re.fullmatch(r"line (\d+)", first)
    if line:
        lines = taken.lines[f"{sheet}.csv"]
        row = lines[min(int(line[1]), len(lines) - 1)]
        named = str(getattr(fault.given, "fields", {}).get("name", "")).strip("'\"")
        wanted = rest if rest in heads else named if row == 1 else ""
        return row, heads.index(wanted) + 1 if wanted in heads else 0
    kind, _, key = first.partition(" ")
    if kind == "column" and key in heads:
        return 0, heads.index(key) + 1
    keys = [str(cells[0]) for cells in taken.rows[sheet]]
    key = key or first
    return (keys.index(key) + 1 if key in keys else 0), 0


def _entry_spot(spots: Mapping[str, tuple[str, int, int]], place: str) -> tuple[str, int, int]:
    """Return sheet, row and column of an entry, or of the nearest table above it."""
    below = next((each for name, each in spots.items() if name.startswith(f"{place}.")), None)
    path = place
    while path:
        if path in spots or (below and path == place):
            return spots.get(path) or below or ("", 0, 0)
        path = path.rpartition(".")[0]
    sheet = next(iter(spots.values()), ("", 0, 0))[0]
    return sheet, 0, 0
