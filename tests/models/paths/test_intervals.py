"""Calibrated intervals: ordered, possible, as wide as past errors were, the same on paths."""

import numpy as np
import pytest
from panels import FIRST, LAST, invented
from scipy.special import ndtri

from models.paths.experience import foresee, learn, measure_revision
from models.paths.intervals import LEVELS, Spread, quantiles, revised_scale, sample_paths
from sim.ask.backtest import QUANTILES, backtest
from sim.world.learned import forecast_series, read_fitted
from sim.world.panel import CEILINGS, INDICATORS

NORMAL = Spread(scale=np.zeros(7), shape=np.tile(ndtri(LEVELS), (5, 1)), bond=0.5)


@pytest.fixture(scope="module")
def played():
    return backtest(invented(), origins=[2008], processes=1)


def test_quantiles_rise_and_stay_possible(played):
    for one in played:
        assert (np.diff(one.quantiles, axis=1) >= 0).all()
        assert (one.quantiles >= 0).all()
        assert (one.quantiles <= CEILINGS[one.indicator]).all()


def test_the_forecast_is_the_middle_quantile(played):
    for one in played:
        np.testing.assert_allclose(one.point, one.quantiles[:, 9], atol=1e-9)


def test_intervals_cover_about_what_they_promise(played):
    # 24 countries and 3 indicators move apart from one another here: 72 independent cases, so
    # a standard error of sqrt(.9 * .1 / 72) = 0.035; three of them are allowed
    made, inside = invented(), []
    for one in played:
        table = made.tables[one.indicator]
        after = table.over(one.origin + 1, one.origin + 5)[table.countries.index(one.country)]
        known = ~np.isnan(after)
        within = (one.quantiles[:, 0] <= after) & (after <= one.quantiles[:, -1])
        inside += within[known].tolist()
    assert abs(np.mean(inside) - 0.9) < 0.1


def test_a_normal_shape_gives_normal_quantiles():
    point, scale = np.array([[50.0, 60.0]]), np.array([[2.0, 4.0]])
    band = quantiles(NORMAL, point, scale, QUANTILES, np.inf)
    np.testing.assert_allclose(band[0, 1], 60 + 4 * ndtri(QUANTILES))


def test_paths_have_the_quantiles_and_are_correlated():
    # luck on an exact grid for the first horizon, pseudo-random after it
    grid = ndtri((np.arange(4000) + 0.5) / 4000)
    luck = np.column_stack([grid, *np.random.default_rng(3).standard_normal((3, 4000))])
    point, scale = np.array([50.0, 52, 54, 56]), np.array([1.0, 2, 3, 4])
    paths = sample_paths(NORMAL, point, scale, luck, np.inf)
    band = quantiles(NORMAL, point[None], scale[None], QUANTILES, np.inf)[0]
    np.testing.assert_allclose(np.quantile(paths[:, 0], QUANTILES), band[0], atol=0.01)
    # standard error of an outer quantile of 4000 draws: 4 sqrt(.05 * .95 / 4000) / 0.103 = 0.13
    np.testing.assert_allclose(np.quantile(paths[:, 3], QUANTILES), band[3], atol=5 * 0.13)
    # (1/4)^0.5 = 0.5, standard error (1 - 0.25) / sqrt(4000) = 0.012
    assert np.corrcoef(paths[:, 0], paths[:, 3])[0, 1] == pytest.approx(0.5, abs=5 * 0.012)


def test_the_same_luck_gives_the_same_paths_and_longer_ones_begin_alike():
    learned = read_fitted().indicators["fixed_bb"]
    years, values = range(2012, 2021), [5.0, 5.6, 6.5, 8.1, 9.6, 11.8, 13.6, 15.4, 17.2]
    luck = np.random.default_rng(1).standard_normal((50, 8))
    short = forecast_series(learned, years, values, horizon=3).paths(0, luck[:, :3])
    long = forecast_series(learned, years, values, horizon=8).paths(0, luck)
    np.testing.assert_allclose(long[:, :3], short)
    assert (long >= 0).all()


def test_a_share_never_passes_its_ceiling():
    learned = read_fitted().indicators["internet_users"]
    luck = np.random.default_rng(2).standard_normal((200, 5))
    outlook = forecast_series(learned, range(2012, 2021), np.linspace(90, 99.5, 9))
    assert outlook.paths(0, luck).max() <= 100
    assert outlook.quantiles(QUANTILES).max() <= 100


def test_figures_just_published_are_trusted_less():
    learned = read_fitted().indicators["mobile_cell"]
    years, values = range(2014, 2021), [128.0, 129, 127, 125, 140, 136, 142]
    fresh = forecast_series(learned, years, values, fresh=True)
    settled = forecast_series(learned, years, values, fresh=False)
    np.testing.assert_array_equal(fresh.point, settled.point)
    assert (fresh.scale > settled.scale).all()


def test_revisions_add_in_squares():
    outlook = forecast_series(
        read_fitted().indicators["fixed_bb"], range(2014, 2021), np.linspace(5, 16, 7), fresh=False
    )
    size = 0.1 * np.sqrt(16 * outlook.states.frontier)
    wide = revised_scale(outlook.scale, outlook.states, 0.1)
    np.testing.assert_allclose(wide**2, outlook.scale**2 + size[:, None] ** 2)


@pytest.mark.parametrize("name", INDICATORS)
def test_revised_figures_are_noticed(name):
    table, ceiling = invented().tables[name], CEILINGS[name]
    older = table.over(FIRST, 2011)
    noise = np.random.default_rng(5).normal(0, 0.15, older.shape[0])
    older[:, -1] = np.clip(older[:, -1] * np.exp(noise), 0, ceiling)
    settled = measure_revision(table.over(FIRST, 2011), table.values, FIRST, ceiling=ceiling)
    revised = measure_revision(older, table.values, FIRST, ceiling=ceiling)
    assert revised > settled


def test_errors_grow_with_the_horizon():
    table = invented().tables["fixed_bb"]
    learned = learn(table.values, FIRST, ceiling=np.inf)
    outlook = foresee(learned, table.values, FIRST)
    assert learned.last == LAST
    assert (np.diff(outlook.scale.mean(axis=0)) > 0).all()
