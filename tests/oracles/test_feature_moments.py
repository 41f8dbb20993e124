"""Fourth moments against naive sums and quadrature; the linear part against the estimator on the same noise."""

import itertools

import numpy as np
import pytest

from lara_estimators import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.feature_moments import normaliser_moments, numerator_moments
from lara_verify.oracles.first_order import chi_squared, first_order_covariance
from lara_verify.oracles.quadrature import gauss_hermite
from lara_verify.oracles.sampling import AntitheticProposal, CorrelatedProposal, GaussianProposal, Trigonometric
from lara_verify.problems import make_problem

PROPOSALS = {"origin": None, "shifted": np.array([0.2, -0.1])}


@pytest.fixture
def small(rng):
    mask = np.array([True, True, False, True])
    q, k, v = rng.uniform(-1, 1, (2, 3, 2)), rng.uniform(-1, 1, (2, 4, 2)), rng.normal(size=(2, 4, 2))
    return Problem(q, k, v, scale=0.25, key_mask=mask)


def draws(problem, at, mu, z):
    """``D`` and ``N`` of query ``at`` at ``w = mu + z``, from the definitions."""
    b, n = at
    x, y, v = 0.5 * problem.q[b, n], 0.5 * problem.k[b][problem.key_mask], problem.v[b][problem.key_mask]
    pi = np.exp(y @ x)
    pi /= pi.sum()
    delta = x + y - mu
    r = np.exp(z @ delta.T - 0.5 * (delta**2).sum(axis=1))
    return r @ pi, r @ (pi[:, None] * (v - pi @ v))


@pytest.mark.parametrize("proposal", PROPOSALS)
def test_moments_are_those_of_quadrature(proposal, small):
    mu = np.zeros(2) if PROPOSALS[proposal] is None else PROPOSALS[proposal]
    rule = gauss_hermite(2, 96, 1e-40)
    of_d = normaliser_moments(small, GaussianProposal(PROPOSALS[proposal]))
    of_n = numerator_moments(small, GaussianProposal(PROPOSALS[proposal]))
    for at in np.ndindex(2, 3):
        d, n = draws(small, at, mu, rule.nodes)
        assert of_d.second[at] == pytest.approx(rule.weights @ (d - 1) ** 2, rel=1e-9)
        assert of_d.fourth[at] == pytest.approx(rule.weights @ (d - 1) ** 4, rel=1e-8)
        assert of_n.second[at] == pytest.approx(rule.weights @ n**2, rel=1e-9)
        assert of_n.fourth[at] == pytest.approx(rule.weights @ n**4, rel=1e-8)


@pytest.mark.parametrize("name", ["P3", "P3L-d64"])
def test_second_moments_are_chi_squared_and_first_order_covariance(name):
    problem, sampling = make_problem(name), GaussianProposal()
    covariance = np.einsum("...ee->...e", first_order_covariance(problem, sampling))
    assert normaliser_moments(problem, sampling).second == pytest.approx(chi_squared(problem, sampling), rel=1e-10)
    assert numerator_moments(problem, sampling).second == pytest.approx(covariance, rel=1e-10, abs=1e-16)


def test_fourth_moment_is_the_naive_sum_over_ordered_keys(small):
    sampling = GaussianProposal()
    fourth = numerator_moments(small, sampling).fourth
    x, y, v = 0.5 * small.q[0, 1], 0.5 * small.k[0][small.key_mask], small.v[0][small.key_mask]
    pi = np.exp(y @ x) / np.exp(y @ x).sum()
    c = pi[:, None] * (v - pi @ v)
    gram = np.exp((x + y) @ (x + y).T)
    naive = sum(
        np.prod([c[i] for i in keys], axis=0) * np.prod([gram[a, b] for a, b in itertools.combinations(keys, 2)])
        for keys in itertools.product(range(len(y)), repeat=4)
    )
    assert fourth[0, 1] == pytest.approx(naive, rel=1e-10)


@pytest.mark.parametrize("sampling", [AntitheticProposal(), Trigonometric(), CorrelatedProposal(0.9 * np.eye(8))])
def test_only_gaussian_proposals_are_known_to_have_fourth_moments(sampling):
    with pytest.raises(OutsideDomainError, match=r"known for N\(mu, I\), not for"):
        normaliser_moments(make_problem("P3"), sampling)


def test_moments_that_no_float_holds_are_refused(rng):
    far = Problem(*(12 * rng.normal(size=(3, 4)) for _ in range(3)))
    with pytest.raises(OutsideDomainError, match=r"a moment of order 4 is exp\("):
        normaliser_moments(far, GaussianProposal())


def test_too_many_keys_are_refused_at_once():
    with pytest.raises(OutsideDomainError, match="of order 4 of 64 keys need more than"):
        numerator_moments(make_problem("P7-l2h8"), GaussianProposal())
