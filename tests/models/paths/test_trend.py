"""The state-space trend on series with known answers, and damped-trend smoothing."""

from functools import partial

import numpy as np
import pytest

from models.paths.trend import damped_trend, fit_trend, trend_moves, trend_paths

fitted = partial(fit_trend, damping=1.0, level_sd=1e-4, slope_sd=1e-5)


def test_a_straight_line_with_gaps_is_continued():
    months = [-40, -33, -20, -12, -5, -1]
    trend = fitted(months, [0.5 + 0.02 * m for m in months], [1e-3] * 6, end=0)
    assert trend.level == pytest.approx(0.5, abs=1e-3)
    assert trend.slope == pytest.approx(0.02, abs=1e-3)
    still = trend_paths(trend, np.zeros((1, 25, 2)), np.ones(1))
    assert still[0, 24] == pytest.approx(0.5 + 24 * 0.02, abs=0.01)


def test_the_order_of_observations_does_not_matter():
    one = fitted([-9, -5, -2], [0.1, 0.3, 0.4], [0.1, 0.1, 0.1], end=0)
    two = fitted([-2, -9, -5], [0.4, 0.1, 0.3], [0.1, 0.1, 0.1], end=0)
    assert (one.level, one.slope) == (two.level, two.slope)


def test_two_figures_of_a_month_count_by_their_precision():
    one = fitted([-12, 0, 0], [0.0, 1.0, 5.0], [0.01, 0.01, 10.0], end=0)
    assert one.level == pytest.approx(1.0, abs=0.02)


def test_a_noisy_figure_moves_the_level_less_than_a_sharp_one():
    months, values = [-12, -6, 0], [0.0, 0.0, 1.0]
    sharp = fitted(months, values, [0.1, 0.1, 0.1], end=0)
    blunt = fitted(months, values, [0.1, 0.1, 3.0], end=0)
    assert blunt.level < sharp.level


def test_the_further_the_end_the_wider_the_state():
    near = fitted([-12, -6, -1], [0.1, 0.2, 0.3], [0.01] * 3, end=0)
    far = fitted([-12, -6, -1], [0.1, 0.2, 0.3], [0.01] * 3, end=24)
    assert far.covariance[0, 0] > near.covariance[0, 0]


def test_paths_have_the_spread_of_the_state_they_start_from():
    trend = fit_trend(
        [-20, -10, -3],
        [0.1, 0.2, 0.4],
        [0.1] * 3,
        end=0,
        damping=0.98,
        level_sd=0.01,
        slope_sd=0.003,
    )
    luck = np.random.default_rng(1).standard_normal((4000, 13, 2))
    first = trend_paths(trend, luck, np.full(4000, 0.98))[:, 0]
    sd = np.sqrt(trend.covariance[0, 0])
    assert first.mean() == pytest.approx(trend.level, abs=5 * sd / np.sqrt(4000))
    assert first.std() == pytest.approx(sd, rel=5 / np.sqrt(2 * 4000))


@pytest.mark.parametrize(
    ("months", "end", "match"), [([0], 0, "1 observations"), ([0, 3], 2, "month 3")]
)
def test_a_series_that_tells_no_trend_is_refused(months, end, match):
    with pytest.raises(ValueError, match=match):
        fitted(months, [0.1] * len(months), [0.1] * len(months), end=end)


def test_damped_smoothing_continues_a_line_and_refuses_a_stub():
    ahead = damped_trend(np.arange(12.0) * 2 + 5, 3)
    assert ahead == pytest.approx([29, 31, 33], abs=0.5)
    with pytest.raises(ValueError, match="at least 5"):
        damped_trend([1, 2, 3], 1)


def test_moves_have_the_spread_of_the_paths():
    trend = fit_trend(
        [-24, -12, -6, 0],
        [0.0, 0.4, 0.5, 0.7],
        [0.05] * 4,
        end=0,
        damping=0.95,
        level_sd=0.01,
        slope_sd=0.003,
    )
    luck = np.random.default_rng(8).standard_normal((20000, 25, 2))
    paths = trend_paths(trend, luck, np.full(20000, trend.damping))
    moves = paths[:, [6, 24]] - paths[:, :1]
    mean, spread = trend_moves(trend, np.array([6, 24]))
    # 5 standard errors, of a mean and of a standard deviation
    np.testing.assert_allclose(moves.mean(axis=0), mean, atol=5 * spread.max() / np.sqrt(20000))
    np.testing.assert_allclose(moves.std(axis=0), spread, rtol=5 / np.sqrt(40000))
