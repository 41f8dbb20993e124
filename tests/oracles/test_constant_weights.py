"""LARA with constant weights to first order: special cases, the optimum, refusals."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.constant_weights import (
    best_constant_weights,
    constant_weight_bias,
    constant_weight_covariance,
    proposal_variances,
)
from lara_verify.oracles.first_order import first_order_bias, first_order_covariance
from lara_verify.oracles.landmarks import plain_landmarks
from lara_verify.oracles.sampling import AntitheticProposal, GaussianProposal
from lara_verify.problems import make_problem

PROBLEM = make_problem("P3")
PROPOSALS = [GaussianProposal(mu) for mu in plain_landmarks(PROBLEM, 3)[()].mu]


def test_all_weight_on_one_proposal_is_rfa_from_it():
    weights = np.array([0.0, 1.0, 0.0])
    assert constant_weight_bias(PROBLEM, PROPOSALS, weights) == pytest.approx(first_order_bias(PROBLEM, PROPOSALS[1]))
    assert constant_weight_covariance(PROBLEM, PROPOSALS, weights) == pytest.approx(
        first_order_covariance(PROBLEM, PROPOSALS[1])
    )


def test_equal_proposals_deserve_equal_weights():
    weights = best_constant_weights(PROBLEM, [AntitheticProposal()] * 4)
    assert weights == pytest.approx(np.full((PROBLEM.n_queries, 4), 0.25))


def test_no_other_weights_are_better(rng):
    best = best_constant_weights(PROBLEM, PROPOSALS)

    def trace(weights):
        return np.einsum("nee->n", constant_weight_covariance(PROBLEM, PROPOSALS, weights))

    least = trace(best)
    assert least == pytest.approx(1 / (1 / proposal_variances(PROBLEM, PROPOSALS)).sum(axis=-1), rel=1e-12)
    for _ in range(20):
        assert np.all(trace(rng.dirichlet(np.ones(3))) >= least)


@pytest.mark.parametrize("weights", [np.ones(3), np.array([1.5, -0.5, 0.0]), np.full(2, 0.5)])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(OutsideDomainError, match="3 non-negative numbers that sum to one"):
        constant_weight_bias(PROBLEM, PROPOSALS, weights)


def test_a_proposal_without_variance_is_refused():
    alone = Problem(np.ones((1, 2)), np.ones((1, 2)), np.ones((1, 1)), scale=1.0)
    with pytest.raises(OutsideDomainError, match="variance 0"):
        best_constant_weights(alone, [GaussianProposal(np.full(2, 2.0))])


def test_causal_problems_are_refused(rng):
    q, k, v = (rng.normal(size=(3, 2)) for _ in range(3))
    with pytest.raises(OutsideDomainError, match="lara reads all queries and keys"):
        constant_weight_bias(Problem(q, k, v, causal=True), [GaussianProposal()], np.ones(1))
