"""Trigonometric RFA: its formula by loops, its unbiased kernel, negative normalisers."""

import math

import numpy as np
import pytest

from lara_estimators import Estimate, FeatureNoise, NoNoise, Problem
from lara_estimators.reference import Softmax, TrigonometricRFA

MASK = np.array([True, False, True, True, False])


def features(u, w):
    """``exp(|u|^2 / 2) (cos w . u, sin w . u)``."""
    return math.exp(u @ u / 2) * np.array([math.cos(w @ u), math.sin(w @ u)])


def naive(problem, draws):
    """Ratio and normaliser of every query, by loops over draws and keys."""
    root = math.sqrt(problem.scale)
    x, y = root * problem.q, root * problem.k
    rows, totals = [], []
    for n, query in enumerate(x):
        keys = [m for m in range(problem.n_keys) if problem.key_mask is None or problem.key_mask[m]]
        keys = [m for m in keys if m <= n or not problem.causal]
        kappa = [math.fsum(features(query, w) @ features(y[m], w) for w in draws) / len(draws) for m in keys]
        totals.append(math.fsum(kappa))
        rows.append(np.array(kappa) @ problem.v[keys] / totals[-1])
    return np.array(rows), np.array(totals)


@pytest.mark.parametrize("mask", [None, MASK], ids=["all keys", "masked"])
@pytest.mark.parametrize("causal", [False, True], ids=["plain", "causal"])
@pytest.mark.parametrize("scale", [None, 0.4])
def test_trigonometric_rfa_is_the_ratio_of_its_features(mask, causal, scale, make_problem, rng, cancelling):
    problem = make_problem(5, 5, 3, 2, scale=scale)
    problem = Problem(problem.q, problem.k, problem.v, problem.scale, mask, causal)
    rfa = TrigonometricRFA(6)
    noise = rfa.draw(problem, rng)
    value, total = naive(problem, noise.normals)
    estimate = rfa(problem, noise)
    assert cancelling(problem).same(estimate, Estimate(value, np.log(total.astype(complex))))
    assert estimate.log_weights is None


def test_trigonometric_normaliser_is_unbiased(make_problem):
    """Exact: Gauss-Hermite for one draw of one dimension, an entire integrand; error below 1e-12."""
    problem = make_problem(3, 4, 1, 2)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    normaliser = np.exp(TrigonometricRFA()(problem, FeatureNoise(nodes[:, None, None])).log_normaliser)
    mean = weights @ normaliser / weights.sum()
    assert np.allclose(mean, np.exp(Softmax()(problem, NoNoise()).log_normaliser), rtol=1e-12, atol=1e-12)


def test_replicates_and_batches_are_computed_on_their_own(make_problem, rng, cancelling):
    problem = make_problem(4, 5, 3, 2, batch=(2,), mask=np.array([[True] * 5, [True, False, True, True, False]]))
    noise = TrigonometricRFA(3).draw(problem, rng, (3,))
    whole = TrigonometricRFA(3)(problem, noise)
    for r in range(3):
        for b in range(2):
            alone = Problem(problem.q[b], problem.k[b], problem.v[b], problem.scale, problem.key_mask[b])
            part = TrigonometricRFA(3)(alone, FeatureNoise(noise.normals[r, b]))
            assert cancelling(alone).same(Estimate(whole.value[r, b], whole.log_normaliser[r, b]), part)


def test_a_negative_normaliser_has_a_complex_logarithm_and_values_leave_the_hull():
    """x = 0, one key at 1, w = pi: kappa is ``exp(1/2) cos pi < 0``; a second key at 0 has kappa 1."""
    problem = Problem(np.zeros((1, 1)), np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]]), 1.0)
    estimate = TrigonometricRFA()(problem, FeatureNoise(np.array([[math.pi]])))
    normaliser = 1 - math.exp(0.5)
    assert np.exp(estimate.log_normaliser).real.item() == pytest.approx(normaliser, rel=1e-14)
    assert estimate.value.item() == pytest.approx(1 / normaliser, rel=1e-14)


def test_large_norms_do_not_overflow(make_problem, rng):
    problem = make_problem(3, 5, 4, 2, size=60.0)
    estimate = TrigonometricRFA(4)(problem, TrigonometricRFA(4).draw(problem, rng, (3,)))
    assert np.isfinite(estimate.value).all()
    assert np.isfinite(estimate.log_normaliser).all()


@pytest.mark.parametrize("sampling", ["iid", "orthogonal", "simplex", "quasi-monte-carlo"])
def test_samplings_draw_rows_of_the_right_shape(sampling, make_problem, rng):
    problem = make_problem(3, 5, 4, 2, batch=(2,))
    rfa = TrigonometricRFA(6, sampling)
    noise = rfa.draw(problem, rng, (3,))
    assert noise.normals.shape == (3, 2, 6, 4)
    assert rfa(problem, noise).value.shape == (3, 2, 3, 2)
    assert rfa.name == ("rfa[trigonometric]" if sampling == "iid" else f"rfa[trigonometric,{sampling}]")


def test_antithetic_and_unknown_samplings_are_refused():
    with pytest.raises(ValueError, match="sampling is 'antithetic', but cosines are even"):
        TrigonometricRFA(2, "antithetic")
    with pytest.raises(ValueError, match="sampling is 'sobol'; expected"):
        TrigonometricRFA(2, "sobol")
