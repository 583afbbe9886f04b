"""A survey's card: textbook sizes, clusters from costs, classes against full enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.faults import InputFaults
from sim.worth.survey import Design, card, classing, counted, optimal


def test_sizes_of_textbooks():
    """385 of a large population at 5 %; 278 of 1,000 (Cochran 1977, section 4.2, with z 1.96)."""
    assert card(Design(population=10_000_000)).sample == 385
    assert card(Design(population=1_000)).sample == 278


def test_clusters_take_more_by_the_design_effect():
    found = card(Design(population=10_000_000, icc=0.05, each=21))
    assert found.effect == pytest.approx(2.0)
    assert found.sample >= 2 * 384
    assert found.sample == found.clusters * found.each
    assert found.margin <= 0.05


@pytest.mark.parametrize(
    ("ratio", "icc", "people"), [(10, 0.02, 22), (10, 0.05, 14), (5, 0.1, 7), (2, 0.2, 3)]
)
def test_people_a_cluster_are_those_of_the_formula(ratio, icc, people):
    """Aliaga and Ren (2006), DHS working paper 30: sqrt(c1 / c2 (1 - icc) / icc)."""
    design = Design(population=10**6, icc=icc, cost_cluster=ratio, cost_person=1)
    assert round(optimal(design)) == people
    cost = {
        m: (ratio / m + 1) * (1 + (m - 1) * icc)  # of as much precision as one asked by chance
        for m in range(1, 200)
    }
    assert abs(min(cost, key=cost.get) - optimal(design)) < 1


@given(
    st.integers(2, 4),
    st.floats(0.05, 0.9),
    st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    st.integers(1, 3),
)
def test_counts_of_clusters_are_those_of_full_enumeration(each, share, icc, clusters):
    one = counted(each, share, icc)
    assert one.sum() == pytest.approx(1)
    assert one @ np.arange(each + 1) == pytest.approx(each * share)
    spread = one @ (np.arange(each + 1) - each * share) ** 2
    assert spread == pytest.approx(each * share * (1 - share) * (1 + (each - 1) * icc))
    by_hand = np.zeros(each * clusters + 1)
    for counts in product(range(each + 1), repeat=clusters):
        by_hand[sum(counts)] += np.prod([one[count] for count in counts])
    whole = one
    for _ in range(clusters - 1):
        whole = np.convolve(whole, one)
    assert np.allclose(whole, by_hand)


def test_a_rule_keeps_both_risks_and_one_cluster_less_does_not():
    """19 of one cluster each at 50 and 80 %: binomial LQAS's well-known size of 19, rule 13."""
    found = classing(1, 0.0, 0.5, 0.8, 0.1)
    assert found.miss <= 0.1
    assert found.alarm <= 0.1
    assert (found.clusters, found.least) == (19, 13)
    clustered = classing(5, 0.1, 0.5, 0.8, 0.1)
    assert clustered.clusters * 5 > 19
    luck = np.random.default_rng(1)
    for share, error in ((0.5, clustered.alarm), (0.8, clustered.miss)):
        shares = luck.beta(9 * share, 9 * (1 - share), (40_000, clustered.clusters))
        high = luck.binomial(5, shares).sum(axis=1) >= clustered.least
        wrong = high.mean() if share == 0.5 else 1 - high.mean()
        assert abs(wrong - error) < 4 * np.sqrt(0.1 * 0.9 / 40_000)


FAULTS = {
    "--icc": {"icc": 1.2},
    "--sample": {"sample": 500},
    "--share": {"share": 1.0},
    "--margin": {"margin": 0.0},
    "--population": {"population": 1},
    "--cost-person": {"cost_person": -1.0},
    "--low": {"low": 0.8, "high": 0.5},
    "--high": {"low": 0.50, "high": 0.501},
    "--each": {"each": 0},
    "--margin beside --sample": {"margin": 0.1, "sample": 50},
    "--risk without classes": {"risk": 0.2},
}


@pytest.mark.parametrize("option", FAULTS)
def test_what_is_wrong_is_told(option):
    with pytest.raises(InputFaults) as caught:
        card(Design(**{"population": 500, **FAULTS[option]}))
    assert option.split()[0] in {fault.place for fault in caught.value.faults}


def test_all_faults_are_told_at_once_and_a_sample_of_all_is_no_sample():
    with pytest.raises(InputFaults) as caught:
        card(Design(population=100, icc=-0.1, sample=100, share=2.0))
    assert {fault.place for fault in caught.value.faults} == {"--icc", "--sample", "--share"}
    with pytest.raises(InputFaults, match="counting all"):
        card(Design(population=60, icc=0.5, each=10))
