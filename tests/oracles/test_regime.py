"""Second moments in the log domain, against linear algebra in G, and the harmonic bound against the mixture itself."""

import numpy as np
import pytest

from lara_estimators import Problem
from lara_verify.oracles.answer import scaled_items
from lara_verify.oracles.first_order import first_order_covariance, log1p_chi_squared
from lara_verify.oracles.regime import mixture, second_moments
from lara_verify.oracles.sampling import GaussianProposal
from lara_verify.problems import make_problem


@pytest.mark.parametrize("name", ["P0", "P1", "P3", "P5", "P5-padded"])
@pytest.mark.parametrize("shifted", [False, True])
def test_moments_are_those_of_the_matrix_g(name, shifted):
    problem = make_problem(name)
    for item in scaled_items(problem):
        mu = np.full(item.x.shape[1], 0.25 if shifted else 0.0)
        found = second_moments(item, mu[None])
        sampling = GaussianProposal(mu)
        log_chi2 = log1p_chi_squared(problem, sampling)[item.at]
        trace = np.trace(first_order_covariance(problem, sampling)[item.at], axis1=-2, axis2=-1)
        # both roads round sums of some hundred terms whose exponents are below 50: 100 * 50 units
        assert np.allclose(found.log_chi2[:, 0], log_chi2, rtol=0, atol=1e-12)
        assert np.allclose(np.exp(found.log_trace[:, 0]), trace, rtol=1e-11, atol=0)


def test_nothing_overflows_where_g_does(rng):
    problem = Problem(30 * rng.standard_normal((4, 8)), 30 * rng.standard_normal((6, 8)), rng.standard_normal((6, 2)))
    (item,) = scaled_items(problem)
    found = second_moments(item, np.zeros((1, 8)))
    assert np.all(found.log_chi2 > 700)
    assert np.allclose(found.log_chi2[:, 0], log1p_chi_squared(problem, GaussianProposal()), rtol=1e-12, atol=0)


def test_harmonic_mean_bounds_the_mixture_and_one_proposal_is_exact():
    """In one dimension, the second moment of p / q by the trapezoidal rule, q the even mixture of three proposals."""
    x, y, mu = np.array([[0.7]]), np.array([[0.5], [-0.8], [1.1]]), np.array([[1.2], [-0.4], [2.0]])
    problem = Problem(x, y, np.eye(3), scale=1.0)
    (item,) = scaled_items(problem)
    w = np.linspace(-15, 15, 20_001)
    pi = np.exp(x[0, 0] * y[:, 0]) / np.exp(x[0, 0] * y[:, 0]).sum()

    def normal(mean):
        return np.exp(-0.5 * (w - mean) ** 2) / np.sqrt(2 * np.pi)

    p = sum(weight * normal(x[0, 0] + key) for weight, key in zip(pi, y[:, 0], strict=True))
    exact = np.sum(p**2 / np.mean([normal(m) for m in mu[:, 0]], axis=0)) * (w[1] - w[0])
    parts = second_moments(item, mu).log_chi2
    bound = np.exp(mixture(parts))[0]
    assert exact <= bound <= np.exp(parts).mean()
    assert bound < len(mu) * np.exp(parts).min()  # better than the best proposal with its share of the draws
    assert mixture(parts[:, :1])[0] == pytest.approx(parts[0, 0], abs=1e-14)
    assert np.exp(mixture(parts[:, ::-1]))[0] == pytest.approx(bound, rel=1e-13)


def test_equal_values_leave_no_error():
    problem = Problem(np.ones((2, 3)), np.ones((4, 3)), np.full((4, 2), 7.0))
    (item,) = scaled_items(problem)
    assert np.all(second_moments(item, np.zeros((1, 3))).log_trace == -np.inf)
