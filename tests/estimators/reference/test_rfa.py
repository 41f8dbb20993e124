"""RFA: every sampling and proposal against plain loops on the same noise, causal problems, and its identities."""

import dataclasses
import math

import numpy as np
import pytest

from lara_estimators import ClaimName, FeatureNoise, GivenProposal
from lara_estimators.reference import RFA
from lara_estimators.reference.sampling import OF_FEATURES

TOLERANCE = 1e-12
"""Relative to the values: logarithms below 200 in size, a dozen roundings each, are off by 12 * 200 * 2^-53 = 2.7e-13;
so are weights, relatively, and their averages; twice that for the loops."""

LOWER = np.array([[0.9, 0.0, 0.0], [0.3, 1.1, 0.0], [-0.2, 0.1, 0.8]])
GIVEN = GivenProposal(np.array([0.2, -0.4, 0.1]), LOWER @ LOWER.T)
MASK = np.array([True, False, True, True, False, True])


def dot(a, b):
    return math.fsum(float(p) * float(r) for p, r in zip(a, b, strict=True))


def feature(u, w):
    return math.exp(dot(w, u) - dot(u, u) / 2)


def density_ratio(w, mu, covariance):
    """N(w; 0, I) / N(w; mu, covariance), each as it is defined."""
    away = w - mu
    own = math.exp(-dot(away, np.linalg.solve(covariance, away)) / 2) / math.sqrt(np.linalg.det(covariance))
    return math.exp(-dot(w, w) / 2) / own


def pair_means(x, y, keys, per_coordinate):
    squares = [[(query[j] + y[m][j]) ** 2 for j in range(len(query))] for query in x for m in keys]
    per = [math.fsum(column) / len(squares) for column in zip(*squares, strict=True)]
    return per if per_coordinate else math.fsum(per)


def best_variance(phi, dim):
    return (((dim + 2 * phi) + math.sqrt((dim + 2 * phi) ** 2 + 8 * dim * phi)) / (2 * dim) + 1) / 2


def law(proposal, x, y, keys):
    """Mean, covariance and its lower root, by loops."""
    dim = len(x[0])
    if isinstance(proposal, GivenProposal):
        mu = np.zeros(dim) if proposal.mu is None else proposal.mu
        covariance = np.eye(dim) if proposal.covariance is None else proposal.covariance
        return mu, covariance, LOWER if proposal.covariance is not None else np.eye(dim)
    variances = {
        "standard": lambda: [1.0] * dim,
        "isotropic": lambda: [best_variance(pair_means(x, y, keys, False), dim)] * dim,
        "diagonal": lambda: [best_variance(phi, 1) for phi in pair_means(x, y, keys, True)],
    }[proposal]()
    return np.zeros(dim), np.diag(variances), np.diag(np.sqrt(variances))


def naive(problem, normals, proposal="standard"):
    """Values and normalisers of one replicate and no batch, as ratios of sums of positive features."""
    root = math.sqrt(problem.scale)
    x, y = root * problem.q, root * problem.k
    kept = [m for m in range(problem.n_keys) if problem.key_mask is None or problem.key_mask[m]]
    mu, covariance, lower = law(proposal, x, y, kept)
    draws = [mu + lower @ z for z in normals]
    rows, normalisers = [], []
    for n, query in enumerate(x):
        keys = [m for m in kept if m <= n] if problem.causal else kept
        terms = {
            (s, m): feature(query, w) * feature(y[m], w) * density_ratio(w, mu, covariance)
            for s, w in enumerate(draws)
            for m in keys
        }
        total = math.fsum(terms.values())
        rows.append([math.fsum(t * column[m] for (_, m), t in terms.items()) / total for column in problem.v.T])
        normalisers.append(total / len(draws))
    return np.array(rows), np.array(normalisers)


def assert_is_naive(rfa, problem, noise, estimate, at=()):
    value, normaliser = naive(problem, noise.normals[at], rfa.proposal)
    assert np.allclose(estimate.value[at], value, rtol=0, atol=TOLERANCE * abs(problem.v).max())
    assert np.allclose(np.exp(estimate.log_normaliser[at]), normaliser, rtol=TOLERANCE, atol=0)
    assert np.allclose(np.exp(estimate.log_weights[at]).sum(-1), 1, rtol=0, atol=TOLERANCE)


def named(proposal):
    if isinstance(proposal, str):
        return proposal
    parts = [part for part in ("mu", "covariance") if getattr(proposal, part) is not None]
    return " ".join(["given", *parts])


PROPOSALS = ["standard", "isotropic", "diagonal", GIVEN, GivenProposal(), GivenProposal(GIVEN.mu)]


@pytest.mark.parametrize("proposal", PROPOSALS, ids=named)
@pytest.mark.parametrize("sampling", OF_FEATURES)
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
def test_rfa_is_the_ratio_of_positive_features(proposal, sampling, mask, make_problem, rng):
    problem = make_problem(4, 6, 3, 2, mask=mask, scale=0.7)
    rfa = RFA(6, sampling, proposal)
    noise = rfa.draw(problem, rng)
    assert_is_naive(rfa, problem, noise, rfa(problem, noise))


@pytest.mark.parametrize("proposal", ["standard", GIVEN], ids=["standard", "given"])
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
@pytest.mark.parametrize("replicates", [(), (70,)])
def test_causal_rfa_sees_the_keys_before(proposal, mask, replicates, make_problem, rng):
    problem = dataclasses.replace(make_problem(6, 6, 3, 2, mask=mask), causal=True)
    rfa = RFA(5, proposal=proposal)
    noise = rfa.draw(problem, rng, replicates)
    estimate = rfa(problem, noise)
    assert estimate.value.shape == (*replicates, 6, 2)
    assert_is_naive(rfa, problem, noise, estimate, (0,) * len(replicates))


def test_causal_rows_do_not_see_later_keys_by_a_bit(make_problem, rng):
    problem = dataclasses.replace(make_problem(6, 6, 3), causal=True)
    k, v = problem.k.copy(), problem.v.copy()
    k[4:], v[4:] = 37.0, -1e9
    noise = RFA(5).draw(problem, rng, (3,))
    changed = RFA(5)(dataclasses.replace(problem, k=k, v=v), noise)
    assert (changed.value[:, :4] == RFA(5)(problem, noise).value[:, :4]).all()


@pytest.mark.parametrize("proposal", ["standard", "isotropic", "diagonal", GIVEN], ids=named)
@pytest.mark.parametrize("replicates", [(), (2,), (2, 40)])
def test_batch_items_and_replicates_are_computed_on_their_own(proposal, replicates, make_problem, rng):
    """Each is the naive one; q has batch (2, 1), keys (3,), the mask differs, replicates are few and many."""
    mask = np.array([[True] * 5, [True, False, True, True, False], [False, False, False, False, True]])
    problem = make_problem(3, 5, 3, 2, batch=(2, 1), key_batch=(3,), mask=mask)
    rfa = RFA(4, "antithetic", proposal)
    noise = rfa.draw(problem, rng, replicates)
    estimate = rfa(problem, noise)
    assert estimate.log_weights.shape == (*replicates, 2, 3, 3, 4)
    for b in np.ndindex(2, 3):
        alone = dataclasses.replace(
            problem, q=problem.q[b[0], 0], k=problem.k[b[1]], v=problem.v[b[1]], key_mask=mask[b[1]]
        )
        last = tuple(size - 1 for size in replicates)
        assert_is_naive(rfa, alone, noise, estimate, (*last, *b))


def test_given_standard_normal_is_standard(make_problem, rng):
    problem = make_problem(3, 5, 3)
    noise = RFA(4).draw(problem, rng, (3,))
    standard = RFA(4)(problem, noise)
    for proposal in (GivenProposal(), GivenProposal(np.zeros(3), np.eye(3))):
        given = RFA(4, proposal=proposal)(problem, noise)
        for one, other in zip(standard, given, strict=True):
            assert np.allclose(one, other, rtol=0, atol=1e-13)


def test_given_mean_and_covariance_may_differ_by_batch_item(make_problem, rng):
    problem = make_problem(3, 5, 2, batch=(2,))
    mu, covariance = rng.standard_normal((2, 2)), np.array([np.eye(2), [[1.2, 0.3], [0.3, 0.9]]])
    rfa = RFA(3, proposal=GivenProposal(mu, covariance))
    noise = rfa.draw(problem, rng, (4,))
    whole = rfa(problem, noise).value
    for b in range(2):
        alone = dataclasses.replace(problem, q=problem.q[b], k=problem.k[b], v=problem.v[b])
        part = RFA(3, proposal=GivenProposal(mu[b], covariance[b]))(alone, FeatureNoise(noise.normals[:, b]))
        assert np.allclose(whole[:, b], part.value, rtol=0, atol=1e-13)


@pytest.mark.parametrize("proposal", PROPOSALS, ids=named)
def test_the_normaliser_is_unbiased_under_every_proposal(proposal, make_problem):
    """Exact: one draw of one dimension by Gauss-Hermite, the integrand entire; error below 1e-9 by doubling."""
    if isinstance(proposal, GivenProposal):
        covariance = None if proposal.covariance is None else np.array([[1.3]])
        proposal = GivenProposal(None if proposal.mu is None else np.array([0.3]), covariance)
    problem = make_problem(dim=1, size=0.8)
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    estimate = RFA(1, proposal=proposal)(problem, FeatureNoise(nodes[:, None, None]))
    exact = np.exp(problem.scale * problem.q @ problem.k.T).sum(-1)
    assert np.allclose(weights @ np.exp(estimate.log_normaliser) / weights.sum(), exact, rtol=1e-9, atol=0)


def test_any_layout_of_memory_gives_the_same(make_problem, rng):
    problem = make_problem(batch=(2,))
    noise = RFA(4).draw(problem, rng, (3,))
    copied = FeatureNoise(np.ascontiguousarray(noise.normals))
    assert (RFA(4)(problem, noise).value == RFA(4)(problem, copied).value).all()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "rfa"),
        ({"sampling": "antithetic"}, "rfa[antithetic]"),
        ({"proposal": "isotropic"}, "rfa[isotropic]"),
        ({"sampling": "orthogonal", "proposal": "diagonal"}, "rfa[orthogonal,diagonal]"),
        ({"sampling": "quasi-monte-carlo"}, "rfa[quasi-monte-carlo]"),
        ({"sampling": "simplex", "proposal": GIVEN}, "rfa[simplex,given]"),
    ],
)
def test_the_name_says_what_is_not_usual(fields, name):
    assert RFA(2, **fields).name == name


@pytest.mark.parametrize("sampling", OF_FEATURES)
@pytest.mark.parametrize("proposal", ["standard", "isotropic", "diagonal", GIVEN], ids=named)
def test_claims_of_first_order_ask_for_independent_groups(sampling, proposal):
    held = {claim.name: claim.condition for claim in RFA(2, sampling, proposal).claims}
    first_order = {ClaimName.MEAN_AT_N_SAMPLES, ClaimName.BIAS_RATE, ClaimName.MSE_AT_N_SAMPLES}
    assert (first_order <= held.keys()) == (sampling in ("iid", "antithetic"))
    assert bool(first_order & held.keys()) == (sampling in ("iid", "antithetic"))
    assert (ClaimName.KERNEL_UNBIASED in held) == (proposal == "standard")
    assert {ClaimName.BOUNDED, ClaimName.CONSISTENT, ClaimName.CROSS_CHECK} <= held.keys()
    if sampling == "iid":
        assert ("covariance" in held[ClaimName.BIAS_RATE]) == (proposal is GIVEN)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"sampling": "sobol"}, "sampling is 'sobol'; expected iid, antithetic, .* or quasi-monte-carlo"),
        ({"sampling": None}, "sampling is None; expected iid"),
        ({"sampling": "deterministic"}, "sampling is 'deterministic'; expected iid"),
        ({"n_samples": 3, "sampling": "antithetic"}, "n_samples is 3; expected an even number"),
        ({"proposal": "optimal"}, "proposal is 'optimal'; expected standard, isotropic, diagonal or a GivenProposal"),
    ],
)
def test_fields_are_checked_when_it_is_made(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        RFA(**({"n_samples": 2} | fields))


@pytest.mark.parametrize("proposal", ["isotropic", "diagonal"])
def test_a_fitted_proposal_has_no_causal_form(proposal, make_problem, rng):
    problem = dataclasses.replace(make_problem(5, 5), causal=True)
    rfa = RFA(2, proposal=proposal)
    sentence = rf"rfa\[{proposal}\] has no causal form: its proposal reads all queries and keys"
    with pytest.raises(ValueError, match=sentence):
        rfa.draw(problem, rng)
    with pytest.raises(ValueError, match=sentence):
        rfa(problem, FeatureNoise(np.zeros((2, 2))))


@pytest.mark.parametrize(
    ("proposal", "sentence"),
    [
        (GivenProposal(np.zeros(3)), r"proposal.mu has shape \(3,\); expected \(2,\), or what broadcasts to it"),
        (GivenProposal(np.zeros((4, 2))), r"proposal.mu has shape \(4, 2\); expected \(2,\)"),
        (GivenProposal(np.array([0.0, np.nan])), "proposal.mu holds NaN or infinity"),
        (GivenProposal(None, np.eye(3)), r"proposal.covariance has shape \(3, 3\); expected \(2, 2\)"),
        (GivenProposal(None, np.ones(2)), r"proposal.covariance has shape \(2,\); expected \(2, 2\)"),
        (GivenProposal(None, np.array([[1.0, 0.5], [0.0, 1.0]])), "not symmetric; expected a covariance matrix"),
        (GivenProposal(None, np.array([[1.0, 2.0], [2.0, 1.0]])), "not positive definite; expected a covariance"),
    ],
)
def test_a_given_proposal_must_fit(proposal, sentence, make_problem, rng):
    rfa = RFA(2, proposal=proposal)
    problem = make_problem()
    with pytest.raises(ValueError, match=sentence):
        rfa(problem, rfa.draw(problem, rng))
