"""Desks on disk: nothing is lost, nothing is shared with strangers, and there are bounds."""

import errno
import json
import os
import secrets
import stat
import time
from dataclasses import replace

import pytest

from sim.faults import InputFaults
from sim.reading import parse_toml
from sim.screen.parts import kept
from sim.screen.parts.desk import Desk, current
from sim.screen.parts.kept import (
    BIN,
    DAYS_IN_BIN,
    DAYS_KEPT,
    Place,
    desk_folder,
    home,
    keep_desk,
    mark,
    newer_desk,
    open_desk,
    secret_of,
    sweep_desks,
)
from sim.screen.parts.plan_text import LONGEST

MINE, YOURS = mark(secret_of("my cookie")), mark(secret_of("your cookie"))


def laid(folder, desk, owner=MINE):
    return keep_desk(folder, Place(secrets.token_urlsafe(24)), Desk(), desk, owner)[1]


def test_a_desk_comes_back_as_it_was_left(tmp_path, viet_nam, draft):
    desk = Desk().slide(viet_nam, draft, {**draft.levers, "training": 200.0})
    text = "# mine\n" + (viet_nam.folder / "draft-plan.toml").read_text(encoding="utf-8")
    desk, id = desk.add(viet_nam, draft, text, {"draft-plan"})
    desk = replace(desk, greeted=True)
    place = laid(tmp_path, desk)
    found, again = open_desk(tmp_path, place.token, MINE)
    assert found == desk
    assert again == place
    assert found.own(viet_nam)[id].startswith("# mine\n")
    assert current(viet_nam, draft, found).levers["training"] == 200


def test_a_desk_is_for_its_owner_only(tmp_path, viet_nam):
    desk = Desk().move(viet_nam, "draft-plan", {"training": 200.0})
    place = laid(tmp_path, desk)
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "my cookie" not in path.read_text()
    assert secret_of("my cookie") not in path.read_text()
    for key in ("", "no key", place.token):
        with pytest.raises(PermissionError):
            open_desk(tmp_path, place.token, YOURS, key)
    _, theirs = keep_desk(tmp_path, place, desk, Desk(greeted=True), YOURS)
    assert theirs.token != place.token
    assert open_desk(tmp_path, place.token, MINE)[0] == desk


def test_the_key_lets_another_browser_in_for_good(tmp_path, viet_nam):
    desk = Desk().move(viet_nam, "draft-plan", {"training": 200.0})
    place = laid(tmp_path, desk)
    assert open_desk(tmp_path, place.token, YOURS, place.key) == (desk, place)
    further, theirs = keep_desk(tmp_path, place, desk, Desk(greeted=True), YOURS)
    assert theirs.token == place.token
    assert newer_desk(tmp_path, place) == (further, theirs)
    with pytest.raises(PermissionError):
        open_desk(tmp_path, place.token, mark("a third"), "")


def test_two_tabs_that_begin_at_once_begin_one_desk(tmp_path, viet_nam):
    one, two = (Desk().move(viet_nam, id, {"training": 1.0}) for id in ("baseline", "draft-plan"))
    _, first = keep_desk(tmp_path, Place(), Desk(), one, MINE)
    both, second = keep_desk(tmp_path, Place(), Desk(), two, MINE)
    assert first.token == second.token
    assert set(both.moved[viet_nam.head.id]) == {"baseline", "draft-plan"}
    assert newer_desk(tmp_path, Place(home(MINE)))[0] == both
    damaged = tmp_path / f"{home(YOURS)}.json"
    damaged.write_text("{")
    assert keep_desk(tmp_path, Place(), Desk(), one, YOURS)[1].token != home(YOURS)
    assert damaged.read_text() == "{"


def test_without_a_cookie_every_visit_gets_a_copy(tmp_path):
    place = laid(tmp_path, Desk(greeted=True), "")
    copy, elsewhere = open_desk(tmp_path, place.token, "")
    assert (copy, elsewhere.revision) == (Desk(greeted=True), 0)
    assert elsewhere.token != place.token


def test_two_tabs_share_a_desk(tmp_path, viet_nam):
    first = laid(tmp_path, Desk())
    start, second = open_desk(tmp_path, first.token, MINE)
    one = Desk().move(viet_nam, "baseline", {"training": 1.0})
    two = start.move(viet_nam, "draft-plan", {"training": 2.0})
    _, first = keep_desk(tmp_path, first, Desk(), one, MINE)
    both, second = keep_desk(tmp_path, second, start, two, MINE)
    assert first.token == second.token
    assert both.moves(viet_nam, "baseline") == {"training": 1.0}
    assert both.moves(viet_nam, "draft-plan") == {"training": 2.0}
    assert newer_desk(tmp_path, first) == (both, second)
    assert newer_desk(tmp_path, second) is None


@pytest.mark.parametrize("token", ["", "../../etc/passwd", "x" * 31, "x" * 32, "\0" * 32])
def test_a_token_that_is_none_opens_no_desk(tmp_path, token):
    assert open_desk(tmp_path, token, MINE) is None


@pytest.mark.parametrize("content", ["", "{}", '{"version": 2}', "[1]", "\ud800"])
def test_a_damaged_desk_is_a_fault_and_is_not_overwritten(tmp_path, content):
    path = tmp_path / f"{'x' * 32}.json"
    path.write_text(content, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(InputFaults):
        open_desk(tmp_path, "x" * 32, MINE)
    _, place = keep_desk(tmp_path, Place("x" * 32, 1), Desk(), Desk(), MINE)
    assert place.token != "x" * 32
    assert path.read_text(encoding="utf-8", errors="surrogatepass") == content


def test_a_desk_has_bounds_and_so_have_all_together(tmp_path, viet_nam, monkeypatch):
    huge = Desk(plans={viet_nam.head.id: {str(i): "x" * LONGEST for i in range(70)}})
    with pytest.raises(InputFaults):
        laid(tmp_path, huge)
    place = laid(tmp_path, Desk(greeted=True))
    monkeypatch.setattr(kept, "MOST_TOGETHER", 250)
    with pytest.raises(InputFaults):
        laid(tmp_path, Desk(greeted=True))
    assert keep_desk(tmp_path, place, Desk(greeted=True), Desk(), MINE)[1].revision == 2
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_leaves_the_old_desk_and_no_stray_file(tmp_path, monkeypatch):
    place = laid(tmp_path, Desk(greeted=True))

    def full(_):
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            keep_desk(tmp_path, place, Desk(greeted=True), Desk(), MINE)
    assert [each.name for each in tmp_path.iterdir()] == [f"{place.token}.json"]
    assert open_desk(tmp_path, place.token, MINE) == (Desk(greeted=True), place)


def aged(path, days):
    then = time.time() - 86_400 * days
    os.utime(path, (then, then))


def test_old_desks_go_into_a_bin_and_come_back_when_asked_for(tmp_path):
    old, new = (laid(tmp_path, Desk(greeted=True)) for _ in range(2))
    aged(tmp_path / f"{old.token}.json", DAYS_KEPT + 1)
    assert sweep_desks(tmp_path) == 1
    assert [each.stem for each in tmp_path.glob("*.json")] == [new.token]
    assert sweep_desks(tmp_path) == 0
    assert open_desk(tmp_path, old.token, MINE) == (Desk(greeted=True), old)
    assert json.loads((tmp_path / f"{old.token}.json").read_text())["version"] == 1


def test_a_clock_that_is_wrong_once_deletes_nothing(tmp_path, monkeypatch):
    places = [laid(tmp_path, Desk(greeted=True)) for _ in range(3)]
    with monkeypatch.context() as patch:
        now = time.time()
        patch.setattr(time, "time", lambda: now + 86_400 * 400)
        assert sweep_desks(tmp_path) == 3
    sweep_desks(tmp_path)
    for place in places:
        assert open_desk(tmp_path, place.token, MINE) == (Desk(greeted=True), place)


def test_the_bin_is_emptied_in_the_end(tmp_path):
    place = laid(tmp_path, Desk())
    aged(tmp_path / f"{place.token}.json", DAYS_KEPT + 1)
    sweep_desks(tmp_path)
    aged(tmp_path / BIN / f"{place.token}.json", DAYS_IN_BIN + 1)
    sweep_desks(tmp_path)
    assert open_desk(tmp_path, place.token, MINE) is None


def test_a_sweep_goes_past_what_is_no_desk(tmp_path):
    (tmp_path / "backup.json").symlink_to(tmp_path / "gone")
    (tmp_path / f"{'y' * 32}.json").symlink_to(tmp_path / "gone")
    (tmp_path / f"{'z' * 32}.json").mkdir()
    assert sweep_desks(tmp_path) == 0


def test_desks_lie_where_the_machine_keeps_state(tmp_path):
    assert desk_folder({"XDG_STATE_HOME": "/s"}).as_posix() == "/s/ketnoi/desks"
    assert desk_folder({}).parts[-4:] == (".local", "state", "ketnoi", "desks")


def test_letters_that_nobody_sees_are_refused_wherever_they_stand_in_a_desk(tmp_path):
    token = "t" * 32
    (tmp_path / f"{token}.json").write_text('{"moved": {"vinh\u202e": {}}}', encoding="utf-8")
    with pytest.raises(InputFaults):
        open_desk(tmp_path, token, "me")
    with pytest.raises(InputFaults, match=r"line 2: given the control character U\+200B"):
        parse_toml("a = 1\n# x\u200b", file="link")
