"""The log of decisions: a chain that breaks when it is touched, and scores when outcomes come."""

import json
import threading

import pytest
from cases import VIET_NAM, VINH_PHUC

from sim.ask.answers import Question, compare
from sim.faults import InputFaults
from sim.place.case import load_case
from sim.track.decisions import append, decision, read_log, scored


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
    late = ketnoi("track", VINH_PHUC, "2022-12-31", *few)
    assert late.returncode == 2
    assert "past the deadline" in late.stderr
    assert ketnoi("track", "score", tmp_path / "none", "--case", VINH_PHUC).returncode == 2
    nobody = ketnoi("track", "decide", log, "--who", "", *words[2:])
    assert nobody.returncode == 2
    assert len(read_log(log)) == 1


def test_why_a_chance_moved_is_written_and_verified(ketnoi, tmp_path):
    out, few = tmp_path / "why", ["--replicates", "20", "--lang", "en"]
    done = ketnoi("track", "why", VINH_PHUC, "2022-01-15", "2022-01-31", *few, "--out", out)
    assert done.returncode == 0, done.stderr
    assert {"answer.txt", "answer.csv", "stamp.json"} <= {file.name for file in out.iterdir()}
    assert list(out.glob("moved-*.svg"))
    checked = ketnoi("verify", out, "--lang", "en")
    assert checked.returncode == 0, checked.stdout
