"""Goldens: the answers of the last release; renewed by `make goldens`, told in CHANGELOG.md."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import SCENARIOS

from sim.case import load_case
from sim.scenario import load_scenario, shipped
from sim.summary import as_json, compare

HERE = Path(__file__).parent
CASES = ("vietnam-2022", "vinh-phuc-2022")
RENEW = "KETNOI_RENEW_GOLDENS" in os.environ


def answers(name):
    case = load_case(SCENARIOS / name)
    plans = [load_scenario(case, path) for path in shipped(case)]
    targets = case.target_sets[case.default_targets]
    found = compare(case, plans, targets, seed=1, replicates=80)
    return [as_json(summary) for summary in found]


@pytest.mark.parametrize("name", CASES)
def test_the_answers_are_those_of_the_last_release(name):
    path = HERE / "goldens" / f"{name}.json"
    now = json.dumps(answers(name), indent=1) + "\n"
    if RENEW:
        path.parent.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
    assert near(json.loads(now), json.loads(path.read_text(encoding="utf-8")))


def near(one, other):
    """Return whether two answers agree to a part in a million: machines round differently."""
    if isinstance(one, dict):
        return set(one) == set(other) and all(near(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(near, one, other))
    if isinstance(one, float) and isinstance(other, (int, float)):
        return one == pytest.approx(other, rel=1e-6, abs=1e-9)
    return one == other


def test_the_goldens_have_their_line_in_the_changelog():
    """The first `Results` line names the goldens' fingerprint, so neither moves alone."""
    text = b"".join((HERE / "goldens" / f"{name}.json").read_bytes() for name in CASES)
    fingerprint = sha256(text).hexdigest()[:8]
    changes = (HERE.parent / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    line = next(line for line in changes if line.startswith("Results"))
    assert fingerprint in line, f"write a Results line with {fingerprint} in CHANGELOG.md"
