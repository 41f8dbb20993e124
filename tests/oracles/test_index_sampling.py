"""The law of the drawn key, against balls and plain sums."""

import math

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.oracles.index_sampling import index_mean, index_variance, probabilities

EPS = np.finfo(float).eps


def problem_with(v, mask=None):
    rng = np.random.default_rng(5)
    return Problem(rng.normal(size=(2, 3, 4)), rng.normal(size=(2, len(v), 4)), v, key_mask=mask)


def logit_bound(problem):
    """Relative error of a probability: 2 delta, delta = (d + 3) u |x||y| (here u = eps / 2), and a few roundings."""
    q, k = (np.linalg.norm(a, axis=-1).max() for a in (problem.q, problem.k))
    return (problem.dim + 3) * EPS * problem.scale * q * k + (problem.n_keys + 4) * EPS


def test_probabilities_are_softmax_of_the_identity():
    mask = np.array([[True, False, True, True, True], [True, True, True, False, False]])
    problem = problem_with(np.eye(5), mask)
    exact, radius = exact_softmax(problem)
    pi = probabilities(problem)
    assert np.all(np.abs(pi - exact) <= logit_bound(problem) * exact + radius)
    assert np.all(pi[0, :, 1] == 0)
    assert np.all(pi[1, :, 3:] == 0)


def test_index_mean_is_softmax():
    problem = problem_with(np.random.default_rng(6).normal(size=(5, 3)))
    exact, _ = exact_softmax(problem)
    assert np.all(np.abs(index_mean(problem) - exact) <= 2 * logit_bound(problem) * np.abs(problem.v).max())


def test_index_variance_is_the_plain_sum():
    v = np.random.default_rng(7).normal(size=(5, 3))
    problem = problem_with(v)
    pi, variance = probabilities(problem), index_variance(problem)
    for b, n, j in np.ndindex(2, 3, 3):
        mean = math.fsum(pi[b, n, m] * v[m, j] for m in range(5))
        square = math.fsum(pi[b, n, m] * v[m, j] ** 2 for m in range(5))
        assert abs(variance[b, n, j] - (square - mean**2)) <= 40 * EPS * (v**2).max()


def test_index_variance_survives_a_large_offset():
    v = np.random.default_rng(8).integers(-8, 8, (5, 3)).astype(float)
    offset = 2.0**40
    assert np.allclose(index_variance(problem_with(v + offset)), index_variance(problem_with(v)), rtol=1e-3)
    pi = probabilities(problem_with(v))
    naive = (pi @ (v + offset) ** 2) - (pi @ (v + offset)) ** 2
    assert np.abs(naive - index_variance(problem_with(v))).max() > 1e3


def test_index_variance_of_a_constant_column_is_zero():
    assert np.all(index_variance(problem_with(np.ones((5, 1)))) == 0)
