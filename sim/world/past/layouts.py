"""Files of country panels -> cells: ketnoi's own long CSV and the layouts that others publish.

Read are both downloads of the World Bank (wide, zipped as they come or not), the long one of
ITU's DataHub (`entityIso`, `dataYear`, `seriesCode`, `dataValue`), one of SDMX (`REF_AREA`,
`TIME_PERIOD`, `INDICATOR`, `OBS_VALUE`), and a table of an office with the same columns, between
whose cells commas, semicolons or tabs stand and above which there may be titles.
"""

import csv
import io
import math
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from sim.faults import Fault, InputFaults, near, one_of, refuse, shown, told
from sim.reading import NUMBER, Record, dotted, number_wanted, read_rows, read_text

INDICATORS = ("fixed_bb", "mobile_cell", "internet_users")  # what is forecast
OTHERS = ("cov_3g", "cov_4g", "fixed_bb_10m")  # may stand in a panel, not forecast
WORLD_BANK = ("IT.NET.BBND.P2", "IT.CEL.SETS.P2", "IT.NET.USER.ZS")
ITU = ("i992b", "i911", "i99H")  # per 100 inhabitants, per 100 inhabitants, % of people
CODES = {
    code: name for codes in (WORLD_BANK, ITU) for code, name in zip(codes, INDICATORS, strict=True)
}
YEARS = range(1900, 2101)
LARGEST = 200_000_000  # bytes of a table in a zip
WIDE = ("Country Name", "Country Code", "Indicator Name", "Indicator Code")
DATABANK = {"Series Name": "Indicator Name", "Series Code": "Indicator Code"}  # its other download
LONG = {  # what a column says -> how those who publish long tables call it, in small letters
    "country_iso3": ("country_iso3", "entityiso", "ref_area", "country code", "iso3", "iso"),
    "year": ("year", "datayear", "time_period"),
    "indicator": ("indicator", "seriescode", "indicator code", "series code"),
    "value": ("value", "datavalue", "obs_value"),
}
CLOSING = re.compile(r"(Data from database|Last Updated)\b.*", re.IGNORECASE)
MISSING = frozenset({"", "..", "...", "-", "n/a", "na", "nan", "null"})
PREAMBLE = 10  # lines among which a header is looked for
MARKS = (",", ";", "\t")  # between cells
CODE = re.compile("[A-Z]{3}")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
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


def read_cells(path: Path) -> tuple[list[Cell], list[Fault]]:
    """Return the values of a panel file, and every fault met.

    Groups of countries and, in layouts of others, other indicators are left out.

    Raises:
        InputFaults: the file cannot be read at all, or has not the right columns.
    """
    file, (mark, lines) = str(path), _lines(path)
    for line, row in lines[:PREAMBLE]:
        if set(WIDE) <= {*_named(row)}:
            return _wide(file, line, lines, mark)
        columns = _long_columns(row)
        if columns and (mark, *row) != (MARKS[0], *LONG):
            refuse(_twice(file, line, row))
            below = [(each, cells) for each, cells in lines if each > line]
            return _published(file, below, columns, mark)
    return _long(path)


def _named(head: Sequence[str]) -> list[str]:
    """Return the headings of a wide file under the names that its first download has."""
    return [DATABANK.get(name, name) for name in head]


def _long_columns(head: Sequence[str]) -> dict[str, int]:
    """Return where the four columns of a long table stand, nothing if one is missing."""
    names = [name.lower() for name in head]
    found = {
        said: names.index(name)
        for said, known in LONG.items()
        if (name := next((each for each in known if each in names), None))
    }
    return found if len(found) == len(LONG) else {}


def _twice(file: str, line: int, head: Sequence[str]) -> Iterator[Fault]:
    """Yield headings that stand twice: nobody knows which column is meant."""
    for name in sorted({name for name in head if name and head.count(name) > 1}):
        given = told("column {name} twice", name=shown(name))
        yield Fault(file, f"line {line}", given, told("each column once"))


def _lines(path: Path) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return what parts a CSV's cells, and its rows with line numbers; of a zip, its values'."""
    text = _unzipped(path) if zipfile.is_zipfile(path) else read_text(path)
    mark = _mark_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        return mark, [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        place = f"line {reader.line_num}"
        raise InputFaults([Fault(str(path), place, str(error), told("valid CSV"))]) from None


def _mark_of(text: str) -> str:
    """Return what stands between the cells: that by which a header is known."""
    heads = text.split("\n", PREAMBLE)[:PREAMBLE]
    for mark in MARKS:
        rows = [[cell.strip() for cell in row] for row in csv.reader(heads, delimiter=mark)]
        if any(_long_columns(row) or set(WIDE) <= {*_named(row)} for row in rows):
            return mark
    return MARKS[0]


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


def _published(
    file: str,
    lines: Sequence[tuple[int, list[str]]],
    columns: Mapping[str, int],
    mark: str,
) -> tuple[list[Cell], list[Fault]]:
    """Return the values of a long table that others publish, from the lines below its header."""
    found = [each for line, row in lines for each in _row(file, f"line {line}", row, columns, mark)]
    cells = [each for each in found if isinstance(each, Cell)]
    faults = [each for each in found if isinstance(each, Fault)]
    at = columns["indicator"]
    known = any(row[at] in CODES or row[at] in INDICATORS for _, row in lines if len(row) > at)
    return cells, faults if known else [*faults, _no_code(file)]


def _row(
    file: str, place: str, row: Sequence[str], columns: Mapping[str, int], mark: str
) -> Iterator[Cell | Fault]:
    """Yield the value of a row of a long table, or what is wrong with it."""
    width = max(columns.values()) + 1
    if len(row) < width:
        if sum(map(bool, row)) > 1:  # a row that is cut, not a note below the table
            given, wanted = (told("{count} cells", count=each) for each in (len(row), width))
            yield Fault(file, place, given, wanted)
        return
    country, year, code, text = (row[columns[said]] for said in LONG)
    name = CODES.get(code, code)
    if name not in INDICATORS or country in GROUPS | {""} or text.lower() in MISSING:
        return
    value = _number(text, mark)
    sound = bool(re.fullmatch(r"\d{4}", year, re.ASCII)) and int(year) in YEARS
    if value is None:
        yield Fault(file, place, shown(text), number_wanted(text))
    if not sound:
        yield Fault(file, place, told("year {year}", year=shown(year)), told("a year such as 2020"))
    if not CODE.fullmatch(country):
        yield _no_country(file, place, country)
    elif sound and value is not None:
        yield Cell(file, place, country, int(year), name, value)


def _no_country(file: str, place: str, code: str) -> Fault:
    given = told("country code {code}", code=shown(code))
    return Fault(file, place, given, told("three capital letters"))


def _no_code(file: str) -> Fault:
    given = told("no row with an indicator code that is known")
    return Fault(file, "", given, one_of(CODES))


def _wide(
    file: str, header: int, lines: Sequence[tuple[int, list[str]]], mark: str
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
            found, wrong = _wide_row(file, line, row, years, mark)
            cells, faults = cells + found, faults + wrong
    if not any(row[3:4] and row[3] in CODES for _, row in body):
        faults.append(_no_code(file))
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
    file: str, line: int, row: Sequence[str], years: Mapping[int, int], mark: str
) -> tuple[list[Cell], list[Fault]]:
    cells, faults = [], []
    if not CODE.fullmatch(row[1]):
        faults.append(_no_country(file, f"line {line}", row[1]))
    for column, text in enumerate(row[4:], start=4):
        place = f"line {line}, {years.get(column, f'column {column + 1}')}"
        if text.lower() in MISSING:
            continue
        value = _number(text, mark)
        if value is None or column not in years:
            wanted = told("a number or nothing") if column in years else told("nothing here")
            faults.append(Fault(file, place, shown(text), wanted))
        else:
            cells.append(Cell(file, place, row[1], years[column], CODES[row[3]], value))
    return cells, faults


def _number(text: str, mark: str) -> float | None:
    """Return a number, with a decimal comma where commas do not part the cells; None if none."""
    if mark != MARKS[0]:
        if dotted(text):
            return None  # dots that may part thousands
        text = text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text
    value = float(text) if NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None
