"""Laws of the rounding bounds: monotone and linear in the roundoff, sums in any order, factored covariances, memory."""

import tracemalloc

import numpy as np
import pytest

from lara_estimators import FeatureNoise, NoNoise, Problem, reference
from lara_estimators.given import GivenProposal
from lara_verify.checks.roster import every_option
from lara_verify.oracles.rounding import rounding_bound
from lara_verify.problems import make_problem

DTYPES = ("float64", "float32", "bfloat16")
EXTREMES = ("P6-logits30", "P6-long", "P6-long-logits30", "P6-offset100", "P6-duplicates")
OPTIONS = {o.make(reference).name: i for i, o in enumerate(every_option(make_problem("P6-oblong")))}


@pytest.mark.parametrize("name", OPTIONS)
def test_bounds_are_monotone_and_nearly_linear_in_the_roundoff(name, rng):
    """Float32 has 2^29 times the roundoff of float64: at least half that, and at most twice where bounds are small."""
    problem = make_problem("P6-oblong")
    estimator = every_option(problem)[OPTIONS[name]].make(reference)
    noise = estimator.draw(problem, rng)
    double, single, half = (rounding_bound(problem, estimator, noise, dtype) for dtype in DTYPES)
    assert (double <= single).all()
    assert (single <= half).all()
    linear = 2.0**29 * double
    assert (single >= 0.5 * linear).all()
    assert (single <= 2 * linear)[single <= 1e-4].all()


@pytest.mark.parametrize("name", OPTIONS)
def test_replicates_and_batch_items_are_bounded_apart(name, rng):
    """What is stacked is bounded as what stands alone: no item's numbers enter another's bound."""
    problem = make_problem("P5")
    estimator = every_option(problem)[OPTIONS[name]].make(reference)
    assert estimator.name == name
    noise = estimator.draw(problem, rng, (3,))
    shape = (3, *problem.batch_shape, problem.n_queries, problem.value_dim)
    whole = np.broadcast_to(rounding_bound(problem, estimator, noise, "float32"), shape)
    one = noise if isinstance(noise, NoNoise) else type(noise)(*(part[1] for part in noise))
    alone = np.broadcast_to(rounding_bound(problem, estimator, one, "float32"), shape[1:])
    assert np.allclose(whole[1], alone, rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", ["lara[query,mixed]", "rfa[diagonal]", "ra", "stratified_ra", "poisson[collision]"])
def test_many_replicates_on_4096_keys_fit_in_a_quarter_gigabyte(name, rng):
    """As many numbers as replicates, queries, draws and keys together would take a gigabyte."""
    problem = make_problem("P6-long")
    estimator = next(o for o in every_option(problem) if o.make(reference).name == name).make(reference)
    noise = estimator.draw(problem, rng, (64,))
    tracemalloc.start()
    bound = rounding_bound(problem, estimator, noise, "float32")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert bound.shape == (64, 3, 3)
    assert peak < 2**28


def running(logits, v, size):
    """Softmax attention in float32, keys taken in chunks of `size`, everything rescaled as the maximum grows."""
    top, total, value = np.float32(-np.inf), np.float32(0), np.zeros(v.shape[-1], np.float32)
    for first in range(0, len(logits), size):
        part = slice(first, first + size)
        higher = max(top, logits[part].max())
        kernel = np.exp(logits[part] - higher)
        shrink = np.exp(top - higher)
        total, value = total * shrink + kernel.sum(), value * shrink + kernel @ v[part]
        top = higher
    return value / total


@pytest.mark.parametrize("problem_name", EXTREMES)
@pytest.mark.parametrize("order", ["given", "rising", "falling", "random"])
@pytest.mark.parametrize("size", [12, 256, 4096])
def test_sums_in_chunks_with_a_running_maximum_lie_within_the_bound(problem_name, order, size, rng):
    """Keys in any order; rising logits rescale at every chunk."""
    problem = make_problem(problem_name)
    logits = np.float32(problem.scale) * (problem.q.astype(np.float32) @ problem.k.astype(np.float32).T)
    v = problem.v.astype(np.float32)
    exact = reference.Softmax()(problem, NoNoise()).value
    bound = rounding_bound(problem, "softmax", NoNoise(), "float32")
    for n, row in enumerate(logits):
        rising = np.argsort(row)
        keys = {"given": np.arange(len(row)), "rising": rising, "falling": rising[::-1]}.get(order)
        keys = rng.permutation(len(row)) if keys is None else keys
        assert (abs(running(row[keys], v[keys], size) - exact[n]) <= bound[n]).all()


@pytest.mark.parametrize("condition", [1.0, 1e2, 1e4])
def test_factors_of_a_given_covariance_in_float32_lie_within_the_bound(condition, rng):
    """The draw is off by the factor's error: seen as the distance of two features, at one key, through w . y alone.

    With values 0 and 1 on keys y and 0, value / (1 - value) is exp(w . y - |y|^2 / 2), whose logarithm is linear in w.
    """
    dim = 6
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    covariance = basis @ np.diag(np.geomspace(1.0, condition, dim)) @ basis.T / np.sqrt(condition)
    covariance = np.float32((covariance + covariance.T) / 2).astype(float)
    problem = Problem(np.zeros((1, dim)), np.eye(2, dim) * 0.5, np.array([[1.0], [0.0]]), 1.0)
    estimator = reference.RFA(1, proposal=GivenProposal(covariance=covariance))
    for _ in range(20):
        z = np.float32(rng.standard_normal((1, dim))).astype(float)
        w = z.astype(np.float32) @ np.linalg.cholesky(covariance.astype(np.float32)).T
        logits = w @ problem.k.astype(np.float32).T - np.float32(0.5 * 0.25)
        kernel = np.exp(logits - logits.max())
        computed = kernel[0, 0] / kernel.sum()
        exact = estimator(problem, FeatureNoise(z)).value
        assert (abs(computed - exact) <= rounding_bound(problem, estimator, FeatureNoise(z), "float32")).all()


def test_a_covariance_that_float32_cannot_factor_leaves_the_range():
    """At condition 1e12 the factor may be anything: the bound is of the order of the range, and still a number."""
    covariance = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-12]])
    problem = Problem(np.ones((1, 2)), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0], [0.0]]))
    estimator = reference.RFA(1, proposal=GivenProposal(covariance=covariance))
    bound = rounding_bound(problem, estimator, FeatureNoise(np.ones((1, 2))), "float32")
    assert 0.5 <= bound.item() <= 4


def test_where_a_signed_normaliser_may_vanish_the_bound_is_infinite():
    """One query, one draw: cos(w . (x - y)) = cos(pi/2) for every key; rounding decides its sign."""
    problem = Problem(np.array([[np.pi / 2]]), np.zeros((2, 1)), np.array([[1.0], [2.0]]), 1.0)
    vanishing, safe = (
        rounding_bound(problem, "rfa[trigonometric]", FeatureNoise(np.array([[w]])), "float32") for w in (1.0, 0.5)
    )
    assert np.isinf(vanishing).all()
    assert (safe < 1e-4).all()


@pytest.mark.parametrize("name", ["rfa[relu]", "lara[balanced]", "keys[norm]", "softmax[fast]", "attention"])
def test_what_is_not_known_is_refused_by_name(name):
    with pytest.raises(ValueError, match="no rounding bound for"):
        rounding_bound(make_problem("P6-small"), name, NoNoise(), "float32")


OVER_ALL_KEYS = [n for n in OPTIONS if n.startswith(("rfa", "ra", "lara", "softmax"))]


@pytest.mark.parametrize("name", OVER_ALL_KEYS)
def test_a_constant_column_may_be_off_by_a_sum_over_all_keys(name, rng):
    """Its range is 0, so that nothing else is left; normalised weights need not sum to one by more than that."""
    problem = make_problem("P6-long-logits30")
    estimator = every_option(problem)[OPTIONS[name]].make(reference)
    assert estimator.name == name
    bound = rounding_bound(problem, estimator, estimator.draw(problem, rng), "float32")
    assert (bound[..., -1] >= problem.n_keys * 2.0**-24).all()
