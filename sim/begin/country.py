"""A country panel -> the folder of a new place, which runs at once.

Only what the panel knows is written; all else is borrowed until somebody types it. The targets
are a question of ketnoi's own: half of those who are without it today have it in five years.
"""

import csv
import io
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.core import get_global

from sim.faults import Fault, InputFaults, near, told
from sim.place.records import Observation
from sim.shipped import beside
from sim.world.past.panel import PER_HOUSEHOLD, Panel, household_size, read_panel

SHIPPED = "panel.csv"  # among the defaults
CREDIT = "World Bank, World Development Indicators (CC BY 4.0), data from ITU"
SHIPPED_UNTIL = date(2025, 12, 31)  # by when the last figures of the shipped panel were published
NOTIONAL = 1_000_000  # people of a place of which nobody said how many
HALF, AHEAD, HORIZON = 0.5, 5, 10  # the part of those without; years to the target and the end
FEWEST, MOST = 2, 97.0  # figures of a trend; per cent at which nothing is asked any more
ALL = 100.0  # per cent
SERIES = {"internet_users": "internet_users", "fixed_bb": "fixed_broadband"}
UNITS = {"internet_users": "%", "fixed_broadband": "per 100", "fixed_households": "%"}
Row = tuple[int, str, float, str]  # year, indicator, value, note
TYPED = "typed by who made the place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """What is known of a country that is to become a place.

    Attributes:
        code: three letters, as the panel has them.
        people: inhabitants; notional if nobody said.
        currency, per_usd: its large unit of money, and units of money for a US dollar.
        vintage: only what was published by this day is written.
    """

    code: str
    people: float | None = None
    currency: str = "m USD"
    per_usd: float = 1.0
    vintage: date | None = None

    @property
    def inhabitants(self) -> int:
        """The people that were named, or a notional number."""
        return round(self.people or NOTIONAL)

    @property
    def households(self) -> int:
        """As many as the people make at the size that is known of the country."""
        return max(round(self.inhabitants / household_size(self.code)[0]), 1)


def panel_of(paths: Sequence[Path]) -> tuple[Panel, date | None]:
    """Return the panel of some files, or the shipped one and by when it was known."""
    if paths:
        return read_panel(*paths), None
    return read_panel(beside() / "scenarios" / "defaults" / SHIPPED), SHIPPED_UNTIL


def folder_files(
    country: Country, panel: Panel, known: date | None, name: str
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the new place's folder.

    Args:
        country: what is known of it besides the panel.
        panel: figures of many countries.
        known: by when the panel's last figures were published; a year after them if None.
        name: the place's id.

    Raises:
        InputFaults: the panel does not know the country, or not enough of it.
    """
    rows = _rows(country.code, panel)
    if not rows:
        _refuse_unknown(country.code, panel)
    last = max(table.last for table in panel.tables.values())
    vintage = country.vintage or known or _year_after(last)
    told_of = [row for row in rows if min(_year_after(row[0]), known or date.max) <= vintage]
    _refuse_too_little(country.code, told_of, vintage)
    names = country_names(country.code)
    asked = dict(_asked(told_of))
    files = {
        "case.toml": _case(country, names, name, vintage),
        "areas.csv": _table(_area(country, names)),
        "observations.csv": _table(_observations(country.code, told_of, vintage, panel.name)),
        "targets.toml": _targets(asked, vintage),
        "baseline.toml": BASELINE,
    }
    yield from ((path, text.encode()) for path, text in files.items())


@cache
def countries(language: str) -> Mapping[str, str]:
    """Return code -> name of those of which the shipped panel knows enough, in order of names."""
    panel, _ = panel_of([])
    known = {code for table in panel.tables.values() for code in table.countries}
    names = {
        code: country_names(code)[language] for code in known if any(_asked(_rows(code, panel)))
    }
    return dict(sorted(names.items(), key=lambda pair: unmarked_letters(pair[1])))


def unmarked_letters(name: str) -> str:
    """Return a name without its marks, as a list of names is ordered.

    >>> unmarked_letters("Đan Mạch")
    'Dan Mach'
    """
    bare = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return bare.encode("ascii", "ignore").decode()


def country_names(code: str) -> Mapping[str, str]:
    """Return a country's name by language, or its code where there is none.

    >>> country_names("LAO")
    {'vi': 'Lào', 'en': 'Laos'}
    """
    short = next(iter(get_global("territory_aliases").get(code, ())), "")
    return {each: Locale(each).territories.get(short, code) for each in ("vi", "en")}


def _year_after(year: int) -> date:
    """Return the day by which a year's figures are taken to be published."""
    return date(year + 1, 12, 31)


def _rows(code: str, panel: Panel) -> list[Row]:
    """Return a country's yearly figures; lines also as a share of households."""
    found: list[Row] = []
    for series, indicator in (*SERIES.items(), (PER_HOUSEHOLD, "fixed_households")):
        table = panel.tables.get(series)
        if table is None or code not in table.countries:
            continue
        values = table.values[table.countries.index(code)]
        size, basis = household_size(code)
        note = (
            "As published"
            if series != PER_HOUSEHOLD
            else (f"As published lines per 100 people times {size:g} people a household ({basis})")
        )
        found += [
            (table.first + place, indicator, float(value), note)
            for place, value in enumerate(values)
            if math.isfinite(value) and value > 0
        ]
    return sorted(found)


def _refuse_unknown(code: str, panel: Panel) -> None:
    known = {each for table in panel.tables.values() for each in table.countries} - {code}
    given = told("{code}, of which the panel has no figure above zero", code=code)
    raise InputFaults([Fault("ketnoi new", "--country", given, near(code, sorted(known)))])


def _refuse_too_little(code: str, rows: Sequence[Row], vintage: date) -> None:
    if not dict(_asked(rows)):
        given = told("too few figures of {code} by {vintage}", code=code, vintage=vintage)
        wanted = told("a later day, or a panel with more years")
        raise InputFaults([Fault("ketnoi new", "--country", given, wanted)])


def _asked(rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    """Yield what is asked: indicator -> the level in five years, in per cent."""
    for indicator in ("fixed_households", "internet_users"):
        own = [value for _, name, value, _ in rows if name == indicator]
        if len(own) >= FEWEST:
            level = min(own[-1], ALL)
            yield indicator, max(_up(level + HALF * max(MOST - level, 0.0)), 2.0)


def _up(level: float) -> float:
    """Round a level up to a whole per cent; where that would be all, to a tenth or a hundredth.

    >>> _up(57.3), _up(99.3), _up(99.95), _up(100.0)
    (58.0, 99.3, 99.95, 100.0)
    """
    finer = (math.ceil(level * ten - 1e-9) / ten for ten in (1, 10, 100))
    return next((each for each in finer if each < ALL), ALL)


def _table(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _area(country: Country, names: Mapping[str, str]) -> list[dict[str, object]]:
    named = {f"name_{language}": name for language, name in names.items()}
    counted = {"population": country.inhabitants, "households": country.households}
    return [{"code": "1", **named, **counted}]


def _observations(
    code: str, rows: Sequence[Row], vintage: date, panel: str
) -> list[dict[str, object]]:
    fields = list(Observation.model_fields)
    found = []
    for year, indicator, value, note in rows:
        published = min(_year_after(year), vintage)
        cells = (
            date(year, 12, 31), indicator, code, f"{value:.6g}", UNITS[indicator], published,
            f"{CREDIT}, in {panel}", "medium" if "times" in note else "high", note,
        )  # fmt: off
        found.append(dict(zip(fields, cells, strict=True)))
    return found


def _case(country: Country, names: Mapping[str, str], name: str, vintage: date) -> str:
    size, basis = household_size(country.code)
    typed = TYPED if country.people else "NOTIONAL: type your own"
    year = vintage.year
    return f"""\
[case]
id = "{name}"
name = {{ vi = "{names["vi"]} {year}", en = "{names["en"]} {year}" }}
vintage = {vintage} # only what was published by this day may reach a forecast
horizon = {year + HORIZON}-12-31
currency = "{country.currency}"
nation = "{country.code}" # the whole that the areas add up to, as observations.csv calls it
leaf = {{ vi = "cả nước", en = "the whole country" }}

{_money(country)}
[nation.population]
value = {country.inhabitants}
unit = "people"
source = "{typed}"
published = {vintage}

[nation.households]
value = {country.households}
unit = "households"
source = "Computed: people over {size:g} people a household ({basis})"
published = {vintage}

[columns.population]
unit = "people"
source = "{typed}"
published = {vintage}

[columns.households]
unit = "households"
source = "Computed: people over {size:g} people a household ({basis})"
published = {vintage}
"""


def _money(country: Country) -> str:
    rate = "one US dollar is a dollar" if country.per_usd == 1 else TYPED
    return f"""\
[money]
per_usd = {country.per_usd:g} # units of the money for one US dollar
prices = 1 # its price level for work done on the spot, over Viet Nam's of 2021
source = "{rate}; price level not known, taken as Viet Nam's"
"""


def _targets(asked: Mapping[str, float], vintage: date) -> str:
    rows = "".join(
        f"""
[[sets.half.targets]]
indicator = "{indicator}"
at_least = {level:g}
unit = "%"
deadline = {vintage.year + AHEAD}-12-31
"""
        for indicator, level in asked.items()
    )
    return f"""\
default = "half"

[sets.half]
name = {{ vi = "Một nửa số chưa có, sau năm năm", en = "Half of those without, in five years" }}
source = "Own question: no document of the place; write its own targets here"
published = {vintage}
{rows}"""


BASELINE = """\
[name]
vi = "Kịch bản cơ sở"
en = "Baseline"

[why]
vi = "Chính sách tiếp tục như hiện nay."
en = "Policy goes on as it is."

[levers]
"""
