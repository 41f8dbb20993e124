"""First-order theory of key sampling and its laws: special cases, masks, refusals."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.index_sampling import index_variance, probabilities
from lara_verify.oracles.key_sampling import (
    collision_sizes,
    inclusion_probabilities,
    independent_keys,
    poisson_keys,
    tail_keys,
    uniform_probabilities,
    value_norm_probabilities,
)
from lara_verify.problems import make_problem

PROBLEM = make_problem("P5")
MASK = np.broadcast_to(PROBLEM.key_mask, (2, 2, PROBLEM.n_keys))


@pytest.fixture
def one_query(rng):
    q, k, v = rng.normal(size=(1, 3)), rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    return Problem(q, k, v)


def test_the_right_law_leaves_the_index_variance(one_query):
    """q = pi: chi^2 = 0, no bias, and the variance of drawing a value by its index."""
    known = independent_keys(one_query, probabilities(one_query)[0], 4)
    assert known.normaliser_variance == pytest.approx(np.zeros(1), abs=1e-14)
    assert known.bias == pytest.approx(np.zeros((1, 2)), abs=1e-14)
    assert np.einsum("nee->ne", known.covariance) == pytest.approx(index_variance(one_query) / 4, rel=1e-12)


def test_including_all_keys_leaves_nothing(one_query):
    for known in (poisson_keys(one_query, np.ones((1, 6))), tail_keys(one_query, np.zeros(6, bool), 6)):
        for part in known:
            assert not part.any()


def test_rates_are_one_over_the_number_of_draws(one_query):
    q = value_norm_probabilities(one_query)
    for few, many in zip(independent_keys(one_query, q, 2), independent_keys(one_query, q, 20), strict=True):
        assert few == pytest.approx(10 * many, rel=1e-12)


def test_masked_keys_have_no_part():
    for law in (uniform_probabilities(PROBLEM), value_norm_probabilities(PROBLEM)):
        assert np.all(law[~MASK] == 0)
        assert law.sum(axis=-1) == pytest.approx(np.ones((2, 2)))
    rho = inclusion_probabilities(PROBLEM, collision_sizes(PROBLEM, 4), 3)
    assert np.all(np.where(MASK[:, :, None, :], rho > 0, rho == 0))
    assert rho.sum(axis=-1).max() <= 3 + 1e-12
    whole = independent_keys(PROBLEM, uniform_probabilities(PROBLEM), 5)
    for at in np.ndindex(2, 2):
        q, k, v = (np.broadcast_to(a, (2, 2, *a.shape[-2:]))[at] for a in (PROBLEM.q, PROBLEM.k, PROBLEM.v))
        alone = Problem(q, k[MASK[at]], v[MASK[at]], scale=PROBLEM.scale)
        assert whole.bias[at] == pytest.approx(independent_keys(alone, np.ones(MASK[at].sum()), 5).bias, rel=1e-12)


def test_value_norms_are_lifted_by_their_mean():
    v = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 1.0]])
    problem = Problem(np.ones((1, 1)), np.ones((3, 1)), v)
    assert value_norm_probabilities(problem) == pytest.approx(np.array([7.0, 2.0, 3.0]) / 12)
    nothing = Problem(np.ones((1, 1)), np.ones((3, 1)), 0 * v)
    assert value_norm_probabilities(nothing) == pytest.approx(np.full(3, 1 / 3))


def test_a_zero_vector_is_at_right_angles_to_all():
    q, k = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]])
    sizes = collision_sizes(Problem(q, k, np.ones((3, 1))), 2)
    assert sizes == pytest.approx(np.array([[0.25, 0.25, 0.25], [1.0, 0.25, 0.0]]), abs=1e-15)


def test_inclusion_is_capped_at_one(one_query):
    rho = inclusion_probabilities(one_query, np.array([8.0, 1, 1, 1, 1, 1]), 3)
    assert rho[0] == pytest.approx(np.array([1.0, *[3 / 13] * 5]))


@pytest.mark.parametrize("probabilities_", [np.zeros(6), -np.ones(6), np.array([1.0, 1, 1, 1, 1, np.inf])])
def test_laws_that_are_none_are_refused(probabilities_, one_query):
    with pytest.raises(OutsideDomainError, match="expected positive numbers where keys take part"):
        independent_keys(one_query, probabilities_, 2)


def test_inclusions_that_are_none_are_refused(one_query):
    with pytest.raises(OutsideDomainError, match=r"expected \(0, 1\]"):
        poisson_keys(one_query, np.full((1, 6), 1.5))


@pytest.mark.parametrize("n_samples", [0, 6])
def test_tails_that_are_too_short_are_refused(n_samples, one_query):
    with pytest.raises(OutsideDomainError, match="the tail has 5 keys"):
        tail_keys(one_query, np.arange(6) == 0, n_samples)


def test_causal_problems_are_refused(rng):
    q, k, v = (rng.normal(size=(3, 2)) for _ in range(3))
    causal = Problem(q, k, v, causal=True)
    for ask in (lambda: uniform_probabilities(causal), lambda: poisson_keys(causal, np.ones((3, 3)))):
        with pytest.raises(OutsideDomainError, match="has no causal form"):
            ask()
