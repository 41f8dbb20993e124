"""Fitted proposals: the second moment that is stated, its minimum, and means over pairs."""

import math

import numpy as np
import pytest

from lara_estimators.reference.proposals import best_rho, mean_square_of_sums, proposal_of
from lara_estimators.reference.scaling import half_squared_norm, scaled


def log_second_moment(variances, z):
    """Log of ``prod_j (s_j^4 / (2 s_j^2 - 1))^(1/2) exp(z_j^2 / (2 s_j^2 - 1))``, z = x + y; infinite where it is."""
    rho = 2 * variances - 1
    return np.inf if (rho <= 0).any() else float(np.sum(np.log(variances) - np.log(rho) / 2 + z**2 / rho))


@pytest.mark.parametrize("x", [-1.1, 0.4])
@pytest.mark.parametrize("y", [0.0, 0.9])
@pytest.mark.parametrize("variance", [0.8, 1.0, 2.5])
def test_the_stated_second_moment_is_that_of_one_draw(x, y, variance):
    """One dimension by Gauss-Hermite, the integrand entire; doubling the nodes moves it below 1e-10."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(300)
    w = math.sqrt(variance) * nodes
    ratio = np.exp(-(w**2) / 2 + nodes**2 / 2) * math.sqrt(variance)
    kernel = np.exp(w * x - x**2 / 2 + w * y - y**2 / 2) * ratio
    moment = weights @ kernel**2 / weights.sum() / math.exp(2 * x * y)
    expected = log_second_moment(np.array([variance]), np.array([x + y]))
    assert math.log(moment) == pytest.approx(expected, rel=0, abs=1e-9)


@pytest.mark.parametrize("phi", [0.0, 1e-3, 0.7, 6.0, 40.0])
@pytest.mark.parametrize("dim", [1, 2, 8, 64])
def test_no_other_isotropic_variance_does_better(phi, dim):
    best = 0.5 * (best_rho(np.array(phi), dim) + 1)
    z = np.sqrt(np.full(dim, phi / dim))
    least = log_second_moment(np.full(dim, best), z)
    assert best >= 1
    others = [log_second_moment(np.full(dim, best * factor), z) for factor in np.geomspace(0.3, 3, 301)]
    assert min(others) >= least - 1e-12 * (1 + abs(least))
    for factor in (0.97, 1.03):
        assert log_second_moment(np.full(dim, best * factor), z) > least


def test_no_other_diagonal_variances_do_better(rng):
    """Any seed: the factors are minimal one by one, so is their product; less than the isotropic minimum."""
    z = 1.5 * rng.standard_normal(5)
    best = 0.5 * (best_rho(z**2, 1) + 1)
    least = log_second_moment(best, z)
    for _ in range(300):
        assert log_second_moment(best * np.exp(0.2 * rng.standard_normal(5)), z) >= least - 1e-12 * (1 + abs(least))
    isotropic = 0.5 * (best_rho(np.sum(z**2, keepdims=True), 5) + 1)
    assert least <= log_second_moment(np.full(5, isotropic[0]), z) + 1e-12 * (1 + abs(least))


@pytest.mark.parametrize("mask", [None, np.array([True, False, True, True, False])], ids=["all", "masked"])
def test_means_are_over_pairs_of_queries_and_keys_that_take_part(mask, make_problem):
    symbols = scaled(make_problem(mask=mask, size=2.0))
    keys = [m for m in range(5) if mask is None or mask[m]]
    pairs = [(query + symbols.y[m]) ** 2 for query in symbols.x for m in keys]
    assert np.allclose(mean_square_of_sums(symbols), np.mean(pairs, axis=0), rtol=1e-14, atol=0)


def test_opposite_queries_and_keys_leave_the_standard_normal(make_problem):
    """x + y = 0 for every pair, without cancellation: rho is 1 and w is z."""
    problem = make_problem(1, 1, 3, size=1e3)
    symbols = scaled(type(problem)(problem.q, -problem.q, problem.v[:, :1], problem.scale))
    z = np.linspace(-2, 2, 12).reshape(3, 4)
    for name in ("isotropic", "diagonal"):
        draws = proposal_of(name).draws(z, symbols)
        assert np.array_equal(draws.w, z)
        assert np.array_equal(draws.log_ratio, np.zeros(4))


@pytest.mark.parametrize("name", ["isotropic", "diagonal"])
def test_the_log_ratio_is_that_of_the_densities(name, make_problem, rng):
    symbols = scaled(make_problem(batch=(2,), dim=3, size=1.5))
    z = rng.standard_normal((2, 3, 50))
    w, log_ratio = proposal_of(name).draws(z, symbols)
    variances = (w / z)[..., 0] ** 2
    own = -np.sum(w**2 / variances[..., None], axis=-2) / 2 - np.sum(np.log(variances), axis=-1)[:, None] / 2
    assert np.allclose(log_ratio, -half_squared_norm(np.swapaxes(w, -1, -2)) - own, rtol=0, atol=1e-12)
    assert (variances > 1).all()
