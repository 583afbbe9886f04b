"""Laws of take-up, and its references: Bass in closed form, inversion."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import RATES, markets, pushes

from models.moves.adoption import Hazard, Market, Pushes, invert, take_up
from models.paths.diffusion import bass


def hazards(rate):
    return Hazard(rate=rate, leaving=np.zeros_like(rate), held=np.zeros(rate.shape, bool))


def nothing(replicates, months):
    zero = np.zeros((replicates, months))
    return Pushes(
        vouchers=zero, contacts=zero, turned=zero, louder=zero + 1, refusing=np.zeros(replicates)
    )


RATE = arrays(float, (2, 6), elements=RATES)


@given(markets(), pushes(), RATE)
def test_shares_stay_between_the_start_and_the_ceiling(people, push, rate):
    path = take_up(people, push, hazards(rate)).share
    assert (path >= people.start[:, :, None] - 1e-12).all()
    assert (path <= people.ceiling + 1e-12).all()


@pytest.mark.parametrize("lever", ["vouchers", "contacts", "turned", "louder"])
@given(people=markets(), push=pushes(), rate=RATE, data=st.data())
def test_more_of_a_lever_never_lowers_a_share(lever, people, push, rate, data):
    extra = data.draw(arrays(float, (2, 6), elements=st.floats(0, 0.3)))
    more = replace(push, **{lever: getattr(push, lever) + extra})
    less = take_up(people, push, hazards(rate)).share
    path = take_up(people, more, hazards(rate)).share
    assert (path >= less - 1e-9).all()


@given(markets(), pushes(), RATE, st.floats(0, 1))
def test_more_reach_never_lowers_a_share(people, push, rate, lift):
    higher = people.ceiling + lift * (1 - people.ceiling)
    push = replace(push, vouchers=0 * push.vouchers, turned=0 * push.turned)
    less = take_up(people, push, hazards(rate)).share
    assert (
        take_up(replace(people, ceiling=higher), push, hazards(rate)).share >= less - 1e-9
    ).all()


@given(markets(), pushes(), RATE)
def test_the_hazard_that_made_a_path_is_found_again(people, push, rate):
    mass = people.weights / people.weights.sum()
    path = take_up(people, push, hazards(rate)).share
    nation = np.einsum("ram,a->rm", path, mass)
    found = invert(people, push, nation)
    again = take_up(people, push, found).share
    assert np.allclose(np.einsum("ram,a->rm", again, mass), nation, atol=1e-6)


@given(markets(), pushes(), arrays(float, (2, 6), elements=st.floats(0, 1)))
def test_the_baseline_follows_any_path_that_the_ceilings_allow(people, push, path):
    found = invert(people, push, path)
    made = take_up(people, push, found).share
    nation = np.einsum("ram,a->rm", made, people.weights / people.weights.sum())
    assert np.allclose(nation[~found.held], path[~found.held], atol=1e-5)
    assert (nation[found.held] <= path[found.held]).all()


@given(markets(), RATE, st.floats(0, 0.3))
def test_vouchers_win_no_more_people_than_they_pay_for(people, rate, offered):
    mass = people.weights / people.weights.sum()
    still = hazards(0 * rate)
    push = replace(nothing(2, 6), vouchers=np.full((2, 6), offered))
    path = take_up(people, push, still).share
    won = path[:, :, -1] @ mass - people.start @ mass
    assert (won <= 6 * offered + 1e-9).all()


def test_with_a_full_reach_and_small_steps_it_is_the_bass_curve():
    p, q, years, parts = 0.03, 0.38, 15, 2000
    steps = years * parts
    still = nothing(1, steps)
    rate = hazards(np.full((1, steps), p / parts))
    people = Market(
        start=np.zeros((1, 1)),
        ceiling=np.ones((1, 1, steps)),
        imitation=np.array([q / p]),
        pace=np.ones((1, 1)),
        weights=np.ones(1),
    )
    path = take_up(people, still, rate).share
    yearly = path[0, 0, parts - 1 :: parts]
    exact = bass(np.arange(1, years + 1.0), 1.0, p, q)
    # Euler's error is at most h/2 * max|F''| * (e^{L T} - 1)/L with L <= q + p, |F''| <= 0.06
    bound = 0.5 / parts * 0.06 * (np.exp((p + q) * years) - 1) / (p + q)
    assert np.abs(yearly - exact).max() < bound
