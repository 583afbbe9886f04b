"""The folder of a case → a workbook to fill in, which `sim.begin.filled` turns into it again.

What is a figure, a name or a day stands in a cell of its own. What cannot, such as a comment
or the order of entries, is kept as the text of its file on the last sheet.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache

import pydantic

from sim.begin.filled import folder_files
from sim.begin.rows import Rows, csv_rows, place_rows, plan_rows, set_rows
from sim.begin.template import BOM, CR, KEPT, MARK, SHEETS, TABLES, TEMPLATE, checksum, table_text
from sim.faults import Fault, InputFaults, told
from sim.files.sheets import Held
from sim.files.workbook import Entry, Figure, Kind, Sheet, workbook_bytes
from sim.place.assumptions import Assumption
from sim.place.case import RESERVED, Case, shipped
from sim.place.checks import USED
from sim.reading import DAY, NUMBER, kinds_of, parse_toml
from sim.words import Words

OFFERED = ("nation.villages", *(f"columns.{name}" for name in USED))  # rows to fill in
CARRIED = ("tasks.csv",)  # files without a sheet of their own, kept as they are


def case_texts(case: Case) -> dict[str, str]:
    """Return the texts of a case's files by name: what it reads, scenarios, studies."""
    names = [*RESERVED, *(f"{name}.csv" for name in TABLES), *CARRIED]
    names += sorted(path.name for path in case.folder.glob("*.toml") if path.name[0] != ".")
    paths = [case.folder / name for name in dict.fromkeys(names)]
    return {path.name: path.read_bytes().decode() for path in paths if path.is_file()}


def case_zip(id: str, texts: Mapping[str, str]) -> bytes:
    """Return the folder of a case as an archive, the same for the same texts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(f"{id}/{name}"), text.encode())
    return stream.getvalue()


def strangers(case: Case) -> list[str]:
    """Return the names of what lies in a case's folder and goes into no workbook."""
    names = (path.name for path in case.folder.iterdir() if path.name[0] != ".")
    return sorted(set(names) - case_texts(case).keys())


def case_book(case: Case, say: Words) -> bytes:
    """Return a case as a workbook.

    Args:
        case: whose folder is read.
        say: the language in which the first sheet explains the others.

    Raises:
        InputFaults: a file holds what no cell can.
    """
    texts = case_texts(case)
    sheets = {
        name: _typed(rows, _toml_kinds(name, rows[0]))
        for name, rows in _of_toml(case, texts).items()
    }
    for name, model in TABLES.items():
        rows = csv_rows(texts.get(f"{name}.csv", "").removeprefix("\ufeff"))
        sheets[name] = _typed(_offered(rows, model), _csv_kinds(model))
    kept = {"borrowed": _borrowed(case), "files": _lines(texts)}
    sheets |= {name: _typed(rows, ("text", "plain")) for name, rows in kept.items()}
    book = _bytes(sheets, say)
    made, _ = folder_files(book, file=case.head.id)
    lost = [name for name, text in texts.items() if made.get(name) != text.encode()]
    if lost:
        given, wanted = told("text that no cell can hold"), told("plain text, as ketnoi writes it")
        raise InputFaults(Fault(str(case.folder / name), "", given, wanted) for name in lost)
    return book


def _of_toml(case: Case, texts: Mapping[str, str]) -> dict[str, Rows]:
    """Return the sheets of what stands in TOML."""
    said = {
        name: parse_toml(text, file=name) for name, text in texts.items() if name[-5:] == ".toml"
    }
    place = place_rows(said["case.toml"])
    there = {row[0] for row in place}
    place += [[entry] for entry in OFFERED if entry not in there]
    sets, targets = set_rows(said["targets.toml"])
    plans = plan_rows({path.stem: said[path.name] for path in shipped(case)})
    return {"place": place, "sets": sets, "targets": targets, "plans": plans}


def _toml_kinds(sheet: str, heads: Sequence[object]) -> Mapping[str, Kind]:
    kinds: dict[str, Kind] = dict.fromkeys(
        map(str, heads[1:]), "plain" if sheet == "plans" else "text"
    )
    return kinds | {"published": "day", "deadline": "day", "value": "plain", "at_least": "plain"}


def _offered(rows: Sequence[Sequence[str]], model: type[pydantic.BaseModel]) -> list[list[Entry]]:
    """Return a table with a column for all that it may have, numbers and days as such."""
    own = list(rows[0]) if rows else []
    heads = [*own, *(name for name in model.model_fields if name not in own)]
    kinds = [kinds_of(model, name.strip()) for name in heads]
    cells = [
        [_cell(told, kind) for told, kind in zip(row, kinds, strict=False)] for row in rows[1:]
    ]
    return [[*heads], *cells]


def _cell(text: str, kinds: set[object]) -> Entry:
    """Return the text of a CSV as a number or a day, where that gives the same text again."""
    if kinds & {float, int} and NUMBER.fullmatch(text):
        if Held(float(text)).text == text:
            return float(text)
        digits = len(text.partition(".")[2])
        if Held(float(text), f"0.{'0' * digits}".rstrip(".")).text == text:
            return Figure(float(text), digits)
    if date in kinds and DAY.fullmatch(text):
        return date.fromisoformat(text)
    return text


@cache
def _csv_kinds(model: type[pydantic.BaseModel]) -> Mapping[str, Kind]:
    found: dict[str, Kind] = {}
    for name in model.model_fields:
        kinds = kinds_of(model, name)
        number = kinds & {float, int}
        found[name] = "day" if date in kinds else "plain" if number else "text"
    return found


def _typed(
    rows: Sequence[Sequence[Entry]], kinds: Mapping[str, Kind] | tuple[Kind, ...]
) -> tuple[Sequence[Sequence[Entry]], tuple[Kind, ...]]:
    """Return rows and how each of their columns is written."""
    if isinstance(kinds, tuple):
        return rows, kinds
    return rows, tuple(kinds.get(str(name), "text") for name in rows[0])


def _borrowed(case: Case) -> Rows:
    names = list(Assumption.model_fields)
    lent = [row.model_dump() for name, row in case.assumptions.items() if name in case.borrowed]
    return [[*names], *([row[name] for name in names] for row in lent)]


def _lines(texts: Mapping[str, str]) -> Rows:
    """Return the texts of TOML files line by line, and of tables that ketnoi writes otherwise."""
    lines: Rows = [["file", "text", "mark"]]
    for name, text in texts.items():
        bare = text.removeprefix("\ufeff")
        if name.endswith(".toml") or table_text(csv_rows(bare)) != text:
            mark = BOM if text.startswith("\ufeff") else ""
            for line in bare.split("\n"):
                ends = CR if line.endswith("\r") else ""
                lines.append([name, line.removesuffix("\r"), mark + ends])
                mark = ""
    return lines


def _bytes(
    sheets: Mapping[str, tuple[Sequence[Sequence[Entry]], tuple[Kind, ...]]], say: Words
) -> bytes:
    about: list[list[Entry]] = [["checksum", checksum({n: sheets[n][0] for n in KEPT})]]
    about += [[name, say.told(words)] for name, words in SHEETS.items()]
    first = Sheet(title="about", table=([MARK, str(TEMPLATE)], about), kinds=("text", "text"))
    return workbook_bytes([first, *_sheets(sheets)], title=MARK)


def _sheets(
    sheets: Mapping[str, tuple[Sequence[Sequence[Entry]], tuple[Kind, ...]]],
) -> Iterator[Sheet]:
    for name in SHEETS:
        rows, kinds = sheets[name]
        heads = [str(each) for each in rows[0]]
        yield Sheet(title=name, table=(heads, rows[1:]), kinds=kinds, typed=name not in KEPT)
