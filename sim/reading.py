"""Files to values: text, TOML and CSV, with every fault's file and place.

Nothing that comes from outside is trusted: what is not a plain file, too large, nested too
deep or full of control characters is refused before anything slow is done with it.
"""

import csv
import io
import re
import stat
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import pydantic
from pydantic import Field

from sim.faults import Fault, InputFaults, Message, from_pydantic, near, shown, told, unfit

Row = TypeVar("Row", bound=pydantic.BaseModel)
Table = list[tuple[int, list[str]]]  # number of a line, its cells

MOST_BYTES = 256_000_000  # of a table
MOST_TOML = 1_000_000  # characters
DEEPEST = 16  # brackets within brackets, or dots of a key
MOST_TABLES = 2_000
LONGEST_NUMBER = 300  # digits
TITLE_LINES = 30  # above a header, in which it is still looked for
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|[+-]?inf", flags=re.ASCII)
DOTTED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})*\.\d\d0", flags=re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", flags=re.ASCII)
CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufffe\uffff"
    "\ud800-\udfff]"
)
_TOKENS = re.compile(
    r'"""[\s\S]*?(?:"""|\Z)|\'\'\'[\s\S]*?(?:\'\'\'|\Z)|"(?:\\.|[^"\\\n])*"?|\'[^\'\n]*\'?|#[^\n]*'
    r"|[0-9A-Fa-f_xob]{" + str(LONGEST_NUMBER) + r",}|[\[\]{}.=\n]"
)


class Record(pydantic.BaseModel):
    """What stands in a file: unknown entries refused, nothing changed after reading.

    Numbers are numbers and days are days: `true` is no number, `1642204800` no day. Text holds
    no control characters.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: object, about: pydantic.ValidationInfo) -> object:
        if isinstance(value, str):
            return one_form(value)
        kinds = kinds_of(cls, about.field_name or "")
        if isinstance(value, bool) and kinds & {float, int}:
            raise unfit("a number, not true or false")
        if isinstance(value, (int, float)) and date in kinds:
            raise unfit("a date such as 2022-12-31")
        return value


def one_form(text: str) -> str:
    """Return text in the one form in which letters are compared (NFC).

    Raises:
        PydanticCustomError: it holds a control character, which could stop a program that
            draws it or change what a terminal shows.
    """
    odd = CONTROL.search(text)
    if odd:
        name = f"U+{ord(odd[0]):04X}"
        raise unfit("text without control characters such as {name}", name=name)
    return unicodedata.normalize("NFC", text)


@cache
def kinds_of(model: type[pydantic.BaseModel], field: str) -> set[object]:
    """Return the plain types that a field takes."""
    if field in model.model_fields:
        return set(_plain_types(model.model_fields[field].annotation))
    others = get_type_hints(model, include_extras=True).get("__pydantic_extra__")
    return set(_plain_types(get_args(others)[1])) if get_args(others) else set()


def _plain_types(annotation: object) -> Iterator[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _plain_types(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from _plain_types(part)
    elif origin is Literal:
        yield from map(type, get_args(annotation))
    else:
        yield annotation


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises:
        InputFaults: the file is missing, no plain file, too large, or not UTF-8 text.
    """
    return decoded(read_bytes(path), file=str(path))


def read_bytes(path: Path) -> bytes:
    """Return what a file holds; raises `InputFaults` if it is missing, no plain file, too large."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            given = told("a folder") if stat.S_ISDIR(about.st_mode) else told("not a regular file")
            raise InputFaults([Fault(str(path), "", given, told("a file that can be read"))])
        if about.st_size > MOST_BYTES:
            given, wanted = (
                told("{size:,} bytes", size=about.st_size),
                told("at most {most:,} bytes", most=MOST_BYTES),
            )
            raise InputFaults([Fault(str(path), "", given, wanted)])
        return path.read_bytes()
    except FileNotFoundError:
        raise InputFaults(
            [Fault(str(path), "", told("a file that does not exist"), told("a file of this name"))]
        ) from None
    except (OSError, ValueError) as error:
        given = told(getattr(error, "strerror", None) or "cannot be read")
        raise InputFaults(
            [Fault(_cut(str(path)), "", given, told("a file that can be read"))]
        ) from None


def _cut(text: str) -> str:
    return text if len(text) <= 200 else text[:197] + "..."


def decoded(content: bytes, *, file: str) -> str:
    """Return the text of a file's bytes, letters in their one form.

    Raises:
        InputFaults: they are a workbook, an archive, UTF-16, of an old code page, or hold
            control characters.
    """
    given, wanted = told(""), told("the file saved as UTF-8")
    if content.startswith(b"PK\x03\x04"):
        if b"xl/" in content or b"[Content_Types].xml" in content[:2000]:
            given, wanted = told("a workbook"), told("its sheet saved as CSV, UTF-8")
        else:
            given, wanted = (
                told("a zip archive"),
                told("the file inside it, unpacked (API_*.csv of three)"),
            )
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        given = told("UTF-16 text")
    if given:
        raise InputFaults([Fault(file, "", given, wanted)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        given = told("byte {start} is not UTF-8", start=error.start)
        line = content[: error.start].count(b"\n") + 1
        raise InputFaults([Fault(file, f"line {line}", given, wanted)]) from None
    _refuse_unseen(text, file)
    return unicodedata.normalize("NFC", text)


def _refuse_unseen(text: str, file: str) -> None:
    """Refuse letters that nobody sees, or that make what is seen another thing than it is."""
    odd = CONTROL.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        given = told("the control character U+{code}", code=f"{ord(odd[0]):04X}")
        raise InputFaults([Fault(file, f"line {line}", given, told("plain text"))])


def parse_toml(text: str, *, file: str) -> dict[str, Any]:
    """Return the entries of a TOML text; raises `InputFaults` with line and column."""
    _refuse_unseen(text, file)
    for place, given, wanted in _bombs(text):
        raise InputFaults([Fault(file, place, given, wanted)])
    try:
        return tomllib.loads(text, parse_float=_float)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise InputFaults(
            [Fault(file, "", told("malformed TOML: {error}", error=error), told("valid TOML"))]
        ) from None


def _float(told: str) -> float:
    """Return a number of TOML; raises `ValueError` where a dot may part thousands."""
    if dotted(told):
        raise ValueError(f"{told} may be {dotted(told)}: write one of the two")
    return float(told)


def dotted(told: str) -> str:
    """Return both numbers that digits may mean whose dots may part thousands; else nothing.

    >>> dotted("2.000"), dotted("2.5"), dotted("0.780"), dotted("2.193")
    ('2 or 2000', '', '', '')
    """
    if not DOTTED.fullmatch(told):
        return ""
    meant = told.replace(".", "")
    return meant if told.count(".") > 1 else f"{float(told):g} or {meant}"


def _bombs(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what would take a reader of TOML long: size, nesting, dots, tables, digits."""
    if len(text) > MOST_TOML:
        yield (
            "",
            told("{count:,} characters", count=len(text)),
            told("at most {most:,}", most=MOST_TOML),
        )
        return
    line, depth, dots, tables = 1, 0, 0, 0
    steps = {"[": 1, "{": 1, "]": -1, "}": -1}
    for token in _TOKENS.finditer(text):
        word = token[0]
        line += word.count("\n")
        depth = max(depth + steps.get(word, 0), 0)
        dots = dots + 1 if word == "." else 0 if word in "=\n[{" else dots
        tables += word in "[{"
        if word[0] not in "\"'#" and len(word) >= LONGEST_NUMBER:
            yield (
                f"line {line}",
                told("a number of {count:,} digits", count=len(word)),
                told("a shorter number"),
            )
        if max(depth, dots) > DEEPEST:
            yield (
                f"line {line}",
                told("more than {most} levels", most=DEEPEST),
                told("what a scenario or case needs"),
            )
        if tables > MOST_TABLES:
            yield (
                f"line {line}",
                told("more than {most:,} tables or lists", most=MOST_TABLES),
                told("fewer"),
            )


def read_toml(path: Path) -> dict[str, Any]:
    """Return the entries of a TOML file; raises `InputFaults` with line and column."""
    return parse_toml(read_text(path), file=str(path))


def read_table(path: Path, known: Iterable[str] = ()) -> Table:
    """Return a CSV's lines with their numbers, the header first.

    What spreadsheets leave is passed over: empty rows, empty columns at the end, cells past
    the header that hold nothing.

    Args:
        path: the file.
        known: columns it may have, by which its header is told from titles above it.

    Raises:
        InputFaults: no table, broken quotes, semicolons or tabs for commas, titles on top.
    """
    text, file = read_text(path), str(path)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        table = [(lines.line_num, cells) for cells in lines if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        place = f"line {lines.line_num}"
        raise InputFaults([Fault(file, place, str(error), told("valid CSV"))]) from None
    if not table:
        raise InputFaults([Fault(file, "", told("an empty file"), told("a header and rows"))])
    if known:
        _refuse_shape(table, set(known), file)
    head = table[0][1]
    while head and not head[-1].strip():
        head.pop()
    width = len(head)
    for _, cells in table:
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
    return table


def _refuse_shape(table: Table, known: set[str], file: str) -> None:
    """Refuse in one fault a table whose header is not where or not as it should be."""
    first, cells = table[0]
    if known & {cell.strip() for cell in cells}:
        return
    joined = ",".join(cells)
    if joined.strip().lower().startswith("sep="):
        given, wanted = (
            told("a first line {line}", line=shown(joined.strip())),
            told("the header on the first line"),
        )
        raise InputFaults([Fault(file, f"line {first}", given, wanted)])
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if known & {part.strip(' "') for part in joined.split(mark)} and mark in joined:
            given = told("{name} between the cells", name=told(name))
            wanted = told("commas between them and dots in numbers (CSV UTF-8)")
            raise InputFaults([Fault(file, f"line {first}", given, wanted)])
    for number, later in table[1:TITLE_LINES]:
        if len(known & {cell.strip() for cell in later}) > 1:
            given, wanted = (
                told("the header on line {number}", number=number),
                told("the header first, no lines above it"),
            )
            raise InputFaults([Fault(file, f"line {first}", given, wanted)])


def read_rows(
    path: Path, kind: type[Row], *, optional: Iterable[str] = ()
) -> tuple[list[tuple[int, Row]], list[Fault]]:
    """Return a CSV's rows with their line numbers, and every fault met.

    Args:
        path: the file; its first line names the columns.
        kind: the model of a row; its fields are the columns.
        optional: columns that may be left out.

    Raises:
        InputFaults: the file cannot be read at all, or has not the right columns.
    """
    columns = list(kind.model_fields)
    table = read_table(path, columns)
    header = [name.strip() for name in table[0][1]]
    blank = [place for place, name in enumerate(header) if not name and _empty(table, place)]
    kept = [place for place in range(len(header)) if place not in blank]
    header = [header[place] for place in kept]
    wrong = _header_faults(str(path), header, kind, set(optional))
    if wrong:
        raise InputFaults(wrong)
    spare = {name for name, field in kind.model_fields.items() if not field.is_required()}
    rows, faults = [], []
    for line, cells in table[1:]:
        place, count = f"line {line}", len(table[0][1])
        if set(header[len(cells) :]) <= spare:  # a spreadsheet leaves empty ends out
            cells = cells + [""] * (count - len(cells))
        if len(cells) != count:
            faults.append(
                Fault(
                    str(path),
                    place,
                    told("{count} cells", count=len(cells)),
                    told("{count} cells", count=count),
                )
            )
            continue
        every = {name: cells[at].strip() for name, at in zip(header, kept, strict=True)}
        filled = {name: cell for name, cell in every.items() if cell}
        unknown: dict[str, None] = dict.fromkeys(every.keys() - filled.keys() - {*columns})
        met = list(_cell_faults(kind, filled, str(path), place))
        faults += met
        try:
            row = kind.model_validate({**filled, **unknown})
        except pydantic.ValidationError as error:
            said = {fault.place for fault in met}
            found = from_pydantic(error, file=str(path), place=place)
            faults += [fault for fault in found if fault.place not in said]
        else:
            if not met:
                rows.append((line, row))
    return rows, faults


def _empty(table: Table, place: int) -> bool:
    return not any(cells[place].strip() for _, cells in table[1:] if place < len(cells))


def _cell_faults(
    kind: type[pydantic.BaseModel], filled: dict[str, str], file: str, place: str
) -> Iterator[Fault]:
    """Yield the cells that are meant as a number or a day but are not written as one."""
    for name, cell in filled.items():
        kinds = kinds_of(kind, name)
        spot = f"{place}, {name}"
        if kinds & {float, int} and str not in kinds and not NUMBER.fullmatch(cell):
            yield Fault(file, spot, shown(cell), number_wanted(cell))
        elif date in kinds and not DAY.fullmatch(cell):
            yield Fault(file, spot, shown(cell), _day_wanted(cell))


def number_wanted(cell: str) -> Message:
    """Return what would do in place of a cell that is no number, guessing what was meant.

    >>> number_wanted("1,5"), number_wanted("1.234,5"), number_wanted("21,3 %")
    ('a number such as 1.5', 'a number such as 1234.5', 'a number such as 21.3, without its unit')
    >>> number_wanted("1.234.567"), number_wanted("1,234,567"), number_wanted("1 234")
    ('a number such as 1234567', 'a number such as 1234567', 'a number such as 1234')
    """
    bare = re.sub(r"[\s\u00a0\u202f']", "", cell)
    meant = _meant(bare.removesuffix("%"))
    if bare.endswith("%") and meant:
        return told("a number such as {number}, without its unit", number=meant)
    return told("a number such as {number}", number=meant) if meant else told("a number")


def _meant(bare: str) -> str:
    """Return digits as a number is written here, nothing if they are none."""
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d+)?|[+-]?\d{1,3}(,\d{3})+\.\d+", bare):
        return bare.replace(",", "")
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3}){2,}(,\d+)?|[+-]?\d+(\.\d{3})*,\d+", bare):
        return bare.replace(".", "").replace(",", ".")
    return bare if NUMBER.fullmatch(bare) else ""


def _day_wanted(cell: str) -> Message:
    parts = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", cell)
    if parts:
        meant = f"{parts[3]}-{int(parts[2]):02}-{int(parts[1]):02}"
        return told("a date such as 2022-12-31; was {meant} meant?", meant=meant)
    if re.fullmatch(r"\d{5}(\.0)?", cell):
        return told("a date such as 2022-12-31, not a spreadsheet's day number")
    return told("a date such as 2022-12-31")


def _header_faults(
    file: str, header: Sequence[str], kind: type[pydantic.BaseModel], optional: set[str]
) -> list[Fault]:
    """Return columns that lack, stand twice, or that there are not.

    Where there may be more, one that is not known is told beside those that lack alone.
    """
    known, more = list(kind.model_fields), kind.model_config.get("extra") == "allow"
    stray = [
        Fault(
            file,
            "line 1",
            told("column {name}", name=shown(name)),
            told("no such column; {hint}", hint=near(name, known)),
        )
        for name in header
        if name not in known
    ]
    missing = [
        Fault(
            file, "line 1", told("no column {name}", name=name), told("a column {name}", name=name)
        )
        for name in known
        if name not in header and name not in optional
    ]
    twice = [
        Fault(file, "line 1", told("column {name} twice", name=name), told("each column once"))
        for name in sorted({name for name in header if header.count(name) > 1})
    ]
    return (stray if missing or not more else []) + missing + twice


Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\r\n]+$")]
Prose = Annotated[str, Field(min_length=1, max_length=4000)]
