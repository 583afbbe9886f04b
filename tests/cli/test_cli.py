"""The command line: same bytes twice, plain messages, exit codes, nothing half-written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cases import VIET_NAM, VINH_PHUC

KETNOI = [sys.executable, "-m", "sim.cli"]
FEW = ["--case", str(VINH_PHUC), "--replicates", "40", "--lang", "en"]


def ketnoi(*words, **environment):
    done = subprocess.run(
        [*KETNOI, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize("case", [VIET_NAM, VINH_PHUC], ids=["viet-nam", "vinh-phuc"])
def test_the_same_command_prints_the_same_bytes_whatever_the_hash_seed(case):
    words = ["run", "--json", "--case", case, "--replicates", "30"]
    one = ketnoi(*words, PYTHONHASHSEED="1")
    other = ketnoi(*words, PYTHONHASHSEED="2")
    assert one.returncode == 0, one.stderr
    assert one.stdout == other.stdout
    answer = json.loads(one.stdout)
    assert set(answer) == {"stamp", "scenarios"}
    assert len(answer["scenarios"]) >= 7
    for scenario in answer["scenarios"]:
        assert set(scenario) >= {"name", "targets", "chance_all", "binding", "cost_bn_vnd"}
        for target in scenario["targets"]:
            assert set(target) >= {
                "indicator", "target", "deadline", "p05", "p50", "p95", "chance",
                "month_passed_p50", "gap_p50",
            }  # fmt: skip
            assert target["p05"] <= target["p50"] <= target["p95"]


def test_a_run_prints_a_table_and_leaves_tables_charts_and_a_stamp(tmp_path):
    out = tmp_path / "out"
    done = ketnoi("run", VINH_PHUC / "fibre-first.toml", *FEW, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Fibre first" in done.stdout
    names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert {"verdicts.csv", "nation.csv", "areas.csv", "money.csv", "results.xlsx"} <= names
    assert {f"charts/verdicts.{form}" for form in ("svg", "png", "pdf")} <= names
    assert "charts/fibre-first/fan-fibre_households.pdf" in names
    assert json.loads((out / "stamp.json").read_text())["seed"] == 2022
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_is_not_empty_is_refused_before_any_work(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = ketnoi("run", *FEW, "--out", tmp_path)
    assert done.returncode == 2
    assert "a folder that is not empty; would do: --force" in done.stderr
    assert done.stdout == ""
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--seed", "1.5"], "--seed: given '1.5'; would do: a whole number, 0 to"),
        (["run", "--seed", "lucky"], "--seed: given 'lucky'; would do: a whole number, 0 to"),
        (["run", "--replicates", "0"], "given '0'; would do: a whole number, 1 to 100000"),
        (["run", "--case", "nowhere"], "a folder that is not there"),
        (["run", "nowhere.toml"], "a file that is not there"),
        (["run", "--targets", "final-2022"], "did you mean final-2022-03?"),
        (["check", "nowhere"], "a folder that is not there"),
        (["run", "--colour", "red"], "colour"),
        (["fly"], "fly"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_two(words, message):
    more = [] if "--case" in words or words[0] != "run" else ["--case", VINH_PHUC]
    done = ketnoi(*words, *more)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_check_passes_what_is_shipped_and_lists_every_fault_of_what_is_broken(copy):
    assert ketnoi("check", VIET_NAM, VINH_PHUC).returncode == 0
    plan = copy / "fibre-first.toml"
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("fibre_build", "fibre_buld")
        + "switch_off_2g = 99\n",
        encoding="utf-8",
    )
    (copy / "late-money.toml").write_text("[name\n", encoding="utf-8")
    done = ketnoi("check", copy)
    assert done.returncode == 2
    assert done.stderr.startswith("3 faults to mend")
    assert "did you mean fibre_build?" in done.stderr
    assert "0 to 60" in done.stderr
    assert "malformed TOML" in done.stderr


def test_levers_and_schema_are_printed_for_people_and_programs():
    table = ketnoi("levers", "--lang", "vi")
    assert "Tắt sóng 2G" in table.stdout
    rows = json.loads(ketnoi("levers", "--json").stdout)["levers"]
    assert {"name", "low", "high", "baseline", "unit", "mechanism", "source"} <= set(rows[0])
    schema = json.loads(ketnoi("schema").stdout)
    assert "training" in schema["$defs"]["Levers"]["properties"]


def test_help_is_in_the_terminals_language_and_has_examples():
    assert "Chạy các kịch bản" in ketnoi("--help", LANG="vi_VN.UTF-8", LC_ALL="").stdout
    assert "Run scenarios" in ketnoi("--help", LANG="en_US.UTF-8", LC_ALL="").stdout
    for command in ("run", "check", "levers", "schema", "app"):
        assert "ketnoi " + command in ketnoi(command, "--help", "--lang", "en").stdout


def test_the_page_refuses_folders_that_hold_no_case_or_share_a_name(tmp_path):
    done = ketnoi("app", "--case", tmp_path, "--case", VINH_PHUC, "--case", VINH_PHUC)
    assert done.returncode == 2
    assert done.stderr.startswith("3 faults to mend")
    assert "no case.toml in it; would do: a case folder" in done.stderr
    assert done.stderr.count("a name given twice") == 2


def test_help_does_not_wait_for_the_heavy_libraries():
    words = "import sys, sim.cli.main; print([m for m in sys.modules if m.split('.')[0] in "
    words += "('numpy', 'scipy', 'statsmodels', 'streamlit', 'typst', 'pydantic')])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_shipped_file_is_read_by_the_schema(copy):
    assert len(list(Path(copy).glob("*.toml"))) == 9


def test_backtest_and_fit_refuse_what_they_cannot_use(tmp_path):
    done = ketnoi("backtest")
    assert done.returncode == 2
    assert "neither --panel nor --case; would do: one of them" in done.stderr
    done = ketnoi("backtest", "--panel", "nowhere.csv", "--out", tmp_path / "x.csv")
    assert done.returncode == 2
    assert "a file that is not there" in done.stderr
    done = ketnoi("fit", "--panel", "nowhere.csv", "--out", tmp_path / "x.json")
    assert done.returncode == 2
    assert not list(tmp_path.iterdir())


def test_backtest_of_a_case_prints_scores_and_leaves_charts(tmp_path):
    done = ketnoi("backtest", "--case", VIET_NAM, "--out", tmp_path / "out", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "Brier score" in done.stdout
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"forecasts.csv", "chances.csv", "backtest-fibre_households.pdf"} <= names
