"""Workbooks: the same bytes twice, text stays text, colours that never run out."""

import io
import zipfile

from sim.files.workbook import xlsx_bytes


def test_text_that_starts_a_formula_stays_text_in_a_sheet():
    book = xlsx_bytes({"one": (["name", "value"], [["=cmd()", -1.5]])})
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "=cmd()" in parts.read("xl/sharedStrings.xml").decode()
    assert "<v>-1.5</v>" in sheet


def test_a_workbook_is_the_same_bytes_twice():
    sheets = {"one": (["a"], [[1.0]]), "two": (["b"], [["x"]])}
    assert xlsx_bytes(sheets) == xlsx_bytes(sheets)
