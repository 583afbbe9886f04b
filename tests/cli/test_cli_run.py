"""Run, check, levers, schema: same bytes twice, plain messages, nothing half-written."""

import json
from pathlib import Path

import pytest
from cases import VIET_NAM, VINH_PHUC

FEW = ["--case", str(VINH_PHUC), "--replicates", "40", "--lang", "en"]


@pytest.mark.parametrize("case", [VIET_NAM, VINH_PHUC], ids=["viet-nam", "vinh-phuc"])
def test_the_same_command_prints_the_same_bytes_whatever_the_hash_seed(ketnoi, case):
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
                "indicator",
                "target",
                "deadline",
                "p05",
                "p50",
                "p95",
                "chance",
                "month_passed_p50",
                "gap_p50",
            }
            assert target["p05"] <= target["p50"] <= target["p95"]


def test_a_run_prints_a_table_and_leaves_tables_charts_and_a_stamp(ketnoi, tmp_path):
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


def test_a_folder_that_is_not_empty_is_refused_before_any_work(ketnoi, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = ketnoi("run", *FEW, "--out", tmp_path)
    assert done.returncode == 2
    assert "a folder that is not empty; would do: --force" in done.stderr
    assert done.stdout == ""
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_check_passes_what_is_shipped_and_lists_every_fault_of_what_is_broken(ketnoi, copy):
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
    assert done.stderr.startswith("3 faults to fix")
    assert "did you mean fibre_build?" in done.stderr
    assert "0 to 60" in done.stderr
    assert "malformed TOML" in done.stderr


def test_levers_and_schema_are_printed_for_people_and_programs(ketnoi):
    table = ketnoi("levers", "--lang", "vi")
    assert "Tắt sóng 2G" in table.stdout
    rows = json.loads(ketnoi("levers", "--json").stdout)["levers"]
    assert {"name", "low", "high", "baseline", "unit", "mechanism", "source"} <= set(rows[0])
    schema = json.loads(ketnoi("schema").stdout)
    assert "training" in schema["$defs"]["Levers"]["properties"]


def test_every_shipped_file_is_read_by_the_schema(copy):
    assert len(list(Path(copy).glob("*.toml"))) == 9


def test_the_page_refuses_folders_that_hold_no_case_or_share_a_name(ketnoi, tmp_path):
    done = ketnoi("app", "--case", tmp_path, "--case", VINH_PHUC, "--case", VINH_PHUC)
    assert done.returncode == 2
    assert done.stderr.startswith("2 faults to fix")
    assert "no case.toml in it; would do: a case folder" in done.stderr
    assert done.stderr.count("a name given twice") == 1
