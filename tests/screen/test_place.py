"""New place: a country becomes a place on the desk, and its workbook changes it there."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from sim.begin.book import case_book, case_zip
from sim.begin.country import Country, countries, folder_files, panel_of, unmarked_letters
from sim.faults import InputFaults
from sim.place.case import load_case
from sim.screen.parts import view
from sim.screen.parts.desk import MOST_PLACES, Desk, merged
from sim.screen.parts.kept import packed, unpacked
from sim.words import LANGUAGES, Words

ROOT = Path(__file__).parents[2]
PAGES = {name: str(ROOT / "sim" / "screen" / f"{name}.py") for name in ("plan", "place")}


@pytest.fixture(scope="module")
def laos():
    """Return the names and texts of the files of a place of nothing but the panel."""
    made = folder_files(Country(code="LAO"), *panel_of([]), "laos-2025")
    return {name: content.decode() for name, content in made}


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Return the page New place, opened first of all."""
    monkeypatch.setenv("KETNOI_DESKS", str(tmp_path / "desks"))
    page = AppTest.from_file(ROOT / "app.py", default_timeout=300)
    page.query_params.update({"lang": "en", "case": "vinh-phuc-2022"})
    return go(page, "place")


def go(page, name):
    page.switch_page(PAGES[name])
    return sound(page.run())


def sound(page):
    assert not page.exception, page.exception
    return page


def place_box(page):
    return next(box for box in page.sidebar.selectbox if box.label == "Place")


def book(files, tmp_path, level=None, **cells):
    """Return the workbook of a place after entries and the first target were typed over."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = openpyxl.load_workbook(io.BytesIO(case_book(load_case(tmp_path), Words("en"))))
    for row in made["place"].iter_rows(min_row=2):
        row[1].value = cells.get(row[0].value.replace(".", "_"), row[1].value)
    heads = [cell.value for cell in made["targets"][1]]
    if level:
        made["targets"].cell(2, heads.index("at_least") + 1).value = level
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_a_country_is_kept_opened_and_changed_by_its_workbook(opened, laos, tmp_path):
    page = opened
    page.selectbox(key="country").set_value("LAO")
    sound(page.run())
    assert any("Answered: 4 of 9" in each.value for each in page.markdown)
    page.button(key="keep place").click()
    sound(page.run())
    assert place_box(page).value == "laos-2025"
    assert "Laos 2025 is on your desk" in page.success[0].value
    go(page, "plan")
    assert page.title[0].value.startswith("Laos 2025")
    before = [each.value for each in page.main.metric]
    assert len(before) > 1
    go(page, "place")
    bad = book(laos, tmp_path, nation_population="7 million", nation_households=-3)
    page.file_uploader[0].upload("laos.xlsx", bad)
    sound(page.run())
    assert "row 14, column B" in page.error[0].value
    assert "row 15, column B" in page.error[0].value
    assert page.session_state["desk"].places["laos-2025"] == laos
    good = book(laos, tmp_path, level=3, case_name_en="Our Laos")
    page.file_uploader[0].upload("laos.xlsx", good)
    sound(page.run())
    assert not page.error
    assert page.success[0].value.startswith("Our Laos is on your desk")
    assert go(page, "plan").title[0].value.startswith("Our Laos")
    assert [each.value for each in page.main.metric] != before
    go(page, "place").button(key="delete place").click()
    sound(page.run())
    assert "laos-2025" not in place_box(page).options
    assert page.session_state["desk"].places == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_money_that_is_none_is_told_and_nothing_is_made(opened, language):
    opened.radio[0].set_value(language)
    opened.text_input(key="money").set_value('bn "LAK')
    sound(opened.run())
    assert len(opened.error) == 1
    assert "bn LAK" in opened.error[0].value
    assert "keep place" not in {each.key for each in opened.button}


def test_every_country_offered_has_a_name_and_is_sorted_without_marks():
    for language in LANGUAGES:
        names = countries(language)
        assert len(names) == 105
        assert list(names.values()) == sorted(names.values(), key=unmarked_letters)


def test_the_folder_comes_as_an_archive_that_is_the_same_every_time(laos):
    content = case_zip("laos-2025", laos)
    assert content == case_zip("laos-2025", laos)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {f"laos-2025/{name}": text for name, text in laos.items()}


def shown(monkeypatch, desk):
    monkeypatch.setattr(view.st, "session_state", {"desk": desk})
    return view.places()


def test_a_place_is_listed_for_its_desk_only_and_takes_nobodys_name(monkeypatch, laos):
    known, faults, _ = shown(monkeypatch, Desk().settle("laos-2025", laos))
    assert known["laos-2025"][0].head.name.en == "Laos 2025"
    assert not faults
    assert "laos-2025" not in shown(monkeypatch, Desk())[0]
    stolen = {**laos, "case.toml": laos["case.toml"].replace('"laos-2025"', '"vietnam-2026"')}
    known, (fault,), _ = shown(monkeypatch, Desk().settle("mine", stolen))
    assert "mine" not in known
    assert fault.place == "case.id"


@pytest.mark.parametrize("text", ["![x](http://192.0.2.1/x.png)", '"', "\n[case]\n"])
def test_a_place_with_a_picture_or_spoilt_is_told_and_stops_nothing(monkeypatch, laos, text):
    spoilt = {**laos, "case.toml": laos["case.toml"].replace("Laos 2025", text)}
    known, faults, _ = shown(monkeypatch, Desk().settle("laos-2025", spoilt))
    assert "laos-2025" not in known
    assert {fault.file for fault in faults} == {"laos-2025/case.toml"}
    assert "vietnam-2026" in known


def test_a_desk_carries_its_places_and_holds_few(laos):
    desk = Desk().settle("laos-2025", laos)
    assert unpacked(packed(desk), file="desk.json") == desk
    assert merged(Desk(), desk, Desk(greeted=True)) == replace(desk, greeted=True)
    assert merged(desk, desk.settle("laos-2025", None), desk) == Desk()
    full = Desk(places={f"place-{at}": laos for at in range(MOST_PLACES)})
    with pytest.raises(InputFaults, match="11 places"):
        full.settle("laos-2025", laos)


@pytest.mark.parametrize(("id", "name"), [("../x", "case.toml"), ("x", "../case.toml"), ("x", "y")])
def test_a_desk_names_no_file_elsewhere(id, name):
    desk = json.dumps({"version": 1, "places": {id: {name: "x"}}}).encode()
    with pytest.raises(InputFaults, match="places"):
        unpacked(desk, file="desk.json")
