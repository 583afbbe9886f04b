"""Country panels: yearly values of many countries, from a long CSV or the World Bank's wide one.

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
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from sim.faults import Fault, InputFaults, near, one_of, refuse, shown, told
from sim.forecast import Array
from sim.reading import NUMBER, Record, read_rows, read_text

CODES = {
    "IT.NET.BBND.P2": "fixed_bb",
    "IT.CEL.SETS.P2": "mobile_cell",
    "IT.NET.USER.ZS": "internet_users",
}
INDICATORS = tuple(CODES.values())  # what is forecast
OTHERS = ("cov_3g", "cov_4g", "fixed_bb_10m")  # may stand in a panel, not forecast
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
LARGEST = 200_000_000  # bytes of a table in a zip
MOST = 1000.0  # subscriptions per 100 people that any country may print
YEARS = range(1900, 2101)
WIDE = ("Country Name", "Country Code", "Indicator Name", "Indicator Code")
DATABANK = {"Series Name": "Indicator Name", "Series Code": "Indicator Code"}  # its other download
CLOSING = re.compile(r"(Data from database|Last Updated)\b.*", re.IGNORECASE)
MISSING = frozenset({"", "..", "...", "-", "n/a", "na", "nan", "null"})
PREAMBLE = 10  # lines among which the header of a wide file is looked for
_GROUPS = (
    "AFE AFW ARB CEB CSS EAP EAR EAS ECA ECS EMU EUU FCS HIC HPC IBD IBT IDA IDB IDX INX LAC LCN"
    " LDC LIC LMC LMY LTE MEA MIC MNA NAC OED OSS PRE PSS PST SAS SSA SSF SST TEA TEC TLA TMN TSA"
    " TSS UMC WLD"
)
GROUPS = frozenset(_GROUPS.split())  # the World Bank's codes that are not countries


class Cell(NamedTuple):
    """One value of a panel file, with where it stands."""

    file: str
    place: str
    country: str
    year: int
    indicator: str
    value: float


class _Long(Record):
    country_iso3: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    year: Annotated[int, Field(ge=YEARS[0], le=YEARS[-1])]
    indicator: str
    value: float


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
    """Return the panel of one or more files.

    Long files have the columns country_iso3, year, indicator, value. Wide ones are as the
    World Bank's downloads give them: some lines about the source, then Country Name, Country
    Code, Indicator (or Series) Name and Code in any order and a column a year; lines about the
    source may close it. Groups of countries and, in wide files, other indicators are left out.

    Raises:
        InputFaults: every fault with its file and line.
    """
    cells: list[Cell] = []
    faults: list[Fault] = []
    for path in paths:
        lines = _lines(path)
        header = next((n for n, row in lines[:PREAMBLE] if set(WIDE) <= {*_named(row)}), None)
        found, wrong = _long(path) if header is None else _wide(str(path), header, lines)
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


def _named(head: Sequence[str]) -> list[str]:
    """Return the headings of a wide file under the names that its first download has."""
    return [DATABANK.get(name, name) for name in head]


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


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return a CSV's rows with their line numbers; of a zip, those of its table of values."""
    text = _unzipped(path) if zipfile.is_zipfile(path) else read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        place = f"line {reader.line_num}"
        raise InputFaults([Fault(str(path), place, str(error), told("valid CSV"))]) from None


def _unzipped(path: Path) -> str:
    """Return the table of values in a download of the World Bank, beside which others lie."""
    with zipfile.ZipFile(path) as archive:
        tables = [
            entry
            for entry in archive.infolist()
            if entry.filename.endswith(".csv") and not entry.filename.startswith("Metadata")
        ]
        if len(tables) == 1 and tables[0].file_size <= LARGEST:
            return archive.read(tables[0]).decode("utf-8-sig")
    given = told("{count} tables in it", count=len(tables))
    raise InputFaults([Fault(str(path), "", given, told("one table of values, of 200 MB at most"))])


def _long(path: Path) -> tuple[list[Cell], list[Fault]]:
    rows, faults = read_rows(path, _Long)
    cells = []
    for line, row in rows:
        place = f"line {line}"
        if row.indicator in INDICATORS or row.indicator in OTHERS:
            cells.append(
                Cell(str(path), place, row.country_iso3, row.year, row.indicator, row.value)
            )
        else:
            wanted = told(
                "no such indicator; {hint}", hint=near(row.indicator, (*INDICATORS, *OTHERS))
            )
            faults.append(
                Fault(
                    str(path),
                    place,
                    told("indicator {indicator}", indicator=shown(row.indicator)),
                    wanted,
                )
            )
    return [cell for cell in cells if cell.country not in GROUPS], faults


def _wide(
    file: str, header: int, lines: Sequence[tuple[int, list[str]]]
) -> tuple[list[Cell], list[Fault]]:
    names = _named(next(row for line, row in lines if line == header))
    order = [*map(names.index, WIDE), *(i for i, name in enumerate(names) if name not in WIDE)]
    names = [names[i] for i in order]
    years, faults = _years(file, header, names)
    cells: list[Cell] = []
    body = [
        (line, [row[i] for i in order if i < len(row)] + row[len(order) :])
        for line, row in lines
        if line > header and any(row) and not (CLOSING.match(row[0]) and not any(row[1:]))
    ]
    for line, row in body:
        if len(row) < 4 or len(row) > len(names):
            faults.append(
                Fault(
                    file,
                    f"line {line}",
                    told("{count} cells", count=len(row)),
                    told("{count} cells", count=len(names)),
                )
            )
        elif row[3] in CODES and row[1] not in GROUPS:
            found, wrong = _wide_row(file, line, row, years)
            cells, faults = cells + found, faults + wrong
    if not any(row[3:4] and row[3] in CODES for _, row in body):
        given = told("no row with an indicator code that is known")
        faults.append(Fault(file, "", given, one_of(CODES)))
    return cells, faults


def _years(file: str, line: int, names: Sequence[str]) -> tuple[dict[int, int], list[Fault]]:
    """Return column -> year, from headings such as 2020 and 2020 [YR2020]."""
    years: dict[int, int] = {}
    faults = []
    for column, name in enumerate(names[4:], start=4):
        match = re.fullmatch(r"(\d{4})( \[YR\1\])?", name)
        if match and int(match[1]) in YEARS and int(match[1]) not in years.values():
            years[column] = int(match[1])
        elif name:
            given = told("column {name}", name=shown(name))
            faults.append(Fault(file, f"line {line}", given, told("a year such as 2020, once")))
    return years, faults


def _wide_row(
    file: str, line: int, row: Sequence[str], years: Mapping[int, int]
) -> tuple[list[Cell], list[Fault]]:
    cells, faults = [], []
    if not re.fullmatch("[A-Z]{3}", row[1]):
        given = told("country code {code}", code=shown(row[1]))
        faults.append(Fault(file, f"line {line}", given, told("three capital letters")))
    for column, text in enumerate(row[4:], start=4):
        place = f"line {line}, {years.get(column, f'column {column + 1}')}"
        if text.lower() in MISSING:
            continue
        value = _number(text)
        if value is None or column not in years:
            wanted = told("a number or nothing") if column in years else told("nothing here")
            faults.append(Fault(file, place, shown(text), wanted))
        else:
            cells.append(Cell(file, place, row[1], years[column], CODES[row[3]], value))
    return cells, faults


def _number(text: str) -> float | None:
    value = float(text) if NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


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
                "{indicator} of {country} in {year} once more",
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
