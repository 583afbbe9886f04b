"""The log of decisions: a chain that breaks when it is touched, and scores when outcomes come."""

import json
import threading

import pytest
from cases import VIET_NAM, VINH_PHUC

from sim.ask.answers import Question, compare
from sim.faults import InputFaults
from sim.place.case import load_case
from sim.track.decisions import append, check_log, decision, line_hash, read_log, scored


@pytest.fixture(scope="module")
def entry():
    case = load_case(VIET_NAM)
    targets = case.target_sets[case.default_targets]
    asked = Question(case=case, targets=targets, seed=1, replicates=30)
    (answer,) = compare(asked, [case.baseline])
    return decision(asked, answer, who="Sở KH&CN", why="Khởi động", day="2022-01-15")


@pytest.fixture
def log(tmp_path, entry):
    path = tmp_path / "log.jsonl"
    for _ in range(4):
        append(path, entry)
    return path


def test_what_is_written_is_read_again(log, entry):
    assert read_log(log) == [entry] * 4
    assert read_log(log.with_name("none.jsonl")) == []


@pytest.mark.parametrize("line", range(4))
def test_a_changed_letter_is_found(log, line):
    lines = log.read_text(encoding="utf-8").splitlines()
    lines[line] = lines[line].replace("Khởi", "Khơi")
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputFaults, match=f"line {line + 1}: given a broken chain"):
        read_log(log)


@pytest.mark.parametrize("line", range(3))
def test_a_dropped_or_swapped_line_is_found(log, line):
    lines = log.read_text(encoding="utf-8").splitlines()
    log.write_text("\n".join(lines[:line] + lines[line + 1 :]) + "\n", encoding="utf-8")
    with pytest.raises(InputFaults, match="broken chain"):
        read_log(log)


def test_a_line_forged_with_a_hash_of_its_own_breaks_the_next(log):
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    lines[1]["before"] = "0" * 64
    log.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    with pytest.raises(InputFaults, match="line 2"):
        read_log(log)


def test_nothing_is_added_to_a_broken_log(log, entry):
    broken = log.read_text(encoding="utf-8").replace("Khởi", "Khơi", 1)
    log.write_text(broken, encoding="utf-8")
    with pytest.raises(InputFaults):
        append(log, entry)
    assert log.read_text(encoding="utf-8") == broken


def test_a_last_line_that_an_editor_left_without_its_end_is_ended(log, entry):
    log.write_bytes(log.read_bytes().removesuffix(b"\n"))
    append(log, entry)
    assert read_log(log) == [entry] * 5


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_a_log_saved_by_another_editor_is_read_and_added_to(log, entry, ends, mark):
    log.write_bytes(mark + log.read_bytes().replace(b"\n", ends))
    append(log, entry)
    assert read_log(log) == [entry] * 5


def test_no_letter_of_an_entry_ends_its_line(log, entry):
    append(log, entry.model_copy(update={"why": "one\x85two"}))
    append(log, entry)
    assert [each.why for each in read_log(log)][-2:] == ["one\x85two", entry.why]


def test_a_log_that_holds_but_a_mark_is_an_empty_one(tmp_path, entry):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\xef\xbb\xbf")
    append(path, entry)
    assert read_log(path) == [entry]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"entry": 1}', "[" * 999, "9" * 999]
)
def test_a_line_that_is_no_entry_is_told_by_its_number(log, text):
    lines = log.read_text(encoding="utf-8").splitlines()
    log.write_text("\n".join([*lines[:2], text, *lines[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(InputFaults, match="line 3: given a line that is no entry; would do: a log"):
        read_log(log)


def test_a_name_put_in_before_the_one_that_counts_is_found(log):
    text = log.read_text(encoding="utf-8")
    log.write_text(text.replace('"seed": 1', '"seed": 7, "seed": 1', 1), encoding="utf-8")
    with pytest.raises(InputFaults, match="line 1: given a line that is no entry"):
        read_log(log)


def test_an_entry_of_another_version_is_told_with_what_is_new(log):
    line = json.loads(log.read_text(encoding="utf-8").splitlines()[0])
    content = {**line["entry"], "office": "STTTT"}
    text = json.dumps({**line, "entry": content, "hash": line_hash(content, line["before"])})
    log.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(InputFaults, match=r"line 1, entry\.office: given 'STTTT'.*the version of"):
        read_log(log)


def test_a_log_that_cannot_be_written_is_told_before_anything_is_run(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link").symlink_to("later.jsonl")
    told = {
        "folder": "given a folder",
        "loop": "symbolic links",
        "loop/log": "not a folder",
        "file/log": "not a folder",
    }
    for name, given in told.items():
        with pytest.raises(InputFaults, match=given):
            check_log(tmp_path / name)
    for name in ("file", "link", "more/log", "log"):
        check_log(tmp_path / name)


def test_what_is_promised_of_one_place_is_not_scored_by_the_figures_of_another(entry, vinh_phuc):
    assert scored([entry], vinh_phuc) == []


def test_writers_at_once_wait_for_each_other(tmp_path, entry):
    path = tmp_path / "log.jsonl"
    threads = [threading.Thread(target=append, args=(path, entry)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(read_log(path)) == 8


def test_promises_are_scored_by_what_was_published(entry):
    case = load_case(VIET_NAM)
    found = scored([entry], case)
    met = {each.promised.indicator: each.met for each in found}
    assert met == {
        "fibre_households": True,
        "covered_villages": False,
        "mobile_broadband": False,
    }
    for each in found:
        said, coin, _ = each.brier
        assert said == pytest.approx((each.promised.chance - each.met) ** 2)
        assert coin == 0.25
    assert scored([entry], case.as_of(case.head.vintage)) == found  # figures, not knowledge


def test_commands_follow_decide_and_score(ketnoi, tmp_path):
    log = tmp_path / "log.jsonl"
    few = ["--replicates", "20", "--lang", "en"]
    done = ketnoi("track", VINH_PHUC, "2022-01-15", "2022-03-31", *few, "--json")
    assert [each["vintage"] for each in json.loads(done.stdout)] == ["2022-01-15", "2022-03-31"]
    told = ketnoi("track", "why", VINH_PHUC, "2022-01-15", "2022-02-28", *few)
    assert "Time passed" in told.stdout
    words = ["--who", "PMU", "--why", "Start", "--case", VINH_PHUC, *few]
    assert ketnoi("track", "decide", log, *words).returncode == 0
    assert "1 decisions" in ketnoi("track", "score", log, "--case", VINH_PHUC, *few[2:]).stdout
    other = ketnoi("track", "score", log, "--case", VIET_NAM, *few[2:])
    assert other.returncode == 2
    assert "no decision about vietnam-2022" in other.stderr
    late = ketnoi("track", VINH_PHUC, "2022-12-31", *few)
    assert late.returncode == 2
    assert "past the deadline" in late.stderr
    assert ketnoi("track", "score", tmp_path / "none", "--case", VINH_PHUC).returncode == 2
    wrong = ["--who", "", "--why", " ", "--day", "2022-02-30", "--case", tmp_path, *few]
    nobody = ketnoi("track", "decide", tmp_path, *wrong)
    assert nobody.returncode == 2
    for place in ("--who", "--why", "--day", f"{tmp_path}: given a folder", "case.toml"):
        assert place in nobody.stderr
    for day in ("2022-01-14", "2030-01-01"):
        never = ketnoi("track", "decide", log, *words, "--day", day)
        assert never.returncode == 2
        assert "from that of the figures, 2022-01-15, to 2022-12-31" in never.stderr
    assert len(read_log(log)) == 1


def test_what_is_no_way_from_one_state_to_another_is_told(ketnoi, tmp_path):
    few, empty = ["--replicates", "20", "--lang", "en"], tmp_path / "facts.toml"
    empty.write_text("# later\n", encoding="utf-8")
    for words, given in (
        (["why", VINH_PHUC, "2022-02-28", "2022-01-31"], "2022-01-31: given after 2022-02-28"),
        (["why", VINH_PHUC, "2022-01-31", "2022-01-31"], "given the same as before"),
        (["why", VINH_PHUC, "2022-01-31", empty], "facts.toml: given no fact"),
        (["scores", empty], "scores: given a folder that does not exist"),
        ([VINH_PHUC, "2022-01-15", "2022-01-31", "--plan", "none"], "1 fault to fix"),
    ):
        done = ketnoi("track", *words, *few)
        assert done.returncode == 2
        assert given in done.stderr


def test_why_a_chance_moved_is_written_and_verified(ketnoi, tmp_path):
    out, few = tmp_path / "why", ["--replicates", "20", "--lang", "en"]
    done = ketnoi("track", "why", VINH_PHUC, "2022-01-15", "2022-01-31", *few, "--out", out)
    assert done.returncode == 0, done.stderr
    assert {"answer.txt", "answer.csv", "stamp.json"} <= {file.name for file in out.iterdir()}
    assert list(out.glob("moved-*.svg"))
    checked = ketnoi("verify", out, "--lang", "en")
    assert checked.returncode == 0, checked.stdout
