"""Panel files: both layouts read alike, every fault named, and fits that travel by file."""

import csv
import dataclasses
import json

import numpy as np
import pytest
from panels import FIRST, LAST, invented, write_long, write_wide

from sim.ask.backtest import COLUMNS, backtest, reliability, write_predictions
from sim.faults import InputFaults
from sim.world.past.layouts import LONG
from sim.world.past.learned import fit, forecast_series, read_fitted, write_fitted
from sim.world.past.panel import (
    CEILINGS,
    LEARNED,
    PER_HOUSEHOLD,
    household_size,
    per_household,
    read_panel,
)


def faults(*paths):
    with pytest.raises(InputFaults) as caught:
        read_panel(*paths)
    return str(caught.value)


def test_a_long_file_gives_back_its_values(tmp_path):
    made = invented()
    read = read_panel(write_long(made, tmp_path / "long.csv"))
    for name, table in made.tables.items():
        assert read.tables[name].countries == table.countries
        np.testing.assert_array_equal(read.tables[name].over(FIRST, LAST), table.values)


def test_wide_and_long_files_give_the_same_parameters(tmp_path):
    names = ("mobile_cell", "internet_users")
    made = invented(*names)
    long = read_panel(write_long(made, tmp_path / "panel.csv"))
    wide = read_panel(*(write_wide(made, name, tmp_path / f"{name}.csv") for name in names))
    assert wide.sha256 == long.sha256
    for panel, name in ((long, "long.json"), (wide, "wide.json")):
        fitted = fit(dataclasses.replace(panel, name="the panel"))
        write_fitted(fitted, tmp_path / name)
    assert (tmp_path / "long.json").read_bytes() == (tmp_path / "wide.json").read_bytes()


def test_lines_are_counted_per_household_too_and_at_most_one_each(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(
        "country_iso3,year,indicator,value\n"
        "VNM,2020,fixed_bb,17.2\nMLT,2020,fixed_bb,48.3\nISL,2020,fixed_bb,38\n",
        encoding="utf-8",
    )
    tables = read_panel(path).tables
    table = tables[PER_HOUSEHOLD]
    values = dict(zip(table.countries, table.values[:, 0], strict=True))
    assert values["VNM"] == pytest.approx(17.2 * 3.783)
    assert values["MLT"] == CEILINGS[PER_HOUSEHOLD] == 100
    assert household_size("ISL") == (2.29, "median of Northern Europe")
    assert household_size("XYZ")[1] == "median"
    assert np.isnan(per_household(invented("fixed_bb").tables["fixed_bb"]).values).any()


def test_every_fault_of_a_long_file_is_named_with_its_line(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(
        "country_iso3,year,indicator,value\n"
        "VNM,2019,fixed_bb,15.2\n"
        "VNM,2019,fixed_bb,15.3\n"
        "Viet,2019,fixed_bb,1\n"
        "VNM,201x,fixed_bb,1\n"
        "VNM,2018,fixed_b,1\n"
        "VNM,2017,internet_users,130\n"
        "VNM,2016,mobile_cell,-1\n"
        "VNM,2015,mobile_cell,nan\n",
        encoding="utf-8",
    )
    said = faults(path)
    assert said.startswith("7 faults")
    for line in range(3, 10):
        assert f"line {line}" in said
    assert "did you mean fixed_bb?" in said


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("VNM,2019,fixed_bb,1000.1", "would do: 0 to 1000"),
        ("VNM,2019,mobile_cell,1e300", "would do: 0 to 1000"),
        ("VNM,2019,internet_users,100.5", "would do: 0 to 100"),
        ("VNM,1899,fixed_bb,1", "line 2, year"),
        ("VNM,999999999,fixed_bb,1", "line 2, year"),
    ],
)
def test_sizes_and_years_that_no_country_prints_are_refused(tmp_path, row, message):
    path = tmp_path / "long.csv"
    path.write_text(f"country_iso3,year,indicator,value\n{row}\n", encoding="utf-8")
    assert message in faults(path)


def test_every_fault_of_a_wide_file_is_named_with_its_line_and_year(tmp_path):
    path = tmp_path / "wide.csv"
    head = "Country Name,Country Code,Indicator Name,Indicator Code,2019,2020 [YR2020],note\n"
    row = "Viet Nam,{},Internet users,IT.NET.USER.ZS,{},{},{}\n"
    path.write_text(
        head
        + row.format("VNM", "68.7", "seventy", "")
        + row.format("vn", "68.7", "..", "")
        + row.format("LAO", "", "101", "see below"),
        encoding="utf-8",
    )
    said = faults(path)
    assert "line 2, 2020: given 'seventy'" in said
    assert "line 3: given country code 'vn'" in said
    assert "line 4, 2020: given value 101 of internet_users" in said
    assert "column 'note'" in said
    assert "'see below'" in said


def test_a_value_given_in_two_files_is_refused(tmp_path):
    made = invented()
    long = write_long(made, tmp_path / "long.csv")
    wide = write_wide(made, "fixed_bb", tmp_path / "wide.csv")
    assert " again" in faults(long, wide)


@pytest.mark.parametrize(
    "text",
    [
        "country_iso3,year,indicator,value\n",
        "country_iso3,year,indicator,value\nVNM,2019,cov_4g,95\n",
        "Country Name,Country Code,Indicator Name,Indicator Code,2019\nViet Nam,VNM,x,SP.POP,9\n",
    ],
)
def test_a_file_without_a_wanted_value_is_refused(tmp_path, text):
    path = tmp_path / "panel.csv"
    path.write_text(text, encoding="utf-8")
    assert "would do:" in faults(path)


def test_fitted_parameters_survive_their_file(tmp_path):
    fitted = fit(invented("fixed_bb", "internet_users"))
    write_fitted(fitted, tmp_path / "fitted.json")
    again = read_fitted(tmp_path / "fitted.json")
    assert set(again.provenance["years"]) == {"fixed_bb", "internet_users"}
    years, values = range(2008, 2016), [3.0, 4.1, 5.4, 6.4, 8.0, 9.3, 9.9, 11.2]
    for name in again.indicators:
        before = forecast_series(fitted.indicators[name], years, values)
        after = forecast_series(again.indicators[name], years, values)
        np.testing.assert_allclose(after.point, before.point, rtol=1e-3)
        np.testing.assert_allclose(after.outcome, before.outcome, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "change",
    [
        {"layout": 0},
        {"indicators": {"fixed_bb": {}}},
        {"indicators": []},
    ],
)
def test_a_malformed_parameter_file_is_refused(tmp_path, change):
    whole = {"layout": 2, "provenance": {}, "indicators": {}}
    (tmp_path / "fitted.json").write_text(json.dumps(whole | change))
    with pytest.raises(InputFaults, match="ketnoi fit"):
        read_fitted(tmp_path / "fitted.json")


def test_the_shipped_parameters_say_where_they_come_from():
    shipped = read_fitted()
    assert set(shipped.indicators) == set(LEARNED)
    assert {"ISL", "LKA"} <= set(shipped.provenance["household_size"]["median"])
    assert shipped.provenance["sha256"]
    assert shipped.provenance["revisions_against"]["sha256"]
    assert all(learned.revision > 0 for learned in shipped.indicators.values())


def test_one_series_needs_five_positive_values():
    with pytest.raises(ValueError, match="at least 5"):
        forecast_series(read_fitted().indicators["fixed_bb"], range(2016, 2020), [1, 2, 3, 4])


def test_a_backtest_writes_what_the_scorer_reads(tmp_path):
    steps = []
    found = backtest(invented(), origins=[2008], processes=1, done=lambda *now: steps.append(now))
    write_predictions(found, tmp_path / "predictions.csv")
    lines = (tmp_path / "predictions.csv").read_text().splitlines()
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert tuple(lines[0].split(",")) == COLUMNS
    assert len(lines) == 1 + 5 * len(found)
    assert all(lines[1 + 5 * n].startswith(f"{one.country},") for n, one in enumerate(found))


def test_two_processes_give_the_same_bytes(tmp_path):
    for processes in (1, 2):
        found = backtest(invented("fixed_bb"), origins=[2007, 2008], processes=processes)
        write_predictions(found, tmp_path / f"{processes}.csv")
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


@pytest.mark.parametrize("origins", [[1990], [2030], [2012, 2012], [2001]])
def test_an_origin_that_cannot_be_played_is_refused(origins):
    with pytest.raises(InputFaults):
        backtest(invented(), origins=origins, processes=1)


def test_chances_are_compared_with_how_often_they_came_true():
    made = invented("fixed_bb", "internet_users")
    found = backtest(made, origins=[2008], processes=1)
    for table in reliability(found, made).values():
        assert table.count.sum() > 0
        assert ((table.chance >= 0) & (table.chance <= 1)).all()
        assert 0 <= table.error <= 1


@pytest.mark.parametrize("order", [(2, 3, 0, 1), (0, 1, 2, 3)])
def test_the_world_banks_other_download_is_read(tmp_path, order):
    first = write_wide(invented("fixed_bb"), "fixed_bb", tmp_path / "wide.csv")
    heads = ("Series Name", "Series Code", "Country Name", "Country Code")
    rows = list(csv.reader(first.read_text(encoding="utf-8-sig").splitlines()[4:]))
    years = [f"{year} [YR{year}]" for year in rows[0][4:-1]]
    lines = [[*(heads[i] for i in order), *years]]
    for country, code, name, series, *values in rows[1:]:
        about = (name, series, country, code)
        lines.append([*(about[i] for i in order), *(each or ".." for each in values[:-1])])
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    text += "\n,,,,\n\nData from database: World Development Indicators\nLast Updated: 12/22/2022\n"
    (tmp_path / "databank.csv").write_text(text, encoding="utf-8-sig")
    assert read_panel(tmp_path / "databank.csv").sha256 == read_panel(first).sha256


def test_closing_lines_are_passed_over_and_a_cut_row_is_not(tmp_path):
    path = write_wide(invented("fixed_bb"), "fixed_bb", tmp_path / "wide.csv")
    sound = read_panel(path).sha256
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n\nData from database: WDI\nLast Updated: 1/2/2022\n", "utf-8")
    assert read_panel(path).sha256 == sound
    path.write_text(text + "Country, ABC,ABC\n", encoding="utf-8")
    assert "cells" in faults(path)


def published(panel, heads, codes, mark=",", number=repr, titles=()):
    """Return a long table as others publish it: columns of their own between those wanted."""
    lines = [mark.join(titles)] if titles else []
    lines.append(mark.join(("id", *heads, "note")))
    for name, table in panel.tables.items():
        for country, row in zip(table.countries, table.values, strict=True):
            for year, value in enumerate(row, start=table.first):
                cell = "" if np.isnan(value) else number(float(value))
                said = {"code": codes[name], "who": country, "year": str(year), "value": cell}
                lines.append(mark.join(("1", *said.values(), "a; note" if mark == "," else "")))
    return "\n".join([*lines, mark.join(("1", "other", "", "2020", "5", ""))]) + "\n"


CODED = {"fixed_bb": "i992b", "mobile_cell": "i911", "internet_users": "i99H"}
ITU_HEADS = ("seriesCode", "entityIso", "dataYear", "dataValue")
SDMX_HEADS = ("INDICATOR", "REF_AREA", "TIME_PERIOD", "OBS_VALUE")


def comma(value):
    return repr(value).replace(".", ",")


@pytest.mark.parametrize(
    ("heads", "codes", "mark", "number", "titles", "encoding"),
    [
        (ITU_HEADS, CODED, ",", repr, (), "utf-8"),
        (SDMX_HEADS, {name: name for name in CODED}, ",", repr, (), "utf-8-sig"),
        (ITU_HEADS, CODED, ";", comma, ("Viễn thông", ""), "utf-8-sig"),
        (("indicator", "iso3", "year", "value"), CODED, "\t", repr, ("a title",), "utf-8"),
    ],
)
def test_long_tables_of_others_give_the_same_values(
    tmp_path, heads, codes, mark, number, titles, encoding
):
    made = invented()
    path = tmp_path / "published.csv"
    text = published(made, heads, codes, mark=mark, number=number, titles=titles)
    path.write_text(text, encoding=encoding)
    assert read_panel(path).sha256 == read_panel(write_long(made, tmp_path / "long.csv")).sha256


def test_every_fault_of_a_long_table_of_others_is_named_with_its_line(tmp_path):
    path = tmp_path / "office.csv"
    path.write_text(
        "seriesCode;entityIso;dataYear;dataValue\n"
        "i992b;VNM;2019;15,2\ni992b;VNM;2020;1.230\ni992b;vn;2021;15,9\ni992b;VNM;202x;16\n"
        "i992b;VNM\ni99H;VNM;2019;seventy\ni99H;;2019;50\n\nSource: an office\n",
        encoding="utf-8",
    )
    said = faults(path)
    assert said.startswith("5 faults")
    for line in range(3, 8):
        assert f"line {line}" in said


def test_a_table_of_others_without_a_known_code_is_refused(tmp_path):
    path = tmp_path / "itu.csv"
    path.write_text("seriesCode,entityIso,dataYear,dataValue\ni4213tfbb,VNM,2019,15e6\n", "utf-8")
    assert "i992b" in faults(path)


@pytest.mark.parametrize("heads", [tuple(LONG), ITU_HEADS], ids=["own", "ITU"])
def test_a_heading_that_stands_twice_is_told_in_every_long_layout(tmp_path, heads):
    path = tmp_path / "panel.csv"
    row = ["VNM", "2019", "fixed_bb", "15.3"]
    head = [*heads, heads[-1]]
    path.write_text(",".join(head) + "\n" + ",".join([*row, "9"]) + "\n", encoding="utf-8")
    assert f"column '{heads[-1]}' twice" in faults(path)
