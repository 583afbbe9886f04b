"""Where history alone would go: from the place's own figures, as the panel's countries went."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from cases import VIET_NAM
from scipy.special import expit

from sim.faults import InputFaults
from sim.indicators import SERIES
from sim.place.assumptions import draw
from sim.place.case import load_case
from sim.world.past import history
from sim.world.past.learned import forecast_series, read_fitted

MANY = 2000


def paths_of(case, indicator, replicates=MANY):
    assumed = draw(list(case.assumptions.values()), 5, replicates)
    return history.path(case, indicator, assumed, 5, replicates)


def test_a_path_starts_at_the_trend_of_the_places_own_figures(viet_nam):
    for indicator in viet_nam.followed:
        trend = history.fitted(viet_nam, indicator)
        first = paths_of(viet_nam, indicator)[:, 0]
        level = history.frontier(viet_nam, indicator) * expit(trend.level)
        # a normal sample's median has a standard error of 1.25 sd / sqrt(n); 5 of them
        assert abs(np.median(first) - level) < 5 * 1.25 * first.std() / np.sqrt(MANY) + 1e-3


def test_the_median_moves_as_panel_and_own_trend_say_by_their_weight(viet_nam):
    fibre = "fibre_households"
    past = history._yearly(viet_nam, fibre, history.fitted(viet_nam, fibre))
    years = range(viet_nam.start.year - len(past) + 1, viet_nam.start.year + 1)
    learned = read_fitted().indicators["fixed_bb_households"]
    outlook = forecast_series(learned, years, 100 * past, horizon=5, fresh=False)
    panel = outlook.forecast()[0] / 100 - past[-1]
    own = history._own_ends(viet_nam, fibre, 12 * np.arange(1, 6))[1]
    weight = history.own_weight(viet_nam, fibre)
    path = paths_of(viet_nam, fibre)
    for year in (1, 2):
        moved = np.median(path[:, 12 * year] - path[:, 0])
        spread = np.std(path[:, 12 * year])
        expected = (1 - weight) * panel[year - 1] + weight * own[year - 1]
        assert abs(moved - expected) < 5 * 1.25 * spread / np.sqrt(MANY) + 0.003


def test_fibre_saturates_by_itself(viet_nam):
    # counted in households, the panel's path no longer has to be held back
    path = paths_of(viet_nam, "fibre_households")
    assert np.median(path[:, 60]) < 0.95
    yearly = np.diff(np.median(path[:, :61:12], axis=0))
    assert (np.diff(yearly) < 0).all()


def test_an_own_trend_with_no_past_to_be_judged_by_has_the_prior_weight(viet_nam):
    assert history.own_weight(viet_nam, "fibre_households") == pytest.approx(history.OWN)


def test_the_weight_of_the_own_trend_is_learned_from_how_both_did(monkeypatch):
    case = load_case(VIET_NAM, vintage=date(2022, 12, 31))

    def played(panel, own):
        def points(then, indicator, months):
            true = {history._month(case, row) for row in case.series(indicator, "VN")}
            assert then.head.vintage < case.head.vintage
            assert true
            return np.stack([np.full(len(months), panel), np.full(len(months), own)])

        monkeypatch.setattr(history, "_points", points)
        return history.own_weight(case, "fibre_households")

    assert played(0.72, 0.9) < history.OWN < played(0.9, 0.72) < 1
    monkeypatch.undo()
    assert 0 < history.own_weight(case, "fibre_households") < 1


def test_what_was_published_later_leaves_the_weight_alone():
    case = load_case(VIET_NAM, vintage=date(2022, 6, 30))
    seen = history.own_weight(case, "fibre_households")
    figures = tuple(row for row in case.figures if row.published <= date(2022, 6, 30))
    assert history.own_weight(replace(case, figures=figures), "fibre_households") == seen


def test_uncertainty_grows_with_time(viet_nam):
    for indicator in viet_nam.followed:
        spread = paths_of(viet_nam, indicator).std(axis=0)
        assert spread[0] < spread[12] < spread[36]


def test_mobile_broadband_borrows_from_all_three_and_fibre_from_one(viet_nam):
    assert len(SERIES["mobile_broadband"].near) == 3
    assert SERIES["fibre_households"].near == ("fixed_bb_households",)
    assert viet_nam.followed == ("fibre_households", "mobile_broadband", "smartphone_adults")


def test_before_the_panel_was_published_a_place_has_only_its_own_trend(monkeypatch):
    case = load_case(VIET_NAM, vintage=date(2018, 10, 31))

    def refuse(*words, **named):
        raise AssertionError("the panel was not published yet")

    monkeypatch.setattr(history, "forecast_series", refuse)
    assert np.isfinite(paths_of(case, "fibre_households", 50)).all()
    with pytest.raises(AssertionError):
        paths_of(load_case(VIET_NAM), "fibre_households", 50)


def test_a_series_of_less_than_a_year_follows_its_own_trend(copy, monkeypatch):
    rows = (copy / "observations.csv").read_text(encoding="utf-8").splitlines()
    last = next(row for row in rows if row.startswith("2021-09-30,smartphone_adults,VN"))
    kept = [row for row in rows if ",smartphone_adults," not in row or row == last]
    kept.append(last.replace("2021-09-30", "2021-06-30").replace("71.648", "70.5"))
    (copy / "observations.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    monkeypatch.setattr(history, "forecast_series", None)
    assert np.isfinite(paths_of(load_case(copy), "smartphone_adults", 50)).all()


def test_a_short_series_follows_the_panel_and_seldom_falls(viet_nam):
    """Internet users of the panel fell over five years in some 5 % of forecasts."""
    path = paths_of(viet_nam, "smartphone_adults", 500)
    assert (path[:, 60] < path[:, 0]).mean() <= 0.05


def test_one_observation_is_too_few(copy):
    rows = (copy / "observations.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if ",mobile_broadband," not in row or row.startswith("2021-10")]
    (copy / "observations.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(InputFaults, match="2 figures of mobile_broadband for VN published by"):
        load_case(copy)


@pytest.mark.parametrize("which", ["first", "middle", "all", "two of one quarter"])
def test_figures_of_nought_and_a_past_of_weeks_have_a_path(viet_nam, which):
    """Where a service has not begun, nought is published; a path must come out of it."""
    name = "mobile_broadband"
    ours = [row for row in viet_nam.observations if row.indicator == name]
    nought = {"first": ours[:1], "middle": ours[1:4], "all": ours}.get(which, [])
    kept = ours if which in ("first", "middle", "all") else ours[-2:]
    rows = [row for row in viet_nam.observations if row.indicator != name]
    rows += [row.model_copy(update={"value": 0.0}) if row in nought else row for row in kept]
    found = paths_of(viet_nam.knowing(rows, viet_nam.assumptions), name, replicates=20)
    assert np.isfinite(found).all()
    assert (found > 0).all()
