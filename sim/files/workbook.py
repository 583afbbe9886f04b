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
Table = tuple[Sequence[str], Sequence[Sequence[Any]]]

SHEET_LETTERS = 31
CELL_LETTERS = 32_000  # Excel holds 32,767; a longer text would vanish
WIDTHS: Mapping[Kind, int] = {
    "text": 30,
    "share": 11,
    "level": 11,
    "money": 13,
    "day": 12,
    "plain": 14,
}
LINE = 15  # points of a line of a heading
CHART_ROWS = 22  # rows of a sheet that a chart covers
FORMATS: Mapping[Kind, str] = {
    "text": "@",
    "share": "0.0%",
    "level": "0.0",
    "money": "#,##0.0",
    "day": "yyyy-mm-dd",
    "plain": "General",
}
COLOURS = ("#0a6aa8", "#e08a00", "#0f8f6f", "#b3478f", "#59a5d8", "#8c4a00", "#6b7680", "#d4b400")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Cells of a sheet that a chart shows: a column (or a row) between two rows (or columns).

    Attributes:
        sheet: the position of the sheet.
        name: row and column of the cell that names it, or words of ketnoi's own.
        x, y: first row, first column, last row, last column.
        colour, dash: of a line; a thin dashed one marks the ends of a range.
    """

    sheet: int
    name: tuple[int, int] | str
    x: tuple[int, int, int, int]
    y: tuple[int, int, int, int]
    colour: str = COLOURS[0]
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
    """

    title: str
    table: Table
    kinds: Sequence[Kind] = ("text", "plain")
    row_kinds: Sequence[Kind] = ()
    frozen: int = 1


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
    plots: Sequence[Plot] = (),
    *,
    plots_title: str = "",
    days: str = FORMATS["day"],
    title: str = "",
    stamp: str | None = None,
) -> bytes:
    """Return sheets and, on one more sheet behind the first, charts of their cells.

    Args:
        sheets: in order.
        plots: charts.
        plots_title: name of the sheet of charts.
        days: how a day is written.
        title: of the workbook.
        stamp: kept among the workbook's properties.
    """
    import xlsxwriter

    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        about: dict[str, Any] = {"created": datetime(2000, 1, 1)}
        about |= {"title": title} if title else {}
        book.set_properties({**about, "comments": stamp} if stamp else about)
        formats = {
            kind: book.add_format({"num_format": days if kind == "day" else form})
            for kind, form in FORMATS.items()
        }
        head = book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "num_format": "@"}
        )
        names = _titles(sheets)
        for number, (sheet, name) in enumerate(zip(sheets, names, strict=True)):
            _write(book.add_worksheet(name), sheet, formats, head)
            if plots and number == 0:
                page = book.add_worksheet(plots_title[:SHEET_LETTERS])
        if plots:
            page.hide_gridlines(2)
            _on_paper(page)
        for number, plot in enumerate(plots):
            place = (CHART_ROWS * (number // 2), 9 * (number % 2))
            page.insert_chart(*place, _chart(book, plot, names))
    return stream.getvalue()


def _titles(sheets: Sequence[Sheet]) -> list[str]:
    """Return the sheets' names, without the letters that none may have."""
    banned = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
    return [sheet.title.translate(banned)[:SHEET_LETTERS].strip("'") for sheet in sheets]


def _write(page: Any, sheet: Sheet, formats: Mapping[Kind, Any], head: Any) -> None:
    titles, rows = sheet.table
    lines = 1
    for column, words in enumerate(titles):
        page.write_string(0, column, words, head)
        width = max(WIDTHS[_kind(sheet.kinds, column)], min(len(words) // 2 + 2, 24))
        page.set_column(column, column, width)
        lines = max(lines, min(ceil(1.3 * len(words) / width), 8))
    page.set_row(0, LINE * lines)
    page.repeat_rows(0)
    _on_paper(page)
    for place, row in enumerate(rows, start=1):
        own = sheet.row_kinds[place - 1] if sheet.row_kinds else "level"
        for column, cell in enumerate(row):
            kind = _kind(sheet.kinds, column)
            _put(page, place, column, cell, formats[own if kind == "level" else kind])
    page.freeze_panes(1, sheet.frozen)
    if rows:
        page.autofilter(0, 0, len(rows), len(titles) - 1)


def _on_paper(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)


def _kind(kinds: Sequence[Kind], column: int) -> Kind:
    return kinds[min(column, len(kinds) - 1)]


def _put(page: Any, row: int, column: int, cell: Cell | date, form: Any) -> None:
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


def _chart(book: Any, plot: Plot, names: Sequence[str]) -> Any:
    kind = {"type": "column" if plot.kind == "stacked" else plot.kind}
    chart = book.add_chart({**kind, "subtype": "stacked"} if plot.kind == "stacked" else kind)
    for each in plot.series:
        chart.add_series(_series(each, plot, names[each.sheet]))
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


def _series(each: Series, plot: Plot, sheet: str) -> dict[str, Any]:
    width, dash = (1, "dash") if each.dash else (2.25, "solid")
    line = {"color": each.colour, "width": width, "dash_type": dash}
    look = {"line": line} if plot.kind == "line" else {"fill": {"color": each.colour}}
    return {
        "name": each.name if isinstance(each.name, str) else [sheet, *each.name],
        "categories": [sheet, *each.x],
        "values": [sheet, *each.y],
        **look,
    }
