"""Stratified RA: its formula by loops, its two ends, its mean by enumeration, and the law of its draws."""

import itertools
import math

import numpy as np
import pytest

from lara_estimators import MixtureNoise, NoNoise
from lara_estimators.reference import RA, Softmax, StratifiedRA

MASK = np.array([True, True, False, False, True, False, True])


def naive_row(x, y, v, keys, chunks, component, normals):
    """One query by loops; `component` and `normals` are of one query, (C, S) and (C, S, d)."""
    mass = [math.fsum(math.exp(x @ y[m]) for m in chunk if m in keys) for chunk in chunks]
    row = 0.0
    for c, chunk in enumerate(chunks):
        members = [m for m in chunk if m in keys]
        if not members:
            continue
        for m, z in zip(component[c], normals[c], strict=True):
            w = x + y[m] + z
            weights = np.array([math.exp(w @ y[key] - y[key] @ y[key] / 2) for key in members])
            row = row + mass[c] / math.fsum(mass) * (weights @ v[members] / weights.sum()) / len(component[c])
    return row


@pytest.mark.parametrize("mask", [None, MASK], ids=["all keys", "a chunk without keys"])
@pytest.mark.parametrize("scale", [None, 0.9])
def test_stratified_ra_is_its_definition(mask, scale, make_problem, rng):
    """Weights in linear space, about 20 terms of size below e^8: 1e-13 of the values is beyond their rounding."""
    problem = make_problem(3, 7, 2, 4, mask=mask, scale=scale)
    estimator = StratifiedRA(9, 3)
    noise = estimator.draw(problem, rng)
    root = math.sqrt(problem.scale)
    keys = [m for m in range(7) if mask is None or mask[m]]
    expected = [
        naive_row(root * q, root * problem.k, problem.v, keys, ([0, 1, 2], [3, 4], [5, 6]), component, normals)
        for q, component, normals in zip(problem.q, noise.component, noise.normals, strict=True)
    ]
    estimate = estimator(problem, noise)
    assert np.allclose(estimate.value, expected, rtol=0, atol=1e-13)
    assert np.allclose(np.exp(estimate.log_weights).sum(-1), 1, rtol=0, atol=1e-13)
    assert estimate.log_weights.shape == (3, 9)


def test_one_chunk_is_ra(make_problem, rng):
    problem = make_problem(3, 7, 2, 4, batch=(2,), mask=MASK)
    noise = StratifiedRA(5).draw(problem, rng, (3,))
    as_ra = MixtureNoise(noise.component[..., 0, :], noise.normals[..., 0, :, :])
    assert (StratifiedRA(5)(problem, noise).value == RA(5)(problem, as_ra).value).all()


@pytest.mark.parametrize("mask", [None, MASK], ids=["all keys", "masked"])
def test_one_key_a_chunk_is_softmax_attention(mask, make_problem, rng):
    problem = make_problem(3, 7, 2, 4, batch=(2,), mask=mask)
    noise = StratifiedRA(14, 7).draw(problem, rng, (3,))
    value = StratifiedRA(14, 7)(problem, noise).value
    assert np.allclose(value, Softmax()(problem, NoNoise()).value, rtol=0, atol=1e-14)


@pytest.mark.parametrize("mask", [None, np.array([True, False, True, True, False, False])], ids=["all keys", "masked"])
def test_stratified_mean_is_softmax(mask, make_problem):
    """Exact: all components of all chunks, and Gauss-Hermite nodes for the normal of one dimension.

    The value is a sum over chunks, so that one node may serve all chunks: the mean of a sum is the sum of means.
    The integrand is analytic in a strip: error below 1e-9, measured by doubling the nodes.
    """
    problem = make_problem(2, 6, 1, 3, mask=mask)
    x, y = math.sqrt(problem.scale) * problem.q, math.sqrt(problem.scale) * problem.k
    keys = np.ones(6, bool) if mask is None else mask
    kernel = np.where(keys, np.exp(x @ y.T), 0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    mean = 0.0
    for choice in itertools.product([0, 1], [2, 3], [4, 5]):
        pi = np.ones(2)
        for c, m in enumerate(choice):
            of_chunk = kernel[:, 2 * c : 2 * c + 2]
            total = of_chunk.sum(-1)
            pi = pi * np.where(total > 0, kernel[:, m] / np.where(total > 0, total, 1), float(m == 2 * c))
        component = np.broadcast_to(np.array(choice)[:, None], (120, 2, 3, 1))
        normals = np.broadcast_to(nodes[:, None, None, None, None], (120, 2, 3, 1, 1))
        value = StratifiedRA(3, 3)(problem, MixtureNoise(component, normals)).value
        mean = mean + pi[:, None] * np.tensordot(weights / weights.sum(), value, axes=1)
    assert np.allclose(mean, Softmax()(problem, NoNoise()).value, rtol=0, atol=1e-9)


def test_components_follow_softmax_within_their_chunk(make_problem, rng, frequencies):
    """Level and power by ``frequencies``; refused as wrong: the softmax over all keys, and the uniform law."""
    problem = make_problem(2, 7, 1, 1, size=1.5, mask=MASK)
    n_draws = 20_000
    component = StratifiedRA(3 * n_draws, 3).draw(problem, rng).component
    kernel = np.where(MASK, np.exp(problem.scale * problem.q @ problem.k.T), 0)
    for c, keys in enumerate(([0, 1, 2], [3, 4], [5, 6])):
        pi = kernel[:, keys] / kernel[:, keys].sum(-1, keepdims=True)
        seen = np.mean(component[:, c, :, None] == keys, axis=1)
        assert frequencies.fits(seen, pi, n_draws)
        assert frequencies.tells_apart(pi, kernel[:, keys] / kernel.sum(-1, keepdims=True), n_draws)
        assert frequencies.tells_apart(pi, np.full(pi.shape, 1 / len(keys)), n_draws)


def test_a_chunk_without_keys_draws_its_first_and_counts_for_nothing(make_problem, rng):
    mask = np.array([True, True, False, False, True, True])
    problem = make_problem(2, 6, 2, 1, mask=mask)
    noise = StratifiedRA(6, 3).draw(problem, rng, (4,))
    assert (noise.component[..., 1, :] == 2).all()
    estimate = StratifiedRA(6, 3)(problem, noise)
    assert (estimate.log_weights[..., 2:4] == -np.inf).all()
    assert np.isfinite(estimate.value).all()


def test_stratified_ra_refuses_what_does_not_fit(make_problem, rng):
    problem = make_problem(2, 6, 2, 1)
    with pytest.raises(ValueError, match=r"n_samples is 5.*expected a multiple of n_chunks, 2"):
        StratifiedRA(5, 2)
    with pytest.raises(ValueError, match="n_chunks is 0; expected"):
        StratifiedRA(5, 0)
    with pytest.raises(ValueError, match="n_chunks is 7 but there are 6 keys"):
        StratifiedRA(7, 7).draw(problem, rng)
    noise = StratifiedRA(6, 3).draw(problem, rng)
    with pytest.raises(ValueError, match=r"noise.component of chunk 1 holds keys outside 2\.\.3"):
        StratifiedRA(6, 3)(problem, noise._replace(component=0 * noise.component))
    with pytest.raises(ValueError, match=r"expected \(\*replicates, 2, 2, 3\)"):
        StratifiedRA(6, 2)(problem, noise)
    with pytest.raises(ValueError, match=r"noise.normals has shape"):
        StratifiedRA(6, 3)(problem, noise._replace(normals=noise.normals[..., 0]))


def test_float32_noise_is_taken(make_problem, rng):
    problem = make_problem(2, 6, 2, 1)
    noise = StratifiedRA(6, 3).draw(problem, rng)
    single = noise._replace(normals=noise.normals.astype(np.float32))
    double = noise._replace(normals=single.normals.astype(np.float64))
    assert (StratifiedRA(6, 3)(problem, single).value == StratifiedRA(6, 3)(problem, double).value).all()
