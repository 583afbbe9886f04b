"""Country panels: yearly values of many countries, from files of several layouts.

Fixed broadband is kept twice: per 100 people, as published, and per 100 households, for lines
are ordered by homes and not by people. Persons per household (`fitted/household_size.csv`) are
of censuses and surveys of about 2010 to 2020 as the United Nations' kind of compilation gives
them; a country without a figure takes the median of its region by the UN's M49 list. Lines of
firms and second lines of a home are among those counted, so that some countries pass 100:
they are counted as 100, full, since no household can be added there.
"""

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from sim.faults import Fault, refuse, told
from sim.forecast import Array
from sim.reading import read_text
from sim.world.past.layouts import INDICATORS, Cell, read_cells

PER_HOUSEHOLD = "fixed_bb_households"  # lines per 100 households, at most 100
CEILINGS = {
    "fixed_bb": math.inf,
    "mobile_cell": math.inf,
    "internet_users": 100.0,
    PER_HOUSEHOLD: 100.0,
}
LEARNED = (*INDICATORS, PER_HOUSEHOLD)
CORRECTED = frozenset({"internet_users"})  # shares of people, see `models.paths.intervals`
SIZES = Path(__file__).parent / "fitted" / "household_size.csv"
REPORTED = "reported"  # the basis of a size that is a country's own
MOST = 1000.0  # subscriptions per 100 people that any country may print


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One indicator: `values[country, year]`, not-a-number where unknown, years unbroken."""

    countries: tuple[str, ...]
    first: int
    values: Array

    @property
    def last(self) -> int:
        """Return the last year."""
        return self.first + int(self.values.shape[1]) - 1

    def over(self, first: int, last: int) -> Array:
        """Return the values of these years, `[country, year]`, unknown outside the table."""
        wanted = np.full((len(self.countries), last - first + 1), np.nan)
        start, stop = max(first, self.first), min(last, self.last)
        if start <= stop:
            part = self.values[:, start - self.first : stop - self.first + 1]
            wanted[:, start - first : stop - first + 1] = part
        return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The indicators of a panel that can be forecast, and what they were read from.

    Attributes:
        name: the names of the files.
        sha256: of the values themselves, so that two layouts of the same values agree.
        tables: indicator -> its table, in the order of `LEARNED`.
    """

    name: str
    sha256: str
    tables: Mapping[str, Table]


def read_panel(*paths: Path) -> Panel:
    """Return the panel of one or more files, in the layouts that `layouts` reads.

    Raises:
        InputFaults: every fault with its file and line.
    """
    cells: list[Cell] = []
    faults: list[Fault] = []
    for path in paths:
        found, wrong = read_cells(path)
        cells += found
        faults += wrong + [fault for cell in found if (fault := _impossible(cell))]
    refuse([*faults, *_twice(cells)])
    wanted = [cell for cell in cells if cell.indicator in INDICATORS]
    name = ", ".join(path.name for path in paths)
    if not wanted:
        refuse(
            [
                Fault(
                    name,
                    "",
                    told("no value of {names}", names=", ".join(INDICATORS)),
                    told("at least one of them"),
                )
            ]
        )
    tables = {name: _table(wanted, name) for name in INDICATORS}
    tables[PER_HOUSEHOLD] = per_household(tables["fixed_bb"])
    return Panel(
        name=name,
        sha256=_digest(wanted),
        tables={name: table for name, table in tables.items() if table.countries},
    )


def per_household(table: Table) -> Table:
    """Return lines per 100 people as lines per 100 households, at most the ceiling."""
    size = np.array([household_size(country)[0] for country in table.countries])
    values = np.minimum(table.values * size[:, None], CEILINGS[PER_HOUSEHOLD])
    return replace(table, values=values)


def household_size(country: str) -> tuple[float, str]:
    """Return persons per household and what that rests on, the median of all in the last resort."""
    sizes = _sizes()
    return sizes.get(country, (float(np.median([size for size, _ in sizes.values()])), "median"))


@cache
def _sizes() -> Mapping[str, tuple[float, str]]:
    rows = csv.DictReader(io.StringIO(read_text(SIZES)))
    return {
        row["country_iso3"]: (float(row["persons_per_household"]), row["basis"]) for row in rows
    }


def _impossible(cell: Cell) -> Fault | None:
    most = min(CEILINGS.get(cell.indicator, 100.0), MOST)
    if 0 <= cell.value <= most:
        return None
    given = told("value {value:g} of {indicator}", value=cell.value, indicator=cell.indicator)
    return Fault(cell.file, cell.place, given, told("{low:g} to {high:g}", low=0, high=most))


def _twice(cells: Iterable[Cell]) -> Iterator[Fault]:
    seen: dict[tuple[str, int, str], Cell] = {}
    for cell in cells:
        first = seen.setdefault((cell.country, cell.year, cell.indicator), cell)
        if first is not cell:
            given = told(
                "{indicator} of {country} in {year} again",
                indicator=cell.indicator,
                country=cell.country,
                year=cell.year,
            )
            wanted = told(
                "each value once (first: {name}, {place})",
                name=Path(first.file).name,
                place=first.place,
            )
            yield Fault(cell.file, cell.place, given, wanted)


def _table(cells: Iterable[Cell], indicator: str) -> Table:
    mine = [cell for cell in cells if cell.indicator == indicator]
    countries = tuple(sorted({cell.country for cell in mine}))
    first = min((cell.year for cell in mine), default=0)
    last = max((cell.year for cell in mine), default=0)
    values = np.full((len(countries), last - first + 1), np.nan)
    row = {country: place for place, country in enumerate(countries)}
    for cell in mine:
        values[row[cell.country], cell.year - first] = cell.value
    return Table(countries=countries, first=first, values=values)


def _digest(cells: Iterable[Cell]) -> str:
    lines = sorted(f"{c.indicator},{c.country},{c.year},{c.value!r}\n" for c in cells)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
