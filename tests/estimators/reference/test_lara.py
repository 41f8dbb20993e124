"""LARA: every weighting, proposal and sampling against plain loops on the same noise, and its identities."""

import dataclasses
import math

import numpy as np
import pytest

from lara_estimators import FeatureNoise, GivenLandmarks, Problem, ProposalNoise
from lara_estimators.reference import LARA, RFA
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.landmarks import landmarks
from lara_estimators.reference.scaling import scaled

TOLERANCE = 1e-11
"""Relative to the values and to the sum of the sizes of the weights: logarithms below 200 in size, forty roundings each
(centring, landmarks, densities of three proposals), are off by 40 * 200 * 2^-53 = 9e-13; so are weights, relatively,
and their averages; the loops, which do not centre, alike, with the largest key in place of the largest difference."""

WEIGHTS = (0.5, 0.125, 0.375)
WEIGHTINGS = ["balance", "uniform", "constant", "affinity", "query", "query-clamped", "affinity-biased"]
MASKS = {
    "all": None,
    "some": np.array([True, False, True, True, True, False, True]),
    "segment empty": np.array([True, True, True, False, False, True, True]),
}


def dot(a, b):
    return math.fsum(float(p) * float(r) for p, r in zip(a, b, strict=True))


def density(w, mu):
    return math.exp(-dot(w - mu, w - mu) / 2)


def softmax_over(logits):
    """Of a dict, by its keys."""
    top = max(logits.values())
    kernel = {key: math.exp(logit - top) for key, logit in logits.items()}
    total = math.fsum(kernel.values())
    return {key: entry / total for key, entry in kernel.items()}


def naive_means(problem, x, y, keys, proposals, n_proposals):
    """``mu_c`` and ``x_bar_c`` of the proposals that are kept, by loops over uncentred keys."""
    if isinstance(proposals, GivenLandmarks):
        x_bar = [None] * n_proposals if proposals.x_bar is None else proposals.x_bar
        return dict(enumerate(proposals.mu)), dict(enumerate(x_bar))
    x_bar, y_bar, v_bar = {}, {}, {}
    segments = (np.array_split(range(n), n_proposals) for n in (problem.n_queries, problem.n_keys))
    for c, (queries, members) in enumerate(zip(*segments, strict=True)):
        taking_part = [m for m in members if m in keys]
        if taking_part:
            x_bar[c], y_bar[c] = x[queries].mean(0), y[taking_part].mean(0)
            v_bar[c] = problem.v[taking_part].mean(0)
    if proposals != "plain":
        norms = {c: math.sqrt(dot(row, row)) for c, row in v_bar.items()}
        if proposals == "mixed" or not any(norms.values()):
            norms = dict.fromkeys(norms, 1.0)
        mixing = {
            c: softmax_over({o: dot(y_bar[c], y_bar[o]) + math.log(norms[o]) for o in y_bar if norms[o] > 0})
            for c in y_bar
        }
        y_bar = {c: sum(share * y_bar[o] for o, share in mixing[c].items()) for c in y_bar}
    return {c: x_bar[c] + y_bar[c] for c in y_bar}, x_bar


def naive_alpha(lara, x, n, w, c, mu, x_bar):
    kept = list(mu)
    heuristic = density(w, mu[c]) / math.fsum(density(w, mu[other]) for other in kept)
    if lara.weighting == "balance":
        return heuristic
    if lara.weighting == "uniform":
        return 1 / len(kept)
    if lara.weighting == "constant":
        return lara.weights[c] / math.fsum(lara.weights[other] for other in kept)
    if lara.weighting == "affinity":
        return softmax_over({other: dot(x[n], mu[other]) for other in kept})[c]
    if lara.weighting == "affinity-biased":
        return math.exp(dot(x[n], mu[c])) * heuristic
    t = {other: softmax_over({m: dot(x_bar[other], query) for m, query in enumerate(x)})[n] for other in kept}
    excess = t[c] - math.fsum(t.values()) / len(kept)
    beta = lara.beta if lara.beta is not None else {"query": 1.0, "query-clamped": 2.0}[lara.weighting]
    alpha = heuristic + beta * excess
    return max(alpha, lara.floor) if lara.weighting == "query-clamped" else alpha


def naive(problem, normals, lara):
    """Value, normaliser and sum of the sizes of the weights, over the size of their sum, of one replicate, no batch."""
    root = math.sqrt(problem.scale)
    x, y = root * problem.q, root * problem.k
    keys = [m for m in range(problem.n_keys) if problem.key_mask is None or problem.key_mask[m]]
    mu, x_bar = naive_means(problem, x, y, keys, lara.proposals, lara.n_proposals)
    values, normalisers, sizes = [], [], []
    for n, query in enumerate(x):
        weights, integrands = [], []
        for c in mu:
            for z in normals[c]:
                w = mu[c] + z
                likelihood = {m: math.exp(dot(w, y[m]) - dot(y[m], y[m]) / 2) for m in keys}
                total = math.fsum(likelihood.values())
                target = math.exp(dot(w, query) - dot(query, query) / 2) * total * density(w, 0 * w)
                weights.append(naive_alpha(lara, x, n, w, c, mu, x_bar) * target / density(w, mu[c]))
                integrands.append(
                    [math.fsum(likelihood[m] * column[m] for m in keys) / total for column in problem.v.T]
                )
        total = math.fsum(weights)
        values.append(
            [
                math.fsum(a * f for a, f in zip(weights, column, strict=True)) / total
                for column in zip(*integrands, strict=True)
            ]
        )
        normalisers.append(total / normals.shape[1])
        sizes.append(math.fsum(map(abs, weights)) / abs(total))
    return np.array(values), np.array(normalisers), np.array(sizes)


def assert_is_naive(lara, problem, noise, estimate, at=()):
    value, normaliser, size = naive(problem, noise.normals[at], lara)
    allowed = TOLERANCE * size[:, None] ** 2
    assert (abs(estimate.value[at] - value) <= allowed * abs(problem.v).max()).all()
    assert (abs(np.exp(estimate.log_normaliser[at]) / normaliser - 1) <= allowed[:, 0]).all()
    assert (abs(np.exp(estimate.log_weights[at]).sum(-1) - 1) <= allowed[:, 0]).all()


def given_landmarks(problem, n_proposals, rng):
    mu, x_bar = 0.7 * rng.standard_normal((2, *problem.batch_shape, n_proposals, problem.dim))
    return GivenLandmarks(mu, x_bar)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("proposals", ["plain", "mixed", "value-mixed", "given"])
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("sampling", ["iid", "antithetic", "deterministic"])
def test_lara_is_its_definition(weighting, proposals, mask, sampling, make_problem, rng):
    problem = make_problem(5, 7, 3, 2, mask=mask, scale=0.6)
    if proposals == "given":
        proposals = given_landmarks(problem, 3, rng)
    weights = WEIGHTS if weighting == "constant" else None
    lara = LARA(3 if sampling == "deterministic" else 6, 3, weighting, None, 1e-8, proposals, sampling, weights)
    noise = lara.draw(problem, rng)
    assert_is_naive(lara, problem, noise, lara(problem, noise))


@pytest.mark.parametrize("weighting", ["query", "query-clamped"])
@pytest.mark.parametrize(("beta", "floor"), [(0.5, 1e-8), (3.0, 0.05), (0.0, 0.0)])
def test_beta_and_floor(weighting, beta, floor, make_problem, rng):
    problem = make_problem(5, 7, 3, 2)
    lara = LARA(6, 3, weighting, beta, floor)
    noise = lara.draw(problem, rng)
    assert_is_naive(lara, problem, noise, lara(problem, noise))


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("proposals", ["plain", "value-mixed", "given"])
@pytest.mark.parametrize("replicates", [(), (2,), (2, 40)])
def test_batch_items_and_replicates_are_computed_on_their_own(weighting, proposals, replicates, make_problem, rng):
    """Each is the naive one; q has batch (2, 1), keys (3,), the mask differs, replicates are few and many."""
    mask = np.array([[True] * 6, [True, False, True, True, True, False], [True, True, True, True, False, False]])
    problem = make_problem(4, 6, 2, 2, batch=(2, 1), key_batch=(3,), mask=mask)
    handed = given_landmarks(problem, 3, rng) if proposals == "given" else proposals
    weights = WEIGHTS if weighting == "constant" else None
    lara = LARA(6, 3, weighting, proposals=handed, weights=weights)
    noise = lara.draw(problem, rng, replicates)
    estimate = lara(problem, noise)
    assert estimate.log_weights.shape == (*replicates, 2, 3, 4, 6)
    for b in np.ndindex(2, 3):
        alone = dataclasses.replace(
            problem, q=problem.q[b[0], 0], k=problem.k[b[1]], v=problem.v[b[1]], key_mask=mask[b[1]]
        )
        one = lara
        if proposals == "given":
            one = dataclasses.replace(lara, proposals=GivenLandmarks(handed.mu[b], handed.x_bar[b]))
        assert_is_naive(one, alone, noise, estimate, (*(size - 1 for size in replicates), *b))


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_one_proposal_at_zero_is_rfa(weighting, make_problem, rng):
    problem = make_problem(4, 6, 3)
    noise = RFA(5).draw(problem, rng, (3,))
    zero = np.zeros((1, problem.dim))
    weights = (1.0,) if weighting == "constant" else None
    lara = LARA(5, 1, weighting, proposals=GivenLandmarks(zero, zero), weights=weights)
    estimate = lara(problem, ProposalNoise(noise.normals[:, None]))
    expected = RFA(5)(problem, FeatureNoise(noise.normals))
    assert np.allclose(estimate.value, expected.value, rtol=0, atol=1e-13)
    assert np.allclose(estimate.log_normaliser, expected.log_normaliser, rtol=0, atol=1e-12)
    assert np.allclose(estimate.log_weights, expected.log_weights, rtol=0, atol=1e-12)


def test_a_proposal_for_every_component_is_the_mean_of_the_integrand(make_problem, rng):
    """Equal logits (queries 0), C = M, mu_m = x + y_m, balance: RA with one draw from every component.

    There are more proposals than queries, which given means allow.
    """
    problem = make_problem(2, 6, 3)
    problem = Problem(0 * problem.q, problem.k, problem.v, problem.scale)
    symbols = scaled(problem)
    lara = LARA(6, 6, proposals=GivenLandmarks(symbols.y))
    noise = lara.draw(problem, rng, (2,))
    estimate = lara(problem, noise)
    for replicate, normals in enumerate(noise.normals[:, :, 0]):
        f, _ = integrand((symbols.y + normals).T, symbols.y, symbols.v, symbols.log_mask)
        assert np.allclose(estimate.value[replicate], f.mean(-1), rtol=0, atol=1e-13)


@pytest.mark.parametrize("proposals", ["plain", "mixed", "value-mixed"])
def test_a_large_common_shift_costs_no_digits(proposals, make_problem, rng):
    """Plain: nothing changes. Mixed: the shift turns the mixing into its largest logit, and the value stays finite."""
    problem = make_problem(5, 7, 3)
    lara = LARA(6, 3, proposals=proposals)
    noise = lara.draw(problem, rng, (4,))
    shifted = dataclasses.replace(problem, k=problem.k + 2.0**20)
    one, other = lara(problem, noise), lara(shifted, noise)
    assert np.isfinite(other.value).all()
    if proposals == "plain":  # keys lose 20 of 53 bits to the shift itself
        assert np.allclose(one.value, other.value, rtol=0, atol=1e-7)


def test_value_mixed_ignores_the_size_of_values(make_problem, rng):
    problem = make_problem(5, 7, 3)
    lara = LARA(6, 3, proposals="value-mixed")
    noise = lara.draw(problem, rng)
    for factor in (-3.0, 2.0**300):
        scaled_up = lara(dataclasses.replace(problem, v=factor * problem.v), noise)
        assert np.allclose(scaled_up.value / factor, lara(problem, noise).value, rtol=0, atol=1e-13)


def test_value_mixed_without_values_is_mixed(make_problem, rng):
    """A segment of mean value 0 has no weight in the mixing; where all are 0, and only there, it is plain mixing."""
    problem = make_problem(6, 6, 3, 1)
    noise = LARA(6, 3).draw(problem, rng)
    weights = {}
    for name, v in {"none": 0 * problem.v, "one": np.array([[1.0], [-1.0], [0.0], [0.0], [2.0], [1.0]])}.items():
        at = dataclasses.replace(problem, v=v)
        for proposals in ("mixed", "value-mixed"):
            weights[name, proposals] = LARA(6, 3, proposals=proposals)(at, noise).log_weights
    assert np.array_equal(weights["none", "mixed"], weights["none", "value-mixed"])
    assert abs(weights["one", "mixed"] - weights["one", "value-mixed"]).max() > 1e-3
    assert np.isfinite(weights["one", "value-mixed"]).all()


def test_landmarks_are_means_of_the_keys_that_take_part(rng):
    x, y = rng.standard_normal((8, 2)), rng.standard_normal((7, 2))
    log_mask = np.where([True, False, True, False, False, True, True], 0.0, -np.inf)
    marks = landmarks(x, y, log_mask, 3)
    assert np.allclose(marks.x_bar, [x[:3].mean(0), x[3:6].mean(0), x[6:].mean(0)], rtol=0, atol=1e-15)
    assert np.allclose(marks.y_bar, [y[[0, 2]].mean(0), [0, 0], y[[5, 6]].mean(0)], rtol=0, atol=1e-15)
    assert marks.log_kept.tolist() == [0.0, -np.inf, 0.0]
