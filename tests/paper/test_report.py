"""The report: the same figures in both languages, text that can be found, nothing executed."""

import html
import io
import re
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pypdf
import pytest
from cases import VINH_PHUC
from pdfs import embedded

from sim.ask.answers import Question, compare
from sim.ask.hindsight import look_back
from sim.ask.trials import try_all
from sim.files.carriers import read_stamp
from sim.paper.answer import _best_lever, _lever, best_plan, waits
from sim.paper.parts import Facts, focus
from sim.paper.report import build_report
from sim.paper.setting import html_bytes, pdf_bytes
from sim.place.case import load_case, shipped
from sim.place.scenario import load_scenario
from sim.place.stamp import stamp
from sim.show import luck
from sim.show.sentences import how_far
from sim.words import LANGUAGES, Words


@pytest.fixture(scope="module")
def facts():
    case = load_case(VINH_PHUC)
    plans = [load_scenario(case, path) for path in shipped(case)[:3]]
    targets = case.target_sets[case.default_targets]
    answers = compare(Question(case=case, targets=targets, seed=3, replicates=40), plans)
    return Facts(
        case=case,
        summaries=answers,
        targets=targets,
        played=cache(partial(look_back, load_case(VINH_PHUC), seed=3, replicates=40)),
        tried=try_all(Question(case=case, targets=targets, seed=3, replicates=40), focus(plans)),
        made=stamp(case, plans, targets, seed=3, replicates=40),
    )


@pytest.fixture(scope="module")
def reports(facts):
    return {language: build_report(facts, Words(language)) for language in LANGUAGES}


def figures(report):
    """Return every number of the report's tables, written one way, in each table by size.

    Areas stand in the order of their names, which differ.
    """
    found = []
    decimal, thousands = (",", ".") if report.content["language"] == "vi" else (".", ",")
    for section in report.content["sections"]:
        for part in section["parts"]:
            if part["kind"] == "table":
                own = []
                for row in part["rows"]:
                    for place in part["numbers"]:
                        text = row[place].replace(thousands, "").replace(decimal, ".")
                        own.append(re.findall(r"\d+(?:\.\d+)?", text))
                found += sorted(own)
    return found


def test_both_languages_hold_the_same_figures(reports):
    assert len(figures(reports["en"])) > 100
    assert figures(reports["vi"]) == figures(reports["en"])


def test_a_pdf_is_tagged_holds_its_words_and_fonts_and_is_the_same_twice(reports):
    made = pdf_bytes(reports["vi"])
    assert made == pdf_bytes(reports["vi"])
    pdf = pypdf.PdfReader(io.BytesIO(made))
    first = " ".join(pdf.pages[0].extract_text().split())
    assert "Vĩnh Phúc 2022: khả năng đạt các chỉ tiêu" in first
    assert "Tóm tắt kết quả" in first
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.trailer["/Root"]["/Lang"] == "vi"
    fonts = set().union(*(embedded(page) for page in pdf.pages))
    assert fonts
    assert all("SourceSansPro" in name for name in fonts)


def test_an_html_report_asks_no_other_host(reports):
    text = html_bytes(reports["en"]).decode()
    assert text.count("<svg") == len(reports["en"].charts)
    assert not re.search(r'<(?!a )[^>]*(?:src|href)="https?:', text)  # links wait for a click
    assert re.search('<a href="https?:', text)
    assert "<script" not in text
    assert "<h3>How far to trust these chances</h3>" in text
    assert html_bytes(reports["en"]) == html_bytes(reports["en"])


NASTY = '=cmd() <script>alert(1)</script> #strong[*bold*] $x^2$ "quoted" \u202etrap ' + "long " * 40


def test_names_that_look_like_code_appear_as_text(facts):
    focus = facts.focus
    plan = replace(focus.scenario, name={"vi": NASTY, "en": NASTY})
    nasty = replace(facts, summaries=[facts.summaries[0], replace(focus, scenario=plan)])
    report = build_report(nasty, Words("en"))
    text = pypdf.PdfReader(io.BytesIO(pdf_bytes(report))).pages[0].extract_text()
    flat = "".join(text.split())
    assert "=cmd()<script>alert(1)</script>#strong[*bold*]$x^2$" in flat
    page = html_bytes(report).decode()
    assert "<script" not in page
    assert html.escape("<script>alert(1)</script>") in page


def test_the_answer_comes_first_and_names_what_helps(reports):
    first = reports["en"].content["sections"][0]
    assert first["title"] == "The answer on one page"
    kinds = [part["kind"] for part in first["parts"]]
    assert kinds == ["lead", "text", "table", "list", "heading", "list"]
    assert "the chance of meeting all 3 targets" in first["parts"][0]["words"]
    for words in first["parts"][3]["words"]:
        assert re.search("has the best chance|comes closest|likely under every plan", words)
    for words in first["parts"][5]["words"]:
        assert re.search(
            r"of \d+ (lay )?within|nothing has been published|no figure of|the trend exceeded",
            words,
        )


def test_money_for_power_is_called_idle_only_where_that_was_tried(facts):
    focus = facts.focus
    waiting = {reason: np.ones_like(row) for reason, row in focus.waiting["village_sites"].items()}
    waiting["power"] = 9 * waiting["power"]
    dark = replace(focus, waiting={**focus.waiting, "village_sites": waiting})
    facts = replace(facts, summaries=[facts.summaries[0], dark])
    (one,) = [
        each
        for each in facts.tried
        if each.scenario.id.startswith("village-power")
        and each.target.indicator == "covered_villages"
    ]
    for tried, said in (
        ([], False),
        ([replace(one, p50=0.0, chance=0.0)], True),
        ([replace(one, p50=0.01, chance=0.1)], False),
    ):
        words = waits(replace(facts, tried=tried), "village_sites", Words("en"))
        assert ("rather than money" in words) is said


def test_villages_of_new_lists_are_not_told_as_part_of_those_at_the_start(facts):
    focus = facts.focus
    waiting = {name: 1.0 * row for name, row in focus.waiting["village_sites"].items()}
    for grows in (False, True):
        for row in waiting.values():
            row[0], row[facts.last] = (10, 14) if grows else (14, 10)
        grown = replace(focus, waiting={**focus.waiting, "village_sites": waiting})
        said = waits(
            replace(facts, summaries=[facts.summaries[0], grown]), "village_sites", Words("en")
        )
        assert ("new lists have added to them" in said) is grows


def section(report, title):
    (found,) = (each for each in report.content["sections"] if each["title"] == title)
    return found


def words_of(found):
    return " ".join(w for part in found["parts"] for w in part.get("words", []) if len(w) > 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chance_stands_with_what_it_may_be_off_by_luck(facts, reports, language):
    say, first = Words(language), reports[language].content["sections"][0]
    judged = facts.focus.judgement
    lead, _, table, *_ = first["parts"]
    told = luck.chance(judged.chance_all, judged.bounds_all, say)
    assert "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}" in told
    assert told in lead["words"]
    chances = [luck.chance(v.chance, v.bounds, say) for v in judged.verdicts]
    assert [row[1] for row in table["rows"]] == [*chances, told]


def test_no_lever_is_the_largest_that_luck_may_have_made(facts):
    target = facts.targets.targets[2]
    own = [each for each in facts.tried if each.target == target]
    one, other, *rest = (replace(each, chance=0.0, chance_error=0.0, p50=0.0) for each in own)

    def said(first, second):
        pair = [
            replace(each, chance=gain, chance_error=error, p50=0.01)
            for each, (gain, error) in ((one, first), (other, second))
        ]
        return _best_lever(replace(facts, tried=[*pair, *rest]), target, Words("en"))

    assert "may be sampling noise" in said((0.05, 0.03), (0.01, 0.01))
    assert "would add most to the plan:" in said((0.3, 0.03), (0.1, 0.03))
    alike = said((0.3, 0.03), (0.25, 0.03))
    assert "cannot tell apart" in alike
    assert "+30\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}6" in alike
    assert "+25\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}6" in alike


def test_a_lever_that_adds_nothing_to_the_chance_is_told_by_its_median_alone(facts):
    target = facts.targets.targets[2]
    own = [each for each in facts.tried if each.target == target]
    still = [replace(each, chance=0.0, chance_error=0.0, p50=0.0) for each in own[1:]]
    best = replace(own[0], chance=0.0, chance_error=0.0, p50=0.01)
    told = _best_lever(replace(facts, tried=[best, *still]), target, Words("en"))
    assert "No single lever adds to the chance" in told
    assert "+1.0 points" in told
    assert "luck" not in told


@pytest.mark.parametrize(
    ("chances", "words"),
    [
        ((0.52, 0.56), "likely under every plan"),
        ((0.42, 0.46), "unlikely under every plan"),
        ((0.44, 0.52), "the plans compared hardly differ"),
    ],
)
def test_plans_that_hardly_differ_are_likely_only_if_each_is(facts, chances, words):
    plans = []
    for plan, chance in zip(facts.summaries, chances, strict=False):
        first, *rest = plan.judgement.verdicts
        own = replace(first, chance=chance, chance_error=0.05, bounds=(chance - 0.1, chance + 0.1))
        judged = replace(plan.judgement, verdicts=(own, *rest))
        plans.append(replace(plan, judgement=judged))
    told = best_plan(replace(facts, summaries=plans), 0, Words("en"))
    assert f": {words}" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_gap_below_its_last_digit_is_not_told_as_nought(facts, language):
    say, verdict = Words(language), facts.focus.judgement.verdicts[0]
    short = how_far(replace(verdict, gap_p50=0.0004), 1, say)
    assert say("less than {number}", number=say.number(0.1, 1)) in short
    assert say.number(0, 1) not in how_far(replace(verdict, gap_p50=-0.00001), 2, say).split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_lever_has_an_owner_and_a_payer(facts, reports, language):
    say = Words(language)
    found = section(reports[language], say("What each lever would do on its own"))
    table = found["parts"][-1]
    switch = facts.case.levers["switch_off_2g"]
    (row,) = (row for row in table["rows"] if row[0].startswith(say(switch.label)))
    assert say(switch.owner) in row[-1]
    assert say(switch.payer) in row[-1]
    assert switch.authority(language) in words_of(found)
    assumed = {row[0] for row in table["rows"] if row[-1].endswith("*")}
    assert assumed  # and says so
    assert "* " in words_of(found)
    free = [each for each in facts.tried if each.scenario.id.startswith("switch-off-2g")]
    told = _lever(facts, free[2], say)
    assert say(switch.payer) in told
    assert " 0 " not in told  # what costs no public money is not told as a price of nought


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_missing_is_told_as_mean_or_median_and_why_they_differ(reports, language):
    found = words_of(section(reports[language], Words(language)("Place by place")))
    mean, median = {"en": ("on average", "the median"), "vi": ("trung bình", "trung vị")}[language]
    assert mean in found
    assert median in found
    assert not re.search(r"0[.,]\d\d (villages|thôn)", found)


def test_a_report_on_one_plan_compares_it_with_none_but_the_baseline(facts, tmp_path, ketnoi):
    alone = replace(facts, summaries=[facts.focus])
    first = build_report(alone, Words("en")).content["sections"]
    assert "compared" not in " ".join(part for part in first[0]["parts"][3]["words"])
    assert first[1]["title"] == "Chance of meeting the targets"
    out = tmp_path / "report.html"
    plan = VINH_PHUC / "villages-first.toml"
    done = ketnoi("report", plan, "--case", VINH_PHUC, "--replicates", "5", "--out", out)
    assert done.returncode == 0, done.stderr
    assert [each["id"] for each in read_stamp(out.read_bytes())["scenarios"]] == [
        "villages-first", "baseline"]  # fmt: skip


def test_a_report_tells_what_it_would_take_and_is_made_again(tmp_path, ketnoi):
    few = ("--case", VINH_PHUC, "--replicates", "20")
    said = ("--target", "covered_villages", "--chance", "0.5", "--free", "village_sites")
    asked, out = tmp_path / "asked", tmp_path / "report.html"
    done = ketnoi("ask", *few, *said, "--out", asked)
    assert done.returncode == 0, done.stderr
    plan = VINH_PHUC / "baseline.toml"
    for file, code in ((plan, 2), (asked / "stamp.json", 0)):
        done = ketnoi("report", *few, "--ask", file, "--out", out, "--lang", "en")
        assert done.returncode == code, done.stderr
    assert "What would it take" in out.read_text(encoding="utf-8")
    assert ketnoi("verify", out, asked).returncode == 0
