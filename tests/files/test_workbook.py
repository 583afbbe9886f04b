"""Workbooks: the same bytes twice, text stays text, colours that never run out."""

import io
import re
import zipfile

from sim.files.workbook import Charts, Plot, Series, Sheet, workbook_bytes, xlsx_bytes


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


def test_a_ninth_series_begins_the_colours_again():
    """As many series as there are colours and one more: the last is painted as the first."""
    paints = [f"#00000{place}" for place in range(8)]
    rows = [["a name", *range(9)]]
    series = [
        Series(sheet=0, name=(0, 0), x=(1, 0, 1, 0), y=(1, place, 1, place), hue=place - 1)
        for place in range(1, 10)
    ]
    plot = Plot(title="t", kind="stacked", series=tuple(series), axis="y", number="0")
    sheet = Sheet(title="one", table=(["name", *"abcdefghi"], rows))
    book = workbook_bytes([sheet], Charts(title="charts", plots=[plot], paints=paints))
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        drawn = parts.read("xl/charts/chart1.xml").decode()
    painted = re.findall(r'<c:ser>.*?<a:srgbClr val="(\d+)"/>', drawn)
    assert painted == [*(paint[1:] for paint in paints), "000000"]
