"""Value of information: the closed form of a linear normal case, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from sim.worth.gain import gains, perfect

MANY = 20_000


def normal(mean, spread):
    """What the better of nothing and a normal brings: mean Phi(m/s) + s phi(m/s), less the best."""
    z = mean / spread
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return mean * ndtr(z) + spread * density - max(mean, 0)


@pytest.mark.parametrize(("mean", "a", "b"), [(0.0, 1.0, 1.0), (0.2, 1.0, 0.5), (-0.3, 2.0, 1.0)])
def test_a_linear_normal_case_is_within_a_twentieth_of_its_closed_form(mean, a, b):
    x, y = np.random.default_rng(11).normal(size=(2, MANY))
    benefit = np.column_stack([np.zeros(MANY), mean + a * x + b * y])
    one, both = gains(benefit, benefit[:, 1], {"x": x, "y": y}, [("x",), ("x", "y")])
    for found, truth in ((one, normal(mean, a)), (both, normal(mean, np.hypot(a, b)))):
        assert abs(found.value - truth) < max(0.05 * truth, 0)
        assert found.telling
    assert abs(one.narrower - (1 - b / np.hypot(a, b))) < 0.03
    assert both.narrower > 0.97


def test_double_loop_monte_carlo_says_the_same():
    """Of a curved case without a closed form, within two standard errors of nested draws."""
    luck = np.random.default_rng(5)

    def brings(x, y):
        return np.sin(2 * x) + x * y + 0.5 * y

    inner = np.array([brings(x, luck.normal(size=2_000)).mean() for x in luck.normal(size=2_000)])
    nested, error = np.maximum(inner, 0).mean(), np.maximum(inner, 0).std() / np.sqrt(2_000)
    x, y = luck.normal(size=(2, MANY))
    benefit = np.column_stack([np.zeros(MANY), brings(x, y)])
    (found,) = gains(benefit, x, {"x": x}, [("x",)])
    base = max(float(benefit.mean(axis=0).max()), 0)
    assert abs(found.value + base - nested) < 2 * np.hypot(error, found.error)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([20, 60, 300]), st.booleans())
def test_never_below_nought_never_above_all_never_less_for_knowing_more(seed, choices, many, hits):
    luck = np.random.default_rng(seed)
    known = {name: luck.normal(size=many) for name in "abc"}
    known["fixed"] = np.ones(many)
    benefit = luck.normal(size=(many, choices)) + known["a"][:, None] * np.arange(choices)
    benefit = (benefit > 0).astype(float) if hits else benefit
    sets = [("a",), ("fixed",), ("a", "b"), ("a", "b", "c"), ("a", "b", "c", "fixed"), ("b",)]
    one, none, two, three, four, other = gains(benefit, benefit[:, 0], known, sets)
    most = perfect(benefit) + 1e-12
    assert 0 <= none.value <= four.value <= most
    assert 0 <= max(one.value, other.value) <= two.value <= three.value <= four.value
    assert one.narrower <= two.narrower <= three.narrower <= 1


def test_what_changes_nothing_is_said_so():
    luck = np.random.default_rng(3)
    sure = np.column_stack([np.zeros(1_000), np.ones(1_000)])
    x = luck.normal(size=1_000)
    (found,) = gains(sure, luck.normal(size=1_000), {"x": x}, [("x",)])
    assert found.value == 0
    assert not found.telling
    assert perfect(sure) == 0
