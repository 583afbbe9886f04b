"""A few spoilt inputs at every door, held against the three laws; `make fuzz` tries more."""

import pytest
from campaign import played
from doors import doors
from trial import BAD, Ground

FEW = 20  # inputs a door


@pytest.fixture(scope="module")
def grounds(tmp_path_factory):
    every = doors(tmp_path_factory.mktemp("made"))
    return [Ground(door, tmp_path_factory.mktemp("door")) for door in every]


@pytest.mark.filterwarnings("ignore")  # of libraries that meet a damaged file
def test_spoilt_inputs_are_refused_or_heard_and_nothing_is_lost(grounds):
    trials = [each for ground in grounds for each in played(ground, 7, FEW)]
    assert [each for each in trials if each.end in BAD] == []
