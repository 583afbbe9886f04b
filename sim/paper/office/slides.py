"""Three slides of the report: the answer, what would change it, how it goes on and how sure.

They hold what the report's own parts hold, none of it computed or worded anew.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.files.pictures import raster
from sim.paper.office.packed import fitting, packed
from sim.paper.parts import Drawing, Grid, Report, flat

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

FONT, ACCENT = "Arial", "0A6AA8"
WIDE, HIGH, EDGE = 13.333, 7.5, 0.5  # inches
TOP, FOOT = 1.35, 7.05
OVER = 0.4  # inches of a chart's caption
SEEN = 13  # points of the smallest letters a room reads
Box = tuple[float, float, float, float]  # left, top, width, height, in inches


def slides_bytes(report: Report) -> bytes:
    """Return three slides with the report's words, numbers and charts."""
    import pptx
    from pptx.util import Inches

    content, saved = report.content, io.BytesIO()
    made = pptx.Presentation()
    made.slide_width, made.slide_height = Inches(WIDE), Inches(HIGH)
    _answer(made, report)
    _plans(made, report)
    _outlook(made, report)
    made.save(saved)
    stamp = report.stamped("report.pptx")
    about = {"title": content["title"], "language": content["language"], "stamp": stamp}
    return packed(saved.getvalue(), **about)


def _lists(report: Report) -> list[list[str]]:
    first = report.content["sections"][0]["parts"]
    return [part["words"] for part in first if part["kind"] == "list"]


def _charts(report: Report, section: int) -> list[Drawing]:
    parts = report.content["sections"][section]["parts"]
    return [part for part in flat(parts) if part["kind"] == "chart"]


def _answer(made: "Presentation", report: Report) -> None:
    """Put the headline, the targets' table and what the plan is."""
    parts = report.content["sections"][0]["parts"]
    lead = next(part["words"] for part in parts if part["kind"] == "lead")
    table = next(part for part in parts if part["kind"] == "table")
    words = next(part["words"] for part in parts if part["kind"] == "text")
    slide = _slide(made, report, lead)
    _bullets(slide, words, (EDGE, TOP, WIDE - 2 * EDGE, 1.6), most=16, marked=False)
    _grid(slide, table, (EDGE, 3.1, WIDE - 2 * EDGE, 3.6))


def _plans(made: "Presentation", report: Report) -> None:
    """Put the chart of the plans compared beside what would help."""
    section = report.content["sections"][1]
    slide = _slide(made, report, section["title"])
    _picture(slide, report, _charts(report, 1)[0], (EDGE, TOP, 6.2, FOOT - TOP))
    box = (6.9, TOP, WIDE - 6.9 - EDGE, FOOT - TOP)
    _bullets(slide, _readable(_lists(report)[0], box), box, most=16)


def _outlook(made: "Presentation", report: Report) -> None:
    """Put the targets' way to their days above how far to trust the chances."""
    places = range(2, len(report.content["sections"]))
    fans = next((place for place in places if len(_charts(report, place)) > 1), None)
    section = report.content["sections"][1 if fans is None else fans]
    slide = _slide(made, report, section["title"])
    charts = [] if fans is None else _charts(report, fans)[:3]
    wide = (WIDE - 2 * EDGE) / max(len(charts), 1)
    told = [words for each in _lists(report)[1:] for words in each]
    under = 5.35 if told else FOOT
    for place, chart in enumerate(charts):
        _picture(slide, report, chart, (EDGE + place * wide, TOP, wide - 0.1, under - TOP))
    box = (EDGE, under, WIDE - 2 * EDGE, FOOT - under)
    if told:
        _bullets(slide, _readable(told, box), box, most=15)


def _readable(told: Sequence[str], box: Box) -> list[str]:
    """Return points that a room can read, less the last sentences of the longest.

    The report has the rest.
    """
    short = list(told)
    while _size(short, box, SEEN) < SEEN:
        cut = max((each for each in short if ". " in each), key=len, default="")
        if cut:
            short[short.index(cut)] = cut.rpartition(". ")[0] + "."
        elif short[1:]:
            short.pop()
        else:
            break
    return short


def _size(lines: Sequence[str], box: Box, most: int) -> int:
    """Return the letter size at which points, and half a line after each, fit a box."""
    return fitting([*lines, *[" "] * (len(lines) // 2)], wide=box[2], high=box[3], most=most)


def _slide(made: "Presentation", report: Report, title: str) -> "Slide":
    """Return a slide with its title, and the stamp at its foot."""
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    slide: Slide = made.slides.add_slide(made.slide_layouts[5])  # with a title, else empty
    head = slide.shapes.title
    assert head is not None  # the layout has one
    head.left, head.top = Inches(EDGE), Inches(0.35)
    head.width, head.height = Inches(WIDE - 2 * EDGE), Inches(0.9)
    head.text_frame.word_wrap = True
    head.text_frame.text = title
    own = head.text_frame.paragraphs[0]
    own.alignment, own.font.bold, own.font.name = PP_ALIGN.LEFT, True, FONT
    own.font.size = Pt(fitting([title], wide=WIDE - 2 * EDGE, high=0.9, most=28, least=14))
    own.font.color.rgb = RGBColor.from_string(ACCENT)  # type: ignore[no-untyped-call]
    foot = f"{report.content['title']} · {report.content['stamp']}"
    _bullets(slide, [foot], (EDGE, FOOT, WIDE - 2 * EDGE, 0.35), most=10, marked=False)
    return slide


def _bullets(
    slide: "Slide", words: Sequence[str], box: Box, *, most: int, marked: bool = True
) -> None:
    from pptx.util import Inches, Pt

    left, top, wide, high = map(Inches, box)
    frame = slide.shapes.add_textbox(left, top, wide, high).text_frame
    frame.word_wrap = True
    lines = [f"• {each}" if marked else each for each in words]
    size = _size(lines, box, most)
    for place, line in enumerate(lines):
        own = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        own.text, own.font.size, own.font.name = line, Pt(size), FONT
        own.space_after = Pt(size // 2)


def _picture(slide: "Slide", report: Report, part: Drawing, box: Box) -> None:
    """Put a chart into a box, as large as fits, with its words for those who do not see it."""
    from pptx.util import Emu, Inches

    _bullets(slide, [part["caption"]], (*box[:3], OVER), most=SEEN, marked=False)
    left, top, wide, high = map(Inches, (box[0], box[1] + OVER, box[2], box[3] - OVER))
    shape = slide.shapes.add_picture(
        io.BytesIO(raster(report.charts[part["number"]])), left, top, width=wide
    )
    if shape.height > high:
        shape.width, shape.height = Emu(shape.width * high // shape.height), high
    shape._element._nvXxPr.cNvPr.set("descr", part["alt"])


def _grid(slide: "Slide", part: Grid, box: Box) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Emu, Inches, Pt

    left, top, wide, high = map(Inches, box)
    lines = [part["head"], *part["rows"]]
    table = slide.shapes.add_table(
        len(lines), len(part["head"]), left, top, wide, Emu(high // (len(lines) + 1))
    ).table
    widths = part["widths"] or [1.0] * len(part["head"])
    for column, share in enumerate(widths):
        table.columns[column].width = int(wide * share / sum(widths))
    for row, line in enumerate(lines):
        for column, words in enumerate(line):
            cell = table.cell(row, column)
            cell.text = words
            for own in cell.text_frame.paragraphs:
                own.font.size, own.font.name, own.font.bold = Pt(13), FONT, row == 0
                own.alignment = PP_ALIGN.RIGHT if column in part["numbers"] else PP_ALIGN.LEFT
