"""What the columns of tables hold: type, unit and meaning, by the table `columns.csv` beside this.

They stand in the side-car of every table, as CSV on the Web has them, so that a code stays text
and a date a date in any program that reads it.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

LEVEL = "share of 1; subscriptions per person for mobile_broadband"
MONEY = re.compile(r"(cost|arrived|spent)_([a-z]+_[a-z]{3})")
QUANTILE = re.compile(r"p(\d{2}(?:\.\d+)?|\d\.\d+|100)")
_PAID: Mapping[str, tuple[str, str]] = {
    "cost": ("Public money spent by the last deadline", "Kinh phí chi đến hạn cuối cùng"),
    "arrived": ("Public money that arrives in the month", "Kinh phí về trong tháng"),
    "spent": ("Public money that is spent in the month", "Kinh phí chi trong tháng"),
}


class Column(NamedTuple):
    """A column: its name, type, unit, and what it holds by language."""

    name: str
    datatype: str
    unit: str
    en: str
    vi: str


@cache
def columns() -> Mapping[str, Column]:
    """Return the columns that have a name of their own."""
    text = (Path(__file__).parent / "columns.csv").read_text(encoding="utf-8")
    return {row[0]: Column(*row) for row in csv.reader(text.splitlines()[1:])}


def column(heading: str) -> Column | None:
    """Return what a column is; None of one that only its study knows.

    >>> column("fibre_households.p05").datatype, column("area").datatype, column("training")
    ('number', 'string', None)
    """
    name = heading.rpartition(".")[2] if not QUANTILE.fullmatch(heading) else heading
    if paid := MONEY.fullmatch(name):
        size, _, currency = paid[2].partition("_")
        unit = f"{size} {currency.upper()}"
        return Column(name, "number", unit, *_PAID[paid[1]])
    if level := QUANTILE.fullmatch(name):
        told = f"{level[1].lstrip('0') or '0'}%"
        return Column(name, "number", LEVEL, f"{told} quantile", f"Phân vị {told}")
    found = columns().get(name)
    return found._replace(unit=LEVEL) if found and found.unit == "level" else found


def described(heading: str, datatype: str = "") -> dict[str, object]:
    """Return a column as CSV on the Web describes it.

    Args:
        heading: of the column.
        datatype: of one that is not known here.
    """
    known, entry = column(heading), dict[str, object](name=heading, titles=heading)
    if known is None:
        return entry | ({"datatype": datatype} if datatype else {})
    unit = {"schema:unitText": known.unit} if known.unit else {}
    words = [{"@value": known.en, "@language": "en"}, {"@value": known.vi, "@language": "vi"}]
    kind = datatype if known.datatype == "any" and datatype else known.datatype
    typed = {} if kind == "any" else {"datatype": kind}
    return {**entry, **typed, **unit, "dc:description": words}
