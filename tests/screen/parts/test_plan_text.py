"""Scenarios as text: comments stay, a link carries all, and what is wrong is said in words."""

import base64
import zlib
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.faults import InputFaults
from sim.place.case import shipped
from sim.place.scenario import changed, load_scenario
from sim.screen.parts.plan_text import (
    JOINER,
    LONGEST,
    from_link,
    plan_id,
    read_plan,
    read_upload,
    to_link,
    unmarked,
    with_levers,
    with_names,
    write_plan,
)
from sim.words import LANGUAGES, Words


def text_of(case):
    return (case.folder / "draft-plan.toml").read_text(encoding="utf-8")


def test_a_new_text_says_what_the_scenario_says(viet_nam, vinh_phuc):
    for case in (viet_nam, vinh_phuc):
        for path in shipped(case):
            scenario = load_scenario(case, path)
            again = read_plan(case, write_plan(case, scenario), id="x", file="x")
            assert again == replace(scenario, id="x")


def test_levers_are_changed_in_place_and_comments_stay(viet_nam, draft):
    moved = changed(viet_nam, draft, {"fibre_build": 901.5, "switch_off_2g": 12})
    text = with_levers(viet_nam, text_of(viet_nam), moved.levers)
    assert "# budgets, bn VND a year\nfibre_build = 901.5\n" in text
    assert "# policies" in text
    assert text.count("=") == text_of(viet_nam).count("=") + 1
    assert read_plan(viet_nam, text, id="x", file="x").levers == moved.levers


def test_an_unmoved_scenario_keeps_its_text_to_the_letter(viet_nam, draft):
    assert with_levers(viet_nam, text_of(viet_nam), draft.levers) == text_of(viet_nam)


def test_another_name_changes_nothing_else(viet_nam, draft):
    text = with_names(text_of(viet_nam), {"vi": "  Tên   mới ", "en": 'A "new" name'})
    found = read_plan(viet_nam, text, id="draft-plan", file="x")
    assert found.name == {"vi": "Tên mới", "en": 'A "new" name'}
    assert found.levers == draft.levers
    assert found.why == draft.why


def test_a_link_carries_every_letter(viet_nam):
    text = "# ghi chú\n" + text_of(viet_nam)
    assert from_link(to_link({"draft-plan": text})) == {"draft-plan": text}
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode())).decode()
    assert from_link(f"1.{packed}") == {"link": text}  # a link of before
    assert len(to_link({"draft-plan": text})) < 1500  # any browser and mail program takes that


@given(st.text(max_size=300))
def test_any_letters_in_a_link_give_a_text_or_faults(code):
    for tried in (code, f"1.{code}", f"2.{code}"):
        with suppress(InputFaults):
            assert isinstance(from_link(tried), dict)


def test_a_link_that_would_swell_is_refused():
    with pytest.raises(InputFaults, match="cut short or too long"):
        from_link(to_link({"long": " " * (LONGEST + 1)}))


def test_uploads_that_are_no_scenarios_are_refused(viet_nam):
    for content in (b"\xff\xfe", b"x = 1", b"#" * (LONGEST + 1)):
        with pytest.raises(InputFaults):
            read_upload(viet_nam, content, file="x.toml")


def test_a_windows_file_is_read_like_any_other(viet_nam, draft):
    content = b"\xef\xbb\xbf" + text_of(viet_nam).replace("\n", "\r\n").encode()
    scenario, text = read_upload(viet_nam, content, file="draft-plan.toml")
    assert scenario == draft
    assert text == text_of(viet_nam)


@pytest.mark.parametrize("language", LANGUAGES)
def test_faults_are_said_in_the_language_of_the_page(viet_nam, language):
    text = "[levers]\npermit_days = 3\nfibre_build_start = 1.5\nfibre_buld = 1\n"
    with pytest.raises(InputFaults) as caught:
        read_plan(viet_nam, text, id="x", file="x.toml")
    lines = "\n".join(map(Words(language).fault, caught.value.faults))
    expected = {
        "en": ("5 to 60 days", "a whole number, 1 to 36", "did you mean fibre_build?", "nothing"),
        "vi": ("5 đến 60 ngày", "số nguyên, từ 1 đến 36", "có phải là fibre_build?", "chưa có gì"),
    }
    assert len(caught.value.faults) == 5
    assert all(words in lines for words in expected[language])


def test_names_become_ids_that_are_free_and_safe():
    assert plan_id("../../etc/passwd", []) == "etc-passwd"
    assert plan_id("日本", []) == "plan"
    assert plan_id("Baseline", ["baseline", "baseline-2"]) == "baseline-3"


@given(st.text(max_size=60))
def test_a_name_of_any_letters_has_no_markup_left(name):
    bare = unmarked(name)
    assert "![" not in bare
    assert "](" not in bare
    plain = bare.replace("\\", "").replace(JOINER, "")
    assert plain == " ".join(name.split()).replace("\\", "").replace(JOINER, "")
