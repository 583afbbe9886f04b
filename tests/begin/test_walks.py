"""The walks of docs/place.md: a country and a province of one's own in at most 15 typed cells."""

import io
from datetime import date

import openpyxl
import pytest
from cases import SCENARIOS

from sim.begin.book import case_book
from sim.begin.country import Country, folder_files, panel_of
from sim.begin.filled import read_book
from sim.place.case import load_case, shipped
from sim.words import Words
from sim.world.run import World

MOST = 15  # cells
LAOS = {
    ("place", "case.currency", "value"): "bn LAK",
    ("place", "money.per_usd", "value"): 21_700,
    ("place", "nation.population", "value"): 7_600_000,
    ("place", "nation.population", "source"): "Own estimate for 2025",
    ("place", "nation.households", "value"): 1_400_000,
    ("areas", "1", "population"): 7_600_000,
    ("areas", "1", "households"): 1_400_000,
    ("sets", "half", "name.en"): "Our plan",
    ("sets", "half", "source"): "Draft plan of the ministry",
    ("targets", "half", "at_least"): 40,
    ("targets", "half", "deadline"): date(2030, 12, 31),
}
CAO_BANG = {
    ("place", "case.id", "value"): "cao-bang-2026",
    ("place", "case.name.vi", "value"): "Cao Bằng 2026",
    ("place", "case.name.en", "value"): "Cao Bang 2026",
    ("place", "nation.population", "value"): 558_500,
    ("place", "nation.households", "value"): 149_071,
    ("place", "nation.villages", "value"): 1_346,
    ("areas", "old-25", "name_vi"): "Cao Bằng",
    ("areas", "old-25", "population"): 558_500,
    ("areas", "old-25", "households"): 149_071,
    ("areas", "old-25", "villages"): 1_346,
    ("plans", "levers.village_sites", "baseline"): 2,
    ("plans", "levers.training", "baseline"): 0.3,
    ("plans", "levers.communication", "baseline"): 0.3,
    ("observations", "25", "value"): 60,
    ("observations", "25", "source"): "The province's own list",
}


def rows_of(sheet):
    """Return heading -> column, and the rows below with what stands in them."""
    heads = {cell.value: cell.column for cell in sheet[1] if cell.value}
    return heads, range(2, sheet.max_row + 1)


def typed(content, cells, gone=lambda sheet, row: False):
    """Return a workbook into which some cells were typed, after some rows were deleted."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book.worksheets:
        for row in reversed(rows_of(sheet)[1]):
            if gone(sheet.title, [cell.value for cell in sheet[row]]):
                sheet.delete_rows(row)
    for (name, key, heading), value in cells.items():
        heads, rows = rows_of(book[name])
        at = heads.get("area", 1)
        row = next(row for row in rows if str(book[name].cell(row, at).value) == key)
        book[name].cell(row, heads[heading]).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def run(content, folder):
    files, notes = read_book(content, file="b.xlsx")
    for name, text in files.items():
        (folder / name).write_bytes(text)
    case = load_case(folder)
    assert World(case, replicates=20).run(case.baseline).nation(case.forecast[0]).shape[0] == 20
    assert notes == []
    return case


@pytest.fixture
def laos_book(tmp_path):
    panel, known = panel_of([])
    folder = tmp_path / "new"
    folder.mkdir()
    for name, content in folder_files(Country(code="LAO"), panel, known, "laos"):
        (folder / name).write_bytes(content)
    return case_book(load_case(folder), Words("en"))


def test_laos_in_fifteen_cells(laos_book, tmp_path):
    case = run(typed(laos_book, LAOS), tmp_path)
    assert len(LAOS) <= MOST
    assert (case.head.currency, case.population) == ("bn LAK", 7.6e6)
    assert case.target_sets["half"].name["en"] == "Our plan"


def test_a_province_of_viet_nam_in_fifteen_cells(tmp_path):
    def gone(sheet, row):
        """Delete the other areas, what was seen of areas, and the operators' money."""
        others = ("old-17", "old-26", "old-25")
        return (
            (sheet == "areas" and row[0] in others[:2])
            or (sheet == "observations" and row[2] in others)
            or (sheet == "assumptions" and "bn VND a year" in row)
        )

    content = case_book(load_case(SCENARIOS / "phu-tho-2026"), Words("vi"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    book["plans"].delete_cols(3, 9)  # scenarios of the other province
    heads, _ = rows_of(book["areas"])
    for name in ("name_en", "region", "communes", "urban_share", "area_km2", "papi_internet_2020"):
        book["areas"].cell(2, heads[name]).value = None
    stream = io.BytesIO()
    book.save(stream)
    case = run(typed(stream.getvalue(), CAO_BANG, gone), tmp_path)
    assert len(CAO_BANG) <= MOST
    assert case.head.id == "cao-bang-2026"
    assert case.lists_villages
    assert {"operator_fibre_money", "operator_village_money"} & case.borrowed
    assert [path.name for path in shipped(case)] == ["baseline.toml"]
