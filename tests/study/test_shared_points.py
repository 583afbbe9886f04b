"""What is kept of studies: by point, shared, combined, held side by side, proven again."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cases import VINH_PHUC
from test_batch import STUDY, here_and_now, table

from sim.faults import InputFaults
from sim.study.batch import here, load_study, pool, read_study, read_table, run_study, status
from sim.study.designs import Design
from sim.study.kept.folder import open_study, write_table
from sim.study.kept.together import combine
from sim.study.outcomes import Own

OWN = '''
import numpy as np


def worst(forecast, summary):
    """The worst area at the end, and what is spent."""
    levels = forecast.tracks["mobile_broadband"].draws[:, :, -1]
    return {"worst_area": float(levels.mean(axis=0).min()), "money": summary.cost}
'''
CSV = f"""
[study]
case = "{VINH_PHUC}"
replicates = 4
chunk = 2

[design]
kind = "csv"
file = "points.csv"
"""


def study_of(folder, text, **files):
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(folder / "study.toml")


def small(folder, outputs="", own=OWN):
    text = STUDY.replace('"baseline", "fibre-first"', '"baseline"')
    text = text.replace("samples = 10", "samples = 5")
    return study_of(folder, text + outputs, my_py=own)


def verdict(monkeypatch, capsys, path):
    code = here_and_now(monkeypatch, "verify", path, "--json")
    (found,) = json.loads(capsys.readouterr().out)["files"]
    return code, found["status"], " ".join(found["why"])


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A study with every output, done."""
    folder = tmp_path_factory.mktemp("full")
    outputs = '[outputs]\nmonthly = "both"\nquantiles = [0.1, 0.5, 0.975]\ndraws = "nation"\n'
    study = small(folder, outputs + 'outcomes = "my.py:worst"\n')
    assert run_study(study, folder / "out").complete
    return folder


def test_every_output_is_kept_and_agrees(full):
    rows, months, draws = (
        read_table(full / "out", kind=kind) for kind in ("verdicts", "monthly", "draws")
    )
    assert list(rows["money"]) == list(rows["cost_bn_vnd"])
    assert rows["worst_area"].between(0, 2).all()
    assert rows["error"].isna().all()
    assert list(months.columns[-3:]) == ["p10", "p50", "p97.5"]
    assert months["area"].nunique() == 10  # nine areas, and the province without a code
    ends = ["point", "indicator", "month"]
    medians = draws.groupby(ends)["value"].median()
    mine = months[months["area"] == ""].set_index(ends)["p50"]
    assert np.allclose(medians.sort_index(), mine.sort_index(), rtol=1e-9)
    assert sorted(draws["replicate"].unique()) == list(range(8))


def test_a_pool_carries_outcomes_of_ones_own_to_the_same_bytes(full, tmp_path):
    study = load_study(full / "study.toml")
    run_study(study, tmp_path / "out", engine=pool(1), limit=4)
    assert status(tmp_path / "out").kept == 4
    run_study(study, tmp_path / "out", resume=True)
    for name in ("verdicts", "monthly", "draws"):
        file = f"{name}.parquet"
        assert (tmp_path / "out" / file).read_bytes() == (full / "out" / file).read_bytes()


def test_another_output_leaves_what_is_kept_of_the_others(full, tmp_path):
    out = Path(shutil.copytree(full / "out", tmp_path / "out"))
    study = load_study(full / "study.toml")
    before = set((out / "shards").iterdir())
    other = replace(study, own=replace(study.own, text=study.own.text + "# edited\n"))
    assert run_study(other, out, resume=True).shared == 0
    kinds = {path.name.split("-")[1][:8] for path in set((out / "shards").iterdir()) - before}
    assert kinds == {"outcomes"}  # the rest came out the same, under the same names
    (earlier,) = (out / "earlier").iterdir()
    assert (earlier / "draws.parquet").read_bytes() == (full / "out/draws.parquet").read_bytes()
    assert len(read_table(earlier)) == 5


@pytest.mark.parametrize(
    ("spec", "own", "wanted"),
    [
        ("my.py:worst", "def worst(a, b)\n    pass", "my.py: line 1"),
        ("my.py:wurst", OWN, "did you mean worst?"),
        ("other.py:worst", OWN, "a file that does not exist"),
        ("my.py", OWN, "a file and its function"),
        ("my.py:worst", "raise SystemExit(1)", "SystemExit: 1"),
        ("my.py:worst", "import nowhere_at_all", "ModuleNotFoundError"),
        ("my.py:worst", "worst = 3", "worst is no function"),
        ("my.py:worst", "def worst(a): pass", "other arguments"),
        ("my.py:worst", "def worst(a, b):\n    return 1 / 0", "line 2: given ZeroDivisionError"),
        ("my.py:worst", "def worst(a, b): return 3", "int is no mapping"),
        ("my.py:worst", "def worst(a, b): return {}", "given nothing"),
        ("my.py:worst", "def worst(a, b): return {'a': 'b', 'c': True}", "numbers by name"),
        ("my.py:worst", "def worst(a, b): return {'a': float('inf')}", "numbers by name"),
        ("my.py:worst", "def worst(a, b): return {'a b': 1, 'point': 2, 3: 4}", "a column of"),
        (
            "my.py:worst",
            "n = []\ndef worst(a, b):\n n.append(1)\n return {'a': len(n)}",
            "same run",
        ),
    ],
)
def test_a_function_of_ones_own_is_checked_before_a_study(tmp_path, spec, own, wanted):
    outputs = f'[outputs]\noutcomes = "{spec}"\n'
    with pytest.raises(InputFaults) as error:
        small(tmp_path, outputs, own=own)
    assert wanted in str(error.value)


def test_faults_of_a_function_and_of_the_study_are_told_at_once(tmp_path):
    outputs = '[outputs]\noutcomes = "my.py:wurst"\n[factors.trainig]\nlow = 0\nhigh = 1\n'
    with pytest.raises(InputFaults) as error:
        small(tmp_path, outputs)
    assert "did you mean worst?" in str(error.value)
    assert "did you mean training?" in str(error.value)


@pytest.mark.parametrize("levels", ["[]", "[0.5, 0.1]", "[0.5, 0.5]", "[-0.1]", "[1.1]", "0.5"])
def test_quantiles_rise_from_0_to_1(tmp_path, levels):
    with pytest.raises(InputFaults, match=r"outputs\.quantiles"):
        small(tmp_path, f"[outputs]\nquantiles = {levels}\n")


def test_a_function_that_fails_at_a_point_is_told_there_and_stops_nothing(tmp_path):
    own = "def worst(forecast, summary):\n    if summary.scenario.id != 'baseline'"
    own += " or summary.scenario.levers['training'] > 5:\n        raise ValueError('high')\n"
    study = small(tmp_path, '[outputs]\noutcomes = "my.py:worst"\n', own + "    return {'a': 1}\n")
    tally = run_study(study, tmp_path / "out")
    rows = read_table(tmp_path / "out")
    bad = rows["training"] > 5
    assert tally.complete
    assert 0 < bad.sum() < 5
    assert (rows[bad]["error"] == "ValueError: high").all()
    assert rows[bad]["a"].isna().all()
    assert (rows[~bad]["a"] == 1).all()
    assert rows["chance_all"].notna().all()
    assert status(tmp_path / "out").failed == bad.sum()


@pytest.mark.parametrize(("samples", "longer"), [(6, 12), (5, 20), (1, 8)])
def test_a_latin_hypercube_of_twice_as_many_begins_with_the_shorter(samples, longer):
    few, many = (
        Design(kind="latin_hypercube", dimensions=3, samples=n, seed=4).rows(0, n)
        for n in (samples, longer)
    )
    assert np.array_equal(many[:samples], few)
    for column in many.T:
        assert sorted(np.floor(column * longer)) == list(range(longer))


def test_points_are_shared_whatever_study_row_or_design_they_come_by(tmp_path):
    first = study_of(tmp_path, CSV, points_csv="training\n1\n2\n3\n")
    run_study(first, tmp_path / "out", store=tmp_path / "store")
    inserted = study_of(tmp_path, CSV, points_csv="training\n9\n1\n2\n3\n")
    tally = run_study(inserted, tmp_path / "more", store=tmp_path / "store")
    assert (tally.shared, tally.kept) == (3, 4)
    grid = '[design]\nkind = "grid"\n[factors.training]\nlow = 1\nhigh = 3\nsteps = 5\n'
    third = study_of(tmp_path, CSV[: CSV.index("[design]")] + grid)
    assert run_study(third, tmp_path / "grid", store=tmp_path / "store").shared == 3
    alone = run_study(third, tmp_path / "alone")
    assert (alone.shared, table(tmp_path / "alone")) == (0, table(tmp_path / "grid"))


def test_equal_points_of_a_study_are_computed_once(tmp_path):
    text = CSV.replace("[design]", '[design]\nkind = "grid"\n[other]')[: CSV.index("[design]")]
    grid = '[design]\nkind = "latin_hypercube"\nsamples = 12\n'
    study = study_of(tmp_path, text + grid + "[factors.switch_off_2g]\nvalues = [0, 6]\n")
    given = []

    def counting(todo):
        for chunk, result in here(todo):
            given.extend(chunk.points)
            yield chunk, result

    tally = run_study(study, tmp_path / "out", engine=counting)
    assert (tally.kept, len(given)) == (12, 2)
    assert len(read_table(tmp_path / "out")) == 12


def test_two_studies_together_are_one_that_is_proven(tmp_path, monkeypatch, capsys):
    one = study_of(tmp_path, CSV, points_csv="training,priority\n1,poorest\n2,cheapest\n")
    run_study(one, tmp_path / "one")
    other = study_of(tmp_path, CSV, points_csv="training,village_sites\n5,7\n2,9\n")
    other = replace(other, id="other")
    run_study(other, tmp_path / "other")
    assert combine([tmp_path / "one", tmp_path / "other"], tmp_path / "both") == (4, 0)
    rows = read_table(tmp_path / "both")
    assert list(rows["point"]) == [0, 1, 2, 3]
    assert list(rows["training"]) == [1, 2, 5, 2]
    base = one.case.baseline.levers
    assert list(rows["priority"]) == ["poorest", "cheapest", base["priority"], base["priority"]]
    assert read_study(tmp_path / "both")["study"] == "study+other"
    assert list(rows["chance_all"][:2]) == list(read_table(tmp_path / "one")["chance_all"])
    assert verdict(monkeypatch, capsys, tmp_path / "both")[:2] == (0, "same")
    assert combine([tmp_path / "both", tmp_path / "one"], tmp_path / "again") == (4, 2)
    assert here_and_now(monkeypatch, "sensitivity", tmp_path / "both") == 0


def test_studies_of_unlike_luck_are_not_put_together(tmp_path):
    one = study_of(tmp_path, CSV, points_csv="training\n1\n")
    run_study(one, tmp_path / "one")
    other = study_of(tmp_path, CSV, points_csv="imitation\n6\n")
    run_study(replace(other, seed=5, replicates=3), tmp_path / "other")
    with pytest.raises(InputFaults) as error:
        combine([tmp_path / "one", tmp_path / "other"], tmp_path / "both")
    for entry in ("seed", "replicates", "imitation"):
        assert f": {entry}: given" in str(error.value)
    assert not (tmp_path / "both").exists()


def test_a_diff_names_the_assumption_and_what_it_moved(tmp_path, monkeypatch, capsys):
    place = Path(shutil.copytree(VINH_PHUC, tmp_path / "place"))
    text = CSV.replace(str(VINH_PHUC), str(place)).replace("replicates = 4", "replicates = 40")
    run_study(study_of(tmp_path, text, points_csv="training\n1\n2\n"), tmp_path / "out")
    table = pd.read_csv(place / "assumptions.csv", dtype=str, keep_default_na=False)
    row = table["id"] == "imitation"
    table.loc[row, ["low", "central", "high"]] = ["0.5", "0.6", "0.7"]
    table.to_csv(place / "assumptions.csv", index=False)
    again = study_of(tmp_path, text, points_csv="training\n1\n2\n3\n")
    assert run_study(again, tmp_path / "out", resume=True).shared == 0
    (earlier,) = (tmp_path / "out" / "earlier").iterdir()
    assert here_and_now(monkeypatch, "batch", "diff", earlier, tmp_path / "out", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["what"] for row in found["inputs"]] == ["imitation"]
    assert (found["both"], found["only_before"], found["only_now"]) == (2, 0, 1)
    assert {row["runs"] for row in found["moved"]} == {2}
    (part,) = found["why"]["baseline"]["parts"]
    assert part["name"] == "imitation"
    assert here_and_now(monkeypatch, "batch", "diff", earlier, tmp_path / "out") == 0
    assert "imitation" in capsys.readouterr().out


def test_a_study_is_proven_from_its_folder(full, tmp_path, monkeypatch, capsys):
    out = Path(shutil.copytree(full / "out", tmp_path / "out"))
    for form in ("csv", "xlsx"):
        write_table(out, form, out / f"verdicts.{form}")
    code, found, why = verdict(monkeypatch, capsys, out)
    assert (code, found) == (0, "same")
    assert "worst_area, money" in why
    assert "5 runs computed again are the same" in why


def _flip(path, place=-40):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def _refilled(out):
    """Alter a kept number and give the file the name that fits it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sim.study.chunks import parquet
    from sim.study.kept.shards import _checksum

    (path, *_) = sorted((out / "shards").glob("*-verdicts-*"))
    old = pq.read_table(path)
    chances = [1 - value for value in old["chance_all"].to_pylist()]
    place = old.column_names.index("chance_all")
    new = parquet(old.set_column(place, "chance_all", pa.array(chances)))
    path.unlink()
    stem = path.stem.rpartition("-")[0]
    (path.parent / f"{stem}-{_checksum(new)}.parquet").write_bytes(new)


@pytest.mark.parametrize(
    ("harm", "status", "wanted"),
    [
        (lambda out: _flip(out / "verdicts.parquet"), "differs", "verdicts.parquet differs"),
        (lambda out: _flip(out / "plan.parquet"), "differs", "a damaged file"),
        (lambda out: _flip(sorted((out / "shards").iterdir())[0]), "differs", "are damaged"),
        (_refilled, "differs", "computed again differ"),
        (lambda out: shutil.rmtree(out / "source"), "unchecked", "its case"),
        (lambda out: _flip(out / "source/outcomes.py", 20), "differs", "own outcomes"),
        (lambda out: sorted((out / "shards").iterdir())[0].unlink(), "unchecked", "not computed"),
    ],
)
def test_what_was_altered_in_a_study_is_found(
    full, tmp_path, monkeypatch, capsys, harm, status, wanted
):
    out = Path(shutil.copytree(full / "out", tmp_path / "out"))
    harm(out)
    code, found, why = verdict(monkeypatch, capsys, out)
    assert (code, found) == (1, status)
    assert wanted in why


def test_proving_a_study_runs_nobodys_code(full, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Own, "__call__", lambda *given: 1 / 0)
    out = Path(shutil.copytree(full / "out", tmp_path / "out"))
    assert verdict(monkeypatch, capsys, out)[1] == "same"
    monkeypatch.delitem(sys.modules, "outcomes", raising=False)
    assert open_study(out).made["outputs"]["outcomes"]["columns"] == ["worst_area", "money"]
