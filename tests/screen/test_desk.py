"""The desk: nothing is lost, nothing is shared, links and files say what is wrong with them."""

import json
import os
import stat
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.faults import InputFaults
from sim.place.case import shipped
from sim.place.scenario import changed, load_scenario
from sim.screen.parts.desk import (
    DAYS_KEPT,
    MOST_PLANS,
    Desk,
    Place,
    current,
    desk_folder,
    keep_desk,
    mark,
    open_desk,
    sweep_desks,
)
from sim.screen.parts.plan_text import (
    JOINER,
    LONGEST,
    fault_lines,
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

MINE, YOURS = mark("my cookie"), mark("your cookie")


@pytest.fixture
def draft(viet_nam):
    return load_scenario(viet_nam, viet_nam.folder / "draft-plan.toml")


def text_of(case, id="draft-plan"):
    return (case.folder / f"{id}.toml").read_text(encoding="utf-8")


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
    assert from_link(to_link(text)) == text
    assert len(to_link(text)) < 1500  # any browser and mail program takes that


@given(st.text(max_size=300))
def test_any_letters_in_a_link_give_a_text_or_faults(code):
    for tried in (code, f"1.{code}"):
        with suppress(InputFaults):
            assert isinstance(from_link(tried), str)


def test_a_link_that_would_swell_is_refused():
    with pytest.raises(InputFaults, match="cut short or too long"):
        from_link(to_link(" " * (LONGEST + 1)))


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
    lines = "\n".join(fault_lines(caught.value.faults, Words(language)))
    expected = {
        "en": ("5 to 60 days", "a whole number, 1 to 36", "did you mean fibre_build?", "nothing"),
        "vi": ("5 đến 60 ngày", "số nguyên, 1 đến 36", "có phải là fibre_build?", "chưa có gì"),
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


def test_a_desk_comes_back_as_it_was_left(tmp_path, viet_nam, draft):
    desk = Desk().slide(viet_nam, draft, {**draft.levers, "training": 200.0})
    desk, id = desk.add(viet_nam, draft, "# mine\n" + text_of(viet_nam), {"draft-plan"})
    desk = replace(desk, greeted=True)
    place = keep_desk(tmp_path, Place(), desk, MINE)
    found, again = open_desk(tmp_path, place.token, MINE)
    assert found == desk
    assert again == place
    assert found.own(viet_nam)[id].startswith("# mine\n")
    assert current(viet_nam, draft, found).levers["training"] == 200


def test_a_desk_is_for_its_owner_only(tmp_path, viet_nam, draft):
    desk = Desk().move(viet_nam, "draft-plan", {"training": 200.0})
    place = keep_desk(tmp_path, Place(), desk, MINE)
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "my cookie" not in path.read_text()
    copy, nowhere = open_desk(tmp_path, place.token, YOURS)
    assert copy == desk
    assert nowhere == Place()
    theirs = keep_desk(tmp_path, nowhere, Desk(greeted=True), YOURS)
    assert theirs.token != place.token
    assert open_desk(tmp_path, place.token, MINE)[0] == desk


def test_without_a_cookie_every_visit_gets_a_copy(tmp_path):
    place = keep_desk(tmp_path, Place(), Desk(greeted=True), "")
    assert open_desk(tmp_path, place.token, "") == (Desk(greeted=True), Place())


def test_two_tabs_do_not_overwrite_each_other(tmp_path, viet_nam):
    first = keep_desk(tmp_path, Place(), Desk(), MINE)
    _, second = open_desk(tmp_path, first.token, MINE)
    one = Desk().move(viet_nam, "baseline", {"training": 1.0})
    two = Desk().move(viet_nam, "baseline", {"training": 2.0})
    first = keep_desk(tmp_path, first, one, MINE)
    second = keep_desk(tmp_path, second, two, MINE)
    assert first.token != second.token
    assert open_desk(tmp_path, first.token, MINE)[0] == one
    assert open_desk(tmp_path, second.token, MINE)[0] == two


@pytest.mark.parametrize("token", ["", "../../etc/passwd", "x" * 31, "x" * 32, "\0" * 32])
def test_a_token_that_is_none_opens_an_empty_desk(tmp_path, token):
    assert open_desk(tmp_path, token, MINE) == (Desk(), Place())


@pytest.mark.parametrize("content", ["", "{}", '{"version": 2}', "[1]", "\ud800"])
def test_a_damaged_desk_is_a_fault_and_is_not_overwritten(tmp_path, content):
    path = tmp_path / f"{'x' * 32}.json"
    path.write_text(content, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(InputFaults):
        open_desk(tmp_path, "x" * 32, MINE)
    place = keep_desk(tmp_path, Place("x" * 32, 1), Desk(), MINE)
    assert place.token != "x" * 32
    assert path.read_text(encoding="utf-8", errors="surrogatepass") == content


def test_a_desk_has_bounds(tmp_path, viet_nam):
    full = Desk(plans={viet_nam.head.id: {str(i): "" for i in range(MOST_PLANS)}})
    with pytest.raises(InputFaults):
        full.put(viet_nam, "one-more", "")
    huge = Desk(plans={viet_nam.head.id: {str(i): "x" * LONGEST for i in range(70)}})
    with pytest.raises(InputFaults):
        keep_desk(tmp_path, Place(), huge, MINE)
    assert not list(tmp_path.iterdir())


def test_saving_renaming_and_copying(viet_nam, draft):
    moved = changed(viet_nam, draft, {"training": 200.0})
    desk = Desk().slide(viet_nam, draft, moved.levers)
    desk, id = desk.save_as(viet_nam, draft, moved, "Phương án B", {"draft-plan"})
    assert id == "phuong-an-b"
    assert desk.moves(viet_nam, draft.id) == {}
    saved = desk.scenarios(viet_nam)[id]
    assert saved.levers == moved.levers
    desk = desk.rename(viet_nam, id, {"vi": "C", "en": "D"})
    assert desk.scenarios(viet_nam)[id].name == {"vi": "C", "en": "D"}
    with pytest.raises(InputFaults):
        desk.rename(viet_nam, id, {"vi": "", "en": "D"})
    desk, copy = desk.duplicate(viet_nam, desk.own(viet_nam)[id], "C (copy)", set())
    assert desk.scenarios(viet_nam)[copy].levers == moved.levers
    further = changed(viet_nam, saved, {"training": 300.0})
    desk = desk.save(viet_nam, further, id)
    assert desk.scenarios(viet_nam)[id].levers["training"] == 300
    assert list(desk.put(viet_nam, id, None).own(viet_nam)) == [copy]


def test_moves_that_no_longer_fit_are_set_aside(viet_nam, draft):
    desk = Desk().move(viet_nam, draft.id, {"training": 1e12})
    assert current(viet_nam, draft, desk) == draft


def test_old_desks_are_swept(tmp_path):
    old, new = (keep_desk(tmp_path, Place(), Desk(), MINE) for _ in range(2))
    path = tmp_path / f"{old.token}.json"
    long_ago = path.stat().st_mtime - 86_400 * (DAYS_KEPT + 1)
    os.utime(path, (long_ago, long_ago))
    assert sweep_desks(tmp_path) == 1
    assert [each.stem for each in tmp_path.iterdir()] == [new.token]
    assert json.loads((tmp_path / f"{new.token}.json").read_text())["version"] == 1


def test_desks_lie_where_the_machine_keeps_state(tmp_path):
    assert desk_folder({"XDG_STATE_HOME": "/s"}).as_posix() == "/s/ketnoi/desks"
    assert desk_folder({}).parts[-4:] == (".local", "state", "ketnoi", "desks")
