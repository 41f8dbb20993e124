"""LARA: its formula by plain loops, the identities of its proposals, and segments whose keys are masked."""

import math

import numpy as np
import pytest

from lara_estimators import FeatureNoise, GivenLandmarks, Problem, ProposalNoise
from lara_estimators.reference import LARA, RFA
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.landmarks import landmarks
from lara_estimators.reference.scaling import scaled
from lara_verify.oracles.rounding import rounding_bound

WEIGHTINGS = ["balance", "uniform", "query", "query-clamped"]


def normal_density(w, mu):
    return math.exp(-0.5 * math.fsum((a - b) ** 2 for a, b in zip(w, mu, strict=True)))


def naive(problem, normals, weighting, beta, floor):
    """One replicate by loops, keys not centred, densities as they are defined."""
    root = math.sqrt(problem.scale)
    x, y = root * problem.q, root * problem.k
    keys = [m for m in range(problem.n_keys) if problem.key_mask is None or problem.key_mask[m]]
    n_proposals = normals.shape[0]
    parts = []
    for queries, members in zip(
        np.array_split(range(problem.n_queries), n_proposals),
        np.array_split(range(problem.n_keys), n_proposals),
        strict=True,
    ):
        taking_part = [m for m in members if m in keys]
        parts.append((x[queries].mean(0), y[taking_part].mean(0)) if taking_part else None)
    kept = [c for c in range(n_proposals) if parts[c] is not None]
    mu = {c: parts[c][0] + parts[c][1] for c in kept}
    t = {}
    for c in kept:
        kernel = [math.exp(parts[c][0] @ query) for query in x]
        t[c] = [entry / math.fsum(kernel) for entry in kernel]
    rows = []
    for n, query in enumerate(x):
        weights, values = [], []
        for c in kept:
            for z in normals[c]:
                w = mu[c] + z
                bh = normal_density(w, mu[c]) / math.fsum(normal_density(w, mu[other]) for other in kept)
                excess = t[c][n] - math.fsum(t[other][n] for other in kept) / len(kept)
                alpha = {
                    "balance": bh,
                    "uniform": 1 / len(kept),
                    "query": bh + beta * excess,
                    "query-clamped": max(bh + beta * excess, floor),
                }[weighting]
                likelihood = np.array([math.exp(w @ y[m] - y[m] @ y[m] / 2) for m in keys])
                target = math.exp(w @ query - query @ query / 2) * likelihood.sum() * normal_density(w, 0 * w)
                weights.append(alpha * target / normal_density(w, mu[c]))
                values.append(likelihood @ problem.v[keys] / likelihood.sum())
        total = math.fsum(weights)
        rows.append((np.array(weights) @ values / total, total / normals.shape[1]))
    return np.array([row for row, _ in rows]), np.array([total for _, total in rows])


MASKS = [
    None,
    np.array([True, False, True, True, True, False, True]),
    np.array([True, True, True, False, False] + [True] * 2),
]


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("mask", MASKS, ids=["all", "some", "segment empty"])
@pytest.mark.parametrize("beta", [None, 0.5])
def test_lara_is_its_definition(weighting, mask, beta, make_problem, rng):
    problem = make_problem(5, 7, 3, 2, mask=mask)
    lara = LARA(6, 3, weighting, beta)
    noise = lara.draw(problem, rng)
    estimate = lara(problem, noise)
    default = {"query": 1.0, "query-clamped": 2.0}.get(weighting, 0.0)
    value, normaliser = naive(problem, noise.normals, weighting, default if beta is None else beta, 1e-8)
    bound = rounding_bound(problem, lara, noise, "float64")
    assert (abs(estimate.value - value) <= 2 * bound).all()
    shares = np.exp(estimate.log_normaliser) / normaliser
    assert np.allclose(shares, 1, rtol=0, atol=1e-12 + 1e3 * bound.max())
    assert np.allclose(np.exp(estimate.log_weights).sum(-1), 1, rtol=0, atol=1e-12 + 1e3 * bound.max())


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_one_proposal_at_zero_is_rfa(weighting, make_problem, rng):
    problem = make_problem(4, 6, 3)
    noise = RFA(5).draw(problem, rng, (3,))
    zero = np.zeros((1, problem.dim))
    lara = LARA(5, 1, weighting, proposals=GivenLandmarks(zero, zero))
    estimate = lara(problem, ProposalNoise(noise.normals[:, None]))
    expected = RFA(5)(problem, FeatureNoise(noise.normals))
    assert np.allclose(estimate.value, expected.value, rtol=0, atol=1e-13)
    assert np.allclose(estimate.log_normaliser, expected.log_normaliser, rtol=0, atol=1e-12)


def test_a_proposal_for_every_component_is_the_mean_of_the_integrand(make_problem, rng):
    """Equal logits (queries 0), C = M, mu_m = x + y_m, balance: RA with one draw from every component."""
    problem = make_problem(6, 6, 3)
    problem = Problem(0 * problem.q, problem.k, problem.v, problem.scale)
    symbols = scaled(problem)
    lara = LARA(6, 6, proposals=GivenLandmarks(symbols.y))
    noise = lara.draw(problem, rng, (2,))
    estimate = lara(problem, noise)
    for replicate, normals in enumerate(noise.normals[:, :, 0]):
        f, _ = integrand((symbols.y + normals).T, symbols.y, symbols.v, symbols.log_mask)
        assert np.allclose(estimate.value[replicate], f.mean(-1), rtol=0, atol=1e-13)


def test_landmarks_are_means_of_the_keys_that_take_part(rng):
    x, y = rng.standard_normal((8, 2)), rng.standard_normal((7, 2))
    log_mask = np.where([True, False, True, False, False, True, True], 0.0, -np.inf)
    marks = landmarks(x, y, log_mask, 3)
    assert np.allclose(marks.x_bar, [x[:3].mean(0), x[3:6].mean(0), x[6:].mean(0)], rtol=0, atol=1e-15)
    assert np.allclose(marks.y_bar, [y[[0, 2]].mean(0), [0, 0], y[[5, 6]].mean(0)], rtol=0, atol=1e-15)
    assert marks.log_kept.tolist() == [0.0, -np.inf, 0.0]


def test_negative_weights_have_a_complex_logarithm(make_problem, rng):
    problem = make_problem(4, 6, 2, size=2.0)
    lara = LARA(4, 4, "query", beta=8.0)
    estimate = lara(problem, lara.draw(problem, rng, (200,)))
    weights = np.exp(estimate.log_weights)
    assert (weights.real < -1e-3).any()
    assert np.allclose(weights.imag, 0, rtol=0, atol=1e-9 * np.abs(weights).max())
