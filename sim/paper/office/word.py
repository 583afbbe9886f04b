"""The report as a Word document that an office can number, sign and send on.

Its heading block and place of signature are those of a Vietnamese state document (Decree
30/2020/NĐ-CP): Times New Roman, margins, page numbers on top. What ketnoi cannot know (who
issues it, number, day, who signs) is left to be filled in.
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.files.pictures import raster
from sim.paper.office.packed import LETTER, MM_PER_INCH, POINTS_PER_INCH, packed
from sim.paper.parts import Content, Drawing, Grid, Heading, Part, Report
from sim.show.evidence import linked

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

    Place = Document | _Cell

FONT = "Times New Roman"
BODY, SMALL, TABLE, FINE = 13, 10, 11, 9  # points
MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 20}  # mm
WIDE, WIDEST, HIGHEST = 160.0, 247.0, 215.0  # mm: of the text, upright and across; of a chart
CELL = 4.5  # mm: what a cell has beside its words
UNBROKEN = 14  # letters of the longest word that a column is widened for; an address is longer


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
    body = [each for each in content["sections"] if not each["annex"]]
    for place, section in enumerate(body):
        _heading(made, f"{roman(place + 1)}. {section['title']}", 1, mark=place)
        for part in section["parts"]:
            writer.put(made, part, WIDE)
        if place == 0:
            _contents(made, content)
    _signature(made, content["head"])
    _paragraph(made, content["stamp"], size=FINE)
    _turn(made)
    for place, section in enumerate(content["sections"][len(body) :], start=len(body)):
        _annex(made, section["title"], content["head"]["annex_of"], mark=place)
        for part in section["parts"]:
            writer.put(made, part, WIDEST)
    made.save(saved)
    stamp = report.stamped("report.docx")
    about = {"title": content["title"], "language": content["language"], "stamp": stamp}
    return packed(saved.getvalue(), **about)


def roman(number: int) -> str:
    """Return a number up to 39 as sections are numbered.

    >>> [roman(number) for number in (1, 4, 9, 14)]
    ['I', 'IV', 'IX', 'XIV']
    """
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def _set_page(made: "Document", language: str) -> None:
    from docx.shared import Mm, Pt, RGBColor

    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, size in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(size))
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    page = section.header.paragraphs[0]
    _aligned(page, "CENTER")
    _field(page, "PAGE")
    for name in ("Normal", "Header", "Heading 1", "Heading 2", "Caption"):
        style = made.styles[name]
        style.font.name, style.font.size = FONT, Pt(BODY)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(_qn(script), FONT)
        for script in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(_qn(script), None)
    made.styles["Caption"].font.size = Pt(TABLE)
    own = {"w:val": {"vi": "vi-VN"}.get(language, "en-GB")}
    made.styles["Normal"].element.get_or_add_rPr().append(_element("w:lang", own))


def _qn(name: str) -> str:
    from docx.oxml.ns import qn

    return qn(name)


def _element(name: str, entries: Mapping[str, str], *inside: Any) -> Any:
    """Return an element of a document with its entries and what is inside it."""
    from docx.oxml import OxmlElement

    made = OxmlElement(name)
    for entry, value in entries.items():
        made.set(_qn(entry), value)
    made.extend(inside)
    return made


def _field(place: "Paragraph", words: str) -> None:
    """Write a field, such as the number of a page, that the office's program fills in."""
    for kind in ("begin", "", "separate", "text", "end"):
        run = place.add_run("1" if kind == "text" else "")
        if kind not in ("", "text"):
            run._r.append(_element("w:fldChar", {"w:fldCharType": kind}))
        elif not kind:
            told = _element("w:instrText", {"xml:space": "preserve"})
            told.text = f" {words} "
            run._r.append(told)


def _contents(made: "Document", content: Content) -> None:
    """List sections and annexes with their pages; each leads to its own."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Mm, Pt

    own = _paragraph(made, content["contents"], bold=True)
    own.paragraph_format.space_before, own.paragraph_format.keep_with_next = Pt(10), True
    for place, section in enumerate(content["sections"]):
        number = "" if section["annex"] else f"{roman(place + 1)}. "
        line = made.add_paragraph()
        line.paragraph_format.space_after = Pt(2)
        line.paragraph_format.keep_with_next = section is not content["sections"][-1]
        stops = line.paragraph_format.tab_stops
        stops.add_tab_stop(Mm(WIDE), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        run = line.add_run(f"{number}{section['title']}")
        run.font.size = Pt(SMALL + 2)
        line._p.append(_element("w:hyperlink", {"w:anchor": f"section{place}"}, run._r))
        line.add_run("\t")
        _field(line, f"PAGEREF section{place} \\h")


def _turn(made: "Document") -> None:
    """Lay the pages from here on across: annexes are wide tables."""
    from docx.enum.section import WD_ORIENT

    section = made.add_section()
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    section.different_first_page_header_footer = False


def _annex(made: "Document", title: str, attached: str, *, mark: int) -> None:
    """Begin an annex on a page of its own, with what it belongs to."""
    own = _heading(made, title, 1, mark=mark)
    _aligned(own, "CENTER")
    own.paragraph_format.page_break_before = True
    _paragraph(made, attached, slanted=True, middle=True)


def _head(made: "Document", head: Heading) -> None:
    """Put who issues it and its number to the left, the state and the day to the right."""
    left, right = _two(made)
    _paragraph(left, head["above"], size=12, middle=True, first=True)
    _paragraph(left, head["body"], size=12, bold=True, middle=True)
    _line(left, 22, 62)
    _paragraph(left, head["number"], size=BODY, middle=True)
    _paragraph(right, head["state"], size=12, bold=True, middle=True, first=True)
    _paragraph(right, head["motto"], size=BODY, bold=True, middle=True)
    if head["motto"]:
        _line(right, 58, 88)
    _paragraph(right, head["day"], size=BODY, slanted=True, middle=True)


def _signature(made: "Document", head: Heading) -> None:
    made.paragraphs[-1].paragraph_format.keep_with_next = True  # nobody signs an empty page
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
    for column, cell, wide in zip(table.columns, table.rows[0].cells, (62, 98), strict=True):
        column.width = cell.width = Mm(wide)
    return table.cell(0, 0), table.cell(0, 1)


def _title(made: "Document", kind: str, title: str) -> None:
    _paragraph(made, kind, size=14, bold=True, middle=True)
    _paragraph(made, title, size=14, bold=True, middle=True)
    _line(made, 55, WIDE)


def _line(place: "Place", long: float, wide: float) -> None:
    """Draw a line so many mm long in the middle of what is so many wide."""
    from docx.shared import Mm, Pt

    own = place.add_paragraph()
    edge = {"w:val": "single", "w:sz": "6", "w:space": "1", "w:color": "000000"}
    own._p.get_or_add_pPr().append(_element("w:pBdr", {}, _element("w:top", edge)))
    shape = own.paragraph_format
    shape.left_indent = shape.right_indent = Mm((wide - long) / 2)
    shape.space_before, shape.space_after, shape.line_spacing = Pt(0), Pt(6), Pt(2)


def _paragraph(
    place: "Place",
    words: str,
    *,
    size: int = BODY,
    bold: bool = False,
    slanted: bool = False,
    middle: bool = False,
    first: bool = False,
) -> "Paragraph":
    """Write a paragraph, its addresses as links; `first` is that of a cell, there already."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.shared import Pt

    own = place.paragraphs[0] if first else place.add_paragraph()
    for text, link in linked(words):
        run = own.add_run(text)
        run.font.size = Pt(size)
        for mark, wanted in (("bold", bold), ("italic", slanted), ("underline", bool(link))):
            if wanted:
                setattr(run, mark, True)
        if link:
            to = own.part.relate_to(link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            own._p.append(_element("w:hyperlink", {"r:id": to}, run._r))
    own.paragraph_format.space_after = Pt(4)
    if middle:
        _aligned(own, "CENTER")
    return own


def _aligned(own: "Paragraph", how: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    own.alignment = getattr(WD_ALIGN_PARAGRAPH, how)


def _heading(made: "Place", words: str, level: int, *, mark: int | None = None) -> "Paragraph":
    """Write a heading; one with a mark is where the contents lead."""
    from docx.shared import Pt

    own = made.add_paragraph(style=f"Heading {level}")
    if mark is not None:
        about = {"w:id": str(mark), "w:name": f"section{mark}"}
        own._p.append(_element("w:bookmarkStart", about))
    run = own.add_run(words)
    run.font.size, run.bold = Pt(BODY + 2 - level), True
    if mark is not None:
        own._p.append(_element("w:bookmarkEnd", {"w:id": str(mark)}))
    own.paragraph_format.space_before, own.paragraph_format.keep_with_next = Pt(10), True
    return own


def _caption(place: "Place", words: str, *, above: bool) -> None:
    from docx.shared import Pt

    own = place.add_paragraph(words, style="Caption")
    _aligned(own, "LEFT" if above else "CENTER")
    own.paragraph_format.keep_with_next = above
    own.paragraph_format.space_before = Pt(6 if above else 0)
    own.paragraph_format.space_after = Pt(3 if above else 8)


class _Writer:
    """Writes parts of a report; tables and charts are counted as they come."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def put(self, place: "Place", part: Part, wide: float) -> None:
        """Write a part into a place that is so many mm wide."""
        from docx.shared import Pt

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
                _aligned(own, "JUSTIFY")
                own.paragraph_format.space_after = Pt(6)

    def _row(self, place: "Place", parts: Sequence[Part], wide: float) -> None:
        from docx.shared import Mm

        table = place.add_table(rows=1, cols=2)
        table.autofit = False
        for column, cell in zip(table.columns, table.rows[0].cells, strict=True):
            column.width = cell.width = Mm(wide / 2)
        for cell, part in zip(table.rows[0].cells, parts, strict=False):
            self.put(cell, part, wide / 2 - 4)
        table.rows[0]._tr.get_or_add_trPr().append(_element("w:cantSplit", {}))

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
        own.paragraph_format.keep_with_next = True
        _caption(place, part["caption"], above=False)

    def _table(self, place: "Place", part: Grid, wide: float) -> None:
        from docx.shared import Mm, Pt

        _caption(place, part["caption"], above=True)
        table = place.add_table(rows=0, cols=len(part["head"]))
        table.style, table.autofit = "Table Grid", False
        size = FINE if part["small"] else TABLE
        sizes = [Mm(each) for each in _widths(part, wide, size)]
        for own_column, own_size in zip(table.columns, sizes, strict=True):
            own_column.width = own_size  # some programs read these, others those of cells
        for line in (part["head"], *part["rows"]):
            cells = table.add_row().cells
            for column, (cell, words) in enumerate(zip(cells, line, strict=True)):
                cell.width = sizes[column]
                own = _paragraph(cell, words, size=size, bold=line is part["head"], first=True)
                own.paragraph_format.space_after = Pt(1)
                own.paragraph_format.keep_with_next = part["whole"] and line is not part["rows"][-1]
                _aligned(own, "RIGHT" if column in part["numbers"] else "LEFT")
        _repeat_head(table)
        _paragraph(place, "", size=FINE)


def _widths(part: Grid, wide: float, size: int) -> list[float]:
    """Return the widths of a table's columns, in mm: as asked, but no word of use is broken.

    What a column with a long word lacks is taken from those that have more than they need.
    """
    lines, shares = [part["head"], *part["rows"]], part["widths"] or [1.0] * len(part["head"])
    letter = LETTER * size * MM_PER_INCH / POINTS_PER_INCH
    columns = zip(*lines, strict=True)
    needed = [CELL + letter * min(UNBROKEN, max(map(_longest, cells))) for cells in columns]
    needed = [min(1.0, wide / sum(needed)) * each for each in needed]
    wanted = [
        max(wide * share / sum(shares), need) for share, need in zip(shares, needed, strict=True)
    ]
    slack = [want - need for want, need in zip(wanted, needed, strict=True)]
    over = (sum(wanted) - wide) / (sum(slack) or 1)
    return [want - over * spare for want, spare in zip(wanted, slack, strict=True)]


def _longest(words: str) -> int:
    """Return how many letters the longest word has.

    >>> _longest("31/12/2022 in the mean"), _longest("99.76–100.00%")
    (10, 7)
    """
    return max(map(len, re.split("[ \n–-]", words)))


def _repeat_head(table: "Table") -> None:
    """Let the first row come again on every page, and no row be parted by a page's end."""
    for number, row in enumerate(table.rows):
        about = row._tr.get_or_add_trPr()
        about.append(_element("w:cantSplit", {}))
        if number == 0:
            about.append(_element("w:tblHeader", {}))
