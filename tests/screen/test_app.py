"""The pages: every page in both languages, every lever, each preset, each fault path."""

import json
import shutil
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import commands
import pytest
from cases import VINH_PHUC
from streamlit.testing.v1 import AppTest

from sim.ask.answers import Question
from sim.begin.country import Country, folder_files, panel_of
from sim.faults import Fault, InputFaults, told
from sim.paper import setting
from sim.place.case import shipped
from sim.place.levers import POLICY_NAMES, lever_value
from sim.place.scenario import lever_rows, load_scenario
from sim.screen.parts import choices, view, visit, waits
from sim.screen.parts.kept import packed
from sim.screen.parts.plan_text import to_link
from sim.shipped import CASES
from sim.words import LANGUAGES, Words

ROOT = Path(__file__).parents[2]
NAMES = (
    "plan", "ask", "compare", "own/track", "evidence", "rank", "tasks", "files", "place", "verify",
    "help",
)  # fmt: skip
PAGES = {name: str(ROOT / "sim" / "screen" / f"{name}.py") for name in NAMES}
SECTIONS = {
    "help": ("help", ("tutorial", "glossary", "method")),
    "plan": ("section", ("forecast", "where", "built", "money", "helps")),
    "evidence": (
        "evidence",
        ("own", "assumptions", "effects", "observations", "starts", "past", "targets"),
    ),
}
BROKEN = {
    "not TOML": ("[name", "malformed TOML"),
    "a lever that is not there": (
        'name = {vi = "a", en = "a"}\nwhy = {vi = "a", en = "a"}\n[levers]\nfibre_buld = 3',
        "did you mean fibre_build?",
    ),
    "a value out of bounds": (
        'name = {vi = "a", en = "a"}\nwhy = {vi = "a", en = "a"}\n[levers]\npermit_days = 3',
        "5 to 60 days",
    ),
    "nothing": ("", "this entry, which is required"),
}


@pytest.fixture(autouse=True)
def desks(tmp_path, monkeypatch):
    monkeypatch.setenv("KETNOI_DESKS", str(tmp_path / "desks"))
    return tmp_path / "desks"


@pytest.fixture
def app():
    """Return what opens the app by a link."""
    start = ROOT / "app.py"

    def opened(**link):
        page = AppTest.from_file(start, default_timeout=300)
        for name, value in {"lang": "en", "case": "vinh-phuc-2022", **link}.items():
            page.query_params[name] = value
        for policy in POLICY_NAMES:
            page.session_state[f"group {policy}"] = True
        return sound(page.run())

    return opened


def sound(page):
    assert not page.exception, page.exception
    return page


SHARED = {"en": "Village sites shared", "vi": "Trạm thôn, bản dùng chung"}


def lever(page, words):
    return next(each for each in page.sidebar.select_slider if each.label.startswith(words))


def field(page, words):
    return next(each for each in page.sidebar.text_input if each.label.startswith(words))


def boxed(page, words):
    """Return the box whose key begins with a word; its options are part of the key."""
    return next(each for each in page.selectbox if each.key.startswith(f"{words} "))


def asked(page, name):
    found = page.query_params[name]
    return found[0] if isinstance(found, list) else found


def chances(page):
    return [metric.value for metric in page.main.metric]


def texts(page):
    kinds = ("title", "markdown", "caption", "subheader")
    return " ".join(each.value for kind in kinds for each in getattr(page, kind))


def charts(page):
    return [json.loads(each.proto.spec) for each in page.get("vega_lite_chart")]


def headings(page):
    texts = [chart["title"]["text"] for chart in charts(page)]
    return [text if isinstance(text, str) else " ".join(text) for text in texts]


def link_of(page):
    page.session_state["link box"] = True
    (code,) = [each.value for each in sound(page.run()).code if "from=" in each.value]
    return {name: values[0] for name, values in parse_qs(urlsplit(code).query).items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_page_and_section_opens_in_both_languages(app, name, language):
    page = app(lang=language)
    page.switch_page(PAGES[name])
    sound(page.run())
    key, sections = SECTIONS.get(name, ("", ()))
    for section in sections:
        page.segmented_control(key=key).set_value(section)
        sound(page.run())
        assert page.get("vega_lite_chart") or page.dataframe or page.caption or page.main.markdown
    assert not page.error
    assert len(page.title) == 1
    assert asked(page, "lang") == language


def test_how_often_the_baseline_was_held_back_stands_below_the_forecasts(app):
    page = app(scenario="baseline", targets="national-2030")
    (line,) = [each.value for each in page.caption if "stops at that ceiling" in each.value]
    assert "Households with fibre: in " in line


def test_the_answer_stands_first(app):
    page = app(scenario="baseline")
    assert page.title[0].value == "Vinh Phuc 2022 · Baseline"
    answers = [each.value for each in page.main.markdown]
    assert "the chance of meeting all 3 targets by 31 Dec 2022 is" in answers[0]
    assert len(chances(page)) == 4


def test_a_slider_moves_a_verdict_and_undo_moves_it_back(app):
    page = app()
    before = chances(page)
    assert page.button(key="undo").disabled
    lever(page, "2G switch-off").set_value(3)
    sound(page.run())
    assert chances(page) != before
    assert "adjusted" in page.title[0].value
    assert any("2G switch-off" in each.value for each in page.sidebar.caption)
    page.button(key="undo").click()
    sound(page.run())
    assert chances(page) == before


def test_the_other_language_has_other_words_and_the_same_numbers(app):
    page = app(lang="vi")
    assert page.title[0].value.startswith("Vĩnh Phúc 2022 · ")
    assert headings(page)[0] == "Hộ gia đình có cáp quang"
    there = chances(page)
    page.sidebar.radio(key="lang").set_value("en")
    sound(page.run())
    assert headings(page)[0] == "Households with fibre"
    assert chances(page) == there
    assert asked(page, "lang") == "en"


def test_every_lever_can_be_moved_to_both_ends(app, vinh_phuc):
    page = app(show="money")
    names = [str(row["label"]) for row in lever_rows(vinh_phuc) if row["step"] is not None]
    assert len(page.sidebar.select_slider) == len(names)
    for end in (-1, 0):
        for label in names:
            slider = lever(page, f"{label} · ")
            row = next(each for each in vinh_phuc.levers.values() if each.label == label)
            slider.set_value(row.steps(row.low)[end])
            sound(page.run())
            assert not page.error, (label, end)


@pytest.mark.parametrize(
    ("language", "typed", "told"), [("en", "31.5", "20"), ("vi", "31,5", "20")]
)
def test_a_number_is_typed_beside_a_slider_and_they_follow_each_other(app, language, typed, told):
    page, label = app(lang=language), SHARED[language]
    field(page, label).set_value(typed)
    sound(page.run())
    assert lever(page, label).value == pytest.approx(0.315)
    assert typed + "%" in lever(page, label).options
    lever(page, label).set_value(0.2)
    sound(page.run())
    assert field(page, label).value == told


@pytest.mark.parametrize("typed", ["many", "", "nan", "101", "-1", "3,1"])
def test_a_number_that_will_not_do_is_told_and_nothing_moves(app, typed):
    page = app()
    before = field(page, SHARED["en"]).value
    field(page, SHARED["en"]).set_value(typed)
    sound(page.run())
    assert "would do" in page.error[0].value
    assert field(page, SHARED["en"]).value == before
    assert "(adjusted)" not in page.title[0].value


def test_thousands_are_parted_as_the_language_does(app):
    page = app(lang="vi", case="vietnam-2022", scenario="draft-plan")
    field(page, "Tổng").set_value("2.000")
    sound(page.run())
    assert "**2.000 tỷ đồng**" in page.sidebar.markdown[1].value
    assert field(page, "Tổng").value == "2.000"


def test_a_kept_total_is_shared_by_the_other_budgets(app):
    page = app(scenario="draft-plan")
    page.sidebar.checkbox(key="kept total").check()
    lever(page, "Communication · ").set_value(0.0)
    sound(page.run())
    assert "**36.40 bn VND**" in page.sidebar.markdown[1].value
    field(page, "Total").set_value("18.2")
    sound(page.run())
    assert "**18.20 bn VND**" in page.sidebar.markdown[1].value
    field(page, "Total").set_value("18000")
    sound(page.run())
    assert "0 to " in page.error[0].value


def test_a_province_sees_the_levers_that_it_decides(app, vinh_phuc):
    page = app(by="province", show="helps")
    names = {each.label.partition(" · ")[0] for each in page.sidebar.select_slider}
    own = {row.label for row in vinh_phuc.levers.values() if "province" in row.deciders}
    assert names
    assert names <= own
    assert "2G switch-off" not in names
    deciders = page.dataframe[0].value["Decided by"]
    assert deciders.str.contains("Province").all()


def test_months_are_dates_and_what_was_moved_is_told_before_and_after(app):
    page = app(scenario="draft-plan")
    lever(page, "2G switch-off").set_value(9)
    sound(page.run())
    moved = next(each.value for each in page.sidebar.caption if "Moved" in each.value)
    assert "2G switch-off never → Sep 2022" in moved
    assert "Decided by: ministry" in lever(page, "2G switch-off").help


def test_a_plan_of_ones_own_has_a_reason_of_its_own(app):
    page = app(scenario="draft-plan")
    lever(page, "2G switch-off").set_value(9)
    sound(page.run())
    page.text_input(key="new name").set_value("B")
    page.button(key="save as").click()
    sound(page.run())
    assert any("Made from" in each.value and "→ Sep 2022" in each.value for each in page.caption)


def test_a_chance_stays_in_sight_beside_the_sliders(app):
    page = app(scenario="baseline")
    strip = page.sidebar.markdown[0].value
    for chance in chances(page)[1:]:
        assert f"**{chance}**" in strip
    lever(page, "2G switch-off").set_value(9)
    sound(page.run())
    assert "(+" in page.sidebar.markdown[0].value


def test_an_answer_is_made_before_its_page_unless_others_compute(app, monkeypatch):
    page, waited, gate = app(scenario="draft-plan"), [], waits.Turnstile(1)

    @contextmanager
    def in_turn(say, place=None):
        waited.append(say)
        yield

    monkeypatch.setattr(waits, "in_turn", in_turn)
    monkeypatch.setattr(waits, "computing", lambda: gate)
    before = chances(page)
    lever(page, "2G switch-off").set_value(9)
    assert chances(sound(page.run())) != before
    assert not waited
    with gate.turn():
        lever(page, "2G switch-off").set_value(10)
        sound(page.run())
    assert len(waited) == 1


def test_sliders_are_there_where_nothing_else_can_be_shown(app, monkeypatch):
    page = app(scenario="draft-plan")

    def refused(*asked):
        raise InputFaults([Fault("ketnoi", "x", told("too much"), told("less"))])

    monkeypatch.setattr(waits, "computed", refused)
    lever(page, "2G switch-off").set_value(11)
    sound(page.run())
    assert any("too much" in each.value for each in page.error)
    assert lever(page, "2G switch-off").value == 11


def test_one_target_is_told_as_one(app):
    page = app(case="vietnam-2022", targets="national-2030")
    assert len(chances(page)) == 1
    assert "the chance of meeting the target by" in texts(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_holds_back_and_how_far_to_trust_it(app, language):
    page, say = app(lang=language, scenario="draft-plan"), Words(language)
    told = texts(page)
    assert say("What holds the targets back") in told
    assert say("How far to trust these chances") in told
    assert say("What the plan sets") in told
    unknown = say.paragraph("trust#unknown", names="")
    assert unknown.split(";")[0].removeprefix(": ") in told.replace("\\", "")


def test_no_arrow_within_its_own_error(app):
    page = app(scenario="draft-plan")
    for metric in page.main.metric:
        change, _, off = metric.delta.partition("\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")
        if off and abs(float(change.replace("−", "-"))) <= float(off.split()[0]):
            assert metric.proto.color == metric.proto.GRAY


def test_compare_says_who_leads_and_what_each_sets(app):
    page = app()
    page.switch_page(PAGES["compare"])
    sound(page.run())
    page.multiselect[0].set_value(["baseline", "smartphones-first"])
    sound(page.run())
    table = next(each.value for each in page.markdown if each.value.startswith("| Lever"))
    assert "| 2G switch\\-off | never | **Sep 2022** |" in table
    assert "Mobile broadband subscriptions: " in texts(page).replace("\\", "")
    assert "bn VND per point" not in page.dataframe[0].value  # several levers moved
    where = boxed(page, "gainer")
    assert where.options[where.index or 0] == "Smartphones first"


def test_a_place_without_a_draft_plan_is_compared_with_its_first_plans(app):
    page = app(case="phu-tho-2026")
    page.switch_page(PAGES["compare"])
    sound(page.run())
    assert page.multiselect[0].value[0] == "baseline"
    assert len(page.multiselect[0].value) == 3


def test_the_report_of_the_page_is_the_commands(app, tmp_path):
    page = app(scenario="draft-plan")
    page.button(key="make report").click()
    sound(page.run())
    (kept,) = page.session_state["report"].values()
    file = tmp_path / "page.html"
    file.write_bytes(setting.html_bytes(kept))
    run = commands.run("verify", file, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_closed_group_sends_no_slider_and_keeps_what_was_set(app):
    page = app()
    lever(page, "2G switch-off").set_value(3)
    there = chances(sound(page.run()))
    page.session_state["group organisation"] = False
    sound(page.run())
    assert not any(each.label.startswith("2G switch-off") for each in page.sidebar.select_slider)
    assert chances(page) == there
    page.session_state["group organisation"] = True
    sound(page.run())
    assert lever(page, "2G switch-off").value == 3


def test_the_order_of_building_can_be_chosen(app):
    page = app()
    box = next(b for b in page.sidebar.selectbox if b.label.startswith("Order in which"))
    box.select_index(2)
    sound(page.run())
    assert "adjusted" in page.title[0].value


def test_every_preset_and_target_set_opens(app, vinh_phuc):
    page = app()
    for start in ("Scenario", "Targets"):
        count = len(next(b for b in page.sidebar.selectbox if b.label == start).options)
        for place in range(count):
            next(b for b in page.sidebar.selectbox if b.label == start).select_index(place)
            sound(page.run())
            assert not page.error, (start, place)
    assert count == len(vinh_phuc.target_sets)
    assert len(shipped(vinh_phuc)) >= 6


def test_money_is_added_up_as_it_is_moved(app):
    page = app(scenario="draft-plan")
    assert "**36.40 bn VND**" in page.sidebar.markdown[1].value
    lever(page, "Communication · ").set_value(0.0)
    sound(page.run())
    assert "**35.20 bn VND**" in page.sidebar.markdown[1].value
    assert any("Fibre building 31% · " in each.value for each in page.main.markdown)
    assert not any("Communication 3%" in each.value for each in page.main.markdown)


def test_a_lever_beyond_the_evidence_turns_the_result_grey_and_says_why(app, vinh_phuc):
    page = app()
    most = vinh_phuc.levers["training"].high
    lever(page, "Skills training · ").set_value(most)
    sound(page.run())
    assert "Skills training: 12 is beyond 6" in page.warning[0].value
    assert "GSMA in Uganda" in page.warning[0].value
    fan = charts(page)[0]
    assert fan["title"]["subtitle"][0].startswith("Grey: ")
    assert "#0a6aa8" not in json.dumps(fan)


def test_moved_sliders_survive_a_new_session_and_a_new_page(app):
    page = app()
    lever(page, "2G switch-off").set_value(3)
    sound(page.run())
    there, token = chances(page), asked(page, "desk")
    again = app(desk=token)
    assert lever(again, "2G switch-off").value == 3
    assert chances(again) == there
    again.switch_page(PAGES["evidence"])
    sound(again.run())
    again.switch_page(PAGES["plan"])
    sound(again.run())
    assert lever(again, "2G switch-off").value == 3


def test_a_case_given_by_path_is_a_place_and_its_link_leads_to_it(app, tmp_path, monkeypatch):
    folder = shutil.copytree(VINH_PHUC, tmp_path / "mine")
    monkeypatch.setenv(CASES, str(folder))
    page = on_files(app(case="mine"))
    box = next(b for b in page.sidebar.selectbox if b.label == "Place")
    assert box.options == [
        "Vinh Phuc 2022 (mine)",
        "Viet Nam 2026",
        "Indonesia 2025",
        "Phu Tho 2026",
        "Viet Nam 2022",
        "Vinh Phuc 2022 (vinh-phuc-2022)",
    ]
    assert link_of(page)["case"] == "mine"


@pytest.mark.parametrize("show", ["forecast", "where", "built", "helps", "money"])
def test_a_place_of_the_panel_alone_opens_in_every_section(app, tmp_path, monkeypatch, show):
    (folder := tmp_path / "laos").mkdir()
    for name, content in folder_files(Country(code="LAO"), *panel_of([]), "laos"):
        (folder / name).write_bytes(content)
    monkeypatch.setenv(CASES, str(folder))
    assert "Laos 2025" in sound(app(case="laos", show=show)).title[0].value


def test_another_visitor_with_the_address_gets_a_copy_of_their_own(app):
    page = app()
    lever(page, "2G switch-off").set_value(3)
    sound(page.run())
    token = asked(page, "desk")
    other = app(desk=token)
    lever(other, "2G switch-off").set_value(7)
    sound(other.run())
    assert asked(other, "desk") != token
    assert lever(app(desk=token), "2G switch-off").value == 3


def test_a_scenario_is_saved_and_its_link_opens_elsewhere(app):
    page = app()
    lever(page, "2G switch-off").set_value(3)
    page.text_input(key="new name").set_value("Phương án B")
    page.button(key="save as").click()
    sound(page.run())
    assert any("Saved: Phương án B" in each.value for each in page.success)
    assert page.title[0].value.endswith("Phương án B")
    there = chances(page)
    page.switch_page(PAGES["files"])
    sound(page.run())
    link = link_of(page)
    other = app(**link)
    assert chances(other) == there
    assert other.title[0].value.endswith("Phương án B")
    assert any("is now on your desk" in each.value for each in other.success)


def test_a_link_alone_keeps_nothing_and_carries_its_scenario_on(app, desks):
    text = good().decode()
    page = app(plan=to_link({"mine": text}))
    assert page.title[0].value.endswith("Mine")
    assert asked(page, "plan") == to_link({"mine": text})
    assert not list(desks.glob("*"))
    page.switch_page(PAGES["evidence"])
    assert asked(sound(page.run()), "plan") == to_link({"mine": text})
    page.switch_page(PAGES["plan"])
    lever(sound(page.run()), "2G switch-off").set_value(3)
    sound(page.run())
    assert len(list(desks.glob("*.json"))) == 1
    again = app(desk=asked(page, "desk"), scenario="mine")
    assert lever(again, "2G switch-off").value == 3


def test_undo_goes_step_by_step_and_redo_forward_again(app):
    page = app()
    told = [chances(page)]
    for words, value in (("2G switch-off", 3), ("Communication · ", 0.0), ("2G switch-off", 5)):
        lever(page, words).set_value(value)
        told.append(chances(sound(page.run())))
    for before in reversed(told[:-1]):
        page.button(key="undo").click()
        assert chances(sound(page.run())) == before
    assert page.button(key="undo").disabled
    for after in told[1:]:
        page.button(key="redo").click()
        assert chances(sound(page.run())) == after
    assert page.button(key="redo").disabled
    page.button(key="discard").click()
    assert chances(sound(page.run())) == told[0]
    page.button(key="undo").click()
    assert chances(sound(page.run())) == told[-1]


def test_saving_over_a_plan_and_deleting_it_can_be_undone(app):
    page = on_files(app())
    page.file_uploader[0].upload("mine.toml", good())
    sound(page.run())
    page.switch_page(PAGES["plan"])
    lever(sound(page.run()), "Skills training · ").set_value(4.0)
    sound(page.run())
    page.button(key="save").click()
    sound(page.run())
    assert any("Saved: Mine" in each.value for each in page.success)
    page.button(key="undo").click()
    sound(page.run())
    assert "adjusted" in page.title[0].value
    on_files(page).button(key="delete").click()
    assert "Mine" not in sound(page.run()).main.selectbox[0].options
    page.button(key="undo").click()
    sound(page.run())
    assert page.main.selectbox[0].value == "mine"
    (text,) = [each.value for each in page.code if "key=" not in each.value]
    assert "training = 3 # đủ chưa?" in text


def test_an_empty_name_is_refused_in_words(app):
    page = app()
    page.button(key="save as").click()
    assert "needs a name" in sound(page.run()).warning[0].value
    on_files(page).button(key="duplicate").click()
    next(t for t in sound(page.run()).text_input if t.label == "English name").set_value(" ")
    page.button(key="rename button").click()
    assert "a name in both languages" in sound(page.run()).error[0].value


def test_two_tabs_of_one_browser_share_a_desk(app, monkeypatch):
    monkeypatch.setattr(visit, "secret", lambda: "of this browser")
    one = app()
    lever(one, "2G switch-off").set_value(3)
    sound(one.run())
    two = app(desk=asked(one, "desk"))
    lever(two, "Communication · ").set_value(0.0)
    sound(two.run())
    lever(one, "Skills training · ").set_value(1.0)
    sound(one.run())
    sound(two.run())
    assert asked(one, "desk") == asked(two, "desk")
    moved = {"2G switch-off": 3, "Communication · ": 0, "Skills training · ": 1}
    for tab in (one, two):
        assert {words: lever(tab, words).value for words in moved} == moved
    assert chances(one) == chances(two)


def test_a_bare_address_brings_the_desk_of_this_browser(app, monkeypatch):
    cookies = {}
    monkeypatch.setattr(visit, "cookie", lambda name: cookies.get(name, ""))
    cookies[visit.OWNER] = "of this browser"
    mine = app()
    lever(mine, "2G switch-off").set_value(3)
    sound(mine.run())
    token = asked(mine, "desk")
    address = {name: asked(mine, name) for name in mine.query_params}
    again = app()
    assert lever(again, "2G switch-off").value == 3
    assert asked(again, "desk") == token
    (key,) = [each.value for each in on_files(again).code if "key=" in each.value]
    cookies[visit.OWNER] = "of another browser"
    theirs = app(**address)
    assert "a desk in another browser" in theirs.warning[0].value
    assert lever(theirs, "2G switch-off").value == 3  # what the address shows, as a copy
    lever(theirs, "2G switch-off").set_value(7)
    assert asked(sound(theirs.run()), "desk") != token
    cookies[visit.DESKS] = asked(theirs, "desk")
    told = {name: values[0] for name, values in parse_qs(urlsplit(key).query).items()}
    assert "no longer opens" in app(**{**told, "key": "x"}).warning[0].value
    let_in = app(**told)
    assert lever(let_in, "2G switch-off").value == 3
    assert not [each.value for each in let_in.warning if "desk" in each.value]
    assert asked(let_in, "desk") == token
    assert "key" not in let_in.query_params
    links = [each.value for each in on_files(app(desk=token)).markdown]
    assert any(f"desk={cookies[visit.DESKS]}" in each for each in links)


def test_a_comparison_is_carried_by_a_link_and_one_too_long_by_a_file(app):
    page = app()
    lever(page, "2G switch-off").set_value(3)
    page.text_input(key="new name").set_value("Phương án B")
    page.button(key="save as").click()
    sound(page.run())
    lever(page, "Communication · ").set_value(0.0)
    sound(page.run())
    page.switch_page(PAGES["compare"])
    sound(page.run())
    shown = page.multiselect[0].value
    assert shown == ["baseline", "draft-plan", "phuong-an-b", "phuong-an-b-adjusted"]
    there = headings(page)[0]
    link = link_of(page)
    other = app(**{name: value for name, value in link.items() if name != "plans"})
    assert other.title[0].value.endswith("Phương án B")
    other = AppTest.from_file(ROOT / "app.py", default_timeout=300)
    other.query_params.update(link)
    sound(other.run())
    other.switch_page(PAGES["compare"])
    assert asked(other, "lang") == "en"
    assert headings(sound(other.run()))[0] == there
    assert other.multiselect[0].value[:3] == shown[:3]
    frame_at = "sim.screen.parts.frame.LONGEST_LINK"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame_at, 300)
        page.session_state["link box"] = True
        sound(page.run())
        assert any("too long for a message" in each.value for each in page.caption)
        assert "plan" not in page.query_params


def test_a_colleagues_link_opens_in_the_readers_own_language(app, monkeypatch):
    link = link_of(app())
    assert "lang" not in link
    page = AppTest.from_file(ROOT / "app.py", default_timeout=300)
    page.query_params.update(link)
    assert asked(sound(page.run()), "lang") == "en"
    monkeypatch.setattr(choices, "cookie", {choices.LANGUAGE: "vi"}.get)
    page = AppTest.from_file(ROOT / "app.py", default_timeout=300)
    page.query_params.update(link)
    assert asked(sound(page.run()), "lang") == "vi"


def test_what_was_deleted_or_saved_over_is_brought_back(app):
    page = on_files(app())
    page.file_uploader[0].upload("mine.toml", good())
    sound(page.run())
    next(t for t in page.text_input if t.label == "English name").set_value("Other")
    page.button(key="rename button").click()
    sound(page.run())
    page.button(key="back 0").click()
    assert "Mine" in sound(page.run()).main.selectbox[0].options
    page.button(key="delete").click()
    assert "Mine" not in sound(page.run()).main.selectbox[0].options
    page.button(key="back 0").click()
    assert page.main.selectbox[0].value == "baseline"
    assert sound(page.run()).main.selectbox[0].value == "mine"
    assert any(each.value.startswith("# giữ lại\n") for each in page.code)


def test_a_desk_as_a_file_is_laid_beside_what_lies_there(app, vinh_phuc):
    page = on_files(app())
    page.file_uploader[0].upload("mine.toml", good())
    desk = sound(page.run()).session_state["desk"]
    desk = desk.move(vinh_phuc, "draft-plan", {"training": 2.0})
    other = on_files(app())
    other.file_uploader[0].upload("mine.toml", good().replace(b"Mine", b"Other"))
    sound(other.run())
    other.file_uploader[0].upload("desk.json", packed(desk))
    names = sound(other.run()).main.selectbox[0].options
    assert names[-2:] == ["Mine", "Other"]
    other.file_uploader[0].upload("desk.json", packed(desk))
    assert sound(other.run()).main.selectbox[0].options == names
    assert lever_of_desk(other, vinh_phuc) == {"training": 2.0}
    bad = {"version": 2, "plans": {"a": {"b": 1}}, "whose": "mine"}
    other.file_uploader[0].upload("bad.json", json.dumps(bad).encode())
    told = sound(other.run()).error[0].value
    assert all(word in told for word in ("version", "plans\\.a\\.b", "whose")), told
    bad = {
        "version": 1,
        "plans": {"a": {"b": "[x", "c": "y"}},
        "moved": {"a\u202e": {"b": {"c": 1}}},
    }
    other.file_uploader[0].upload("bad.json", json.dumps(bad).encode())
    assert sound(other.run()).error[0].value.count("\n- ") == 3
    assert other.main.selectbox[0].options == names


def lever_of_desk(page, case):
    return page.session_state["desk"].moves(case, "draft-plan")


def test_a_copy_keeps_the_names_in_both_languages(app):
    page = on_files(app())
    page.file_uploader[0].upload("mine.toml", good())
    sound(page.run())
    page.button(key="duplicate").click()
    sound(page.run())
    names = {each.label: each.value for each in page.text_input}
    assert names["Vietnamese name"] == "Của tôi (bản sao)"
    assert names["English name"] == "Mine (copy)"


def test_a_link_with_faults_shows_all_and_changes_nothing(app, desks):
    text = BROKEN["a value out of bounds"][0] + "\ntraining = -1\n"
    page = app(plan=to_link({"a": text, "b": text}))
    shown = page.error[0].value
    assert "nothing was changed" in shown
    assert shown.count("\n- ") == 4
    assert not list(desks.glob("*"))
    for plan in ("nonsense", "9.abc", to_link({"x": "x = 1"})[:-6]):
        assert "nothing was changed" in app(plan=plan).error[0].value


def test_a_link_to_what_is_not_there_falls_back_and_says_so(app):
    page = app(scenario="no-such", case="atlantis", desk="../../etc/passwd")
    said = " ".join(each.value for each in page.warning)
    assert "What the link asks for does not exist" in said
    assert "No desk can be read at the link's address" in said
    assert len(chances(page)) == 4


def test_moved_sliders_that_no_longer_fit_are_told_with_what_stands_now(app, desks, vinh_phuc):
    page = app(scenario="draft-plan")
    lever(page, "Skills training ·").set_value(5)
    lever(page, "Fibre building").set_value(20)
    sound(page.run())
    token = asked(page, "desk")
    file = desks / f"{token}.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    moved = kept["moved"][vinh_phuc.head.id]
    moved["draft-plan"]["training"] = 99_999
    moved["gone"] = {"training": 5}
    file.write_text(json.dumps(kept), encoding="utf-8")
    page = app(desk=token, scenario="draft-plan")
    (said,) = (each.value.replace("\\", "") for each in page.error)
    stood = (
        vinh_phuc.levers["training"],
        load_scenario(vinh_phuc, VINH_PHUC / "draft-plan.toml").levers["training"],
    )
    assert "no longer fit and were set aside" in said
    assert "training: given 99999" in said
    assert f"; {lever_value(*stood, Words('en'))} is used for now" in said
    assert "gone: given sliders of a scenario that is not here" in said
    assert lever(page, "Fibre building").value == 20
    assert lever(page, "Skills training ·").value == stood[1]


def test_a_damaged_desk_is_left_alone(app, desks):
    desks.mkdir(parents=True)
    token = "x" * 32
    (desks / f"{token}.json").write_text('{"version": 1')
    page = app(desk=token)
    assert "No desk can be read" in page.warning[0].value
    assert (desks / f"{token}.json").read_text() == '{"version": 1'


def on_files(page):
    page.switch_page(PAGES["files"])
    return sound(page.run())


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_an_upload_with_faults_changes_nothing(app, desks, fault):
    text, wanted = BROKEN[fault]
    page = on_files(app())
    names = list(page.main.selectbox[0].options)
    page.file_uploader[0].set_value(
        [("good.toml", good(), "application/toml"), ("bad.toml", text.encode(), "application/toml")]
    )
    sound(page.run())
    assert wanted.replace("_", "\\_") in page.error[0].value or wanted in page.error[0].value
    assert page.main.selectbox[0].options == names
    assert not list(desks.glob("*"))


def good(name="Của tôi"):
    return (
        f'# giữ lại\nname = {{vi = "{name}", en = "Mine"}}\nwhy = {{vi = "a", en = "b"}}\n'
        "[levers]\ntraining = 3 # đủ chưa?\n"
    ).encode()


def test_an_upload_keeps_its_comments_through_a_change(app):
    page = on_files(app())
    page.file_uploader[0].upload("mine.toml", good())
    sound(page.run())
    assert "Mine" in page.main.selectbox[0].options
    page.switch_page(PAGES["plan"])
    sound(page.run())
    assert lever(page, "Skills training · ").value == 3
    lever(page, "Skills training · ").set_value(4.0)
    sound(page.run())
    page.button(key="save").click()
    sound(page.run())
    on_files(page)
    (text,) = [each.value for each in page.code if "key=" not in each.value]
    assert text.startswith("# giữ lại\n")
    assert "training = 4 # đủ chưa?" in text


def test_rename_duplicate_and_delete(app):
    page = on_files(app())
    page.button(key="duplicate").click()
    sound(page.run())
    assert page.main.selectbox[0].value == "the-draft-plan-of-2022-copy"
    next(t for t in page.text_input if t.label == "English name").set_value("Plan **B**")
    page.button(key="rename button").click()
    sound(page.run())
    assert "Plan **B**" in page.main.selectbox[0].options
    page.switch_page(PAGES["plan"])
    sound(page.run())
    assert page.title[0].value.endswith("Plan \\*\\*B\\*\\*")
    on_files(page)
    page.button(key="delete").click()
    sound(page.run())
    assert "Plan **B**" not in page.main.selectbox[0].options


def test_scenarios_are_compared_pair_by_pair(app):
    page = app()
    lever(page, "2G switch-off").set_value(3)
    sound(page.run())
    page.switch_page(PAGES["compare"])
    sound(page.run())
    assert page.multiselect[0].value == ["baseline", "draft-plan", "draft-plan-adjusted"]
    page.multiselect[0].set_value(["baseline", "draft-plan", "fibre-first"])
    sound(page.run())
    table = page.dataframe[0].value
    assert len(table) == 2 * 3
    assert any(text.startswith("Who gains where") for text in headings(page))
    boxed(page, "against").select_index(1)
    sound(page.run())
    assert "Baseline" in set(page.dataframe[0].value["Scenario"])
    page.multiselect[0].set_value([])
    sound(page.run())
    assert "Pick at least one" in page.info[0].value


def test_what_would_help_ranks_levers_one_at_a_time(app):
    page = app(show="helps", scenario="baseline")
    table = page.dataframe[0].value
    parts = [
        text.replace("−", "-").split("\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")
        for text in table["chance, points"]
    ]
    gained = [float(own) * (abs(float(own)) > float(off)) for own, off in parts]  # luck counts none
    assert gained == sorted(gained, reverse=True)
    assert gained[0] > 0
    assert any("2G switch-off" in name for name in list(table["Lever"])[:3])
    (still,) = [each.value for each in page.caption if "These do not act on it" in each.value]
    assert "Fibre building" in still
    page.segmented_control(key="helped of vinh-phuc-2022 draft-2022-01").set_value(0)
    sound(page.run())
    assert headings(page) == ["Households with fibre"]


def test_the_map_and_the_table_follow_indicator_and_month(app):
    page = app(show="where")
    first = page.dataframe[0].value
    goal = 70
    short = first["households short"]
    assert ((first["Level"] < goal) == (short > 0)).all()
    assert short.max() > 0
    assert list(first["Area"])[:2] == ["Binh Xuyen", "Lap Thach"]
    page.select_slider[0].set_value(0)
    sound(page.run())
    assert not page.dataframe[0].value.equals(first)


QUESTION = {
    "target": "covered_villages",
    "chance": "50",
    "free": "village_sites,village_power",
    "asked": "yes",
}


@pytest.fixture
def asking(app, monkeypatch):
    """Return what opens the page that asks backwards, with few draws, by a link."""
    monkeypatch.setattr(view, "Question", partial(Question, replicates=20))
    view._asked.cache_clear()
    waits._replies.cache_clear()

    def opened(lang="en", **link):
        page = app(lang=lang, scenario="baseline").switch_page(PAGES["ask"])
        for name, value in link.items():  # the page opened first has written its own address
            page.query_params[name] = value
        return sound(page.run())

    yield opened
    view._asked.cache_clear()
    waits._replies.cache_clear()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_carries_a_question_and_its_answer_comes_in_words_first(asking, language):
    page = asking(lang=language, **QUESTION)
    say = Words(language)
    assert any("50" in each.value and say("bn") in each.value for each in page.markdown)
    assert headings(page)[0] == say("Money for a chance")
    assert len(page.dataframe) == 1
    for name, value in QUESTION.items():
        assert asked(page, name) == value
    again = asking(lang=language, **QUESTION)  # from those kept, without a run
    assert texts(again) == texts(page)


def test_a_plan_found_is_laid_on_the_desk(asking):
    page = asking(**QUESTION)
    page.button(key="open plan-1").click()
    with suppress(Exception):  # the page it turns to is no part of this one
        page.run()
    (kept,) = page.session_state["desk"].plans["vinh-phuc-2022"].values()
    assert "What it takes for 50%, plan 1" in kept


def test_what_is_no_question_is_told_once_with_every_fault(asking):
    page = asking(**{**QUESTION, "sought": "chance", "money": "", "free": "nothing"})
    (told,) = page.error
    assert "Public money at most, bn VND\\: given nothing; would do\\: a sum" in told.value
    page = asking(**{**QUESTION, "money": "0.1"})
    (told,) = page.error
    assert "which the plan spends" in told.value
    assert "--" not in told.value


def test_a_table_whose_headings_are_alike_is_shown():
    def two_alike():
        from sim.screen.parts.shown import grid

        grid((["PIT", "PIT"], [["0.1", "0.2"]]), "table")

    (table,) = sound(AppTest.from_function(two_alike).run()).dataframe
    assert list(table.value) == ["PIT", "PIT (2)"]
    assert table.value.iloc[0].tolist() == ["0.1", "0.2"]
