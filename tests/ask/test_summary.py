"""A summary says which assumptions a verdict hinges on, and none that chance may have chosen."""

from datetime import date

import numpy as np
import pytest
from cases import VINH_PHUC
from scipy.stats import spearmanr

from sim.ask.summary import TELLING, assumption_ranks, summarise
from sim.months import month_of
from sim.place.case import load_case
from sim.world.run import World, run

REPLICATES = 400


@pytest.fixture(scope="module")
def case():
    return load_case(VINH_PHUC)


@pytest.fixture(scope="module")
def forecast(case):
    until = date(2023, 12, 31)
    return run(case, case.baseline, seed=3, replicates=REPLICATES, until=until)


def test_drivers_are_spearmans_rank_correlations_strongest_first(case, forecast):
    targets = case.target_sets[case.default_targets]
    ranks = assumption_ranks(World(case, seed=3, replicates=REPLICATES).origin.assumed)
    summary = summarise(case.baseline, forecast, forecast, targets, ranks)
    assumed = World(case, seed=3, replicates=REPLICATES).origin.assumed
    ties = 0
    for target in targets.targets:
        day = month_of(forecast.months, target.deadline)
        level = forecast.nation(target.indicator)[:, day]
        ties += REPLICATES - len(np.unique(level))
        found = summary.drivers[target]
        for name, correlation in found.items():
            assert correlation == pytest.approx(spearmanr(level, assumed[name])[0], abs=1e-12)
        strength = [abs(correlation) for correlation in found.values()]
        assert strength == sorted(strength, reverse=True)
        left_out = set(ranks) - set(found)
        assert all(
            abs(spearmanr(level, assumed[name])[0]) < TELLING / np.sqrt(REPLICATES)
            for name in left_out
        )
    assert ties > 0, "whole villages make ties, which must share a rank"
    assert any(summary.drivers.values())
