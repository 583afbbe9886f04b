"""Word and slides: the report's words, numbers and charts; the same bytes whenever made."""

import io
import re
import zipfile

import docx
import pptx
import pytest
from test_report import facts, reports  # noqa: F401  (fixtures)

from sim.files.carriers import read_stamp
from sim.files.contrast import contrasts
from sim.files.likeness import same_content
from sim.paper.office import packed
from sim.paper.office.word import _longest, _widths
from sim.paper.parts import flat
from sim.paper.setting import WRITTEN
from sim.show.evidence import linked
from sim.words import LANGUAGES, Words

OFFICE = ("docx", "pptx")
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture(scope="module")
def made(reports):  # noqa: F811
    return {(name, form): WRITTEN[form](reports[name]) for name in LANGUAGES for form in OFFICE}


def words_of(parts):
    for part in parts:
        if part["kind"] == "row":
            yield from words_of(part["parts"])
        elif part["kind"] == "table":
            yield part["caption"]
            yield from (cell for row in (part["head"], *part["rows"]) for cell in row if cell)
        elif part["kind"] in ("text", "list"):
            yield from part["words"]
        else:
            yield part["caption" if part["kind"] == "chart" else "words"]


def document(content):
    return docx.Document(io.BytesIO(content))


def slides(content):
    return pptx.Presentation(io.BytesIO(content)).slides


def texts(slide):
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield from (each.text for each in shape.text_frame.paragraphs)
        if shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_document_holds_every_word_number_and_chart_of_the_report(reports, made, name):  # noqa: F811
    found, report = document(made[name, "docx"]), reports[name]
    told = [each.text for each in found.element.body.iter() if each.tag.endswith("}t")]
    whole = "".join(filter(None, told))
    for section in report.content["sections"]:
        for words in (section["title"], *words_of(section["parts"])):
            assert words.replace("\n", "") in whole
    pictures = [each for each in found.element.body.iter() if each.tag.endswith("}blip")]
    assert len(pictures) == len(report.charts)
    said = [each.get("descr") for each in found.element.body.iter() if each.tag.endswith("docPr")]
    assert all(said)


def test_a_vietnamese_document_has_the_head_and_the_foot_of_a_state_paper(made):
    found = document(made["vi", "docx"])
    left, right = (
        [line for line in cell.text.split("\n") if line]  # drawn lines are empty ones
        for cell in found.tables[0].rows[0].cells
    )
    assert left == ["(CƠ QUAN CHỦ QUẢN)", "(CƠ QUAN BAN HÀNH)", "Số: ……/BC-……"]
    assert right[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert "ngày ……" in right[2]
    signing = [t for t in found.tables if "Nơi nhận:" in t.rows[0].cells[0].text]
    (annex,) = (
        p for p in found.paragraphs if p.text.startswith("Phụ lục 1.") and p.style.name != "Normal"
    )
    assert len(signing) == 1
    order = list(found.element.body)
    assert order.index(signing[0]._tbl) < order.index(annex._p)
    assert found.styles["Normal"].font.name == "Times New Roman"
    assert found.sections[0].left_margin.mm == pytest.approx(30, abs=0.1)
    assert found.core_properties.language == "vi"


@pytest.mark.parametrize("name", LANGUAGES)
def test_contents_lead_to_every_section_and_sources_are_links(reports, made, name):  # noqa: F811
    found = document(made[name, "docx"])
    marks = {
        each.get(f"{{{WORDS}}}name") for each in found.element.iter(f"{{{WORDS}}}bookmarkStart")
    }
    links = [each.get(f"{{{WORDS}}}anchor") for each in found.element.iter(f"{{{WORDS}}}hyperlink")]
    inside = [link for link in links if link]
    assert marks == set(inside)
    assert len(inside) == len(reports[name].content["sections"])
    said = (w for each in reports[name].content["sections"] for w in words_of(each["parts"]))
    told = {link for words in said for _, link in linked(words) if link}
    out = {each.target_ref for each in found.part.rels.values() if each.is_external}
    assert out
    assert out <= told


def test_no_word_of_a_table_is_wider_than_its_column(reports):  # noqa: F811
    for report in reports.values():
        for section in report.content["sections"]:
            for part in flat(section["parts"]):
                if part["kind"] == "table":
                    sizes = _widths(part, 160.0, 9)
                    assert sum(sizes) == pytest.approx(160)
                    for column, size in enumerate(sizes):
                        cells = [line[column] for line in (part["head"], *part["rows"])]
                        assert size >= 1.58 * min(14, max(map(_longest, cells))) or len(sizes) > 8


def test_the_number_of_a_page_is_no_word_and_a_word_in_its_place_is(made):
    content = made["en", "docx"]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        text = parts.read("word/document.xml")

    def edited(what, by):
        saved = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(saved, "w") as new:
            for each in old.namelist():
                own = text.replace(what, by, 1) if each == "word/document.xml" else old.read(each)
                new.writestr(each, own)
        return saved.getvalue()

    page = b"<w:t>1</w:t>"
    assert text.count(page)
    assert same_content("report.docx", edited(page, b"<w:t>17</w:t>"), content)
    assert not same_content("report.docx", edited(page, b"<w:t>17 %</w:t>"), content)


@pytest.mark.parametrize("name", LANGUAGES)
def test_tables_and_figures_are_numbered_in_one_order(reports, name):  # noqa: F811
    word = {"en": ("Table", "Figure"), "vi": ("Bảng", "Hình")}[name]
    sections = reports[name].content["sections"]
    parts = [part for each in sections for part in flat(each["parts"])]
    for kind, called in zip(("table", "chart"), word, strict=True):
        told = [part["caption"] for part in parts if part["kind"] == kind]
        assert all(each.startswith(f"{called} {n}. ") for n, each in enumerate(told, start=1))
        assert told
    annexes = [each["annex"] for each in sections]
    assert annexes == sorted(annexes)
    assert sum(annexes) == 3


@pytest.mark.parametrize("name", LANGUAGES)
def test_three_slides_say_no_word_that_the_report_does_not(reports, made, name):  # noqa: F811
    found, content = list(slides(made[name, "pptx"])), reports[name].content
    known = {content["title"], content["stamp"], f"{content['title']} · {content['stamp']}"}
    for section in content["sections"]:
        known |= {section["title"], *words_of(section["parts"])}
    assert len(found) == 3
    for slide in found:
        for text in filter(None, texts(slide)):  # a point may lack its last sentences
            words = text.removeprefix("• ")
            whole = [each for each in known if each.startswith(words)]
            assert whole, words
            assert words in known or words.endswith(".")
    lead = next(iter(words_of(content["sections"][0]["parts"])))
    assert found[0].shapes.title.text_frame.text == lead
    assert sum(shape.shape_type == 13 for slide in found for shape in slide.shapes) >= 3


def test_nothing_of_a_slide_lies_beyond_its_edge(made):
    show = pptx.Presentation(io.BytesIO(made["vi", "pptx"]))
    for slide in show.slides:
        for shape in slide.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= show.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= show.slide_height


@pytest.mark.parametrize("form", OFFICE)
def test_office_files_are_the_same_twice_and_know_no_clock(reports, made, form):  # noqa: F811
    content = made["vi", form]
    assert WRITTEN[form](reports["vi"]) == content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {part.date_time for part in parts.infolist()} == {packed.DAY_ONE}
        assert not re.search(rb"dcterms|20\d\d-\d\d-\d\dT", parts.read("docProps/core.xml"))
    stamped = read_stamp(content)
    assert (stamped["file"], stamped["language"]) == (f"report.{form}", "vi")


@pytest.mark.parametrize("form", OFFICE)
def test_an_office_file_saved_again_holds_the_same_and_an_edit_is_named(made, form):
    content, saved = made["en", form], io.BytesIO()
    (docx.Document if form == "docx" else pptx.Presentation)(io.BytesIO(content)).save(saved)
    assert saved.getvalue() != content
    assert same_content(f"report.{form}", saved.getvalue(), content)
    part = "word/document.xml" if form == "docx" else "ppt/slides/slide1.xml"
    edited = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(edited, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(b"%", b" per cent", 1) if name == part else text)
    assert not same_content(f"report.{form}", edited.getvalue(), content)
    (found,) = contrasts(f"report.{form}", edited.getvalue(), content, Words("en"))
    assert "per cent" in found.given
    assert "per cent" not in found.remade


@pytest.mark.parametrize("form", OFFICE)
def test_a_file_that_is_no_office_file_is_told_as_damaged(made, form):
    content = made["en", form]
    for harm in (b"", b"PK\x03\x04" + b"\0" * 99, content[: len(content) // 2]):
        assert not same_content(f"report.{form}", harm, content)
        (found,) = contrasts(f"report.{form}", harm, content, Words("en"))
        assert "damaged" in found.place
