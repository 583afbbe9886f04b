"""The Place box: what is shipped, and case folders that were given by path."""

import os
import shutil

import pytest
from cases import SCENARIOS, VINH_PHUC

from sim.place.case import load_case
from sim.screen.parts import view
from sim.screen.parts.view import View, case_folders, places, titles
from sim.shipped import CASES, DEFAULT
from sim.words import Words

SHIPPED = {file.parent.name: file.parent for file in SCENARIOS.glob("*/case.toml")}


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Return two copies of a case, one of them of a shipped one's name, both given by path."""
    folders = [tmp_path / "vinh-phuc-2022", tmp_path / "mine"]
    for folder in folders:
        shutil.copytree(VINH_PHUC, folder)
    monkeypatch.setenv(CASES, os.pathsep.join(map(str, folders)))
    return folders


def test_shipped_cases_are_there_without_being_named(monkeypatch):
    monkeypatch.delenv(CASES, raising=False)
    found = case_folders()
    assert found == SHIPPED
    assert next(iter(found)) == DEFAULT.name


def test_given_cases_come_first_and_take_the_place_of_their_namesakes(given):
    found = case_folders()
    assert list(found)[:2] == ["vinh-phuc-2022", "mine"]
    assert found == {**SHIPPED, **{folder.name: folder for folder in given}}


def test_places_of_one_name_are_told_apart_by_their_folders(given, viet_nam):
    mine = load_case(given[1])
    known = {"vietnam-2022": (viet_nam, {}, {}), "mine": (mine, {}, {}), "other": (mine, {}, {})}
    assert list(titles(known, Words("en")).values()) == [
        "Viet Nam 2022",
        "Vinh Phuc 2022 (mine)",
        "Vinh Phuc 2022 (other)",
    ]


def test_a_place_that_breaks_stays_as_last_read_and_says_so(given):
    figures = given[1] / "observations.csv"
    text = figures.read_text(encoding="utf-8")
    before, faults, old = places()
    assert (faults, old) == ((), ())
    figures.write_text("nothing\n", encoding="utf-8")
    (given[1] / "fibre-first.toml").unlink()
    found, faults, old = places()
    assert found["mine"] is before["mine"]
    assert "fibre-first" in found["mine"][2]
    assert old == ("mine",)
    assert {fault.file for fault in faults} == {"mine/observations.csv"}
    figures.write_text(text, encoding="utf-8")
    found, faults, old = places()
    assert (faults, old) == ((), ())
    assert "fibre-first" not in found["mine"][1]


def test_a_place_that_was_never_read_is_left_out_and_a_spoilt_plan_stops_nothing_else(given):
    (given[0] / "case.toml").write_text("= 1", encoding="utf-8")
    (given[1] / "fibre-first.toml").write_bytes(b"\xff")
    found, faults, old = places()
    assert not old
    assert "fibre-first" not in found["mine"][1]
    assert sorted(fault.file for fault in faults) == [
        "mine/fibre-first.toml",
        "vinh-phuc-2022/case.toml",
    ]


def test_worlds_are_kept_as_long_as_they_fit_the_last_asked_ones_first(viet_nam, monkeypatch):
    view._asked.cache_clear()
    looks = [
        View(
            say=Words("en"),
            theme="light",
            place="vietnam-2022",
            plain=viet_nam,
            case=viet_nam,
            targets=targets,
            shipped={},
            texts={},
        )
        for targets in list(viet_nam.target_sets.values())[:3]
    ]
    first, second, third = (look.question for look in looks)
    assert looks[0].question is first
    monkeypatch.setattr(view, "MOST_BYTES", first.bytes + third.bytes)
    assert looks[2].question is third
    assert looks[0].question is first
    assert looks[1].question is not second
    monkeypatch.setattr(view, "MOST_BYTES", 0)
    assert looks[2].question is looks[2].question
    view._asked.cache_clear()
