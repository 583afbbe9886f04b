"""Pooled forecasters: their equations by hand, and nothing learned from later."""

import dataclasses

import numpy as np
import pytest
from panels import FIRST, LAST, invented
from scipy.special import logit

from models.paths.momentum import KNOTS, global_damped_trend, momentum_to_norm
from models.paths.pooled import MEMBERS, combine, study
from models.paths.regression import run_regression
from models.paths.robust import fit_curve, fit_line, weighted_middle
from models.paths.smoothing import damped_smoothing, smoothed_forecast
from models.paths.states import QUICK, SLOW, States, eligible, filled, frontier, track
from sim.ask.backtest import backtest
from sim.world.past.panel import Panel


def state(**given):
    """Return one country in a plain state, with what is given changed."""
    plain = {
        "level": 10.0, "change": 2.0, "quick": 2.0, "slow": 2.0, "unrest": 2.0, "frontier": 50.0,
        "guard_level": 10.0, "guard_slope": 2.0, "guard_fade": 0.9, "ago": 0.0,
    }  # fmt: skip
    return States(**{name: np.array([value]) for name, value in (plain | given).items()})


def cut(panel: Panel, last: int) -> Panel:
    """Return the panel as it was at the end of a year."""
    tables = {
        name: dataclasses.replace(table, values=table.over(table.first, last))
        for name, table in panel.tables.items()
    }
    return dataclasses.replace(panel, tables=tables)


@pytest.mark.parametrize(("origin", "names"), [(2007, ()), (2012, ("internet_users",))])
def test_deleting_the_future_changes_no_forecast(origin, names):
    whole = backtest(invented(*names), origins=[origin], processes=1)
    known = backtest(cut(invented(*names), origin), origins=[origin], processes=1)
    assert len(whole) == len(known) > 20
    for one, other in zip(whole, known, strict=True):
        assert (one.country, one.indicator) == (other.country, other.indicator)
        assert one.point.tobytes() == other.point.tobytes()
        assert one.quantiles.tobytes() == other.quantiles.tobytes()


def test_what_comes_later_changes_no_forecast_from_history():
    panel, others = invented("fixed_bb"), invented("fixed_bb", seed=8)
    for table in others.tables.values():
        table.values[:, 2012 - FIRST + 1 :] = 1.0
    before = backtest(panel, history=invented("fixed_bb", seed=8), origins=[2012], processes=1)
    after = backtest(panel, history=others, origins=[2012], processes=1)
    assert all(a.point.tobytes() == b.point.tobytes() for a, b in zip(before, after, strict=True))


def test_history_is_forecast_by_what_the_panel_taught():
    panel = invented("mobile_cell")
    own = backtest(panel, origins=[2012], processes=1)
    for part in (slice(0, 12), slice(12, None)):
        tables = {
            name: dataclasses.replace(
                table, countries=table.countries[part], values=table.values[part]
            )
            for name, table in panel.tables.items()
        }
        some = backtest(
            panel, history=Panel(name="some", sha256="", tables=tables), origins=[2012], processes=1
        )
        known = {(one.country, one.indicator): one for one in own}
        for one in some:
            np.testing.assert_allclose(one.point, known[one.country, one.indicator].point)


def test_the_states_of_a_year_need_nothing_later():
    values = filled(invented().tables["mobile_cell"].values)
    whole, short = track(values, frontier(values)), track(values[:, :12], frontier(values[:, :12]))
    ready = eligible(values[:, :12], 4)
    for item in dataclasses.fields(States):
        late, early = getattr(whole, item.name)[:, :12], getattr(short, item.name)
        np.testing.assert_array_equal(late[ready], early[ready])


def test_global_damped_trend_by_hand():
    # w = 1/2, f = 0.8, m = 0.5: 10 + 0.5 * 2 * (0.8 + 0.64) after two years
    theta = np.array([logit(0.8), 0.0, 0.0, 0.0, 0.0])
    path = global_damped_trend(theta, state(quick=3.0, slow=1.0), 2)
    np.testing.assert_allclose(path, [[10.8, 11.44]])


def test_momentum_fades_into_the_norm_by_hand():
    # f = 1/2 and a norm of 0.04 of the frontier 50, 2 a year: from 4, paces 3 and 2.5
    theta = np.concatenate([[0.0, 0.0, 0.0, 0.0, 0.0], np.full(len(KNOTS), 0.04)])
    path = momentum_to_norm(theta, state(change=4.0, quick=4.0), 2)
    np.testing.assert_allclose(path, [[13.0, 15.5]])


def test_an_era_fades_and_a_leap_is_given_back():
    # no memory of the pace: the norm of 2 falls to a half each year; 0.5 of the surprise back
    theta = np.concatenate([[-40.0, 0.0, np.log(2), 0.0, 0.5], np.full(len(KNOTS), 0.04)])
    path = momentum_to_norm(theta, state(change=3.0, quick=1.0), 2)
    np.testing.assert_allclose(path, [[11.0, 12.0]])


def test_the_regression_renews_its_paces():
    beta = np.zeros(10)
    beta[1] = 1.0  # next change = quick pace
    path = run_regression(beta, state(change=5.0, quick=2.0), 3)
    np.testing.assert_allclose(path, [[12.0, 14.0, 16.0]])


def test_paces_are_exponentially_smoothed_changes():
    values = np.array([[1.0, 2.0, 4.0, 4.0]])
    states = track(values, np.full(4, 1e9))
    quick = QUICK * 0 + (1 - QUICK) * (QUICK * 2 + (1 - QUICK) * 1)
    slow = SLOW * 0 + (1 - SLOW) * (SLOW * 2 + (1 - SLOW) * 1)
    np.testing.assert_allclose(states.quick[0, 3], quick)
    np.testing.assert_allclose(states.slow[0, 3], slow)


def test_damped_smoothing_follows_its_recursion():
    series = np.array([[1.0, 2.5, 3.0, 4.8, 5.1, 6.9, 7.2]])
    level, slope, fade = damped_smoothing(series)
    again = []
    for a in (0.5, 0.8, 0.95, 1.0):
        for b in (0.05, 0.2, 0.4, 0.7, 1.0):
            for f in (0.8, 0.88, 0.94, 0.98):
                now, pace, squares = 1.0, (4.8 - 1.0) / 3, 0.0
                for seen in series[0, 1:]:
                    miss = seen - now - f * pace
                    now, pace = now + f * pace + a * miss, f * pace + a * b * miss
                    squares += miss**2
                again.append((squares, now, pace, f))
    _, now, pace, f = min(again)
    np.testing.assert_allclose([level[0, -1], slope[0, -1], fade[0, -1]], [now, pace, f])
    ahead = smoothed_forecast(level[:, -1], slope[:, -1], fade[:, -1], 2)
    np.testing.assert_allclose(ahead, [[now + f * pace, now + f * pace + f**2 * pace]])


def test_a_fit_finds_the_parameters_despite_wild_years():
    x = np.linspace(0, 3, 60)
    outcome = 2 * np.exp(-0.7 * x)
    outcome[::10] += 5
    found = fit_curve(
        lambda t: t[0] * np.exp(-t[1] * x), np.ones(2),
        prior=np.ones(2), ridge=np.full(2, 1e-9), outcome=outcome, weight=np.ones(60),
    )  # fmt: skip
    np.testing.assert_allclose(found, [2, 0.7], atol=0.02)


def test_a_firm_ridge_keeps_the_prior():
    x = np.arange(1.0, 9.0)[:, None]
    beta = fit_line(x, prior=np.array([3.0]), ridge=1e9, outcome=x[:, 0], weight=np.ones(8))
    np.testing.assert_allclose(beta, [3.0], rtol=1e-6)


def test_the_middle_leaves_the_outer_members_out():
    values = np.array([[0.0], [10.0], [11.0], [12.0], [1e6]])
    np.testing.assert_allclose(weighted_middle(values, np.ones(5), 0.3), [11.0])


def test_the_forecast_lies_between_its_members():
    lesson = study(invented().tables["fixed_bb"].values)
    assert lesson.weights.shape == (len(MEMBERS),)
    assert lesson.weights.sum() == pytest.approx(1)
    for replay in lesson.replays:
        middle = combine(replay.members, lesson.weights)
        assert (replay.members.min(axis=0) - 1e-9 <= middle).all()
        assert (middle <= replay.members.max(axis=0) + 1e-9).all()


def test_a_fit_is_the_same_every_time():
    observed = invented().tables["internet_users"].values
    first, second = study(observed), study(observed.copy())
    assert first.dynamics.norms.tobytes() == second.dynamics.norms.tobytes()
    assert first.weights.tobytes() == second.weights.tobytes()


def test_too_short_a_panel_is_refused():
    with pytest.raises(ValueError, match="to learn from"):
        study(invented().tables["fixed_bb"].values[:, : 2000 - FIRST])
    assert LAST > 2012
