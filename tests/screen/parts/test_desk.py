"""The desk: nothing is lost, nothing is shared, and it has bounds."""

import json
import os
import stat
from dataclasses import replace

import pytest

from sim.faults import InputFaults
from sim.place.scenario import changed
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
from sim.screen.parts.plan_text import LONGEST

MINE, YOURS = mark("my cookie"), mark("your cookie")


def test_a_desk_comes_back_as_it_was_left(tmp_path, viet_nam, draft):
    desk = Desk().slide(viet_nam, draft, {**draft.levers, "training": 200.0})
    text = "# mine\n" + (viet_nam.folder / "draft-plan.toml").read_text(encoding="utf-8")
    desk, id = desk.add(viet_nam, draft, text, {"draft-plan"})
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
