"""Calibrated intervals: ordered, possible, as wide as past errors were, the same on paths."""

import numpy as np
import pytest
from panels import FIRST, LAST, invented
from scipy.special import ndtri

from models.paths.experience import foresee, learn, measure_revision
from models.paths.intervals import (
    LEVELS,
    OUTER,
    _Errors,
    _tails,
    outcome_quantiles,
    quantiles,
    sample_paths,
)
from sim.ask.backtest import QUANTILES, backtest
from sim.world.past.layouts import INDICATORS
from sim.world.past.learned import forecast_series, read_fitted
from sim.world.past.panel import CEILINGS


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
    band = quantiles(point[..., None] + scale[..., None] * ndtri(LEVELS), QUANTILES, np.inf)
    np.testing.assert_allclose(band[0, 1], 60 + 4 * ndtri(QUANTILES))


def test_paths_have_the_quantiles_and_are_correlated():
    # luck on an exact grid for the first horizon, pseudo-random after it
    grid = ndtri((np.arange(4000) + 0.5) / 4000)
    luck = np.column_stack([grid, *np.random.default_rng(3).standard_normal((3, 4000))])
    point, scale = np.array([50.0, 52, 54, 56]), np.array([1.0, 2, 3, 4])
    outcome = point[:, None] + scale[:, None] * ndtri(LEVELS)
    paths = sample_paths(outcome, 0.5, luck, np.inf)
    band = quantiles(outcome, QUANTILES, np.inf)
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
    assert (width(fresh) > width(settled)).all()


def width(outlook):
    return np.ptp(outlook.outcome[..., OUTER], axis=-1)


def test_revisions_add_in_squares():
    learned = read_fitted().indicators["fixed_bb"]
    now = forecast_series(learned, range(2014, 2021), np.linspace(5, 16, 7), fresh=False)
    upper = [
        outcome_quantiles(
            learned.spread, now.states, now.members, now.middle, ceiling=np.inf, revision=k
        )[0, :, OUTER[1]]
        - now.point[0]
        for k in (0, 0.1, 0.2)
    ]
    added = np.square(upper) - np.square(upper[0])
    np.testing.assert_allclose(added[2], 4 * added[1])
    assert (added[1] > 0).all()


def test_the_tails_differ_by_side_and_by_kind_of_country():
    # countries above the frontier fall further than they rise, in the panel that ships
    learned = read_fitted().indicators["mobile_cell"]
    above = forecast_series(learned, range(2014, 2021), np.linspace(160, 172, 7), fresh=False)
    low, middle, high = np.moveaxis(
        above.outcome[..., [OUTER[0], len(LEVELS) // 2, OUTER[1]]], -1, 0
    )
    assert (middle - low > high - middle).all()
    kinds = np.exp(learned.spread.tails)
    assert ((kinds > 0.3) & (kinds < 3)).all()


def test_a_kind_that_erred_further_than_the_rest_gets_longer_tails():
    luck, kind = np.random.default_rng(4), np.repeat([0, 1, 2], 400)
    error = luck.normal(size=1200) * np.where(kind == 2, 2.0, 1.0)
    past = _Errors(
        traits=np.ones((1200, 7)),
        size=error,
        weight=np.ones(1200),
        place=np.zeros(1200, int),
        pace=np.tile([0.1, 0.1, 0.1], 400),
        rank=np.array([0.1, 0.5, 1.1])[kind],
    )
    outer = np.quantile(error, [0.05, 0.95])
    tails = _tails(error / outer[:, None], past, np.array([0.05, 0.2]))
    assert (tails[:, 0, 2] > tails[:, 0, 1] + 0.3).all()
    assert (np.abs(tails[:, 0, 0] - tails[:, 0, 1]) < 0.2).all()


def test_no_kind_of_country_is_far_from_its_promise():
    # the same 24 invented countries as above, from eight origins: kinds of 200 cases or more;
    # errors of one country hang together, so about 40 independent ones: 3 sqrt(.9 * .1 / 40)
    made = invented()
    found = backtest(made, origins=list(range(2006, 2014)), processes=1)
    inside: dict[tuple[str, int], list[bool]] = {}
    for one in found:
        table = made.tables[one.indicator]
        row = table.countries.index(one.country)
        seen = table.over(FIRST, one.origin + 5)
        now = seen[:, one.origin - FIRST]
        rank = int(np.digitize(now[row] / np.nanpercentile(now, 90), [0.25, 1.0]))
        after = seen[row, one.origin - FIRST + 1 :]
        within = (one.quantiles[:, 0] <= after) & (after <= one.quantiles[:, -1])
        inside.setdefault((one.indicator, rank), []).extend(within[~np.isnan(after)].tolist())
    for kind, held in inside.items():
        if len(held) >= 200:
            assert abs(np.mean(held) - 0.9) < 0.15, kind


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
    assert (np.diff(width(outlook).mean(axis=0)) > 0).all()
