"""Moments of one feature draw, against adaptive integration that knows no projection."""

import numpy as np
import pytest
from scipy import integrate

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.oracles.index_sampling import index_variance
from lara_verify.oracles.one_sample import (
    ra_mean,
    ra_variance,
    rfa_mean_at_one_sample,
    rfa_variance_at_one_sample,
)


def plane_problem(mask=None):
    """d = 2, three keys, one of them long."""
    rng = np.random.default_rng(11)
    k = rng.normal(size=(3, 2)) * np.array([[0.5], [1.0], [1.8]])
    return Problem(rng.normal(size=(2, 2)), k, rng.normal(size=(3, 2)), key_mask=mask)


def low_span_problem(dim=16, rank=2):
    rng = np.random.default_rng(12)
    basis = rng.normal(size=(rank, dim)) / np.sqrt(dim)
    return Problem(*(2 * rng.normal(size=(n, rank)) @ basis for n in (2, 4)), rng.normal(size=(4, 3)) + 100)


def naive_f(w, y, v):
    weights = [np.exp(w @ key - key @ key / 2) for key in y]
    return sum(a * value for a, value in zip(weights, v, strict=True)) / sum(weights)


def by_dblquad(density, y, v, j, center=0.0, power=1):
    def integrand(a, b):
        w = np.array([a, b])
        return density(w) * (naive_f(w, y, v)[j] - center) ** power

    return integrate.dblquad(integrand, -9, 9, -9, 9, epsabs=1e-9)[0]


def normal(mean):
    return lambda w: np.exp(-((w - mean) ** 2).sum() / 2) / (2 * np.pi)


def test_rfa_moments_are_those_of_adaptive_integration():
    problem = plane_problem()
    y = np.sqrt(problem.scale) * problem.k
    mean, variance = rfa_mean_at_one_sample(problem), rfa_variance_at_one_sample(problem)
    for j in range(2):
        m = by_dblquad(normal(np.zeros(2)), y, problem.v, j)
        s = by_dblquad(normal(np.zeros(2)), y, problem.v, j, center=m, power=2)
        assert np.all(np.abs(mean.value[:, j] - m) < 1e-8)
        assert np.all(np.abs(variance.value[:, j] - s) < 1e-8)
    assert mean.error.max() < 1e-11


def test_ra_variance_is_that_of_adaptive_integration():
    problem = plane_problem()
    x, y = np.sqrt(problem.scale) * problem.q[0], np.sqrt(problem.scale) * problem.k
    pi = np.exp(y @ x) / np.exp(y @ x).sum()

    def mixture(w):
        return sum(p * normal(x + key)(w) for p, key in zip(pi, y, strict=True))

    exact = by_dblquad(mixture, y, problem.v, 0, center=(pi @ problem.v)[0], power=2)
    assert abs(ra_variance(problem).value[0, 0] - exact) < 1e-7


@pytest.mark.parametrize("problem", [plane_problem(), plane_problem(np.array([True, False, True])), low_span_problem()])
def test_ra_mean_is_softmax(problem):
    known, exact = ra_mean(problem), exact_softmax(problem)
    assert np.all(np.abs(known.value - exact.value) <= known.error + exact.error + 1e-13 * np.abs(problem.v).max())


@pytest.mark.parametrize("problem", [plane_problem(), low_span_problem()])
def test_ra_variance_is_below_index_variance(problem):
    assert np.all(ra_variance(problem).value <= index_variance(problem) + 1e-12)


def test_one_key_leaves_nothing_to_chance():
    problem = plane_problem(np.array([False, True, False]))
    assert np.allclose(rfa_mean_at_one_sample(problem).value, problem.v[1], rtol=0, atol=1e-14)
    assert ra_variance(problem).value.max() < 1e-28


def test_keys_at_zero_give_the_plain_mean():
    problem = Problem(np.ones((1, 5)), np.zeros((3, 5)), np.arange(6.0).reshape(3, 2))
    assert np.allclose(rfa_mean_at_one_sample(problem).value, [[2.0, 3.0]], rtol=0, atol=1e-14)


def test_a_missing_norm_term_would_be_seen():
    """The judge tried on something wrong: without -|y|^2 / 2, the mean moves by far more than any tolerance above."""
    problem = plane_problem()
    y = np.sqrt(problem.scale) * problem.k

    def wrong(a, b):
        weights = np.exp(y @ np.array([a, b]))
        return normal(np.zeros(2))(np.array([a, b])) * (weights @ problem.v)[0] / weights.sum()

    moved = integrate.dblquad(wrong, -9, 9, -9, 9, epsabs=1e-6)[0]
    assert abs(moved - rfa_mean_at_one_sample(problem).value[0, 0]) > 1e-3


def test_keys_of_full_dimension_are_refused():
    rng = np.random.default_rng(13)
    with pytest.raises(OutsideDomainError, match="span 5 dimensions"):
        rfa_mean_at_one_sample(Problem(rng.normal(size=(1, 5)), rng.normal(size=(6, 5)), rng.normal(size=(6, 2))))
