"""Bass, Gompertz and logistic: closed forms, known answers, honest standard errors."""

import numpy as np
import pytest

from models.paths.diffusion import CURVES, bass, fit, gompertz, logistic

T = np.arange(0.0, 20.0)
TRUE = {"bass": (80.0, 0.03, 0.4), "gompertz": (80.0, 5.0, 0.25), "logistic": (80.0, 9.0, 0.5)}


def test_bass_solves_its_differential_equation():
    m, p, q, h = 27.0, 0.036, 0.3, 1e-5
    t = np.linspace(0.5, 30, 60)
    slope = (bass(t + h, m, p, q) - bass(t - h, m, p, q)) / (2 * h)
    level = bass(t, m, p, q)
    assert np.allclose(slope, (p + q * level / m) * (m - level), atol=1e-6)


def test_bass_peaks_where_theory_says():
    p, q = 0.03, 0.38
    t = np.linspace(0, 20, 200_001)
    peak = t[np.diff(bass(t, 1, p, q)).argmax()]
    assert peak == pytest.approx(np.log(q / p) / (p + q), abs=1e-3)


def test_gompertz_bends_at_one_over_e_and_logistic_at_a_half():
    t = np.linspace(0, 40, 400_001)
    curve = gompertz(t, 1, 5.0, 0.25)
    assert curve[np.diff(curve).argmax()] == pytest.approx(1 / np.e, abs=1e-4)
    curve = logistic(t, 1, 9.0, 0.5)
    assert curve[np.diff(curve).argmax()] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("curve", sorted(CURVES))
def test_a_curve_without_noise_is_found_again(curve):
    found = fit(curve, T, CURVES[curve].shape(T, *TRUE[curve]))
    assert list(found.parameters.values()) == pytest.approx(TRUE[curve], rel=1e-3)
    assert found(T) == pytest.approx(CURVES[curve].shape(T, *TRUE[curve]), abs=1e-3)


@pytest.mark.parametrize("curve", sorted(CURVES))
def test_standard_errors_cover_the_truth(curve):
    chance = np.random.default_rng(7)
    hits = []
    for _ in range(60):
        noisy = np.maximum(CURVES[curve].shape(T, *TRUE[curve]) + chance.normal(0, 0.5, T.size), 0)
        found = fit(curve, T, noisy)
        for name, true in zip(CURVES[curve].names, TRUE[curve], strict=True):
            hits.append(abs(found.parameters[name] - true) <= 3 * found.standard_errors[name])
    # three standard errors, t with 17 degrees of freedom: 0.8 % miss; 10 of 180 is 6 sigma
    assert np.sum(~np.array(hits)) <= 10


def test_early_growth_does_not_identify_the_ceiling():
    early = np.exp(0.3 * T[:6]) * (1 + 0.02 * np.array([1, -1, 1, -1, 1, -1]))
    found = fit("logistic", T[:6], early)
    assert found.standard_errors["m"] > found.parameters["m"]


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="3 times and 3 values: at least 4"):
        fit("bass", [0, 1, 2], [0, 1, 2])
