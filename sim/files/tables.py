"""Tables: what a cell may be, and how they are written as CSV."""

import csv
import io
from collections.abc import Sequence

Cell = str | float | int | None
Rows = Sequence[Sequence[Cell]]
Table = tuple[list[str], list[list[Cell]]]  # headings, rows

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(head: Sequence[str], rows: Rows) -> bytes:
    """Return a table as UTF-8 CSV with a byte order mark, which spreadsheets need.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula."""
    return "'" + cell if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
