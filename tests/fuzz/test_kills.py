"""A few troubles at commands that write; `make kills` tries more."""

import sys
import tempfile
from pathlib import Path

import kills


def few_files(shown, *, done):
    return iter(
        [("verdicts.csv", f"{shown.made['seed']}".encode()), ("charts/one.svg", b"x" * 9999)]
    )


def test_what_a_command_leaves_is_the_old_or_the_new_whatever_it_meets(monkeypatch):
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr("sim.paper.folders.result_files", few_files)
    monkeypatch.setattr(kills, "OUTSIDE", 0)
    kills.remember(monkeypatch.setattr)
    with tempfile.TemporaryDirectory() as work, kills.prepared(Path(work), mount=False) as ground:
        every = kills.commands(Path(work))
        chosen = [each for each in every if each.name in ("run", "batch run")]
        ends = list(kills.played(chosen, ground, 2022, 5))
    assert [each for each in ends if each.end in kills.BAD] == []
    assert {"old", "new"} <= {each.end for each in ends}
