"""A case as a workbook: it comes back byte for byte; what is wrong in it is told by its cell."""

import io
import unicodedata
import zipfile
from datetime import date

import openpyxl
import pytest
from cases import SCENARIOS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from sim.begin.book import case_book
from sim.begin.country import Country, folder_files, panel_of
from sim.begin.filled import read_book
from sim.faults import InputFaults
from sim.place.case import load_case
from sim.words import Words

CASES = ("vietnam-2022", "vinh-phuc-2022", "vietnam-2026", "phu-tho-2026")


@pytest.fixture(scope="module")
def laos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book") / "laos"
    folder.mkdir()
    panel, known = panel_of([])
    for name, content in folder_files(Country(code="LAO", people=7.6e6), panel, known, "laos"):
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def laos_book(laos):
    return case_book(load_case(laos), Words("en"))


@pytest.fixture(scope="module")
def viet_nam():
    return case_book(load_case(SCENARIOS / "vietnam-2022"), Words("en"))


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def changed(content, change):
    """Return a workbook in which somebody changed something, saved by another program."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def told(content, change=lambda book: None):
    with pytest.raises(InputFaults) as met:
        read_book(changed(content, change), file="b.xlsx")
    return [str(fault) for fault in met.value.faults]


def heard(content, change):
    files, notes = read_book(changed(content, change), file="b.xlsx")
    return files, [str(note) for note in notes]


def column(sheet, name):
    return next(cell.column for cell in sheet[1] if cell.value == name)


def put(sheet, row, name, value, form=None):
    def change(book):
        cell = book[sheet].cell(row, column(book[sheet], name))
        cell.value = value
        if form:
            cell.number_format = form

    return change


@pytest.mark.parametrize("name", CASES)
def test_a_folder_comes_back_from_its_workbook_byte_for_byte(name):
    folder = SCENARIOS / name
    book = case_book(load_case(folder), Words("vi"))
    files, notes = read_book(book, file="b.xlsx")
    assert files == files_of(folder)
    assert notes == []
    resaved, notes = heard(book, lambda book: None)
    assert resaved == files
    assert notes == []


def test_a_new_place_comes_back_too_and_its_workbook_again(laos, tmp_path):
    book = case_book(load_case(laos), Words("en"))
    files, _ = read_book(book, file="b.xlsx")
    assert files == files_of(laos)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert case_book(load_case(tmp_path), Words("en")) == book


def test_odd_folders_come_back_too(laos, tmp_path):
    for name, content in files_of(laos).items():
        content = content.replace(b"\n", b"\r\n") if name == "areas.csv" else content
        content = b"\xef\xbb\xbf" + content if name == "observations.csv" else content
        (tmp_path / name).write_bytes(content)
    (tmp_path / "levers.csv").write_text("name,low,high,supported,aim,source\n")
    (tmp_path / "study.toml").write_text("[study] # mine\n[design]\n")
    files, _ = read_book(case_book(load_case(tmp_path), Words("en")), file="b.xlsx")
    assert files == files_of(tmp_path)


def test_cells_hold_numbers_and_days_and_codes_stay_text(viet_nam):
    book = openpyxl.load_workbook(io.BytesIO(viet_nam))
    areas, seen = book["areas"], book["observations"]
    assert areas["A2"].value == "01"
    assert areas.cell(2, column(areas, "population")).value == 8246600
    assert seen.cell(2, column(seen, "date")).value.date() == date(2013, 4, 30)
    assert book["targets"].cell(2, column(book["targets"], "at_least")).value == 70


def test_a_cell_changed_changes_its_entry_and_keeps_the_comments(viet_nam):
    files, _ = heard(viet_nam, put("place", 5, "value", date(2022, 1, 20)))
    text = files["case.toml"].decode()
    assert "vintage = 2022-01-20 # only what was published" in text
    before = (SCENARIOS / "vietnam-2022" / "case.toml").read_text(encoding="utf-8")
    assert text == before.replace("vintage = 2022-01-15", "vintage = 2022-01-20")


def test_a_plan_is_a_column(viet_nam):
    def change(book):
        plans = book["plans"]
        last = plans.max_column + 1
        plans.cell(1, last).value = "mine"
        for row in range(2, plans.max_row + 1):
            entry = plans.cell(row, 1).value
            if entry.startswith(("name", "why")):
                plans.cell(row, last).value = "Của tôi"
            if entry == "levers.training":
                plans.cell(row, last).value = 60
        plans.delete_cols(column(plans, "late-money"))

    files, _ = heard(viet_nam, change)
    assert "training = 60" in files["mine.toml"].decode()
    assert "late-money.toml" not in files


FAULTS = {
    "a share for per cent": (
        put("observations", 4, "value", 0.178),
        "sheet observations, row 4",
    ),
    "per cent for a share": (
        put("areas", 2, "urban_share", 49.2),
        "sheet areas, row 2, column J (urban_share): given '49.2'; would do: at most 1",
    ),
    "a cell of per cents for people": (
        put("areas", 3, "population", 0.5, "0%"),
        "sheet areas, row 3, column F (population): given 50 %; would do: a number that is not",
    ),
    "thousands marks of Viet Nam": (
        put("areas", 2, "population", "8.246.600"),
        "row 2, column F (population): given '8.246.600'; would do: a number such as 8246600",
    ),
    "thousands marks of England": (
        put("place", 13, "value", "97,590,000"),
        "sheet place, row 13, column B (value): given '97,590,000'; would do: a number such as"
        " 97590000",
    ),
    "a decimal comma with its unit": (
        put("observations", 4, "value", "21,3 %"),
        "column D (value): given '21,3 %'; would do: a number such as 21.3, without its unit",
    ),
    "a number that dots may part": (
        put("targets", 2, "at_least", "70.000"),
        "sheet targets, row 2, column C (at_least): given '70.000'; would do: 70 or 70000",
    ),
    "a formula that was never worked out": (
        put("areas", 2, "population", "=SUM(F3:F4)"),
        "sheet areas, row 2, column F (population): given a formula without a value",
    ),
    "an error": (
        put("areas", 2, "population", "#N/A"),
        "sheet areas, row 2, column F (population): given the error #N/A",
    ),
    "a day for a number": (
        put("areas", 2, "urban_share", date(2022, 5, 1)),
        "sheet areas, row 2, column J (urban_share): given 2022-05-01; would do: a number",
    ),
    "a time": (
        put("observations", 2, "date", "31/12/2013"),
        "was 2013-12-31 meant?",
    ),
    "true or false": (put("areas", 2, "upland", True), "given true or false"),
    "merged cells": (
        lambda book: book["areas"].merge_cells("D2:D4"),
        "sheet areas, row 2, column D: given merged cells D2:D4",
    ),
    "areas that do not add up": (
        put("areas", 2, "population", 10246600),
        "sheet areas, column F (population): given areas add up to",
    ),
    "an area of another list": (
        put("observations", 38, "area", "05"),
        "sheet observations, row 38",
    ),
    "an area twice": (put("areas", 3, "code", "01"), "sheet areas, row 3: given code 01 again"),
    "another template": (
        lambda book: book["about"].cell(1, 2, "7"),
        "sheet about, row 1, column A: given 'ketnoi workbook 7'",
    ),
    "a sheet renamed": (
        lambda book: setattr(book["observations"], "title", "observation"),
        "given no sheet observations; would do: a sheet observations; did you mean observation?",
    ),
    "a column renamed": (
        lambda book: book["areas"].cell(1, 6, "peeple"),
        "sheet areas, row 1, column F (peeple)",
    ),
    "a column of one's own": (
        lambda book: [book["areas"].cell(r, 15, r if r > 1 else "rank") for r in (1, 2)],
        "sheet areas, row 1, column O (rank): given column 'rank'; would do: no such column",
    ),
    "a value beside the table": (
        lambda book: book["areas"].cell(9, 17, 5),
        "sheet areas, row 9, column Q: given '5' in a column without a heading",
    ),
    "an empty sheet": (
        lambda book: book["areas"].delete_rows(1, 100),
        "sheet areas, row 1: given an empty sheet",
    ),
    "a table without rows": (
        lambda book: book["areas"].delete_rows(2, 100),
        "sheet areas: given no areas; would do: one row per area",
    ),
    "a sheet to read, changed": (
        lambda book: book["files"].cell(3, 2, "id = 'x'"),
        "given one of the sheets borrowed, files, changed",
    ),
    "a cell a million rows down": (
        lambda book: book["areas"].cell(1_000_000, 1, "99"),
        "sheet areas: given a cell in row 1000000",
    ),
    "a target in the past": (
        put("targets", 2, "deadline", date(2021, 12, 31)),
        "sheet targets, row 2",
    ),
    "a lever out of bounds": (
        lambda book: put("plans", 8, "baseline", -5)(book),
        "sheet plans, row 8, column B (baseline)",
    ),
    "an assumption out of bounds": (
        put("assumptions", 2, "central", 7),
        "sheet assumptions, row 2",
    ),
    "a key alone": (put("place", 4, "entry", "case.nane.en"), "sheet place, row 4"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_told_by_sheet_row_and_column(viet_nam, kind):
    change, words = FAULTS[kind]
    said = told(viet_nam, change)
    assert any(words in each for each in said), said


def test_all_faults_are_told_at_once(viet_nam):
    def change(book):
        for name in ("a share for per cent", "an error", "a lever out of bounds", "merged cells"):
            FAULTS[name][0](book)

    said = told(viet_nam, change)
    for sheet in ("areas, row 2, column F", "areas, row 2, column D", "plans", "observations"):
        assert any(f"sheet {sheet}" in each for each in said)


KIND = {
    "a cell of per cents": (put("observations", 4, "value", 0.178136, "0.0%"), "read as 17.8136"),
    "a target in per cent": (put("targets", 2, "at_least", 0.7, "0%"), "read as 70"),
    "a day as its number": (put("observations", 4, "date", 42490, "General"), "day 2016-04-30"),
    "a day as its number in an entry": (put("place", 5, "value", 44576, "General"), "2022-01-15"),
    "a code as a number": (put("areas", 11, "code", 15, "General"), "read as the text '15'"),
}


@pytest.mark.parametrize("kind", KIND)
def test_what_can_be_read_is_read_with_a_word(viet_nam, kind):
    change, words = KIND[kind]
    files, notes = heard(viet_nam, change)
    assert any(words in each for each in notes), notes
    assert files == files_of(SCENARIOS / "vietnam-2022")


def test_names_in_decomposed_letters_and_hidden_cells_are_read(viet_nam):
    def change(book):
        areas = book["areas"]
        areas["B2"].value = unicodedata.normalize("NFD", areas["B2"].value)
        areas.row_dimensions[5].hidden = True
        areas.column_dimensions["F"].hidden = True
        book["plans"].sheet_state = "hidden"
        book.create_sheet("my notes").cell(1, 1, "x")

    files, notes = heard(viet_nam, change)
    assert files == files_of(SCENARIOS / "vietnam-2022")
    for words in ("hidden rows, read like the others: 5", "hidden columns", "a hidden sheet",
                  "sheet my notes: a sheet of your own, not read"):  # fmt: skip
        assert any(words in each for each in notes), words


def test_a_formula_is_read_as_its_last_value(viet_nam):
    changed_ = zipfile.ZipFile(io.BytesIO(viet_nam))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for part in changed_.infolist():
            text = changed_.read(part)
            made.writestr(part, text.replace(b"<v>8246600</v>", b"<f>8246599+1</f><v>8246600</v>"))
    files, notes = read_book(stream.getvalue(), file="b.xlsx")
    assert files == files_of(SCENARIOS / "vietnam-2022")
    assert [str(note) for note in notes] == [
        "b.xlsx: sheet areas: formulas, read as their last values: F2"
    ]


def test_what_is_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "x")
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b"<row><c><v>1</v></c></row>" * 10_000)  # of ten million rows
    for content, words in (
        (b"", "an empty file"),
        (b"code,name_en\n1,A\n", "a file that is no workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "a workbook with a password"),
        (b"PK\x03\x04" + bytes(600), "a broken or cut file"),
        (stream.getvalue(), "an archive that is no workbook"),
        (huge.getvalue(), "bytes once unpacked"),
    ):
        with pytest.raises(InputFaults, match=words):
            read_book(content, file="b.xlsx")


def test_a_cut_workbook_is_refused(viet_nam):
    for size in range(0, len(viet_nam), len(viet_nam) // 9):
        with pytest.raises(InputFaults):
            read_book(viet_nam[:size], file="b.xlsx")


def test_a_column_of_villages_is_opened_by_filling_it(laos):
    """Four cells and a list: readiness says villages can be answered."""
    book = case_book(load_case(laos), Words("en"))

    def change(book):
        place = book["place"]
        row = next(r for r in range(2, 99) if place.cell(r, 1).value == "nation.villages")
        for at, value in enumerate([8400, "villages", "Own count", date(2025, 6, 1)], start=2):
            place.cell(row, at).value = value
        areas = book["areas"]
        areas.cell(2, column(areas, "villages")).value = 8400

    said = told(book, change)
    assert said == [
        "b.xlsx: sheet place, row 19, column B (value): given nothing; would do: its unit, source"
        " and day of publication"
    ]


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12).filter(lambda text: not ILLEGAL_CHARACTERS_RE.search(text)),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**12), 10**12),
    st.dates(date(1900, 3, 1), date(2300, 1, 1)),
    st.booleans(),
    st.sampled_from(["=1+1", "#N/A", "1.234.567", "1,234,567", "21,3 %", "٣", "1e400", "[]"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_stands_in_cells_is_refused_or_read(laos_book, data):
    """Any value in any three cells: a folder is made, or faults are told, and nothing else."""

    def change(book):
        for _ in range(3):
            sheet = book[data.draw(st.sampled_from(book.sheetnames))]
            at = data.draw(st.integers(1, 25)), data.draw(st.integers(1, 12))
            sheet.cell(*at).value = data.draw(CELLS)

    faults, files = (), {}
    try:
        files, _ = read_book(changed(laos_book, change), file="b.xlsx")
    except InputFaults as error:
        faults = error.faults
    assert all(fault.file == "b.xlsx" for fault in faults)
    assert faults or {"case.toml", "areas.csv", "observations.csv"} <= files.keys()
