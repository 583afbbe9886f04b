"""Tables: what a cell may be, how they are built of columns and written as CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVarTuple

Cell = str | float | int | None
Rows = Sequence[Sequence[Cell]]
Table = tuple[list[str], list[list[Cell]]]  # headings, rows

Row = TypeVarTuple("Row")

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Heading(str):
    """The heading of a column of numbers, which knows how a page writes them.

    Attributes:
        digits: after the comma; as many as a number needs if None.
    """

    __slots__ = ("digits",)
    digits: int | None

    def __new__(cls, words: str, digits: int | None = None) -> "Heading":
        """Return words with their digits."""
        made = super().__new__(cls, words)
        made.digits = digits
        return made


def table_of(rows: Iterable[tuple[*Row]], *columns: tuple[str, Callable[[*Row], Cell]]) -> Table:
    """Return a table of columns: a heading, and what stands below it in a row.

    >>> table_of([(1, 2), (3, 4)], ("sum", lambda a, b: a + b), ("first", lambda a, b: a))
    (['sum', 'first'], [[3, 1], [7, 3]])
    """
    return [head for head, _ in columns], [[cell(*row) for _, cell in columns] for row in rows]


def money_name(money: str) -> str:
    """Return a place's large unit of money as it stands in the name of a column.

    >>> money_name("bn VND")
    'bn_vnd'
    """
    return money.lower().replace(" ", "_")


def in_money(table: Table, money: str) -> Table:
    """Return a table with `{money}` in its headings filled in with a place's large unit."""
    head, rows = table
    return [
        name if isinstance(name, Heading) else name.replace("{money}", money_name(money))
        for name in head
    ], rows


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
