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
from sim.paper.setting import WRITTEN
from sim.words import LANGUAGES, Words

OFFICE = ("docx", "pptx")


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
    left, right = (cell.text.split("\n") for cell in found.tables[0].rows[0].cells)
    assert left == ["(CƠ QUAN CHỦ QUẢN)", "(CƠ QUAN BAN HÀNH)", "Số: ……/BC-……"]
    assert right[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert "ngày ……" in right[2]
    assert "Nơi nhận:" in found.tables[-1].rows[0].cells[0].text
    assert found.styles["Normal"].font.name == "Times New Roman"
    assert found.sections[0].left_margin.mm == pytest.approx(30, abs=0.1)
    assert found.core_properties.language == "vi"


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
