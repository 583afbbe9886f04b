"""Files: the same bytes twice, fonts inside, text that can be found, all or nothing."""

import io
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pypdf
import pytest
from cases import VINH_PHUC
from pdfs import embedded

from sim.ask.answers import Question, compare
from sim.faults import InputFaults
from sim.files.pictures import picture
from sim.files.tables import csv_bytes
from sim.files.workbook import xlsx_bytes
from sim.paper import result_book
from sim.place.case import shipped
from sim.place.scenario import load_scenario
from sim.place.stamp import stamp
from sim.show.fans import fan
from sim.show.look import Look, captioned
from sim.words import Words
from sim.writing import MARKER, check_folder, write_folder


@pytest.fixture(scope="module")
def chart(vinh_phuc):
    plan = load_scenario(vinh_phuc, shipped(vinh_phuc)[1])
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    (answer,) = compare(Question(case=vinh_phuc, targets=targets, seed=3, replicates=30), [plan])
    target, look = targets.targets[0], Look(say=Words("vi"))
    drawn = fan(answer, None, target, vinh_phuc, target.indicator, look)
    return captioned(drawn, "vinh-phuc-2022 · seed 3")


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_a_chart_is_the_same_bytes_twice(chart, form):
    assert picture(chart, form) == picture(chart, form)


def test_a_pdf_holds_the_vietnamese_title_as_text_and_its_fonts(chart):
    pdf = pypdf.PdfReader(io.BytesIO(picture(chart, "pdf")))
    text = " ".join(pdf.pages[0].extract_text().split())
    assert "Hộ gia đình có cáp quang" in text
    assert "chỉ tiêu 70% vào 31/12/2022" in text
    assert "seed 3" in text
    fonts = embedded(pdf.pages[0])
    assert fonts, "no font is embedded"
    assert all("SourceSansPro" in name for name in fonts)
    assert any("Bold" in name or "Semibold" in name for name in fonts)


def test_a_png_has_300_dots_an_inch(chart):
    png = picture(chart, "png")
    assert png.startswith(b"\x89PNG")
    width = int.from_bytes(png[16:20], "big")
    svg = picture(chart, "svg").decode()
    points = float(svg.split('width="')[1].split('"')[0])
    assert width == pytest.approx(points / 96 * 300, abs=2)  # an SVG pixel is 1/96 inch


def test_an_svg_names_the_font_and_keeps_its_text(chart):
    svg = picture(chart, "svg").decode()
    assert "Source Sans Pro" in svg
    assert "Hộ gia đình có cáp quang" in svg
    assert "http" not in svg.replace("http://www.w3.org", "")


def test_text_that_starts_a_formula_stays_text():
    table = csv_bytes(["name", "value"], [["=cmd()", -1.5], ["ổn", 2]]).decode("utf-8-sig")
    assert table.splitlines() == ["name,value", "'=cmd(),-1.5", "ổn,2"]
    book = xlsx_bytes({"one": (["name", "value"], [["=cmd()", -1.5]])})
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "=cmd()" in parts.read("xl/sharedStrings.xml").decode()
    assert "<v>-1.5</v>" in sheet


def test_a_workbook_is_the_same_bytes_twice():
    sheets = {"one": (["a"], [[1.0]]), "two": (["b"], [["x"]])}
    assert xlsx_bytes(sheets) == xlsx_bytes(sheets)


def test_each_cell_of_a_run_is_written_as_what_it_is(vinh_phuc, monkeypatch):
    plans = [load_scenario(vinh_phuc, path) for path in shipped(vinh_phuc)[:2]]
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    answers = compare(Question(case=vinh_phuc, targets=targets, seed=3, replicates=30), plans)
    monkeypatch.setattr(result_book, "workbook_bytes", lambda sheets, *rest, **more: sheets)
    made = stamp(vinh_phuc, plans, targets, seed=3, replicates=30)
    sheets = result_book.result_book(vinh_phuc, answers, targets, made, Words("en"))
    for sheet in sheets:
        head, rows = sheet.table
        for place, row in enumerate(rows):
            for column, (name, cell) in enumerate(zip(head, row, strict=True)):
                kind = sheet.kinds[min(column, len(sheet.kinds) - 1)]
                if kind == "level" and sheet.row_kinds:
                    kind = sheet.row_kinds[place]
                assert cell is None or isinstance(cell, date) == (kind == "day"), (name, cell)
                assert kind != "share" or abs(cell) <= 1, (name, cell)


def test_a_folder_is_written_whole(tmp_path):
    write_folder(tmp_path / "out", [("a.txt", b"1"), ("b/c.txt", b"2")], force=False)
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"1"
    assert (tmp_path / "out" / "b" / "c.txt").read_bytes() == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def broken():
    yield "a.txt", b"1"
    raise RuntimeError("half way")


def test_a_folder_that_fails_half_way_leaves_what_was_there(tmp_path):
    out = tmp_path / "out"
    write_folder(out, [("old.txt", b"old")], force=False)
    with pytest.raises(RuntimeError, match="half way"):
        write_folder(out, broken(), force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert {path.name for path in out.iterdir()} == {"old.txt", MARKER}


def test_a_folder_that_holds_something_needs_force(tmp_path):
    out = tmp_path / "out"
    write_folder(out, [("old.txt", b"old")], force=False)
    with pytest.raises(InputFaults, match="not empty; would do: --force"):
        check_folder(out, force=False)
    write_folder(out, [("new.txt", b"new")], force=True)
    assert {path.name for path in out.iterdir()} == {"new.txt", MARKER}


def test_force_replaces_nothing_that_ketnoi_did_not_make(tmp_path):
    out = tmp_path / "out"
    write_folder(out, [("old.txt", b"old")], force=False)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputFaults, match=r"holds notes\.txt"):
        write_folder(out, [("new.txt", b"new")], force=True)
    case = shutil.copytree(VINH_PHUC, tmp_path / "case")
    with pytest.raises(InputFaults, match=r"holds case\.toml"):
        check_folder(case, force=True)
    assert (case / "case.toml").exists()
    assert (out / "old.txt").read_bytes() == b"old"


@pytest.mark.parametrize("name", [".", "..", "x" * 250, "file/below"])
def test_a_place_that_cannot_be_written_is_refused_before_work(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputFaults):
        check_folder(Path(name), force=True)


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputFaults, match="given a file; would do: a folder"):
        check_folder(tmp_path / "out", force=True)
