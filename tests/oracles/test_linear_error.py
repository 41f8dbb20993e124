"""The linear part of the error: of mean 0, and the estimate's error times its normaliser on the same noise."""

import numpy as np
import pytest

from lara_estimators import Problem
from lara_estimators.reference import LARA, RFA, Importance, Softmax
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.constant_weights import constant_weight_covariance
from lara_verify.oracles.first_order import first_order_covariance
from lara_verify.oracles.landmarks import plain_landmarks
from lara_verify.oracles.linear_error import lara_linear_error, linear_error
from lara_verify.oracles.quadrature import gauss_hermite
from lara_verify.oracles.sampling import CorrelatedProposal, GaussianProposal
from lara_verify.problems import make_problem

RULE = gauss_hermite(2, 64, 1e-40)
MU = np.array([0.3, -0.2])
COVARIANCE = np.array([[1.3, 0.3], [0.3, 1.1]])


@pytest.fixture
def plane(rng):
    q, k, v = rng.uniform(-0.6, 0.6, (3, 2)), rng.uniform(-0.8, 0.8, (4, 2)), rng.normal(size=(4, 2))
    return Problem(q, k, v, scale=1.0)


@pytest.mark.parametrize("name", ["P3", "P3L-d2", "P3L-d64", "P5"])
def test_it_is_the_error_times_the_normaliser(name, rng):
    problem = make_problem(name)
    noise = RFA(5).draw(problem, rng, (3,))
    estimate, exact = RFA(5)(problem, noise), Softmax()(problem, Softmax().draw(problem, rng))
    share = np.exp(estimate.log_normaliser - exact.log_normaliser)
    expected = share[..., None] * (estimate.value - exact.value)
    assert linear_error(problem, noise.normals) == pytest.approx(expected, abs=1e-12)


def test_it_is_importance_sampling_less_its_weight_times_the_target(rng):
    problem = make_problem("P3")
    noise = Importance(4).draw(problem, rng, (2,))
    estimate, exact = Importance(4)(problem, noise), Softmax()(problem, Softmax().draw(problem, rng)).value
    weight = estimate.value[..., -1:]  # the constant column is 1
    assert linear_error(problem, noise.normals) == pytest.approx(estimate.value - weight * exact, abs=1e-12)


@pytest.mark.parametrize(
    "proposal", [None, GaussianProposal(MU), CorrelatedProposal(COVARIANCE), CorrelatedProposal(COVARIANCE, MU)]
)
def test_its_moments_are_zero_and_the_covariance_coefficient(proposal, plane):
    parts = linear_error(plane, RULE.nodes[:, None, :], proposal)
    covariance = first_order_covariance(plane, proposal or GaussianProposal())
    assert np.tensordot(RULE.weights, parts, 1) == pytest.approx(np.zeros((3, 2)), abs=1e-11)
    assert np.einsum("r,rne,rnf->nef", RULE.weights, parts, parts) == pytest.approx(covariance, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("weighting", ["balance", "uniform"])
@pytest.mark.parametrize("name", ["P3", "P3L-d8"])
def test_of_lara_it_is_the_error_times_the_normaliser(weighting, name, rng):
    problem = make_problem(name)
    estimator = LARA(6, 3, weighting)
    noise = estimator.draw(problem, rng, (3,))
    estimate, exact = estimator(problem, noise), Softmax()(problem, Softmax().draw(problem, rng))
    mu = plain_landmarks(problem, 3)[()].mu
    known = lara_linear_error(problem, noise.normals, mu, np.full(3, 1 / 3) if weighting == "uniform" else None)
    error = estimate.value - exact.value
    share = (known * error).sum(axis=-1, keepdims=True) / (error**2).sum(axis=-1, keepdims=True)  # W / Z, one a query
    assert known == pytest.approx(share * error, abs=1e-12)
    assert np.abs(np.log(np.abs(share))).max() < 5


def test_of_lara_its_moments_are_zero_and_the_covariance_coefficient(plane):
    """One draw from each of two proposals: the mean is over both at once, by the sum of their rules."""
    mu, weights = np.array([[0.3, 0.1], [-0.2, 0.2]]), np.array([0.6, 0.4])
    nodes = RULE.nodes[:, None, None, :] * np.ones((1, 2, 1, 1))  # the same node in both: fine for a mean
    for a in (weights, None):
        mean = np.tensordot(RULE.weights, lara_linear_error(plane, nodes, mu, a), 1)
        assert mean == pytest.approx(np.zeros((3, 2)), abs=1e-10)
    alone = [lara_linear_error(plane, nodes[:, :1], mu[c : c + 1], np.ones(1)) for c in range(2)]
    squares = [np.einsum("r,rne,rnf->nef", RULE.weights, part, part) for part in alone]
    expected = constant_weight_covariance(plane, [GaussianProposal(m) for m in mu], weights)
    assert weights[0] ** 2 * squares[0] + weights[1] ** 2 * squares[1] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_causal_query_sees_its_own_keys(rng):
    q, k, v = (rng.normal(size=(2, 4, 3)) / 2 for _ in range(3))
    causal, normals = Problem(q, k, v, causal=True), rng.normal(size=(5, 2, 6, 3))
    whole = linear_error(causal, normals)
    for n in range(4):
        alone = Problem(q[:, n : n + 1], k[:, : n + 1], v[:, : n + 1])
        assert whole[:, :, n : n + 1] == pytest.approx(linear_error(alone, normals), abs=1e-14)


def test_weights_that_do_not_sum_to_one_are_refused(plane):
    with pytest.raises(OutsideDomainError, match="expected 2 numbers that sum to one"):
        lara_linear_error(plane, np.zeros((1, 2, 1, 2)), np.zeros((2, 2)), np.ones(2))
