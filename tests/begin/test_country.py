"""A new place from the panel alone: it is made, read and run, and says what it rests on."""

import csv
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from sim.ask.notes import notes
from sim.begin.country import Country, country_names, folder_files, panel_of
from sim.begin.readiness import readiness
from sim.faults import InputFaults
from sim.place.case import load_case
from sim.world.run import World

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))
from countries import KEPT, verdicts  # noqa: E402

EVERY = 12  # of the countries one in so many is run here, all of them by benchmarks/countries.py


def made(folder, files, **about):
    for name, content in files(Country(**about)):
        (folder / name).write_bytes(content)
    return load_case(folder)


@pytest.fixture
def shipped():
    panel, known = panel_of([])
    return lambda country: folder_files(country, panel, known, country.code.lower())


def kept():
    with KEPT.open(encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[1:]
    return {
        code: [row for row in rows if row[0] == code] for code in dict.fromkeys(r[0] for r in rows)
    }


@pytest.mark.parametrize("code", sorted(kept())[::EVERY])
def test_countries_give_the_verdicts_that_were_kept(code):
    assert list(verdicts(code)) == kept()[code]


def test_nearly_all_countries_of_the_panel_run():
    assert len(kept()) == 105  # the other eleven have figures of coverage alone


def test_a_new_place_says_what_it_borrows_and_what_it_cannot_answer(tmp_path, shipped):
    laos = made(tmp_path, shipped, code="LAO")
    told = {answer.indicator: answer for answer in readiness(laos)}
    assert {n for n, a in told.items() if a.given} == {
        "fixed_households", "homes_passed", "internet_users", "fixed_broadband"
    }  # fmt: off
    assert "villages in case.toml" in str(told["covered_villages"].wanted)
    assert "2 more figures for LAO" in str(told["mobile_broadband"].wanted)
    said = [str(note.words) for note in notes(laos)]
    assert any(words.startswith("borrowed from the defaults") for words in said)
    assert laos.borrowed == set(laos.assumptions)


def test_money_typed_moves_the_bounds_of_budgets_and_the_costs(tmp_path, shipped):
    for name in ("usd", "lak"):
        (tmp_path / name).mkdir()
    dollars = made(tmp_path / "usd", shipped, code="LAO", people=7e6)
    kip = made(tmp_path / "lak", shipped, code="LAO", people=7e6, currency="bn LAK", per_usd=20_000)
    assert kip.levers["training"].high == pytest.approx(
        20 * dollars.levers["training"].high, rel=0.05
    )
    each = kip.assumptions["training_cost"], dollars.assumptions["training_cost"]
    assert each[0].central == pytest.approx(20 * each[1].central)
    assert [row.unit for row in each] == ["m LAK", "k USD"]


def test_only_what_was_published_by_the_vintage_is_written(tmp_path, shipped):
    case = made(tmp_path, shipped, code="LAO", vintage=date(2016, 12, 31))
    assert max(row.date for row in case.figures) == date(2015, 12, 31)
    assert World(case, replicates=20).run(case.baseline).nation("internet_users").shape[0] == 20


def test_a_country_that_is_not_there_is_refused(shipped):
    with pytest.raises(InputFaults, match="LAA, of which the panel has no figure"):
        list(shipped(Country(code="LAA")))


def test_a_download_is_read_as_it_comes(tmp_path):
    table = (
        '"Data Source","World Development Indicators"\n\n'
        '"Country Name","Country Code","Indicator Name","Indicator Code","2018","2019","2020"\n'
        '"Utopia","UTO","Individuals using the Internet","IT.NET.USER.ZS","40","45","50"\n'
    )
    with zipfile.ZipFile(tmp_path / "API.zip", "w") as archive:
        archive.writestr("API_IT.NET.USER.ZS_DS2_en_csv_v2_1.csv", "\ufeff" + table)
        archive.writestr("Metadata_Country_API_1.csv", "Country Code\n")
    panel, known = panel_of([tmp_path / "API.zip"])
    assert known is None
    folder = tmp_path / "uto"
    folder.mkdir()
    case = made(folder, lambda c: folder_files(c, panel, known, "uto"), code="UTO")
    assert case.head.vintage == date(2021, 12, 31)
    assert case.forecast == ("internet_users",)


def test_names_of_countries_are_in_both_languages():
    assert country_names("VNM") == {"vi": "Việt Nam", "en": "Vietnam"}
