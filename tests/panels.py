"""Small invented country panels: S-curves with shocks, from one fixed stream."""

from pathlib import Path

import numpy as np

from sim.world.past.layouts import CODES
from sim.world.past.panel import CEILINGS, Panel, Table

FIRST, LAST = 1998, 2016


def invented(*names: str, seed: int = 7, countries: int = 24) -> Panel:
    """Return a panel in which some countries start late, skip a year or stop early."""
    luck, years = np.random.default_rng(seed), np.arange(FIRST, LAST + 1)
    codes = tuple(f"A{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(countries))
    tables = {}
    for name, size in (("fixed_bb", 35.0), ("mobile_cell", 120.0), ("internet_users", 90.0)):
        top = size * luck.uniform(0.3, 1.1, (countries, 1))
        middle, width = luck.normal(2006, 4, (countries, 1)), luck.uniform(1.5, 4, (countries, 1))
        shocks = luck.normal(0, 0.01 * size, (countries, len(years))).cumsum(axis=1)
        values = np.clip(top / (1 + np.exp(-(years - middle) / width)) + shocks, 0, CEILINGS[name])
        values = values.round(4)
        values[0, :4], values[1, 9], values[2, -1] = 0, np.nan, np.nan
        tables[name] = Table(countries=codes, first=FIRST, values=values)
    wanted = {name: tables[name] for name in names or tables}
    return Panel(name="invented", sha256="", tables=wanted)


def write_long(panel: Panel, path: Path) -> Path:
    """Write a panel as country_iso3, year, indicator, value."""
    lines = ["country_iso3,year,indicator,value"]
    for name, table in panel.tables.items():
        for country, row in zip(table.countries, table.values, strict=True):
            for year, value in enumerate(row, start=table.first):
                if not np.isnan(value):
                    lines.append(f"{country},{year},{name},{float(value)!r}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_wide(panel: Panel, name: str, path: Path) -> Path:
    """Write one indicator as the World Bank's download gives it, preamble and groups included."""
    table, code = panel.tables[name], next(key for key, own in CODES.items() if own == name)
    years = range(1990, table.last + 3)
    lines = [
        '"Data Source","World Development Indicators",',
        "",
        '"Last Updated Date","2021-09-15",',
        "",
        '"Country Name","Country Code","Indicator Name","Indicator Code",'
        + "".join(f'"{year}",' for year in years),
        f'"World","WLD","Some name","{code}",' + '"50",' * len(years),
    ]
    for country, row in zip(table.countries, table.values, strict=True):
        cells = {year: float(value) for year, value in enumerate(row, start=table.first)}
        shown = ["" if np.isnan(cells.get(year, np.nan)) else f"{cells[year]!r}" for year in years]
        head = f'"Country, {country}","{country}","Some name","{code}",'
        lines.append(head + "".join(f'"{value}",' for value in shown))
    path.write_text("﻿" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path
