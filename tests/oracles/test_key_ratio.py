"""The Laplace formula in index space, where nothing can be enumerated: limits in S, agreement on larger M, refusals."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.enumeration import poisson_keys_moments
from lara_verify.oracles.key_ratio import independent_keys_ratio, poisson_keys_ratio
from lara_verify.oracles.key_sampling import (
    collision_sizes,
    inclusion_probabilities,
    independent_keys,
    uniform_probabilities,
)
from lara_verify.problems import make_problem


@pytest.fixture
def many(rng):
    return Problem(rng.normal(size=(2, 4)), rng.normal(size=(60, 4)), rng.normal(size=(60, 2)))


def test_bias_and_mse_tend_to_first_order(many):
    q = uniform_probabilities(many)
    first = independent_keys(many, q, 1)
    gaps = []
    for n_samples in (10_000, 40_000):
        known = independent_keys_ratio(many, q, n_samples)
        gaps.append(np.abs(n_samples * known.bias.value - first.bias).max())
        variance = np.einsum("nee->ne", first.covariance)
        assert n_samples * known.mse.value == pytest.approx(variance, rel=0.01)
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.05)


def test_poisson_agrees_with_all_sets_of_16_keys():
    """Some keys certain, some nearly never drawn."""
    problem = make_problem("P3")
    assert problem.n_keys == 16
    rho = inclusion_probabilities(problem, collision_sizes(problem, 8), 4)
    rho[:, 3] = 1.0
    known, whole = poisson_keys_ratio(problem, rho), poisson_keys_moments(problem, rho)
    for first, second in ((known.bias, whole.bias), (known.mse, whole.mse)):
        assert np.all(np.abs(first.value - second.value) <= first.error + second.error)
        assert first.error.max() < 1e-9


def test_certain_inclusion_is_softmax(many):
    known = poisson_keys_ratio(many, np.ones((2, 60)))
    assert known.bias.value == pytest.approx(np.zeros((2, 2)), abs=1e-12)
    assert known.mse.value == pytest.approx(np.zeros((2, 2)), abs=1e-12)


@pytest.mark.parametrize("n_samples", [0, 10**7])
def test_numbers_of_draws_that_mean_nothing_are_refused(n_samples, many):
    with pytest.raises(OutsideDomainError, match="expected 1 to 1000000"):
        independent_keys_ratio(many, np.ones(60), n_samples)


def test_weights_far_apart_are_refused():
    problem = Problem(np.full((1, 1), 20.0), np.array([[1.0], [-1.0]]), np.ones((2, 1)), scale=1.0)
    with pytest.raises(OutsideDomainError, match="weights of keys differ by"):
        independent_keys_ratio(problem, np.ones(2), 2)


def test_causal_problems_are_refused(rng):
    q, k, v = (rng.normal(size=(3, 2)) for _ in range(3))
    causal = Problem(q, k, v, causal=True)
    for ask in (
        lambda: independent_keys_ratio(causal, np.ones(3), 1),
        lambda: poisson_keys_ratio(causal, np.ones((3, 3))),
    ):
        with pytest.raises(OutsideDomainError, match="has no causal form"):
            ask()
