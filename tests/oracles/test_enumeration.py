"""Exact moments of key sampling: special cases, the empty sample, sampling besides, refusals."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.enumeration import independent_keys_moments, poisson_keys_moments, tail_keys_moments
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.oracles.key_sampling import uniform_probabilities, value_norm_probabilities


@pytest.fixture
def problem(rng):
    q, k, v = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 5, 2)), rng.uniform(size=(2, 5, 2))
    return Problem(q, k, v, key_mask=np.array([True, True, False, True, True]))


def test_one_draw_is_a_value_by_its_law(problem):
    """At S = 1 the weight cancels: the mean is sum q v, whatever the query."""
    q = value_norm_probabilities(problem)
    known = independent_keys_moments(problem, q, 1)
    mean = np.einsum("bm,bme->be", q, problem.v)[:, None, :]
    assert known.bias.value + exact_softmax(problem).value == pytest.approx(np.broadcast_to(mean, (2, 3, 2)), abs=1e-13)


def test_certain_inclusion_is_softmax(problem):
    for known in (poisson_keys_moments(problem, np.ones((2, 3, 5))), tail_keys_moments(problem, np.zeros(5, bool), 4)):
        assert known.bias.value == pytest.approx(np.zeros((2, 3, 2)), abs=1e-14)
        assert known.mse.value == pytest.approx(np.zeros((2, 3, 2)), abs=1e-28)


def test_an_empty_sample_is_the_mean_of_the_values(problem):
    """With inclusion 1e-9 nothing is drawn: mean and mean square are those of the plain mean of unmasked values."""
    known = poisson_keys_moments(problem, np.full((2, 3, 5), 1e-9))
    off = problem.v[:, [0, 1, 3, 4]].mean(axis=1)[:, None, :] - exact_softmax(problem).value
    assert known.bias.value == pytest.approx(off, abs=1e-8)
    assert known.mse.value == pytest.approx(off**2, abs=1e-8)


def test_the_normaliser_is_unbiased(problem):
    laws = (
        independent_keys_moments(problem, value_norm_probabilities(problem), 3),
        poisson_keys_moments(problem, np.full((2, 3, 5), 0.3)),
        tail_keys_moments(problem, np.arange(5) == 1, 2),
    )
    for known in laws:
        assert known.normaliser.value == pytest.approx(np.ones((2, 3)), abs=1e-13)


def test_the_mean_is_seen_by_sampling(problem, rng):
    """60,000 replicates of 3 keys by the uniform law; values lie in [0, 1].

    Level 1e-6 over 12 coordinates, by Hoeffding: ``sqrt(log(24 / level) / (2 R)) = .012``. Power: the mean of one draw
    is refuted wherever it lies more than twice that from the mean of three.
    """
    q = uniform_probabilities(problem)
    known, wrong = (independent_keys_moments(problem, q, n).bias.value for n in (3, 1))
    exact, allowed = exact_softmax(problem).value, np.sqrt(np.log(24 / 1e-6) / (2 * 60_000))
    means = np.zeros((2, 3, 2))
    for b in range(2):
        drawn = rng.choice(np.array([0, 1, 3, 4]), size=(60_000, 3))
        weights = np.exp(np.sqrt(0.5) * problem.q[b] @ problem.k[b].T)[:, drawn]  # scale 1 / sqrt(2)
        means[b] = np.mean(
            np.einsum("nrs,rse->nre", weights, problem.v[b][drawn]) / weights.sum(axis=2)[..., None], axis=1
        )
    assert np.all(np.abs(means - exact - known) <= allowed)
    if np.abs(known - wrong).max() > 2 * allowed:
        assert not np.all(np.abs(means - exact - wrong) <= allowed)


def test_too_many_outcomes_are_refused(rng):
    many = Problem(rng.normal(size=(1, 2)), rng.normal(size=(40, 2)), rng.normal(size=(40, 1)))
    with pytest.raises(OutsideDomainError, match="outcomes would have to be enumerated"):
        independent_keys_moments(many, np.ones(40), 5)
    with pytest.raises(OutsideDomainError, match="outcomes would have to be enumerated"):
        tail_keys_moments(many, np.zeros(40, bool), 20)
    with pytest.raises(OutsideDomainError, match=r"40 keys have 2\^40 sets"):
        poisson_keys_moments(many, np.full((1, 40), 0.5))


def test_causal_problems_are_refused(rng):
    q, k, v = (rng.normal(size=(3, 2)) for _ in range(3))
    causal = Problem(q, k, v, causal=True)
    asked = (
        lambda: independent_keys_moments(causal, np.ones(3), 1),
        lambda: poisson_keys_moments(causal, np.ones((3, 3))),
        lambda: tail_keys_moments(causal, np.zeros(3, bool), 1),
    )
    for ask in asked:
        with pytest.raises(OutsideDomainError, match="has no causal form"):
            ask()
