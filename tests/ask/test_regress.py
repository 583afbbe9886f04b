"""What moved since the last release: said in full, renewed whole or not at all."""

import json
import os
from copy import deepcopy
from pathlib import Path

import commands
import pytest
from typer.testing import CliRunner

from sim.ask import regress
from sim.cli.main import app

ROOT = Path(__file__).parents[2]
SCENARIOS = ("baseline", "draft-plan", "fibre-first", "late-money")


def answer(name):
    targets = [
        {"indicator": indicator, "deadline": "2022-12-31", "p50": 0.73, "chance": 0.825}
        for indicator in ("fibre_households", "covered_villages")
    ]
    return {"name": name, "targets": targets, "chance_all": 0.5, "binding": None, "cost": 320.0}


@pytest.fixture
def stored():
    return {case: [answer(name) for name in SCENARIOS] for case in regress.CASES}


@pytest.fixture
def checkout(tmp_path, stored, monkeypatch):
    """Return a folder of goldens below a changelog, where today's answers are those stored."""
    folder = tmp_path / "tests" / "goldens"
    folder.mkdir(parents=True)
    for case, found in stored.items():
        (folder / f"{case}.json").write_text(regress.golden_text(found), encoding="utf-8")
    (folder.parents[2] / "CHANGELOG.md").write_text("# Changes\n", encoding="utf-8")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(regress, "answers", lambda case, done: stored[case.folder.name])
    return folder


def mark(folder):
    return regress.fingerprint(
        [(folder / f"{case}.json").read_text(encoding="utf-8") for case in regress.CASES]
    )


def change(folder, **entries):
    """Change a stored answer: fibre under the baseline of Viet Nam."""
    path = folder / "vietnam-2022.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    whole[0]["targets"][0].update(entries)
    path.write_text(regress.golden_text(whole), encoding="utf-8")


def ketnoi(*words):
    return CliRunner().invoke(app, ["regress", *map(str, words)])


def content(folder):
    files = (folder.parents[2] / "CHANGELOG.md", *sorted(folder.iterdir()))
    return {path.name: path.read_bytes() for path in files}


def test_a_moved_chance_and_median_are_found(stored):
    new = deepcopy(stored)
    new["vietnam-2022"][2]["targets"][1].update(chance=0.25, p50=0.5)
    new["vinh-phuc-2022"][0]["binding"] = "fibre_households"
    target, whole = regress.moved(stored, new)
    assert target.scenario == "fibre-first"
    assert (target.target, target.deadline) == ("covered_villages", "2022-12-31")
    assert (target.chance, target.median) == ((0.825, 0.25), (0.73, 0.5))
    assert target.moved == ("p50", "chance")
    assert (whole.case, whole.target, whole.moved) == ("vinh-phuc-2022", "", ("binding",))


def test_what_machines_round_differently_has_not_moved(stored):
    new = deepcopy(stored)
    new["vietnam-2022"][0]["targets"][0]["p50"] *= 1 + 1e-8
    assert regress.moved(stored, new) == ()


def test_scenarios_that_come_and_go_are_told(stored):
    new = deepcopy(stored)
    gone = new["vietnam-2022"].pop()
    new["vietnam-2022"].append({**gone, "name": "newcomer"})
    rows = regress.moved(stored, new)
    assert {row.scenario for row in rows} == {gone["name"], "newcomer"}
    line = regress.results_line(rows, "12345678")
    assert "New: newcomer of vietnam-2022 (fibre_households)" in line
    assert f"Gone: {gone['name']} of vietnam-2022 (fibre_households)" in line


def test_the_line_names_the_chances_that_moved_most(stored):
    new = deepcopy(stored)
    for place, chance in enumerate((0.8, 0.5, 0.7, 0.75)):
        new["vietnam-2022"][place]["targets"][0]["chance"] = chance
    line = regress.results_line(regress.moved(stored, new), "12345678")
    head, *told = line.split("; ")
    assert head.startswith("Results: golden answers, fingerprint 12345678. 4 chances moved, most: ")
    assert head.endswith("draft-plan of vietnam-2022, households with fibre, from 82.5 % to 50 %")
    assert [each.split(" ")[0] for each in told] == ["fibre-first", "late-money"]


def test_a_line_without_moved_chances_says_what_else_moved(stored):
    new = deepcopy(stored)
    new["vietnam-2022"][0]["cost"] += 1
    line = regress.results_line(regress.moved(stored, new), "12345678")
    assert line.endswith("No chance moved; other entries: cost.")


def test_nothing_moved(checkout):
    before = content(checkout)
    for words in ([], ["--renew"]):
        done = ketnoi("--goldens", checkout, *words)
        assert (done.exit_code, done.stdout) == (0, "Nothing moved.\n"), done.output
    assert content(checkout) == before


def test_what_moved_is_printed_and_nothing_written(checkout):
    change(checkout, chance=0.5, p50=0.7)
    before = content(checkout)
    done = ketnoi("--goldens", checkout)
    assert done.exit_code == 1
    for words in ("vietnam-2022 baseline", "50.00 → 82.50", "70.00 → 73.00", "p50, chance"):
        assert words in done.stdout
    as_json = ketnoi("--goldens", checkout, "--json")
    (row,) = json.loads(as_json.stdout)["moved"]
    assert json.loads(as_json.stdout)["line"].startswith("Results: golden answers")
    assert (as_json.exit_code, row["chance"], row["moved"]) == (1, [0.5, 0.825], ["p50", "chance"])
    assert content(checkout) == before


def test_renewed_goldens_leave_their_line_for_a_person_to_put_in(checkout):
    whole = {path.name: path.read_bytes() for path in checkout.iterdir()}
    changes = (checkout.parents[2] / "CHANGELOG.md").read_bytes()
    change(checkout, chance=0.5)
    done = ketnoi("--goldens", checkout, "--renew")
    assert done.exit_code == 0, done.output
    assert (
        f"Results: golden answers, fingerprint {mark(checkout)}. 1 chance moved, most: "
        "baseline of vietnam-2022, households with fibre, from 50 % to 82.5 %."
    ) in done.stdout
    assert {path.name: path.read_bytes() for path in checkout.iterdir()} == whole
    assert (checkout.parents[2] / "CHANGELOG.md").read_bytes() == changes
    assert not list(checkout.parents[1].rglob(".*"))
    assert ketnoi("--goldens", checkout).stdout == "Nothing moved.\n"


def test_a_write_that_fails_changes_nothing(checkout, monkeypatch):
    change(checkout, chance=0.5)
    before = content(checkout)
    make = os.open

    def full(path, *how, **more):
        if "vinh-phuc" in str(path) and str(path).endswith(".part"):
            raise OSError(28, "No space left on device")
        return make(path, *how, **more)

    monkeypatch.setattr(os, "open", full)
    assert ketnoi("--goldens", checkout, "--renew").exit_code == 1
    assert content(checkout) == before


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), "a file that does not exist"),
        (lambda path: path.write_text("[{"), "malformed JSON"),
        (lambda path: path.write_text('[{"name": "baseline"}]'), "0.targets: given nothing"),
        (lambda path: path.write_text('{"name": 1}'), "list"),
    ],
    ids=["missing", "cut short", "an entry lost", "another thing"],
)
def test_a_damaged_golden_is_a_fault(checkout, damage, words):
    damage(checkout / "vinh-phuc-2022.json")
    before = content(checkout)
    done = commands.run("regress", "--renew", "--goldens", checkout, cwd=ROOT)
    assert done.returncode == 2, done.stderr
    assert "vinh-phuc-2022.json" in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert content(checkout) == before
