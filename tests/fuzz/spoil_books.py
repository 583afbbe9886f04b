"""Spoilings of workbooks: what spreadsheets and hands do to sheets and cells; see `spoil`."""

import io
import unicodedata
from collections.abc import Callable
from random import Random

import openpyxl
from spoil import SPOILINGS, Files, Meaning, Spoiling

TABLES = ("areas", "observations", "assumptions", "targets")
NUMBERS = {"areas": ("population", "households"), "observations": ("value",),
           "assumptions": ("low", "central", "high"), "targets": ("at_least",)}  # fmt: skip


def _a_table(book, luck):
    """Return a sheet of figures; raises KeyError where a book has none."""
    return book[luck.choice([name for name in TABLES if name in book.sheetnames] or TABLES)]


def of_book(meaning: Meaning):
    """Register a function that changes an opened workbook; it returns whether it applies."""

    def known(function: Callable[[openpyxl.Workbook, Random], object]):
        def spoil(files: Files, name: str, luck: Random) -> Files | None:
            book = openpyxl.load_workbook(io.BytesIO(files[name]))
            try:
                done = function(book, luck)
            except KeyError:  # a workbook of something else, which has no such sheet or column
                return None
            if done is None:
                return None
            stream = io.BytesIO()
            book.save(stream)
            return {**files, name: stream.getvalue()}

        SPOILINGS.append(Spoiling(function.__name__, meaning, ".xlsx", spoil))
        return function

    return known


def headings(sheet):
    return {cell.value: cell.column for cell in sheet[1] if cell.value}


def figure(book, luck: Random, fits=lambda cell: True):
    """Return some cell that holds a figure, and what stands in its row by heading; or None."""
    sheet = _a_table(book, luck)
    heads = headings(sheet)
    names = NUMBERS[sheet.title]
    cells = [sheet.cell(r, heads[n]) for r in range(2, sheet.max_row + 1) for n in names]
    cells = [c for c in cells if isinstance(c.value, int | float) and c.value and fits(c)]
    if not cells:
        return None
    cell = luck.choice(cells)
    return cell, {name: sheet.cell(cell.row, at).value for name, at in heads.items()}


def put(found, value, form=None):
    if found is None:
        return None
    cell, row = found
    cell.value = value(cell.value, row) if callable(value) else value
    if form:
        cell.number_format = form
    return None if cell.value is None else cell


@of_book("kept")
def saved_by_another_program(book, luck):
    return True


@of_book("kept")
def hidden(book, luck):
    sheet = _a_table(book, luck)
    sheet.row_dimensions[luck.randint(2, 5)].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book["plans"].sheet_state = "hidden"
    return True


@of_book("kept")
def decomposed_cells(book, luck):
    for row in book["areas"].iter_rows(min_row=2):
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = unicodedata.normalize("NFD", cell.value)
    return True


@of_book("kept")
def cells_of_per_cents(book, luck):
    def whole(cell):
        unit = cell.parent.cell(cell.row, headings(cell.parent).get("unit", 1)).value
        return unit == "%"

    return put(figure(book, luck, whole), lambda value, row: value / 100, "0.00%")


@of_book("kept")
def days_as_numbers(book, luck):
    sheet = book["observations"]
    cell = sheet.cell(luck.randint(2, sheet.max_row), headings(sheet)["date"])
    cell.value = openpyxl.utils.datetime.to_excel(cell.value)
    cell.number_format = "General"
    return True


@of_book("kept")
def sheets_and_columns_in_another_order(book, luck):
    book.move_sheet("areas", 3)
    return True


@of_book("kept")
def empty_rows_between(book, luck):
    sheet = book[luck.choice(("areas", "observations", "assumptions"))]
    sheet.insert_rows(luck.randint(2, sheet.max_row))
    return True


@of_book("kept")
def a_sheet_of_ones_own(book, luck):
    book.create_sheet("ghi chú")["B7"] = "=1/0"
    return True


@of_book("lost")
def shares_for_per_cents(book, luck):
    sheet, heads = book["observations"], headings(book["observations"])
    rows = [r for r in range(3, sheet.max_row + 1) if sheet.cell(r, heads["unit"]).value == "%"]
    rows = [r for r in rows if sheet.cell(r, heads["value"]).value > 30]
    if not rows:
        return None
    cell = sheet.cell(luck.choice(rows), heads["value"])
    cell.value = cell.value / 100
    return True


@of_book("lost")
def thousands_marks(book, luck):
    mark = luck.choice((",", "."))
    big = figure(book, luck, lambda cell: cell.value >= 1e6 and cell.value == int(cell.value))
    return put(big, lambda value, row: f"{int(value):,}".replace(",", mark))


@of_book("lost")
def decimal_commas_and_units(book, luck):
    end = luck.choice(("", " %", "%", " người"))
    return put(figure(book, luck), lambda value, row: f"{value:.2f}".replace(".", ",") + end)


@of_book("lost")
def a_formula_or_an_error(book, luck):
    return put(figure(book, luck), luck.choice(("=SUM(A1:A9)", "#N/A", "#REF!", True)))


@of_book("lost")
def merged(book, luck):
    sheet = _a_table(book, luck)
    row = luck.randint(2, sheet.max_row - 1)
    sheet.merge_cells(start_row=row, end_row=row + 1, start_column=1, end_column=1)
    return True


@of_book("lost")
def areas_that_do_not_add_up(book, luck):
    sheet = book["areas"]
    cell = sheet.cell(luck.randint(2, sheet.max_row), headings(sheet)["population"])
    cell.value = cell.value * 2
    return True


@of_book("lost")
def an_area_of_another_list(book, luck):
    sheet, heads = book["areas"], headings(book["areas"])
    last = sheet.max_row
    for at in heads.values():
        sheet.cell(last + 1, at).value = sheet.cell(last, at).value
    sheet.cell(last + 1, 1).value = "x99"
    return True


@of_book("lost")
def another_template(book, luck):
    book["about"]["B1"] = luck.choice(("2", 0, None, "v1"))
    return True


@of_book("lost")
def a_sheet_renamed_or_emptied_or_gone(book, luck):
    sheet = book[luck.choice((*TABLES, "place", "plans", "sets", "about", "files"))]
    how = luck.randrange(3)
    if how == 0:
        sheet.title = luck.choice((sheet.title + " (2)", "Trang1"))
    elif how == 1:
        sheet.delete_rows(1, sheet.max_row)
    else:
        book.remove(sheet)
    return True


@of_book("lost")
def a_heading_renamed(book, luck):
    sheet = _a_table(book, luck)
    names = [name for name in headings(sheet) if name in (*NUMBERS[sheet.title], "code", "unit")]
    name = luck.choice(names)
    sheet.cell(1, headings(sheet)[name]).value = luck.choice((f"{name}s", None, name.upper()))
    return True


@of_book("lost")
def a_column_of_ones_own(book, luck):
    sheet = _a_table(book, luck)
    at = sheet.max_column + luck.choice((1, 3))
    for row in range(luck.choice((1, 2)), 5):
        sheet.cell(row, at).value = "mine" if row == 1 else row
    return True


@of_book("lost")
def kept_text_changed(book, luck):
    sheet = book[luck.choice(("files", "borrowed"))]
    sheet.cell(luck.randint(2, 9), 2).value = "x = 1"
    return True


@of_book("changed")
def a_figure_moved(book, luck):
    times = luck.choice((0.9, 1.1, 2, 10, -1))
    return put(figure(book, luck), lambda value, row: value * times)


@of_book("changed")
def a_row_deleted(book, luck):
    sheet = _a_table(book, luck)
    sheet.delete_rows(luck.randint(2, sheet.max_row))
    return True


@of_book("changed")
def an_entry_changed(book, luck):
    sheet = book["place"]
    rows = [r for r in range(2, sheet.max_row + 1) if sheet.cell(r, 2).value is not None]
    cell = sheet.cell(luck.choice(rows), 2)
    odd = ("x", 7.5, "=A1", "<b>", "31/12/2021", 10**12, "1.234", -3, "a\nb")
    cell.value = luck.choice(odd)
    return True


@of_book("open")
def cells_swapped_in_a_sheet(book, luck):
    sheet = book[luck.choice((*TABLES, "place", "plans", "sets"))]
    one, other = (
        sheet.cell(luck.randint(1, sheet.max_row), luck.randint(1, sheet.max_column))
        for _ in range(2)
    )
    one.value, other.value = other.value, one.value
    return True


@of_book("open")
def a_cell_anywhere(book, luck):
    sheet = luck.choice(book.worksheets)
    odd = (None, "x", 0, 1e300, "=1", "١٢", "a\tb", "'", "_x0041_", 2022, True, "1e400", "nan")
    at = luck.randint(1, sheet.max_row + 2), luck.randint(1, sheet.max_column + 1)
    sheet.cell(*at).value = luck.choice(odd)
    return True
