"""The report as a Word document that an office can number, sign and send on.

Its heading block and place of signature are those of a Vietnamese state document (Decree
30/2020/NĐ-CP): Times New Roman, margins, page numbers on top. What ketnoi cannot know (who
issues it, number, day, who signs) is left to be filled in.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.files.pictures import raster
from sim.paper.office.packed import packed
from sim.paper.parts import Drawing, Grid, Heading, Part, Report

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

    Place = Document | _Cell

FONT = "Times New Roman"
BODY, SMALL, TABLE, FINE = 13, 10, 11, 9  # points
MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 20}  # mm
WIDE, HIGHEST = 160.0, 215.0  # mm: of the text, of a chart


def word_bytes(report: Report) -> bytes:
    """Return the report as a Word document, with the same words, numbers and charts."""
    import docx

    content, saved = report.content, io.BytesIO()
    made = docx.Document()
    _set_page(made, content["language"])
    _head(made, content["head"])
    _title(made, content["head"]["kind"], content["title"])
    _paragraph(made, content["subtitle"], size=SMALL + 2, slanted=True, middle=True)
    writer = _Writer(report)
    for section in content["sections"]:
        _heading(made, section["title"], 1)
        for part in section["parts"]:
            writer.put(made, part, WIDE)
    _signature(made, content["head"])
    _paragraph(made, content["stamp"], size=FINE)
    made.save(saved)
    stamp = report.stamped("report.docx")
    about = {"title": content["title"], "language": content["language"], "stamp": stamp}
    return packed(saved.getvalue(), **about)


def _set_page(made: "Document", language: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, size in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(size))
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    page = section.header.paragraphs[0]
    page.alignment = 1
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = page.add_run()
        mark = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark.text = text
        run._r.append(mark)
    for name in ("Normal", "Heading 1", "Heading 2", "Title"):
        style = made.styles[name]
        style.font.name = FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(script), FONT)
        for script in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(script), None)
    made.styles["Normal"].font.size = Pt(BODY)
    tongue = OxmlElement("w:lang")
    tongue.set(qn("w:val"), {"vi": "vi-VN"}.get(language, "en-GB"))
    made.styles["Normal"].element.get_or_add_rPr().append(tongue)


def _head(made: "Document", head: Heading) -> None:
    """Put who issues it and its number to the left, the state and the day to the right."""
    left, right = _two(made)
    _paragraph(left, head["above"], size=12, middle=True, first=True)
    _paragraph(left, head["body"], size=12, bold=True, middle=True)
    _paragraph(left, head["number"], size=BODY, middle=True)
    _paragraph(right, head["state"], size=12, bold=True, middle=True, first=True)
    _paragraph(right, head["motto"], size=BODY, bold=True, middle=True, lined=True)
    _paragraph(right, head["day"], size=BODY, slanted=True, middle=True)


def _signature(made: "Document", head: Heading) -> None:
    left, right = _two(made)
    _paragraph(left, head["sent_to"], size=12, bold=True, slanted=True, first=True)
    _paragraph(left, "- …", size=11)
    _paragraph(right, head["office"], size=BODY, bold=True, middle=True, first=True)
    _paragraph(right, head["signed"], size=BODY, slanted=True, middle=True)


def _two(made: "Document") -> "tuple[_Cell, _Cell]":
    """Return two columns without lines, the right one wider."""
    from docx.shared import Mm

    table = made.add_table(rows=1, cols=2)
    table.autofit = False
    for cell, wide in zip(table.rows[0].cells, (68, 92), strict=True):
        cell.width = Mm(wide)
    return table.cell(0, 0), table.cell(0, 1)


def _title(made: "Document", kind: str, title: str) -> None:
    _paragraph(made, kind, size=14, bold=True, middle=True)
    _paragraph(made, title, size=14, bold=True, middle=True)


def _paragraph(
    place: "Place",
    words: str,
    *,
    size: int = BODY,
    bold: bool = False,
    slanted: bool = False,
    middle: bool = False,
    lined: bool = False,
    first: bool = False,
) -> "Paragraph":
    """Write a paragraph; `first` is that of a cell, which is there already."""
    from docx.shared import Pt

    own = place.paragraphs[0] if first else place.add_paragraph()
    run = own.add_run(words)
    run.font.size = Pt(size)
    for mark, wanted in (("bold", bold), ("italic", slanted), ("underline", lined)):
        if wanted:
            setattr(run, mark, True)
    own.paragraph_format.space_after = Pt(4)
    if middle:
        own.alignment = 1
    return own


def _heading(made: "Place", words: str, level: int) -> None:
    from docx.shared import Pt, RGBColor

    own = made.add_paragraph(style=f"Heading {level}")
    run = own.add_run(words)
    run.font.size, run.bold = Pt(BODY + 2 - level), True
    run.font.color.rgb = RGBColor(0, 0, 0)
    own.paragraph_format.space_before, own.paragraph_format.keep_with_next = Pt(10), True


class _Writer:
    """Writes parts of a report; tables and charts are counted as they come."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def put(self, place: "Place", part: Part, wide: float) -> None:
        """Write a part into a place that is so many mm wide."""
        if part["kind"] == "lead":
            _paragraph(place, part["words"], size=BODY + 1, bold=True)
        elif part["kind"] == "heading":
            _heading(place, part["words"], 2)
        elif part["kind"] == "table":
            self._table(place, part, wide)
        elif part["kind"] == "chart":
            self._chart(place, part, wide)
        elif part["kind"] == "row":
            self._row(place, part["parts"], wide)
        else:
            for words in part["words"]:
                own = _paragraph(place, words)
                own.style = "List Bullet" if part["kind"] == "list" else "Normal"

    def _row(self, place: "Place", parts: Sequence[Part], wide: float) -> None:
        from docx.shared import Mm

        table = place.add_table(rows=1, cols=len(parts))
        table.autofit = False
        for cell, part in zip(table.rows[0].cells, parts, strict=True):
            cell.width = Mm(wide / len(parts))
            self.put(cell, part, wide / len(parts) - 4)

    def _chart(self, place: "Place", part: Drawing, wide: float) -> None:
        from docx.shared import Emu, Mm

        own = _paragraph(place, "", middle=True)
        picture = io.BytesIO(raster(self._report.charts[part["number"]]))
        shape = own.add_run().add_picture(picture, width=Mm(wide * part["width"]))
        if shape.height > Mm(HIGHEST):
            shape.width, shape.height = (
                Emu(shape.width * Mm(HIGHEST) // shape.height),
                Mm(HIGHEST),
            )
        about = shape._inline.docPr
        about.set("descr", part["alt"])
        about.set("id", str(part["number"] + 1))
        about.set("name", f"chart {part['number'] + 1}")

    def _table(self, place: "Place", part: Grid, wide: float) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
        from docx.shared import Mm, Pt

        table = place.add_table(rows=0, cols=len(part["head"]))
        table.style, table.autofit = "Table Grid", False
        widths = part["widths"] or [1.0] * len(part["head"])
        size = FINE if part["small"] else TABLE
        for line in (part["head"], *part["rows"]):
            cells = table.add_row().cells
            for column, (cell, words) in enumerate(zip(cells, line, strict=True)):
                cell.width = Mm(wide * widths[column] / sum(widths))
                own = _paragraph(cell, words, size=size, bold=line is part["head"], first=True)
                own.paragraph_format.space_after = Pt(1)
                own.alignment = ALIGN.RIGHT if column in part["numbers"] else ALIGN.LEFT
        _repeat_head(table)
        _paragraph(place, "", size=FINE)


def _repeat_head(table: "Table") -> None:
    """Let the first row come again on every page, and no row be parted by a page's end."""
    from docx.oxml import OxmlElement

    for number, row in enumerate(table.rows):
        about = row._tr.get_or_add_trPr()
        about.append(OxmlElement("w:cantSplit"))
        if number == 0:
            about.append(OxmlElement("w:tblHeader"))
