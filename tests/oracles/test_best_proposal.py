"""Proposals of least second moment: limits, neighbours, refusals."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.best_proposal import (
    best_variance,
    diagonal_variance,
    isotropic_variance,
    log_second_moment,
    mean_square,
)
from lara_verify.problems import make_problem


def test_without_inputs_the_standard_normal_is_best():
    assert best_variance(np.zeros(3), 8) == pytest.approx(np.ones(3))
    problem = Problem(np.zeros((2, 4)), np.zeros((3, 4)), np.ones((3, 1)))
    assert isotropic_variance(problem) == pytest.approx(1)
    assert diagonal_variance(problem) == pytest.approx(np.ones(4))


@pytest.mark.parametrize("dim", [1, 8, 64])
def test_no_other_variance_is_better(dim):
    phi = np.linspace(0.1, 30, 20)
    best = best_variance(phi, dim)
    least = log_second_moment(best, phi, dim)
    for factor in (0.9, 0.99, 1.01, 1.1, 2.0):
        other = np.maximum(factor * best, 0.51)
        assert np.all(log_second_moment(other, phi, dim) > least)


def test_the_mean_square_is_over_queries_and_keys_that_take_part():
    problem = make_problem("P5")
    known = mean_square(problem)
    for at in np.ndindex(*problem.batch_shape):
        x = np.sqrt(problem.scale) * np.broadcast_to(problem.q, (2, 2, *problem.q.shape[-2:]))[at]
        y = np.sqrt(problem.scale) * np.broadcast_to(problem.k, (2, 2, *problem.k.shape[-2:]))[at]
        y = y[np.broadcast_to(problem.key_mask, (2, 2, problem.n_keys))[at]]
        pairs = np.mean([(a + b) ** 2 for a in x for b in y], axis=0)
        assert known[at] == pytest.approx(pairs, rel=1e-12)


@pytest.mark.parametrize("s2", [0.5, 0.2])
def test_narrow_proposals_have_no_second_moment(s2):
    with pytest.raises(OutsideDomainError, match="infinite variance"):
        log_second_moment(s2, np.ones(1), 2)


def test_causal_problems_are_refused(rng):
    q, k, v = (rng.normal(size=(3, 2)) for _ in range(3))
    with pytest.raises(OutsideDomainError, match="has no causal form"):
        isotropic_variance(Problem(q, k, v, causal=True))
