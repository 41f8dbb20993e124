"""Coefficients of bias and covariance, against enumeration of what they multiply."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.first_order import (
    chi_squared,
    first_order_bias,
    first_order_covariance,
    log1p_chi_squared,
    second_order_bias,
    third_moment_bias,
)
from lara_verify.oracles.sampling import AntitheticProposal, GaussianProposal, Trigonometric
from lara_verify.problems import make_problem

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def line_problem():
    rng = np.random.default_rng(16)
    return Problem(0.6 * rng.normal(size=(2, 1)), 0.8 * rng.normal(size=(3, 1)), rng.normal(size=(3, 2)), scale=1.0)


def one_draw(problem, n, antithetic=False):
    """N (centred) and D of one draw at every node, from the densities as defined."""
    x, y, v = problem.q[n, 0], problem.k[:, 0], problem.v
    normaliser = np.exp(x * y).sum()

    def at(w):
        parts = [np.exp(w * x - x * x / 2 + w * key - key * key / 2) / normaliser for key in y]
        return np.array(parts)

    parts = (at(NODES) + at(-NODES)) / 2 if antithetic else at(NODES)
    attention = (np.exp(x * y) @ v) / normaliser
    return np.einsum("mp,me->pe", parts, v - attention), parts.sum(axis=0)


@pytest.mark.parametrize("antithetic", [False, True])
def test_coefficients_are_moments_of_one_draw(antithetic):
    problem = line_problem()
    sampling = AntitheticProposal() if antithetic else GaussianProposal()
    for n in range(2):
        numerator, normaliser = one_draw(problem, n, antithetic)
        expected = {
            chi_squared: WEIGHTS @ (normaliser - 1) ** 2,
            first_order_bias: -WEIGHTS @ (numerator * normaliser[:, None]),
            first_order_covariance: np.einsum("p,pe,pf->ef", WEIGHTS, numerator, numerator),
            third_moment_bias: WEIGHTS @ (numerator * normaliser[:, None] ** 2),
        }
        for quantity, value in expected.items():
            assert np.allclose(quantity(problem, sampling)[n], value, rtol=0, atol=1e-11), quantity.__name__


def test_second_order_bias_is_the_expansion_of_two_draws_times_many():
    """Bias at S from moments of sums: E[n (1 - e + e^2 - e^3)] is exact to S^-2; its S^-2 part must be b2."""
    problem = line_problem()
    numerator, normaliser = one_draw(problem, 0)
    e = (normaliser - 1)[:, None]
    by_moments = WEIGHTS @ (numerator * e**2) - 3 * (WEIGHTS @ (numerator * e)) * (WEIGHTS @ e**2)
    assert np.allclose(second_order_bias(problem, GaussianProposal())[0], by_moments, rtol=0, atol=1e-11)


def test_masked_keys_have_no_part():
    problem = make_problem("P5")
    for item in np.ndindex(2, 2):
        kept = problem.key_mask[item]
        alone = Problem(problem.q[item], problem.k[item][kept], problem.v[item][kept])
        for quantity in (chi_squared, first_order_bias, second_order_bias):
            whole = quantity(problem, GaussianProposal())[item]
            assert np.allclose(whole, quantity(alone, GaussianProposal()), rtol=1e-12, atol=1e-12)


def test_a_causal_query_sees_its_own_keys():
    rng = np.random.default_rng(17)
    q, k, v = 0.6 * rng.normal(size=(2, 4, 3)), 0.6 * rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 2))
    causal = Problem(q, k, v, causal=True)
    for quantity in (log1p_chi_squared, chi_squared, first_order_bias, first_order_covariance, second_order_bias):
        whole = quantity(causal, AntitheticProposal())
        for n in range(4):
            alone = quantity(Problem(q[:, n : n + 1], k[:, : n + 1], v[:, : n + 1]), AntitheticProposal())
            assert np.allclose(whole[:, n], alone[:, 0], rtol=1e-12, atol=1e-15)


def test_a_constant_column_has_no_error():
    problem = make_problem("P0")
    assert np.abs(first_order_bias(problem, GaussianProposal())[:, -1]).max() < 1e-14
    assert np.abs(first_order_covariance(problem, GaussianProposal())[:, -1]).max() < 1e-14


def test_centring_on_the_right_mean_spends_nothing():
    """A proposal at the only component's mean draws from the target: chi^2 = 0, and no error at all."""
    problem = Problem(np.ones((1, 3)), np.ones((1, 3)), np.ones((1, 2)), scale=1.0)
    assert chi_squared(problem, GaussianProposal(np.full(3, 2.0)))[0] == pytest.approx(0, abs=1e-14)


def test_the_trigonometric_normaliser_varies_as_its_own_table_says():
    problem = line_problem()
    x, y = problem.q[0, 0], problem.k[:, 0]
    pi = np.exp(x * y) / np.exp(x * y).sum()
    r = np.array([np.exp((x - key) ** 2 / 2) * np.cos(NODES * (x - key)) for key in y])
    assert chi_squared(problem, Trigonometric())[0] == pytest.approx(WEIGHTS @ (pi @ r - 1) ** 2, abs=1e-11)


def test_an_overflowing_gram_is_refused_and_its_logarithm_known():
    problem = Problem(np.full((1, 4), 12.0), np.full((2, 4), 12.0), np.eye(2), scale=1.0)
    assert log1p_chi_squared(problem, GaussianProposal())[0] == pytest.approx(4 * 24**2)
    for quantity in (chi_squared, first_order_bias, second_order_bias):
        with pytest.raises(OutsideDomainError):
            quantity(problem, GaussianProposal())
