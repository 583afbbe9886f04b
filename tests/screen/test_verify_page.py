"""The page on which a file is dropped: verdicts in words, hostile files refused before work."""

import json

import pytest
from cases import VINH_PHUC
from test_app import PAGES, app, desks, sound  # noqa: F401  (fixtures)

from sim.ask.answers import Question, compare
from sim.files.carriers import SIDE_CAR, in_csv, read_stamp
from sim.paper import verify
from sim.paper.folders import RunFiles
from sim.place.case import load_case
from sim.place.stamp import digest, encoded
from sim.show.figures import Shown
from sim.words import Words

BOOKS = "results.xlsx"


@pytest.fixture(scope="module")
def files():
    """A run's tables and workbook, of the baseline with few draws."""
    case = load_case(VINH_PHUC)
    asked = Question(case=case, targets=case.target_sets[case.default_targets], replicates=10)
    say, found = Words("en"), compare(asked, [case.baseline])
    shown = Shown(question=asked, say=say, summaries=found)
    run = RunFiles(shown, shown.made)
    return dict([*run.tables(), *run.workbook()])


@pytest.fixture
def page(app):  # noqa: F811
    return sound(app().switch_page(PAGES["verify"]).run())


def dropped(page, *given):
    page.file_uploader[0].set_value([(name, content, "") for name, content in given])
    return sound(page.run())


def said(page):
    return [each.value for each in (*page.success, *page.error, *page.warning)]


def texts(page):
    return " ".join(each.value for each in page.text)


def test_a_file_as_it_was_made_is_told_so(page, files):
    name = "verdicts.csv"
    dropped(page, (name, files[name]), (name + SIDE_CAR, files[name + SIDE_CAR]))
    assert said(page) == ["The same: every byte matches."]


def test_a_changed_digit_is_named_with_its_cell(page, files):
    name = "verdicts.csv"
    altered = files[name].replace(b"0.7", b"0.8", 1)
    assert altered != files[name]
    dropped(page, (name, altered), (name + SIDE_CAR, files[name + SIDE_CAR]))
    assert said(page) == ["Not the same as what ketnoi makes from its stamp."]
    assert "0.8" in texts(page)
    assert "in the file" in texts(page)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04" + b"\0" * 50, b"%PDF-1.7\n%%EOF", b"a,b\n1,2\n", b"\xff" * 99, b"{" * 9999],
)
def test_what_is_none_of_ours_is_refused_without_a_run(page, monkeypatch, content):
    monkeypatch.setattr(verify.Workshop, "remake", lambda *given: 1 / 0)
    dropped(page, ("x.bin", content))
    assert said(page) == ["It cannot be checked."]


@pytest.mark.parametrize("how", [{"replicates": 100_000}, {"ask": {"target": "x"}}])
def test_what_would_take_long_is_refused_without_a_run(page, files, monkeypatch, how):
    monkeypatch.setattr(verify.Workshop, "remake", lambda *given: 1 / 0)
    entries = read_stamp(files[BOOKS]) | how | {"file": "run/verdicts.csv"}
    del entries["checksum"]
    stamped = encoded(entries | {"checksum": digest(entries)})
    dropped(page, ("t.csv", in_csv(b"a,b\n1,2\n", stamped)))
    assert said(page) == ["It cannot be checked."]
    assert "use ketnoi verify instead" in texts(page)


def test_a_file_too_large_is_refused_unread(page):
    dropped(page, ("big.csv", b"1" * 31_000_000))
    assert "larger than any file" in texts(page)


def test_the_assumption_that_differs_is_named(files):
    stamped = read_stamp(files[BOOKS])
    other = json.loads(json.dumps(stamped))
    other["assumptions"]["imitation"] = "1 … 2 … 3 triangular"
    lines = list(verify._inputs(other, stamped, Words("en")))
    mine = stamped["assumptions"]["imitation"]
    assert lines == [f"assumption imitation: 1 … 2 … 3 triangular in the stamp, {mine} here."]
