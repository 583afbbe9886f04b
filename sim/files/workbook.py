"""A workbook: numbers as numbers, headings frozen and filtered, native charts, no formula.

What is text stays text, whatever it begins with: no string becomes a formula or a link.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any, Literal

from sim.files.tables import Cell, Rows

Kind = Literal["text", "share", "level", "money", "day", "plain"]


class Figure(float):
    """A number that a cell shows with as many digits after the point as its text had."""

    __slots__ = ("digits",)
    digits: int

    def __new__(cls, number: float, digits: int) -> "Figure":
        """Return a number with its digits."""
        made = super().__new__(cls, number)
        made.digits = digits
        return made


Entry = Cell | date  # what a cell of a sheet may hold
Dated = tuple[Sequence[str], Sequence[Sequence[Entry]]]

SHEET_LETTERS = 31
CELL_LETTERS = 32_000  # Excel holds 32,767; a longer text would vanish
KINDS: Mapping[Kind, tuple[int, str]] = {  # width of a column, and how its cells are written
    "text": (30, "@"),
    "share": (11, "0.0%"),
    "level": (11, "0.0"),
    "money": (13, "#,##0.0"),
    "day": (12, "yyyy-mm-dd"),
    "plain": (14, "General"),
}
LINE = 15  # points of a line of a heading
CHART_ROWS = 22  # rows of a sheet that a chart covers


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Cells of a sheet that a chart shows: a column (or a row) between two rows (or columns).

    Attributes:
        sheet: the position of the sheet.
        name: row and column of the cell that names it, or words of ketnoi's own.
        x, y: first row, first column, last row, last column.
        hue: position of its colour among those of the sheet of charts, which repeat.
        dash: a thin dashed line marks the ends of a range.
    """

    sheet: int
    name: tuple[int, int] | str
    x: tuple[int, int, int, int]
    y: tuple[int, int, int, int]
    hue: int = 0
    dash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A native chart; its title holds words of ketnoi's own, never a user's.

    Attributes:
        kind: bars lie, so that long names are read without turning the head.
        axis, number, bounds: title, number format, and ends of the axis of values.
        months: how the months of the level axis are written; empty where it has none.
    """

    title: str
    kind: Literal["line", "bar", "stacked"]
    series: tuple[Series, ...]
    axis: str
    number: str
    bounds: tuple[float, float] | None = None
    months: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table on a sheet of its own.

    Attributes:
        title: the sheet's name.
        table: headings and rows; a row's day is a `date`.
        kinds: how each column is written; those beyond the last are written as the last.
        row_kinds: for rows whose numbers have units of their own: the kind of every number
            in a row that its column calls `level`.
        frozen: how many columns stay when scrolling.
        typed: whether people type into it: what they type under text then stays text.
    """

    title: str
    table: Dated
    kinds: Sequence[Kind] = ("text", "plain")
    row_kinds: Sequence[Kind] = ()
    frozen: int = 1
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """A sheet of native charts, two in a row; it stands behind the first sheet.

    Attributes:
        title: the sheet's name.
        paints: colours of what the charts show; once all are used, they begin again.
    """

    title: str
    plots: Sequence[Plot]
    paints: Sequence[str]


def xlsx_bytes(sheets: Mapping[str, tuple[Sequence[str], Rows]], stamp: str | None = None) -> bytes:
    """Return tables as a workbook, numbers written as they come.

    Args:
        sheets: name -> headings and rows.
        stamp: kept among the workbook's properties.
    """
    return workbook_bytes(
        [Sheet(title=name, table=table) for name, table in sheets.items()], stamp=stamp
    )


def workbook_bytes(
    sheets: Sequence[Sheet],
    charts: Charts | None = None,
    *,
    days: str = KINDS["day"][1],
    title: str = "",
    stamp: str | None = None,
) -> bytes:
    """Return sheets as a workbook, with charts of their cells if there are any.

    Args:
        sheets: in order.
        charts: of the sheets.
        days: how a day is written.
        title: of the workbook.
        stamp: kept among the workbook's properties.
    """
    import xlsxwriter

    stream, names = io.BytesIO(), _titles(sheets)
    as_text = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with xlsxwriter.Workbook(stream, {**as_text, "in_memory": True}) as book:
        about = {"created": datetime(2000, 1, 1), "title": title, "comments": stamp}
        book.set_properties({key: value for key, value in about.items() if value})
        written = {kind: form for kind, (_, form) in KINDS.items()} | {"day": days}
        formats: dict[Kind | int, Any]
        formats = {kind: book.add_format({"num_format": form}) for kind, form in written.items()}
        for digits in {_digits(cell) for each in sheets for row in each.table[1] for cell in row}:
            form = f"0.{'0' * digits}".rstrip(".")
            formats[digits] = book.add_format({"num_format": form})
        heading = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        head = book.add_format({**heading, "num_format": "@"})
        for number, (sheet, name) in enumerate(zip(sheets, names, strict=True)):
            _write(book.add_worksheet(name), sheet, formats, head)
            if charts and charts.plots and number == 0:
                _draw(book, charts, names)
    return stream.getvalue()


def _draw(book: Any, charts: Charts, names: Sequence[str]) -> None:
    page = book.add_worksheet(charts.title[:SHEET_LETTERS])
    page.hide_gridlines(2)
    _on_paper(page)
    for number, plot in enumerate(charts.plots):
        place = (CHART_ROWS * (number // 2), 9 * (number % 2))
        page.insert_chart(*place, _chart(book, plot, names, charts.paints))


def _titles(sheets: Sequence[Sheet]) -> list[str]:
    """Return the sheets' names, without the letters that none may have."""
    banned = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
    return [sheet.title.translate(banned)[:SHEET_LETTERS].strip("'") for sheet in sheets]


def _write(page: Any, sheet: Sheet, formats: Mapping[Kind | int, Any], head: Any) -> None:
    titles, rows = sheet.table
    lines = 1
    for column, words in enumerate(titles):
        page.write_string(0, column, words, head)
        width = max(KINDS[_kind(sheet.kinds, column)][0], min(len(words) // 2 + 2, 24))
        own = formats[_kind(sheet.kinds, column)] if sheet.typed else None
        page.set_column(column, column, width, own)
        lines = max(lines, min(ceil(1.3 * len(words) / width), 8))
    page.set_row(0, LINE * lines)
    page.repeat_rows(0)
    _on_paper(page)
    for place, row in enumerate(rows, start=1):
        own = sheet.row_kinds[place - 1] if sheet.row_kinds else "level"
        for column, cell in enumerate(row):
            kind = _kind(sheet.kinds, column)
            kept: Kind | int = own if kind == "level" else kind
            if isinstance(cell, date):
                kept = "day"
            elif isinstance(cell, Figure):
                kept = cell.digits
            _put(page, place, column, cell, formats[kept])
    page.freeze_panes(1, sheet.frozen)
    if rows:
        page.autofilter(0, 0, len(rows), len(titles) - 1)


def _on_paper(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)


def _kind(kinds: Sequence[Kind], column: int) -> Kind:
    return kinds[min(column, len(kinds) - 1)]


def _digits(cell: Entry) -> int:
    return cell.digits if isinstance(cell, Figure) else 0


def _put(page: Any, row: int, column: int, cell: Entry, form: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        if len(cell) > CELL_LETTERS:
            cell = cell[:CELL_LETTERS] + " …"
        page.write_string(row, column, cell)
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), form)
    else:
        page.write_number(row, column, cell, form)


def _chart(book: Any, plot: Plot, names: Sequence[str], paints: Sequence[str]) -> Any:
    kind = {"type": "column" if plot.kind == "stacked" else plot.kind}
    chart = book.add_chart({**kind, "subtype": "stacked"} if plot.kind == "stacked" else kind)
    for each in plot.series:
        paint = paints[each.hue % len(paints)]
        chart.add_series(_series(each, plot, names[each.sheet], paint))
    chart.set_title({"name": plot.title, "name_font": {"size": 12}, "overlay": False})
    values: dict[str, Any] = {"name": plot.axis, "num_format": plot.number}
    values["major_gridlines"] = {"visible": True, "line": {"color": "#e4e8ec"}}
    if plot.bounds is not None:
        values |= {"min": plot.bounds[0], "max": plot.bounds[1]}
    other: dict[str, Any] = {"label_position": "low"}
    if plot.months:
        other |= {"date_axis": True, "num_format": plot.months, "num_font": {"rotation": -45}}
        other |= {"major_unit": 3, "major_unit_type": "months"}
    if plot.kind == "bar":  # the first row on top
        chart.set_x_axis({**values, "label_position": "high"})
        chart.set_y_axis({**other, "reverse": True})
    else:
        chart.set_x_axis(other)
        chart.set_y_axis(values)
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": 20 * CHART_ROWS - 10})
    return chart


def _series(each: Series, plot: Plot, sheet: str, paint: str) -> dict[str, Any]:
    width, dash = (1, "dash") if each.dash else (2.25, "solid")
    line = {"color": paint, "width": width, "dash_type": dash}
    look = {"line": line} if plot.kind == "line" else {"fill": {"color": paint}}
    return {
        "name": each.name if isinstance(each.name, str) else [sheet, *each.name],
        "categories": [sheet, *each.x],
        "values": [sheet, *each.y],
        **look,
    }
