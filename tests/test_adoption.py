"""Laws of take-up, and its references: Bass in closed form, inversion."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import RATES, populations, pushes

from models.adoption import Hazard, Pushes, invert, take_up
from models.diffusion import bass


def hazards(rate):
    return Hazard(rate=rate, leaving=np.zeros_like(rate), held=np.zeros(rate.shape, bool))


def nothing(replicates, months):
    zero = np.zeros((replicates, months))
    return Pushes(
        vouchers=zero, contacts=zero, turned=zero, louder=zero + 1, refusing=np.zeros(replicates)
    )


RATE = arrays(float, (2, 6), elements=RATES)
IMITATION = arrays(float, 2, elements=st.floats(0, 12))


@given(populations(), pushes(), RATE, IMITATION)
def test_shares_stay_between_the_start_and_the_ceiling(people, push, rate, imitation):
    start, ceiling, weights = people
    path = take_up(start, ceiling, push, hazards(rate), imitation, weights)
    assert (path >= start[:, :, None] - 1e-12).all()
    assert (path <= ceiling + 1e-12).all()


@pytest.mark.parametrize("lever", ["vouchers", "contacts", "turned", "louder"])
@given(people=populations(), push=pushes(), rate=RATE, imitation=IMITATION, data=st.data())
def test_more_of_a_lever_never_lowers_a_share(lever, people, push, rate, imitation, data):
    start, ceiling, weights = people
    extra = data.draw(arrays(float, (2, 6), elements=st.floats(0, 0.3)))
    more = replace(push, **{lever: getattr(push, lever) + extra})
    less = take_up(start, ceiling, push, hazards(rate), imitation, weights)
    path = take_up(start, ceiling, more, hazards(rate), imitation, weights)
    assert (path >= less - 1e-9).all()


@given(populations(), pushes(), RATE, IMITATION, st.floats(0, 1))
def test_more_reach_never_lowers_a_share(people, push, rate, imitation, lift):
    start, ceiling, weights = people
    higher = ceiling + lift * (1 - ceiling)
    push = replace(push, vouchers=0 * push.vouchers, turned=0 * push.turned)
    less = take_up(start, ceiling, push, hazards(rate), imitation, weights)
    assert (take_up(start, higher, push, hazards(rate), imitation, weights) >= less - 1e-9).all()


@given(populations(), pushes(), RATE, IMITATION)
def test_the_hazard_that_made_a_path_is_found_again(people, push, rate, imitation):
    start, ceiling, weights = people
    mass = weights / weights.sum()
    path = take_up(start, ceiling, push, hazards(rate), imitation, weights)
    nation = np.einsum("ram,a->rm", path, mass)
    found = invert(start, ceiling, push, nation, imitation, weights)
    again = take_up(start, ceiling, push, found, imitation, weights)
    assert np.allclose(np.einsum("ram,a->rm", again, mass), nation, atol=1e-6)


@given(populations(), pushes(), IMITATION, arrays(float, (2, 6), elements=st.floats(0, 1)))
def test_the_baseline_follows_any_path_that_the_ceilings_allow(people, push, imitation, path):
    start, ceiling, weights = people
    found = invert(start, ceiling, push, path, imitation, weights)
    made = take_up(start, ceiling, push, found, imitation, weights)
    nation = np.einsum("ram,a->rm", made, weights / weights.sum())
    assert np.allclose(nation[~found.held], path[~found.held], atol=1e-5)
    assert (nation[found.held] <= path[found.held]).all()


@given(populations(), RATE, IMITATION, st.floats(0, 0.3))
def test_vouchers_win_no_more_people_than_they_pay_for(people, rate, imitation, offered):
    start, ceiling, weights = people
    mass = weights / weights.sum()
    still = hazards(0 * rate)
    push = replace(nothing(2, 6), vouchers=np.full((2, 6), offered))
    path = take_up(start, ceiling, push, still, imitation, weights)
    won = path[:, :, -1] @ mass - start @ mass
    assert (won <= 6 * offered + 1e-9).all()


def test_with_a_full_reach_and_small_steps_it_is_the_bass_curve():
    p, q, years, parts = 0.03, 0.38, 15, 2000
    steps = years * parts
    still = nothing(1, steps)
    rate = hazards(np.full((1, steps), p / parts))
    path = take_up(
        np.zeros((1, 1)), np.ones((1, 1, steps)), still, rate, np.array([q / p]), np.ones(1)
    )
    yearly = path[0, 0, parts - 1 :: parts]
    exact = bass(np.arange(1, years + 1.0), 1.0, p, q)
    # Euler's error is at most h/2 * max|F''| * (e^{L T} - 1)/L with L <= q + p, |F''| <= 0.06
    bound = 0.5 / parts * 0.06 * (np.exp((p + q) * years) - 1) / (p + q)
    assert np.abs(yearly - exact).max() < bound
