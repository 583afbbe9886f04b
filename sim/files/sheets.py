"""A workbook that somebody filled in → its sheets as plain cells, and what of them is odd.

Nothing that comes from outside is trusted: what is no workbook, or too large once unpacked, is
refused before a library sees it. A cell keeps how it is shown, for `21.3 %` is the number 0.213.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sim.faults import Fault, InputFaults, Message, Note, told
from sim.reading import dotted

MOST_BYTES = 24_000_000  # of all parts unpacked: some 400,000 cells
MOST_PARTS = 2_000
NAMED = 5  # rows or cells that a note names
DECIMALS = re.compile(r"[#,]*0(?:\.(0+))?")
DAYS = 20_000, 80_000  # numbers of days that a spreadsheet shows as 1954 to 2119

Value = str | float | date | None


@dataclass(frozen=True, slots=True)
class Held:
    """A cell: its value, how it is shown, and whether it is a number of days or of per cents."""

    value: Value = None
    form: str = "General"

    @property
    def per_cent(self) -> bool:
        """Whether it is a number shown as per cents."""
        return isinstance(self.value, float | int) and "%" in self.form

    @property
    def text(self) -> str:
        """The value as text, a number with the digits after the point that it shows.

        >>> Held(3359.8, "0.00").text, Held(27e6).text, Held("01").text
        ('3359.80', '27000000', '01')
        """
        if not isinstance(self.value, float | int):
            return "" if self.value is None else str(self.value)
        whole = float(self.value).is_integer() and abs(self.value) < 1e15
        plain = str(int(self.value)) if whole else repr(float(self.value))
        form = DECIMALS.fullmatch(self.form)
        padded = f"{self.value:.{len(form[1] or '')}f}" if form else plain
        longer = len(padded) > len(plain) and "e" not in plain and not dotted(padded)
        return padded if longer else plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A sheet as it was read.

    Attributes:
        title: its name.
        rows: the number of a row that holds anything, and its cells from the first column on.
        faults: cells that no value can be had of.
        notes: what is odd and was read all the same.
        epoch: the day from which its workbook counts days.
    """

    title: str
    rows: tuple[tuple[int, tuple[Held, ...]], ...]
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]
    epoch: datetime

    def day(self, number: float) -> date | None:
        """Return the day that a plain number stands for, None where it can be none."""
        if not DAYS[0] <= number <= DAYS[1] or number != int(number):
            return None
        return (self.epoch + timedelta(days=int(number))).date()


def spot(sheet: str, row: int = 0, column: int = 0, name: str = "") -> Message:
    """Return where a cell stands: rows and columns count from 1, 0 for none.

    >>> str(spot("areas", 3, 6, "population")), str(spot("areas"))
    ('sheet areas, row 3, column F (population)', 'sheet areas')
    """
    letter, rest = "", column
    while rest:
        rest, place = divmod(rest - 1, 26)
        letter = chr(65 + place) + letter
    shown = f"{letter} ({name})" if name else letter
    if row and column:
        return told("sheet {sheet}, row {row}, column {column}", sheet=sheet, row=row, column=shown)
    if row:
        return told("sheet {sheet}, row {row}", sheet=sheet, row=row)
    if column:
        return told("sheet {sheet}, column {column}", sheet=sheet, column=shown)
    return told("sheet {sheet}", sheet=sheet)


def read_pages(content: bytes, *, file: str) -> list[Page]:
    """Return the sheets of a workbook, charts left out.

    Raises:
        InputFaults: it is no workbook, has a password, is broken, or too large.
    """
    _refuse_other(content, file)
    book = _loaded(content, file, values=False)
    formulas = any(cell.data_type == "f" for sheet in book.worksheets for cell in _cells(sheet))
    values = _loaded(content, file, values=True) if formulas else book
    return [_page(file, sheet, values[sheet.title], book.epoch) for sheet in book.worksheets]


def _refuse_other(content: bytes, file: str) -> None:
    """Refuse what is no workbook of today, or would not fit into memory."""
    given, wanted = told(""), told("a workbook saved as .xlsx")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        given = told("a workbook with a password, or from before 2007")
        wanted = told("a workbook saved as .xlsx, without a password")
    elif not content.startswith(b"PK"):
        given = told("an empty file") if not content else told("a file that is no workbook")
    else:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                parts = archive.infolist()
        except Exception:  # whatever a damaged file makes the reader stumble over
            parts, given = [], told("a broken or cut file")
        size = sum(part.file_size for part in parts)
        if size > MOST_BYTES or len(parts) > MOST_PARTS:
            given = told("{size:,} bytes once unpacked", size=size)
            wanted = told("at most {most:,}: a workbook of the place only", most=MOST_BYTES)
        elif not given and not any(part.filename == "xl/workbook.xml" for part in parts):
            given = told("an archive that is no workbook")
    if given:
        raise InputFaults([Fault(file, "", given, wanted)])


def _loaded(content: bytes, file: str, *, values: bool) -> Any:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return load_workbook(io.BytesIO(content), data_only=values, keep_links=False)
        except Exception as error:  # whatever a damaged file makes the library stumble over
            given = told("a broken workbook ({error})", error=type(error).__name__)
            wanted = told("a workbook saved as .xlsx")
            raise InputFaults([Fault(file, "", given, wanted)]) from None


def _cells(sheet: Any) -> Iterable[Any]:
    """Return the cells that a sheet holds; asking for its rows would make those between."""
    return list(sheet._cells.values())


def _page(file: str, sheet: Any, values: Any, epoch: datetime) -> Page:
    found: dict[int, dict[int, Held]] = {}
    faults, formulas = list[Fault](), list[str]()
    for cell in _cells(sheet):
        if cell.value is None:
            continue
        read = cell
        if cell.data_type == "f":
            formulas.append(cell.coordinate)
            read = values[cell.coordinate]
        given = _unreadable(read)
        if given:
            name = sheet.cell(1, cell.column).value if cell.row > 1 else ""
            place = spot(sheet.title, cell.row, cell.column, name if isinstance(name, str) else "")
            faults.append(Fault(file, place, given, told("the value itself, typed")))
            held = Held()
        else:
            held = Held(_plain(read.value), str(read.number_format or "General"))
        found.setdefault(cell.row, {})[cell.column] = held
    faults += list(_merged(file, sheet, found))
    rows = tuple(
        (row, tuple(cells.get(column, Held()) for column in range(1, max(cells) + 1)))
        for row, cells in sorted(found.items())
        if any(each.value is not None for each in cells.values())
    )
    return Page(
        title=sheet.title,
        rows=rows,
        faults=tuple(faults),
        notes=tuple(_notes(file, sheet, found, formulas)),
        epoch=epoch,
    )


def _unreadable(cell: Any) -> Message:
    """Return what a cell holds that stands for no value; nothing if it can be read."""
    if cell.value is None:
        return told("a formula without a value")
    if cell.data_type == "e":
        return told("the error {error}", error=cell.value)
    if isinstance(cell.value, bool):
        return told("true or false")
    if isinstance(cell.value, time | timedelta):
        return told("a time of day")
    return told("")


def _plain(value: Any) -> Value:
    """Return a value of a cell as text, a number or a day; a time besides midnight stays."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value.isoformat(" ", "minutes")
    return value if isinstance(value, str | int | float | date) else str(value)


def _merged(file: str, sheet: Any, found: dict[int, dict[int, Held]]) -> Iterator[Fault]:
    for merged in sheet.merged_cells.ranges:
        if found.get(merged.min_row, {}).get(merged.min_col, Held()).value is not None:
            place = spot(sheet.title, merged.min_row, merged.min_col)
            given = told("merged cells {cells}", cells=merged.coord)
            yield Fault(file, place, given, told("cells that are not merged, each with its value"))


def _notes(
    file: str, sheet: Any, found: dict[int, dict[int, Held]], formulas: Sequence[str]
) -> Iterator[Note]:
    """Yield what was read though a reader may not see it, or did not type it."""
    place = spot(sheet.title)
    if sheet.sheet_state != "visible":
        yield Note(file, place, told("a hidden sheet, read like the others"))
    rows = [row for row in sorted(found) if sheet.row_dimensions[row].hidden]
    if rows:
        yield Note(file, place, told("hidden rows, read like the others: {rows}", rows=_some(rows)))
    columns = [
        name
        for name, about in sheet.column_dimensions.items()
        if about.hidden
        and any(about.min <= column <= about.max for row in found.values() for column in row)
    ]
    if columns:
        words = told("hidden columns, read like the others: {columns}", columns=_some(columns))
        yield Note(file, place, words)
    if formulas:
        words = told("formulas, read as their last values: {cells}", cells=_some(formulas))
        yield Note(file, place, words)


def _some(names: Sequence[object]) -> str:
    return ", ".join(map(str, names[:NAMED])) + (" …" if len(names) > NAMED else "")
