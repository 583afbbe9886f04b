"""Ties put whole draws in another order and change none."""

import numpy as np
import pytest

from sim.place.assumptions import draw, needs
from sim.world.past.history import paths
from sim.world.ties import tie_assumptions, tie_paths

FEW = 400


def rank_correlation(one, other):
    ranks = [np.argsort(np.argsort(each)) for each in (one, other)]
    return np.corrcoef(ranks)[0, 1]


@pytest.fixture(scope="module")
def drawn(viet_nam):
    return draw(list(viet_nam.assumptions.values()), 1, FEW)


def test_no_set_of_draws_changes(viet_nam, drawn):
    tied = tie_assumptions(viet_nam, drawn, 1)
    history = paths(viet_nam, drawn, 1, FEW)
    for before, after in ((drawn, tied), (history, tie_paths(viet_nam, history, 1))):
        assert list(before) == list(after)
        for name in before:
            order = (
                np.lexsort(before[name].reshape(FEW, -1).T),
                np.lexsort(after[name].reshape(FEW, -1).T),
            )
            assert np.array_equal(before[name][order[0]], after[name][order[1]]), name


def test_a_side_shares_a_factor_and_the_sides_do_not(viet_nam, drawn):
    """A sample of 400 has a standard error of 0.05: within four of them of what is assumed."""
    tied = tie_assumptions(viet_nam, drawn, 1)
    rho = viet_nam.assumptions["tie_assumptions"].central
    quick, dear = tied["fibre_pass_rate"], tied["village_site_cost"]
    assert abs(rank_correlation(quick, dear) + rho) < 0.2
    assert abs(rank_correlation(quick, tied["training_effect"])) < 0.2
    assert needs()["village_site_cost"].tie == "supply-"


def test_phones_and_subscriptions_move_together(viet_nam, drawn):
    tied = tie_paths(viet_nam, paths(viet_nam, drawn, 1, FEW), 1)

    def moved(name):
        return tied[name][:, 60] - tied[name][:, 0]

    assert rank_correlation(moved("mobile_broadband"), moved("smartphone_adults")) > 0.4
    assert 0 < rank_correlation(moved("fibre_households"), moved("smartphone_adults")) < 0.4
