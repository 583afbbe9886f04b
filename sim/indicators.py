"""What can be counted of a place: the indicators, by the table `indicators.csv` beside this file.

An indicator is *reached* (built by a programme), *taken_up* (adopted under a reach), *derived*
(moves with another, its `driver`) or *counted* (a series of figures, not forecast itself).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One row of the table.

    Attributes:
        name: as in files.
        kind: see above.
        counts: the column of `areas.csv` that weighs an area and turns a share into a number.
        noun: what that number counts; empty where a level is a count itself.
        part: the assumption on which part of that column is counted; empty where all of it is.
        unit: as figures are printed, `%`, `per 100` or `villages`.
        unit_label: the unit in words.
        digits: after the comma, of a level in hundredths.
        most: the greatest level that can be, as a fraction, per person or a count.
        near: indicators of the country panel nearest to it; empty where it has none.
        drivers: what it is adopted under, or moves with: the first of them that a place has.
        start: the short name in the assumptions on where areas start.
        beside: the indicator whose chance is told beside its own; empty for none.
        label: the name for a reader.
    """

    name: str
    kind: str
    counts: str
    noun: str
    part: str
    unit: str
    unit_label: str
    digits: int
    most: float
    near: tuple[str, ...]
    drivers: tuple[str, ...]
    start: str
    beside: str
    label: str

    @property
    def scale(self) -> float:
        """What a printed figure is multiplied by to be a level."""
        return 0.01 if self.unit in ("%", "per 100") else 1.0

    @property
    def per_cent(self) -> bool:
        """Whether figures are printed in hundredths, of people or of homes."""
        return self.scale < 1

    @property
    def per_hundred(self) -> bool:
        """Whether a level is told per 100 people rather than in per cent."""
        return self.unit == "per 100"

    @property
    def forecast(self) -> bool:
        """Whether a run forecasts it."""
        return self.kind != "counted"


def _listed() -> dict[str, Indicator]:
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["name"]: _indicator(row) for row in rows}


def _indicator(row: Mapping[str, str]) -> Indicator:
    numbers = {"digits": int(row["digits"]), "most": float(row["most"])}
    listed = {
        key: tuple(name for name in row[key].split(";") if name) for key in ("near", "drivers")
    }
    entries: dict[str, Any] = {**row, **numbers, **listed}
    return Indicator(**entries)


SERIES: Mapping[str, Indicator] = _listed()
INDICATORS: tuple[str, ...] = tuple(name for name, row in SERIES.items() if row.forecast)
FOLLOWED: tuple[str, ...] = tuple(name for name in INDICATORS if SERIES[name].near)


def of_kind(kind: str) -> tuple[Indicator, ...]:
    """Return the indicators of a kind, in the order of the table.

    >>> [row.name for row in of_kind("taken_up")]
    ['fibre_households', 'fixed_households', 'smartphone_adults', 'internet_users']
    """
    return tuple(row for row in SERIES.values() if row.kind == kind)
