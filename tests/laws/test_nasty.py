"""Nasty names: whatever a place, a plan or a source is called, it is text in every file."""

import html
import io
import re
import unicodedata
import zipfile
from dataclasses import replace
from unicodedata import normalize
from xml.etree import ElementTree

import pypdf
import pytest
from cases import VINH_PHUC

from sim.ask.answers import Question, compare
from sim.paper.folders import result_files
from sim.paper.parts import Facts
from sim.paper.report import build_report
from sim.paper.setting import html_bytes, pdf_bytes
from sim.paper.verify import Verifier, named
from sim.place.case import load_case
from sim.place.scenario import load_scenario
from sim.place.stamp import stamp
from sim.show.figures import Shown
from sim.words import Words

NAMES = {
    "formula": "=cmd()",
    "script": "<script>alert('x')</script>",
    "typst": "#strong[x] $x^2$ @ref `raw` *b* \\",
    "long": "dài " * 2500,
    "unbroken": "x" * 10_000,
    "marks": "\u200fabc\u200e def",
    "nfd": unicodedata.normalize("NFD", "Đường mới ở Vĩnh Tường"),
}


def nasty(name):
    """Return a case, a plan and targets in which a name stands in every place."""
    case = load_case(VINH_PHUC)
    areas = [area.model_copy(update={"name_vi": name, "name_en": name}) for area in case.areas[:1]]
    rows = [row.model_copy(update={"source": name}) for row in case.observations[:1]]
    held = {
        id: row.model_copy(update={"source": name}) if i == 0 else row
        for i, (id, row) in enumerate(case.assumptions.items())
    }
    case = replace(
        case,
        areas=(*areas, *case.areas[1:]),
        observations=(*rows, *case.observations[1:]),
        assumptions=held,
    )
    plan = load_scenario(case, VINH_PHUC / "draft-plan.toml")
    plan = replace(plan, name={"vi": name, "en": name}, why={"vi": name, "en": name})
    return case, plan, case.target_sets[case.default_targets]


def flat(text):
    """Return letters without the marks and breaks that setting text may add or drop."""
    return re.sub(r"[\s\u200e\u200f\u00ad]+", "", unicodedata.normalize("NFC", text))


def sheets(content):
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not [p for p in parts.namelist() if p.startswith("xl/externalLinks")]
        for part in parts.namelist():
            if part.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in parts.read(part)
                assert b"hyperlink" not in parts.read(part)
        return "".join(ElementTree.fromstring(parts.read("xl/sharedStrings.xml")).itertext())


@pytest.fixture(scope="module")
def ran():
    case = load_case(VINH_PHUC)
    plan = load_scenario(case, VINH_PHUC / "draft-plan.toml")
    targets = case.target_sets[case.default_targets]
    return compare(Question(case=case, targets=targets, seed=3, replicates=20), [plan])[0]


def shown(case, summary, targets):
    question = Question(case=case, targets=targets, seed=3, replicates=20)
    return Shown(question=question, say=Words("vi"), summaries=[summary])


@pytest.mark.parametrize("kind", NAMES)
def test_a_nasty_name_is_text_in_every_file(kind, ran, tmp_path):
    name = NAMES[kind]
    case, plan, targets = nasty(name)
    summary = replace(ran, scenario=plan)
    made = stamp(case, [plan], targets, seed=3, replicates=20)
    files = dict(result_files(shown(case, summary, targets)))
    wanted = flat(name)
    assert wanted in flat(files["areas.csv"].decode("utf-8-sig").replace("'=", "="))
    assert wanted in flat(sheets(files["results.xlsx"]))
    svg = files["charts/draft-plan/fan-fibre_households.svg"].decode()
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    drawn = flat("".join(ElementTree.fromstring(svg).itertext()))
    assert wanted[:80] in drawn  # a longer one is cut, and ends in dots
    assert len(files["charts/verdicts.png"]) < 2_000_000
    facts = Facts(case=case, summaries=[summary], targets=targets, played=None, tried=(),
                  made=made)  # fmt: skip
    report = build_report(facts, Words("vi"))
    page = html_bytes(report).decode()
    assert "<script" not in page
    assert wanted in flat(html.unescape(page))
    pdf = pypdf.PdfReader(io.BytesIO(pdf_bytes(report)))
    extracted = flat("".join(each.extract_text() for each in pdf.pages))
    assert wanted in extracted or kind in ("long", "unbroken")
    assert wanted[:60] in extracted  # over several pages, a footer stands between


def test_a_plan_with_a_nasty_name_is_verified_all_the_same(ran, tmp_path, vinh_phuc):
    plan = load_scenario(vinh_phuc, VINH_PHUC / "draft-plan.toml")
    words = normalize("NFC", " ".join(name[:200] for name in NAMES.values()))
    plan = replace(plan, name={"vi": words, "en": words})
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    for name, content in result_files(shown(vinh_phuc, replace(ran, scenario=plan), targets)):
        if "/" not in name or "money" in name:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    checks = [Verifier(Words("vi")).check(path) for path in named([tmp_path])]
    assert {check.status for check in checks} == {"same"}
