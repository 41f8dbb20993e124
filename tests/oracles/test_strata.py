"""Projections of proposals: what costs a dimension, and what is refused."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.ratio import RatioOracle, rfa_proposal
from lara_verify.oracles.strata import Stratum, inside

X, Y = np.eye(6)[0] / 2, np.eye(6)[:2] / 3


def test_an_isotropic_law_costs_one_radius():
    found = inside([Stratum(np.zeros(6), 1.0, covariance=1.4 * np.eye(6))], X, Y)
    (stratum,) = found.strata
    assert found.x.shape == (2,)
    assert (stratum.rest_dim, stratum.rest_variance) == (4, pytest.approx(1.4))
    assert stratum.root == pytest.approx(np.sqrt(1.4) * np.eye(2))


def test_a_direction_of_its_own_costs_a_dimension():
    covariance = 1.4 * np.eye(6)
    covariance[5, 5] = 2.0
    found = inside([Stratum(np.zeros(6), 1.0, covariance=covariance)], X, Y)
    assert found.x.shape == (3,)
    assert found.strata[0].rest_dim == 3


def test_the_identity_leaves_nothing():
    for covariance in (None, np.eye(6)):
        (stratum,) = inside([Stratum(np.zeros(6), 1.0, covariance=covariance)], X, Y).strata
        assert stratum.rest_dim == 0
        assert stratum.variances == pytest.approx(np.ones(2))


@pytest.mark.parametrize("variance", [0.5, 0.3])
def test_narrow_laws_are_refused(variance):
    with pytest.raises(OutsideDomainError, match="unless above 1/2, weights have infinite variance"):
        inside([Stratum(np.zeros(6), 1.0, covariance=variance * np.eye(6))], X, Y)


def test_laws_with_too_many_directions_are_refused():
    with pytest.raises(OutsideDomainError, match="dimensions; quadrature is offered for at most 3"):
        inside([Stratum(np.zeros(6), 1.0, covariance=np.diag(np.linspace(1, 2, 6)))], X, Y)


def test_a_wide_law_at_any_dimension_is_that_of_its_rotation(rng):
    """The answer depends on inner products alone: embed the same problem by another basis."""
    q, k, v = rng.uniform(-0.6, 0.6, (1, 2)), rng.uniform(-0.6, 0.6, (3, 2)), rng.normal(size=(3, 2))
    answers = []
    for _ in range(2):
        basis = np.linalg.qr(rng.normal(size=(16, 2)))[0].T
        problem = Problem(q @ basis, k @ basis, v, scale=1.0)
        answers.append(RatioOracle(problem, rfa_proposal(np.zeros(16), 1.1 * np.eye(16))).moments(8))
    assert answers[0].bias.value == pytest.approx(answers[1].bias.value, rel=1e-10, abs=1e-13)
    assert answers[0].mse.value == pytest.approx(answers[1].mse.value, rel=1e-10)


def test_the_mean_of_wide_rfa_is_seen_by_sampling(rng):
    """40,000 replicates of S = 4 draws of N(0, 1.3 I) in 8 dimensions; outputs lie in [0, 1].

    Level 1e-6 for both coordinates, by Hoeffding: ``sqrt(log(4 / level) / (2 R)) = .0138``. Power: the bias is above
    .055, so that softmax itself, or half the bias, would be refuted.
    """
    basis = np.linalg.qr(rng.normal(size=(8, 2)))[0].T
    x, y, v = np.array([[1.1, 0.4]]) @ basis, np.array([[1.2, 0.3], [-1.0, 0.5]]) @ basis, np.eye(2)
    problem = Problem(x, y, v, scale=1.0)
    covariance = 1.3 * np.eye(8)
    bias = RatioOracle(problem, rfa_proposal(np.zeros(8), covariance)).moments(4).bias.value[0]
    w = np.sqrt(1.3) * rng.normal(size=(40_000, 4, 8))
    excess = 0.5 * (1 - 1 / 1.3) * (w**2).sum(axis=-1, keepdims=True)
    log_weights = w @ (x + y).T - 0.5 * (y**2).sum(axis=1) - excess
    weights = np.exp(log_weights)
    outputs = weights.sum(axis=1) / weights.sum(axis=(1, 2))[:, None]
    exact = np.exp(x @ y.T)[0] / np.exp(x @ y.T).sum()
    allowed = np.sqrt(np.log(4 / 1e-6) / (2 * 40_000))
    assert np.abs(bias).min() > 4 * allowed
    assert np.all(np.abs(outputs.mean(axis=0) - exact - bias) <= allowed)
