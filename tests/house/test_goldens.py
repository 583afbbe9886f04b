"""Goldens: the answers of the last release; renewed by `make goldens`, told in CHANGELOG.md."""

from pathlib import Path

import pytest
from cases import SCENARIOS

from sim.ask.regress import CASES, answers, fingerprint, moved, read_goldens
from sim.place.case import load_case
from sim.reading import read_text

GOLDENS = Path(__file__).parents[1] / "goldens"


@pytest.mark.parametrize("name", CASES)
def test_the_answers_are_those_of_the_last_release(name):
    stored = read_goldens(GOLDENS, [name])
    assert moved(stored, {name: answers(load_case(SCENARIOS / name))}) == ()


def test_the_goldens_have_their_line_in_the_changelog():
    """The first `Results` line names the goldens' fingerprint, so neither moves alone."""
    mark = fingerprint([read_text(GOLDENS / f"{name}.json") for name in CASES])
    changes = read_text(Path(__file__).parents[2] / "CHANGELOG.md").splitlines()
    line = next(line for line in changes if line.startswith("Results"))
    assert mark in line, f"run `ketnoi regress --renew`: CHANGELOG.md does not tell of {mark}"
