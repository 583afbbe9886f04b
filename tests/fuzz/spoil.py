"""Spoilings: what people, mailers, editors and spreadsheets do to a file, one at a time.

A spoiling takes the files of an input (name -> bytes), which of them, and luck; it gives the
files back, or None where it does not apply. It says what becomes of the meaning:

- `kept`: the file says the same in other bytes. It is refused, or the answer is the same.
- `lost`: nobody can have meant this. It is refused.
- `changed`: it may be meant. It is refused, or heard: what is read is not what was read before.
- `open`: who can tell? It is refused or taken, but it is never a traceback.
"""

import csv
import io
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import PurePath
from random import Random
from typing import Literal

import tomlkit

Files = dict[str, bytes]
Meaning = Literal["kept", "lost", "changed", "open"]
NO_SUCH_NUMBER = ("abc", "1e400", "nan", "inf", "१२३", "6_0", "0x10", "true", "--1", "1 2")
HUGE = ("1e12", "1e30", "9" * 40, "1e308")
NO_SUCH_DAY = ("soon", "44576", "31/12/2021", "2021-13-01", "1640908800", "20211231", "0000-00-00")
NO_SUCH_DAY += ("1021-12-31", "9999-12-31", "44576.0", "2021-12-31 00:00")
NAMES = ("code", "area", "Country Name", "Indicator Name")  # columns of names
WIDE = {"Country Code", "Indicator Code"}  # of a panel with a year a column
NUMBER = re.compile(r"\d+(\.\d+)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ENTRY = re.compile(r"^([A-Za-z_][\w-]*) = (.*)$", re.M)


@dataclass(frozen=True, slots=True)
class Spoiling:
    """One way of spoiling files that end in `ending`; see this file's first lines."""

    name: str
    meaning: Meaning
    ending: str
    spoil: Callable[[Files, str, Random], Files | None]


SPOILINGS: list[Spoiling] = []


def spoiling(meaning: Meaning, ending: str = ""):
    """Register a function from a file's bytes to others."""

    def known(function: Callable[[bytes, Random], bytes | None]):
        def spoil(files: Files, name: str, luck: Random) -> Files | None:
            content = function(files[name], luck)
            return None if content in (None, files[name]) else {**files, name: content}

        SPOILINGS.append(Spoiling(function.__name__, meaning, ending, spoil))
        return function

    return known


def of_table(meaning: Meaning):
    """Register a function from the rows of a CSV to others; it may change them in place."""

    def known(function: Callable[[list[list[str]], Random], list[list[str]] | None]):
        def spoil(files: Files, name: str, luck: Random) -> Files | None:
            rows = list(csv.reader(io.StringIO(files[name].decode("utf-8-sig"), newline="")))
            before = [list(row) for row in rows]
            after = function(rows, luck) if len(rows) > 1 else None
            return None if after in (None, before) else {**files, name: written(after)}

        SPOILINGS.append(Spoiling(function.__name__, meaning, ".csv", spoil))
        return function

    return known


def written(rows: list[list[str]], **how) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", **how).writerows(rows)
    return text.getvalue().encode()


def cell(rows: list[list[str]], luck: Random, fits: Callable[[str], object]) -> tuple[int, int]:
    """Return the place of some cell below the header, `(0, 0)` if none fits."""
    columns = [place for place, name in enumerate(rows[0]) if name not in NAMES]
    places = [
        (r, c)
        for r in range(1, len(rows))
        for c in columns
        if c < len(rows[r]) and fits(rows[r][c])
    ]
    return luck.choice(places) if places else (0, 0)


def is_number(told: str) -> bool:
    """Return whether a cell is a number, and no code or flag of one digit."""
    return bool(NUMBER.fullmatch(told)) and ("." in told or not told.startswith("0"))


# ---- any file: bytes and names


@spoiling("kept")
def byte_order_mark(content, luck):
    return None if content.startswith(b"\xef\xbb\xbf") else b"\xef\xbb\xbf" + content


@spoiling("kept")
def windows_line_ends(content, luck):
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@spoiling("kept")
def utf_16(content, luck):
    return content.decode("utf-8-sig").encode(luck.choice(["utf-16", "utf-16-le", "utf-16-be"]))


@spoiling("kept")
def old_code_page(content, luck):
    text = content.decode("utf-8-sig")
    spoilt = text.encode(luck.choice(["cp1258", "cp1252", "mac-roman"]), "ignore")
    return None if text.isascii() else spoilt


@spoiling("kept")
def decomposed_letters(content, luck):
    import unicodedata

    return unicodedata.normalize("NFD", content.decode("utf-8-sig")).encode()


@spoiling("lost")
def emptied(content, luck):
    return luck.choice([b"", b"\n", b" \n\t\n", b"\xef\xbb\xbf"])


@spoiling("lost")
def control_character(content, luck):
    place = luck.randrange(len(content) + 1)
    while place < len(content) and content[place] & 0xC0 == 0x80:
        place += 1  # between letters
    odd = luck.choice(["\0", "\x02", "\x1b[2J", "\x7f", "\u202e", "\ufffe", "\u200b"])
    return content[:place] + odd.encode() + content[place:]


@spoiling("lost")
def another_kind_of_file(content, luck):
    heads = (b"PK\x03\x04", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xd0\xcf\x11\xe0", b"<html>")
    return luck.choice(heads) + luck.randbytes(200)


@spoiling("open")
def cut(content, luck):
    return content[: luck.randrange(len(content))]


@spoiling("open")
def bit_flipped(content, luck):
    place = luck.randrange(len(content))
    return (
        content[:place] + bytes([content[place] ^ (1 << luck.randrange(8))]) + content[place + 1 :]
    )


@spoiling("open")
def piece_doubled(content, luck):
    start = luck.randrange(len(content))
    end = min(start + luck.choice([1, 10, 100]), len(content))
    return content[:end] + content[start:]


def gone(files: Files, name: str, luck: Random) -> Files | None:
    return {key: content for key, content in files.items() if key != name}


def renamed(files: Files, name: str, luck: Random) -> Files | None:
    path = PurePath(name)
    others = [f"{path.stem} (1){path.suffix}", f"Copy of {name}", name.upper(), name + ".txt"]
    others += [name.capitalize(), f"{path.stem} {path.suffix}", f"{path.stem}_final{path.suffix}"]
    return {**gone(files, name, luck), luck.choice(others): files[name]}


SPOILINGS.append(Spoiling("gone", "open", "", gone))
SPOILINGS.append(Spoiling("renamed", "open", "", renamed))

# ---- tables: as a spreadsheet leaves them, or a hand that slipped


@of_table("kept")
def columns_in_another_order(rows, luck):
    order = luck.sample(range(len(rows[0])), len(rows[0]))
    return [[row[place] for place in order] for row in rows]


@of_table("kept")
def rows_in_another_order(rows, luck):
    if "tile_row" in rows[0]:  # areas stand in the order in which `plan_order` builds
        return None
    return [rows[0], *luck.sample(rows[1:], len(rows) - 1)]


@of_table("kept")
def empty_tails(rows, luck):
    rows = [row + [""] * luck.choice([1, 3]) for row in rows]
    return rows + [[""] * len(rows[0])] * luck.choice([1, 500])


@of_table("kept")
def spaces_around_cells(rows, luck):
    return [[f" {told} " if luck.random() < 0.3 else told for told in row] for row in rows]


@spoiling("kept", ".csv")
def everything_quoted(content, luck):
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return written(rows, quoting=csv.QUOTE_ALL)


@spoiling("kept", ".csv")
def semicolons_or_tabs(content, luck):
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    decimals = luck.random() < 0.5
    told = [[c.replace(".", ",") if decimals and is_number(c) else c for c in r] for r in rows]
    return written(told, delimiter=luck.choice(";\t")) if len(rows[0]) > 1 else None


@spoiling("kept", ".csv")
def line_on_top(content, luck):
    return luck.choice([b"sep=,\n", b"sep=;\n", "Bảng 3,,\n\n".encode(), b"Table 3\n"]) + content


@of_table("lost")
def row_doubled(rows, luck):
    place = luck.randrange(1, len(rows))
    return [*rows, rows[place]] if luck.random() < 0.5 else [*rows[: place + 1], *rows[place:]]


@of_table("lost")
def column_doubled(rows, luck):
    place = luck.randrange(len(rows[0]))
    return [[*row, row[place]] for row in rows]


@of_table("lost")
def heading_misspelt(rows, luck):
    filled = [
        c for c in range(len(rows[0])) if any(row[c : c + 1] not in ([], [""]) for row in rows[1:])
    ]
    place = luck.choice(filled)  # what an empty column is called says nothing
    name = rows[0][place]
    rows[0][place] = luck.choice([name.upper() + "S", name[:-1], "", name + "_2"])
    return rows


@of_table("lost")
def no_number(rows, luck):
    r, c = cell(rows, luck, is_number)
    rows[r][c] = luck.choice(NO_SUCH_NUMBER)
    nothing = rows[r][c] == "nan" and set(rows[0]) >= WIDE  # as statistical programs write it
    return rows if r and not nothing else None


@of_table("lost")
def number_with_unit_or_commas(rows, luck):
    r, c = cell(rows, luck, is_number)
    told = rows[r][c]
    rows[r][c] = luck.choice(
        [f"{told}%", f"{told} %", f"{told},5", f"1,{told}", f"~{told}", f"+-{told}"]
    )
    return rows if r else None


@of_table("lost")
def huge_number(rows, luck):
    r, c = cell(rows, luck, is_number)
    rows[r][c] = luck.choice(HUGE)
    return rows if r else None


@of_table("lost")
def thousands_dots(rows, luck):
    """1263 and 119128 as a Vietnamese spreadsheet shows them: 1.263 and 119.128."""
    r, c = cell(rows, luck, lambda told: told.isdigit() and 4 <= len(told) <= 6)
    rows[r][c] = f"{rows[r][c][:-3]}.{rows[r][c][-3:]}"
    return rows if r else None


@of_table("lost")
def percents_as_shares(rows, luck):
    """A column of 70 and 85.5 saved as 0.7 and 0.855."""
    if "unit" not in rows[0] or "value" not in rows[0]:
        return None
    unit, value = rows[0].index("unit"), rows[0].index("value")
    places = [r for r in range(2, len(rows)) if rows[r][unit] == "%" and float(rows[r][value]) > 30]
    if not places:
        return None
    place = luck.choice(places)
    rows[place][value] = repr(float(rows[place][value]) / 100)
    return rows


@of_table("lost")
def no_day(rows, luck):
    r, c = cell(rows, luck, DAY.fullmatch)
    rows[r][c] = luck.choice(NO_SUCH_DAY)
    return rows if r else None


@of_table("open")
def leading_zeros_lost(rows, luck):
    for row in rows[1:]:
        row[0] = row[0].lstrip("0") if re.fullmatch(r"0\d+", row[0]) else row[0]
    return rows


@of_table("lost")
def date_and_day_of_publication_swapped(rows, luck):
    if not {"date", "published"} <= set(rows[0]):
        return None
    one, other = rows[0].index("date"), rows[0].index("published")
    rows[0][one], rows[0][other] = "published", "date"
    return rows


@of_table("open")
def headings_swapped(rows, luck):
    one, other = luck.sample(range(len(rows[0])), 2) if len(rows[0]) > 1 else (0, 0)
    rows[0][one], rows[0][other] = rows[0][other], rows[0][one]
    return rows


@of_table("changed")
def row_dropped(rows, luck):
    del rows[luck.randrange(1, len(rows))]
    return rows


@of_table("open")
def column_dropped(rows, luck):
    place = luck.randrange(len(rows[0]))
    return [row[:place] + row[place + 1 :] for row in rows]


@of_table("open")
def column_blanked(rows, luck):
    place = luck.randrange(len(rows[0]))
    return [rows[0], *([*row[:place], "", *row[place + 1 :]] for row in rows[1:])]


@of_table("open")
def cell_blanked(rows, luck):
    r, c = cell(rows, luck, bool)
    rows[r][c] = ""
    return rows if r else None


@of_table("open")
def cells_swapped(rows, luck):
    (r, c), (s, d) = cell(rows, luck, bool), cell(rows, luck, bool)
    if luck.random() < 0.5:
        d = c
    if d >= len(rows[s]):
        return None
    rows[r][c], rows[s][d] = rows[s][d], rows[r][c]
    return rows


@of_table("changed")
def number_moved(rows, luck):
    r, c = cell(rows, luck, is_number)
    if r:
        old = float(rows[r][c])
        new = old * luck.choice([0, 0.5, 0.9, 1.1, 2, 10, 1e-3, 1e-9, -1]) + luck.choice([0, 0, 1])
        rows[r][c] = repr(new)
    return rows if r and new != old else None


@of_table("changed")
def text_made_odd(rows, luck):
    r, c = cell(rows, luck, lambda told: told and not is_number(told) and not DAY.fullmatch(told))
    odd = ["=HYPERLINK(0,1)", "<b>x</b>", "[/]", "x" * 5000, "a\nb", '"', "'", "{x}", "%s", "Ω≈ç"]
    rows[r][c] = luck.choice(odd)
    return rows if r else None


# ---- TOML


def entry(text: str, luck: Random, fits: Callable[[str], object]) -> re.Match[str] | None:
    """Return some `key = value` of a text, no note's."""
    every = (each for each in ENTRY.finditer(text) if each[1] != "note")
    found = [each for each in every if fits(each[2].partition("#")[0].strip())]
    return luck.choice(found) if found else None


def with_value(meaning: Meaning, fits: Callable[[str], object]):
    """Register a function from a value's text in TOML to another."""

    def known(function: Callable[[str, Random], str]):
        def spoil(content: bytes, luck: Random) -> bytes | None:
            text = content.decode()
            found = entry(text, luck, fits)
            if found is None:
                return None
            told = function(found[2].partition("#")[0].strip(), luck)
            return (text[: found.start(2)] + told + text[found.end(2) :]).encode()

        spoil.__name__ = function.__name__
        return spoiling(meaning, ".toml")(spoil)

    return known


def toml_number(told: str) -> bool:
    return bool(NUMBER.fullmatch(told))


@spoiling("kept", ".toml")
def toml_written_anew(content, luck):
    entries = tomllib.loads(content.decode())
    return ("# saved by another editor\n" + tomlkit.dumps(entries)).encode()


@spoiling("kept", ".toml")
def toml_entries_in_another_order(content, luck):
    entries = tomllib.loads(content.decode())

    def turned(value):
        if not isinstance(value, dict):
            return value
        plain = [item for item in value.items() if not isinstance(item[1], dict)]
        tables = [item for item in value.items() if isinstance(item[1], dict)]
        return {key: turned(item) for key, item in [*plain[::-1], *tables[::-1]]}

    return tomlkit.dumps(turned(entries)).encode()


@spoiling("kept", ".toml")
def spaces_and_comments(content, luck):
    return re.sub(rb"^(\w+) = (.*)$", rb"\t\1  =   \2  # ?", content, flags=re.M)


@with_value("kept", lambda told: told.isdigit() and len(told) > 3)
def underscores_in_whole_numbers(told, luck):
    return f"{int(told):_}"


@with_value("lost", toml_number)
def toml_no_number(told, luck):
    return luck.choice(
        [
            "true",
            '"5"',
            "nan",
            "-inf",
            "1e400",
            "[1]",
            "2022-12-31",
            "{}",
            "9" * 5000,
            "0x" + "f" * 400,
        ]
    )


@with_value("lost", toml_number)
def toml_huge_number(told, luck):
    return luck.choice([*HUGE, "-1e9"])


@with_value("lost", lambda told: told.isdigit() and 4 <= len(told) <= 6)
def toml_thousands_dots(told, luck):
    return f"{told[:-3]}.{told[-3:]}"


@with_value("lost", DAY.fullmatch)
def toml_no_day(told, luck):
    return luck.choice(
        ['"soon"', "44576", "31/12/2021", "0001-01-01", "9999-12-31", "12:30:00", '"31/12/2021"']
    )


@with_value("lost", lambda told: told.startswith('"'))
def toml_no_text(told, luck):
    return luck.choice(["5", "true", '""', '"a\\u0000b"', '"\\u001b[2J"', "[]", "nan"])


@with_value("changed", lambda told: told.startswith('"'))
def toml_text_made_odd(told, luck):
    odd = ["[/]", "[red]", "=cmd()", "<script>", "x" * 150, "../../etc/passwd", "{x}", "C:\\\\x"]
    return f'"{luck.choice(odd)}"'


@with_value("changed", toml_number)
def toml_number_moved(told, luck):
    number = float(told) * luck.choice([0, 0.5, 0.9, 1.1, 2, 10, 1e-3, 1e-12]) + luck.choice([0, 1])
    spelt = luck.choice([repr(number), str(int(number))])
    return told if float(spelt) == float(told) else spelt


@spoiling("lost", ".toml")
def target_as_share(content, luck):
    """70 % written as 0.7, its unit left."""
    found = [each for each in ENTRY.finditer(content.decode()) if each[1] == "at_least"]
    if not found:
        return None
    text, one = content.decode(), luck.choice(found)
    return (text[: one.start(2)] + repr(float(one[2]) / 100) + text[one.end(2) :]).encode()


@spoiling("lost", ".toml")
def toml_key_misspelt(content, luck):
    text = content.decode()
    found = entry(text, luck, bool)
    if found is None:
        return None
    name = found[1]
    odd = luck.choice([name + "s", name[:-1] or "x", name.upper(), name.replace("_", " ")])
    return (text[: found.start(1)] + odd + text[found.end(1) :]).encode() if odd != name else None


@spoiling("lost", ".toml")
def toml_line_doubled(content, luck):
    text = content.decode()
    found = entry(text, luck, bool)
    return (text[: found.end()] + "\n" + found[0] + text[found.end() :]).encode() if found else None


@spoiling("lost", ".toml")
def toml_bomb(content, luck):
    deep = luck.choice([20, 500, 5000])
    bombs = [
        "x = " + "[" * deep,
        "a." * deep + "a = 1",
        "[" + "a." * deep + "a]",
        "x = " + "{a=" * deep,
    ]
    bombs += ["[[a]]\n" * 5000, "x = " + "9" * 5000, 'x = "' + "\\" * deep, '"""' + "a" * deep]
    return content + ("\n" + luck.choice(bombs) + "\n").encode()


@spoiling("open", ".toml")
def toml_line_dropped(content, luck):
    text = content.decode()
    found = entry(text, luck, bool)
    return (text[: found.start()] + text[found.end() :]).encode() if found else None


@spoiling("open", ".toml")
def toml_values_swapped(content, luck):
    text = content.decode()
    one, other = entry(text, luck, bool), entry(text, luck, bool)
    if one is None or other is None or one.start() >= other.start():
        return None
    parts = [text[: one.start(2)], other[2], text[one.end(2) : other.start(2)], one[2]]
    return ("".join(parts) + text[other.end(2) :]).encode()


def of_log(meaning: Meaning):
    """Register a function from a log's lines to others."""

    def known(function: Callable[[list[str], Random], list[str]]):
        @spoiling(meaning, ".jsonl")
        @wraps(function)
        def spoil(content: bytes, luck: Random) -> bytes:
            return "".join(function(content.decode().splitlines(keepends=True), luck)).encode()

        return function

    return known


@of_log("kept")
def last_line_without_its_end(lines, luck):
    return [*lines[:-1], lines[-1].rstrip("\n")]


@of_log("kept")
def spaces_in_lines(lines, luck):
    return [line.replace('", "', '",  "') for line in lines]


@of_log("lost")
def line_dropped_or_moved(lines, luck):
    line = lines.pop(luck.randrange(len(lines) - 1))
    return [*lines, line] if luck.random() < 0.5 else lines


@of_log("lost")
def line_put_in(lines, luck):
    odd = luck.choice((lines[0], lines[-1], "\n", "{}\n", "null\n", "[" * 500 + "\n", "x\n"))
    place = luck.randint(1, len(lines))
    return [*lines[:place], odd, *lines[place:]]


@of_log("lost")
def logged_value_changed(lines, luck):
    content = "".join(lines)
    found = luck.choice([*re.finditer(r'(?<=": )("[^"]*"|[0-9.]+)', content)])
    odd = luck.choice(("7", '"x"', "null", "NaN", "1e999", "true", "[]", "9" * 5000, '"\\ud800"'))
    return [content[: found.start()], odd, content[found.end() :]]


@of_log("lost")
def logged_value_told_twice(lines, luck):
    content = "".join(lines)
    found = luck.choice([*re.finditer(r'("\w+": )("[^"]*"|[0-9.]+)', content)])
    return [content[: found.start()], f"{found[1]}0.5, ", content[found.start() :]]
