"""Charts as files: the same bytes twice, fonts inside, text that can be found."""

import io

import pypdf
import pytest
from pdfs import embedded

from sim.ask.answers import Question, compare
from sim.files import pictures as pictures_module
from sim.files.pictures import picture, pictures
from sim.place.case import shipped
from sim.place.scenario import load_scenario
from sim.show.fans import fan
from sim.show.figures import Shown
from sim.show.look import Look, captioned
from sim.show.tiles import tile_map
from sim.words import Words


@pytest.fixture(scope="module")
def answered(vinh_phuc):
    plan = load_scenario(vinh_phuc, shipped(vinh_phuc)[1])
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    question, say = Question(case=vinh_phuc, targets=targets, seed=3, replicates=30), Words("vi")
    return Shown(question=question, say=say, summaries=compare(question, [plan]))


@pytest.fixture(scope="module")
def chart(answered):
    indicator = answered.targets.targets[0].indicator
    drawn = fan(answered, indicator=indicator).draw(Look(say=answered.say))
    return captioned(drawn, "vinh-phuc-2022 · seed 3")


def test_a_map_is_the_same_bytes_whatever_was_drawn_before(answered):
    def drawn(month):
        target = answered.targets.targets[0]
        figure = tile_map(answered, indicator=target.indicator, month=month)
        return picture(figure.draw(Look(say=answered.say)), "svg")

    first = drawn("2022-12")
    assert b"gradient-" in first
    drawn("2022-11")
    pictures_module._drawn.cache_clear()  # as in a server that has drawn both
    assert drawn("2022-12") == first


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


def test_the_stamp_stands_small_at_the_foot_of_every_kind(chart):
    bare, svg = (
        pictures(chart, ["svg"], foot=foot)["svg"].decode() for foot in ("", "a <b> " * 40)
    )
    sizes = [float(each.split('height="')[1].split('"')[0]) for each in (bare, svg)]
    assert sizes[1] > sizes[0] + 20  # more than a line of it
    assert svg.count(f'height="{sizes[1]:g}"') == 2  # the paper reaches as far
    assert svg.rindex("a &lt;b&gt;") > svg.rindex("Hộ gia đình có cáp quang")
    pdf = pypdf.PdfReader(io.BytesIO(pictures(chart, ["pdf"], foot="seed 7")["pdf"]))
    assert pdf.pages[0].extract_text().strip().endswith("seed 7")


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
