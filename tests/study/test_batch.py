"""Batches: the same bytes whatever happens on the way; nothing done is lost; faults are plain."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import commands
import pandas as pd
import pytest
from cases import SCENARIOS, VINH_PHUC

from sim.ask.answers import Question, compare
from sim.ask.summary import as_json
from sim.cli import main as cli
from sim.faults import InputFaults
from sim.place.case import load_case
from sim.study import chunks as chunking
from sim.study import engines
from sim.study.batch import (
    Stopped,
    here,
    load_study,
    pool,
    read_columns,
    read_study,
    read_table,
    run_points,
    run_study,
    status,
    write_table,
)
from sim.study.chunks import Keys, chunks, compute, fingerprint
from sim.study.kept import shards

KETNOI = [sys.executable, "-m", "sim.cli"]
STUDY = f"""
[study]
case = "{VINH_PHUC}"
scenarios = ["baseline", "fibre-first"]
replicates = 8
chunk = 4

[design]
kind = "sobol"
samples = 10

[factors.training]
low = 0
high = 10

[factors.switch_off_2g]
values = [0, 12, 3]
"""
RAISING = """
[factors.noise_high]
values = [0.001, 0.02]
"""


def raising(monkeypatch):
    """Let a point fail whose figures are told to be nearly certain."""
    whole = chunking.compare

    def compare(question, scenarios):
        if question.case.assumptions["noise_high"].central < 0.01:
            raise ZeroDivisionError("nearly certain")
        return whole(question, scenarios)

    monkeypatch.setattr(chunking, "compare", compare)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def study(file):
    return load_study(file)


@pytest.fixture(scope="module")
def done(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("done") / "out"
    assert run_study(study, out).complete
    return out


def table(out):
    return (out / "verdicts.parquet").read_bytes()


def ketnoi(*words):
    found = commands.run(*words, "--lang", "en")
    assert "Traceback" not in found.stderr, found.stderr
    return found


def test_a_row_says_what_a_run_of_the_same_scenario_says(study, done):
    rows = read_table(done)
    assert list(rows["scenario"]) == ["baseline"] * 10 + ["fibre-first"] * 10
    assert list(rows["point"]) == [*range(10), *range(10)]
    assert rows["error"].isna().all()
    row = rows.iloc[13]
    levers = {"training": row["training"], "switch_off_2g": int(row["switch_off_2g"])}
    base = study.scenarios[1]
    plan = replace(base, levers={**base.levers, **levers})
    (alone,) = compare(
        Question(case=study.case, targets=study.targets, seed=2022, replicates=8), [plan]
    )
    said = as_json(alone, "bn VND")
    assert row["chance_all"] == said["chance_all"]
    assert row["cost_bn_vnd"] == said["cost_bn_vnd"]
    for target in said["targets"]:
        for number in ("chance", "p05", "p50", "p95", "gap_p50", "chance_change"):
            assert row[f"{target['indicator']}.{number}"] == target[number]


def test_the_table_is_the_same_bytes_in_any_order_from_any_engine(
    study, done, tmp_path, monkeypatch
):
    def backwards(todo):
        yield from here(reversed(list(todo)))

    run_study(study, tmp_path / "backwards", engine=backwards)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # of the workers
    run_study(study, tmp_path / "pool", engine=pool(2))
    assert not list(tmp_path.glob("ketnoi-*"))
    assert table(tmp_path / "backwards") == table(done)
    assert table(tmp_path / "pool") == table(done)


def test_a_dask_cluster_gives_the_same_bytes(study, done, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
    ) as cluster:
        run_study(study, tmp_path / "dask", engine=engines.dask(cluster.scheduler_address))
    assert table(tmp_path / "dask") == table(done)


def test_no_scheduler_at_the_address_is_bad_input(file, tmp_path, monkeypatch):
    with pytest.raises(InputFaults, match="the address of a running scheduler"):
        engines.dask("nonsense://nowhere")


def test_limit_and_resume_compute_each_chunk_once(study, done, tmp_path):
    given = []

    def counting(todo):
        for chunk, result in here(todo):
            given.append(chunk.key)
            yield chunk, result

    out = tmp_path / "out"
    first = run_study(study, out, engine=counting, limit=5)
    assert (first.kept, first.runs, first.complete) == (8, 20, False)
    assert not (out / "verdicts.parquet").exists()
    assert run_study(study, out, engine=counting, resume=True).complete
    assert sorted(given) == sorted({chunk.key for chunk in chunks(study)})
    assert table(out) == table(done)
    assert run_study(study, out, engine=counting, resume=True).kept == 20
    assert len(given) == 6


def test_a_longer_study_in_the_same_folder_keeps_what_is_the_same(study, tmp_path):
    run_study(study, tmp_path / "out")
    longer = replace(study, design=replace(study.design, samples=16), scenarios=study.scenarios[:1])
    again = run_study(longer, tmp_path / "out", resume=True, limit=1)
    assert (again.shared, again.kept) == (10, 12)  # the chunk given out has two that are new


@pytest.mark.parametrize("harm", ["truncated", "flipped", "gone"])
def test_a_damaged_chunk_is_noticed_and_computed_again(study, done, tmp_path, harm):
    out = tmp_path / "out"
    run_study(study, out)
    shard = sorted((out / "shards").iterdir())[2]
    content = bytearray(shard.read_bytes())
    if harm == "gone":
        shard.unlink()
    else:
        content[len(content) // 2] ^= 1
        shard.write_bytes(content if harm == "flipped" else content[:100])
    tally = status(out)
    assert tally.kept in (16, 18)
    assert tally.damaged == (0 if harm == "gone" else 20 - tally.kept)
    with pytest.raises(InputFaults, match="missing or damaged"):
        read_columns(out)
    assert run_study(study, out, resume=True).complete
    assert status(out).damaged == 0
    assert table(out) == table(done)


@pytest.mark.parametrize("name", ["study.json", "plan.parquet"])
@pytest.mark.parametrize("harm", [b"", b"\xff", b"[" * 5000, b'{"hash": 1}', "flipped"])
def test_a_damaged_study_or_plan_is_one_fault_and_made_again(study, done, tmp_path, name, harm):
    out = Path(shutil.copytree(done, tmp_path / "out"))
    whole = (out / name).read_bytes()
    flipped = whole[:40] + bytes([whole[40] ^ 1]) + whole[41:]
    (out / name).write_bytes(flipped if harm == "flipped" else harm)
    for read in (status, read_study, read_columns):
        with pytest.raises(InputFaults, match=rf"^1 fault[^\n]*\n[^\n]*{name}.*a damaged file"):
            read(out)
    assert run_study(study, out, resume=True).complete
    assert (out / name).read_bytes() == whole


def test_what_was_left_half_written_in_a_study_is_swept(study, done, tmp_path):
    out = Path(shutil.copytree(done, tmp_path / "out"))
    rooms = (
        out,
        out / "shards",
        out / "source" / "case",
        out / "earlier" / "a" / "source" / "case",
    )
    for folder in rooms:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".plan.parquet.0.4194305.part").write_text("no process has so high a number")
    run_study(study, out, resume=True)
    assert list(out.rglob("*.part")) == []


def test_a_text_that_starts_a_formula_stays_text_in_the_table(done, tmp_path, monkeypatch):
    import pyarrow as pa

    odd = pa.table({"scenario": ["=1+1"], "error": ["@SUM(1)"], "chance": [-0.5]})
    monkeypatch.setattr("sim.study.kept.folder.Folder.tables", lambda *given: iter([odd]))
    write_table(done, "csv", tmp_path / "t.csv")
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["scenario,error,chance", "'=1+1,'@SUM(1),-0.5"]


def test_a_table_that_cannot_be_written_is_bad_input(done, tmp_path, monkeypatch):
    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    write_table(done, "csv", tmp_path / "t.csv")
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(os, "fsync", full)
    for form in ("csv", "parquet", "xlsx"):
        with pytest.raises(InputFaults, match="No space left on device; would do: a disk with"):
            write_table(done, form, tmp_path / f"t.{form}")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept


def test_a_full_disk_stops_the_study_and_loses_nothing(study, done, tmp_path, monkeypatch):
    out, kept = tmp_path / "out", []
    write = shards.write_whole

    def filling(path, content):
        if path.suffix == ".parquet" and len(kept) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        kept.append(path) if path.suffix == ".parquet" else None
        write(path, content)

    monkeypatch.setattr(shards, "write_whole", filling)
    with pytest.raises(Stopped, match="No space left on device") as stop:
        run_study(study, out)
    assert stop.value.tally.kept == 10
    monkeypatch.undo()
    assert status(out).kept == 10
    run_study(study, out, resume=True)
    assert table(out) == table(done)


def test_a_study_goes_nowhere_it_must_not(study, done, tmp_path):
    with pytest.raises(InputFaults, match="--resume to go on with it"):
        run_study(study, done)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputFaults, match="a folder that is not empty"):
        run_study(study, tmp_path, resume=True)
    with pytest.raises(InputFaults, match="given a file"):
        run_study(study, tmp_path / "mine.txt")
    with pytest.raises(InputFaults, match="Not a directory"):
        run_study(study, tmp_path / "mine.txt" / "out")
    with pytest.raises(InputFaults, match="holds no study"):
        status(tmp_path)
    with shards.alone(done), pytest.raises(InputFaults, match="another ketnoi is using"):
        run_study(study, done, resume=True)


def test_a_point_that_raises_is_recorded_and_stops_nothing(tmp_path, monkeypatch):
    raising(monkeypatch)
    path = tmp_path / "study.toml"
    text = STUDY.replace('"baseline", "fibre-first"', '"baseline"').replace(
        "samples = 10", "samples = 6"
    )
    path.write_text(text + RAISING, encoding="utf-8")
    found = load_study(path)
    tally = run_study(found, tmp_path / "out")
    rows = read_table(tmp_path / "out")
    bad = rows[rows["noise_high"] < 0.01]
    assert tally.complete
    assert tally.failed == len(bad) == status(tmp_path / "out").failed > 0
    assert bad["error"].str.startswith("ZeroDivisionError").all()
    assert bad["chance_all"].isna().all()
    assert rows[rows["noise_high"] > 0.01]["chance_all"].notna().all()


def test_want_of_memory_fails_the_chunk_not_the_point(study, monkeypatch):
    def greedy(*given, **more):
        raise MemoryError

    monkeypatch.setattr("sim.study.chunks.compare", greedy)
    ((_, result),) = here([next(chunks(study))])
    assert isinstance(result, MemoryError)


def test_a_worker_of_other_code_refuses(study):
    chunk = next(chunks(study))
    stranger = replace(chunk, place=replace(chunk.place, made_by="0" * 64))
    with pytest.raises(RuntimeError, match="another ketnoi"):
        compute(stranger)


def test_the_same_points_elsewhere_in_another_world_are_other_points(study):
    keys = {key for chunk in chunks(study) for key in chunk.keys}
    for other in (
        replace(study, seed=1),
        replace(study, replicates=9),
        replace(study, targets=study.case.target_sets["final-2022-03"]),
        replace(study, case=replace(study.case, hash="0")),
        replace(study, design=replace(study.design, seed=2)),
    ):
        assert keys.isdisjoint(key for chunk in chunks(other) for key in chunk.keys)
    assert len(fingerprint()) == 64


def test_a_point_is_what_it_makes_of_its_plan_whatever_it_is_called(study):
    keys, (plan, other) = Keys(study), study.scenarios
    point = {"training": 5.0}
    same = replace(plan, id="renamed", levers={**plan.levers, "training": 5})
    assert keys.of(plan, point) == keys.of(same, {}) != keys.of(other, point)
    assert keys.of(plan, point) != keys.of(plan, {**point, "imitation": 5.0})


def test_an_unnamed_case_file_on_the_worker_is_not_needed(study, tmp_path):
    chunk = next(chunks(replace(study, case=replace(study.case, folder=tmp_path / "nowhere"))))
    assert set(compute(chunk)) == {"verdicts"}


@pytest.mark.parametrize(("detail", "areas"), [("nation", 1), ("area", 9)])
def test_months_come_by_nation_or_area(study, tmp_path, detail, areas):
    small = replace(
        study,
        monthly=detail,
        scenarios=study.scenarios[:1],
        design=replace(study.design, samples=3),
    )
    run_study(small, tmp_path / "out")
    rows = read_table(tmp_path / "out", kind="monthly")
    assert len(rows) == 3 * 6 * areas * rows["month"].nunique()
    assert rows["area"].nunique() == areas
    assert (rows["p05"] <= rows["p50"]).all()
    assert (rows["p50"] <= rows["p95"]).all()
    assert (tmp_path / "out" / "monthly.parquet").exists()
    assert write_table(tmp_path / "out", "csv", tmp_path / "m.csv", kind="monthly") == len(rows)


def test_tables_come_in_three_forms_with_the_same_numbers(done, tmp_path):
    rows = read_table(done)
    for form in ("csv", "parquet", "xlsx"):
        assert write_table(done, form, tmp_path / f"t.{form}") == 20
    text = pd.read_csv(tmp_path / "t.csv", encoding="utf-8-sig")
    assert list(text.columns) == list(rows.columns)
    assert list(text["chance_all"]) == list(rows["chance_all"])
    assert (tmp_path / "t.parquet").read_bytes() == table(done)
    assert (tmp_path / "t.xlsx").read_bytes()[:2] == b"PK"
    with pytest.raises(InputFaults, match="without quantiles by month"):
        write_table(done, "csv", tmp_path / "x.csv", kind="monthly")


def test_the_table_carries_the_study_it_was_made_from(done):
    import pyarrow.parquet as pq

    carried = pq.read_schema(done / "verdicts.parquet").metadata[b"ketnoi"]
    assert json.loads(carried) == read_study(done)


def test_a_table_of_points_goes_in_and_one_of_verdicts_comes_out(study, done):
    case = load_case(VINH_PHUC)
    rows = read_table(done).head(4)
    points = rows[["training", "switch_off_2g"]].set_index(pd.Index(list("abcd")))
    found = run_points(case, case.baseline, points, replicates=8)
    assert list(found.index) == list("abcd")
    assert list(found["chance_all"]) == list(rows["chance_all"])
    with pytest.raises(InputFaults, match="did you mean training"):
        run_points(case, case.baseline, points.rename(columns={"training": "trainig"}))


def test_the_example_in_the_docs_runs():
    script = SCENARIOS.parent / "docs" / "batch_example.py"
    found = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert "chance" in found.stdout


def test_killed_and_resumed_the_command_gives_the_same_bytes(file, done, tmp_path):
    out = tmp_path / "out"
    words = [*KETNOI, "batch", str(file), "--out", str(out), "--workers", "1"]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(out.glob("shards/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = status(out).kept
    assert kept > 0
    again = ketnoi("batch", file, "--out", out, "--workers", "1", "--resume")
    assert again.returncode == 0, again.stderr
    assert "20 of 20 runs are kept." in again.stdout
    assert table(out) == table(done)
    assert not list(out.glob("shards/.*"))


def hears():
    """Let a process hear Ctrl-C even where the tests run in a background that does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_stops_the_command_cleanly(tmp_path):
    out, file = tmp_path / "out", tmp_path / "long.toml"
    file.write_text(STUDY.replace("samples = 10", "samples = 1000"), encoding="utf-8")
    words = [*KETNOI, "batch", str(file), "--out", str(out), "--workers", "1", "--lang", "en"]
    process = subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hears
    )
    while not list(out.glob("shards/*.parquet")) and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: parent and workers
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert errors.startswith("Stopped: interrupted\n")
    assert "Continue with --resume." in errors
    assert "Traceback" not in errors


def here_and_now(monkeypatch, *words):
    """Run the command in this process; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["ketnoi", *map(str, words), "--lang", "en"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


THREADS = """
import os, sys
from pathlib import Path
import pyarrow.parquet
from sim.study.batch import read_columns
before = len(os.listdir("/proc/self/task"))
read_columns(Path(sys.argv[1]))
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted in /proc")
def test_kept_tables_are_read_by_no_thread_of_arrows(done):
    """One that lets go of its bytes while Python ends aborts the process."""
    words = [sys.executable, "-c", THREADS, str(done)]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "0\n"


def test_the_commands_read_a_study_again(done, tmp_path, monkeypatch, capsys):
    assert here_and_now(monkeypatch, "batch", "status", done, "--json") == 0
    assert json.loads(capsys.readouterr().out)["kept"] == 20
    words = ["--format", "xlsx", "--out", tmp_path / "t.xlsx"]
    assert here_and_now(monkeypatch, "batch", "table", done, *words) == 0
    assert "t.xlsx" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["batch", "nowhere.toml", "--out", "x"], "a file that does not exist"),
        (["batch", "status", "nowhere"], "a folder that holds no study"),
        (["batch", "table", "nowhere", "--format", "cvs"], "did you mean csv?"),
        (["batch", "nowhere.toml", "--out", "x", "--limit", "0"], "--limit: given '0'"),
        (["batch", "x.toml", "--out", "x", "--workers", "1", "--scheduler", "tcp://a"], "one of"),
        (["batch", "x.toml"], "--out"),
        (["sensitivity", "nowhere"], "a folder that holds no study"),
    ],
)
def test_bad_input_exits_with_two(monkeypatch, capsys, words, message):
    assert here_and_now(monkeypatch, *words) == 2
    assert message in capsys.readouterr().err
    assert not Path("x").exists()


def test_a_point_that_raises_makes_the_command_exit_with_one(tmp_path, monkeypatch, capsys):
    raising(monkeypatch)
    path = tmp_path / "study.toml"
    text = STUDY.replace('"baseline", "fibre-first"', '"baseline"')
    path.write_text(text.replace("samples = 10", "samples = 4") + RAISING, encoding="utf-8")
    monkeypatch.setattr("sim.study.batch.pool", lambda workers: here)
    assert here_and_now(monkeypatch, "batch", path, "--out", tmp_path / "out") == 1
    assert "of them failed; the table says why." in capsys.readouterr().out
