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
    stratified_ra_variance,
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


@pytest.mark.parametrize("mask", [None, np.array([True, True, False])])
def test_one_chunk_is_randomized_attention(mask):
    problem = plane_problem(mask)
    known = stratified_ra_variance(problem, 1, 5)
    assert known.value == pytest.approx(ra_variance(problem).value / 5, rel=1e-12)


def test_a_chunk_for_each_key_leaves_nothing_to_chance():
    assert np.all(stratified_ra_variance(plane_problem(), 3, 3).value == 0)


def test_a_chunk_without_keys_adds_nothing():
    """Keys 0 and 1 | 2, of which 2 is masked: randomized attention over the first two, with half the draws."""
    masked = plane_problem(np.array([True, True, False]))
    assert stratified_ra_variance(masked, 2, 6).value == pytest.approx(ra_variance(masked).value / 3, rel=1e-12)


def test_the_variance_of_strata_is_seen_by_sampling(rng):
    """200,000 draws of each of two chunks of opposed keys; squares of ``f_c - A_c`` lie in [0, 1].

    Level 1e-6 for both means, by Hoeffding. Power: the variance is more than five times what is allowed, so that shares
    that are not squared, which double it, are refuted.
    """
    n, x, y = 200_000, np.array([0.1, 0.2]), np.array([[1.0, 0.5], [-1.0, -0.4], [0.6, -1.0], [-0.5, 1.0]])
    v = np.array([0.0, 1.0, 0.0, 1.0])
    known = stratified_ra_variance(Problem(x[None], y, v[:, None], scale=1.0), 2, 2).value[0, 0]
    pi = np.exp(y @ x) / np.exp(y @ x).sum()
    total, slack = 0.0, 0.0
    for part in ([0, 1], [2, 3]):
        share = pi[part].sum()
        drawn = rng.choice(part, size=n, p=pi[part] / share)
        w = x + y[drawn] + rng.normal(size=(n, 2))
        weights = np.exp(w @ y[part].T - (y[part] ** 2).sum(axis=1) / 2)
        f = weights @ v[part] / weights.sum(axis=1)
        total += share**2 * ((f - pi[part] @ v[part] / share) ** 2).mean()
        slack += share**2 * np.sqrt(np.log(4 / 1e-6) / (2 * n))
    assert abs(total - known) <= slack
    assert known > 5 * slack


@pytest.mark.parametrize(("n_chunks", "n_samples"), [(0, 2), (4, 4), (2, 3), (2, 0)])
def test_chunks_that_are_none_are_refused(n_chunks, n_samples):
    with pytest.raises(OutsideDomainError, match="expected 1 to 3 chunks and a multiple"):
        stratified_ra_variance(plane_problem(), n_chunks, n_samples)


def test_causal_randomized_attention_is_that_of_the_keys_seen():
    rng = np.random.default_rng(19)
    q, k, v = rng.normal(size=(4, 2)), rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
    causal = Problem(q, k, v, causal=True)
    for quantity in (ra_variance, ra_mean, rfa_mean_at_one_sample):
        whole = quantity(causal).value
        for n in range(4):
            alone = quantity(Problem(q[n : n + 1], k[: n + 1], v[: n + 1])).value
            assert whole[n] == pytest.approx(alone[0], rel=1e-12, abs=1e-14)
    with pytest.raises(OutsideDomainError, match="has no causal form"):
        stratified_ra_variance(causal, 1, 1)


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
