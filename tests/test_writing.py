"""Files and folders are written whole or not at all, and nothing is left beside them."""

import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from cases import VINH_PHUC

from sim.faults import InputFaults
from sim.writing import (
    MARKER,
    check_folder,
    sweep,
    whole,
    write_file,
    write_folder,
    write_together,
    write_whole,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def full(*_):
    raise OSError(28, "No space left on device")


def test_a_file_is_written_whole_and_its_folder_made(tmp_path):
    write_file(tmp_path / "new" / "a.txt", b"one")
    write_file(tmp_path / "new" / "a.txt", b"two")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"two"
    assert names(tmp_path / "new") == ["a.txt"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch, failing):
    write_whole(tmp_path / "a.txt", b"old")
    monkeypatch.setattr(os, failing, full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "a.txt", b"new")
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_written_piece_by_piece_appears_at_the_end_or_not(tmp_path):
    out = tmp_path / "a.txt"
    with suppress(RuntimeError), whole(out) as part:
        part.write_bytes(b"half")
        raise RuntimeError
    assert names(tmp_path) == []
    with whole(out) as part:
        part.write_bytes(b"whole")
        assert not out.exists()
    assert out.read_bytes() == b"whole"


def test_two_who_write_one_file_at_once_do_not_mix(tmp_path):
    out = tmp_path / "a.txt"
    with whole(out) as one, whole(out) as other:
        one.write_bytes(b"one, the longer")
        other.write_bytes(b"other")
    assert out.read_bytes() == b"one, the longer"
    assert names(tmp_path) == ["a.txt"]


def test_threads_that_write_one_file_at_once_leave_one_of_them_whole(tmp_path):
    path, contents = tmp_path / "desk.json", [bytes([65 + n]) * 200_000 for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda content: write_whole(path, content), contents * 4))
    assert path.read_bytes() in contents
    assert names(tmp_path) == ["desk.json"]


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path):
    with whole(tmp_path / "a.txt") as ours:
        gone = ours.with_name(ours.name.replace(f".{os.getpid()}.", ".4194305."))
        gone.write_bytes(b"")  # no process has so high a number
        sweep(tmp_path)
        assert names(tmp_path) == [ours.name]


def test_a_file_may_be_kept_from_others(tmp_path):
    write_whole(tmp_path / "mine", b"", private=True)
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o600


def test_several_files_change_together_or_not_at_all(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    write_together({one: b"1", other: b"1"})
    with pytest.raises(TypeError):
        write_together({one: b"2", other: None})
    assert (one.read_bytes(), other.read_bytes()) == (b"1", b"1")
    assert names(tmp_path) == ["one", "other"]


def test_a_folder_is_written_whole(tmp_path):
    write_folder(tmp_path / "out", [("a.txt", b"1"), ("b/c.txt", b"2")], force=False)
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"1"
    assert (tmp_path / "out" / "b" / "c.txt").read_bytes() == b"2"
    assert names(tmp_path) == ["out"]


def broken():
    yield "a.txt", b"1"
    raise RuntimeError("half way")


def test_a_folder_that_fails_half_way_leaves_what_was_there(tmp_path):
    out = tmp_path / "out"
    write_folder(out, [("old.txt", b"old")], force=False)
    with pytest.raises(RuntimeError, match="half way"):
        write_folder(out, broken(), force=True)
    assert names(tmp_path) == ["out"]
    assert names(out) == [MARKER, "old.txt"]


def test_a_folder_that_holds_something_needs_force(tmp_path):
    out = tmp_path / "out"
    write_folder(out, [("old.txt", b"old")], force=False)
    with pytest.raises(InputFaults, match="not empty; expected: --force"):
        check_folder(out, force=False)
    write_folder(out, [("new.txt", b"new")], force=True)
    assert names(out) == [MARKER, "new.txt"]


def test_force_replaces_nothing_that_ketnoi_did_not_make(tmp_path):
    out = tmp_path / "out"
    write_folder(out, [("old.txt", b"old")], force=False)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputFaults, match=r"holds notes\.txt"):
        write_folder(out, [("new.txt", b"new")], force=True)
    case = shutil.copytree(VINH_PHUC, tmp_path / "case")
    with pytest.raises(InputFaults, match=r"holds case\.toml"):
        check_folder(case, force=True)
    assert (case / "case.toml").exists()
    assert (out / "old.txt").read_bytes() == b"old"


@pytest.mark.parametrize("name", [".", "..", "x" * 250, "file/below"])
def test_a_place_that_cannot_be_written_is_refused_before_work(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputFaults):
        check_folder(Path(name), force=True)


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputFaults, match="given a file; expected: a folder"):
        check_folder(tmp_path / "out", force=True)
