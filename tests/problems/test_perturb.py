"""Perturbations change what must not matter, and nothing else."""

import numpy as np
import pytest

from lara_estimators.problem import Problem, ProblemError
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.problems import make_problem, perturb_batch_item, perturb_masked


def test_only_masked_keys_and_values_change():
    problem = make_problem("P5")
    other = perturb_masked(problem, np.random.default_rng(1))
    kept = problem.key_mask
    assert np.array_equal(other.q, problem.q)
    assert np.array_equal(other.key_mask, kept)
    for before, after in ((problem.k, other.k), (problem.v, other.v)):
        assert np.array_equal(before[kept], after[kept])
        assert np.all(before[~kept] != after[~kept])
        assert np.all(np.isfinite(after))
        assert np.abs(after).max() > 1e3
    assert np.array_equal(exact_softmax(problem).value, exact_softmax(other).value)


def test_a_shared_key_is_changed_only_in_the_item_that_masks_it():
    rng = np.random.default_rng(2)
    mask = np.array([[True, False], [True, True]])
    problem = Problem(rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 4)), rng.normal(size=(2, 1)), key_mask=mask)
    other = perturb_masked(problem, rng)
    assert np.allclose(exact_softmax(problem).value, exact_softmax(other).value, rtol=0, atol=1e-6)
    assert np.abs(other.k[0, 1] - problem.k[1]).max() > 1


def test_only_the_named_item_changes():
    problem = make_problem("P5")
    other = perturb_batch_item(problem, (1, 0), np.random.default_rng(3))
    before, after = exact_softmax(problem).value, exact_softmax(other).value
    changed = np.abs(before - after).max(axis=(-1, -2)) > 0
    assert np.array_equal(changed, [[False, False], [True, False]])


@pytest.mark.parametrize("name", ["P0", "P1"])
def test_a_problem_without_a_mask_is_refused(name):
    with pytest.raises(ProblemError, match="masks no key"):
        perturb_masked(make_problem(name), np.random.default_rng(4))


@pytest.mark.parametrize("item", [(0,), (2, 0), (0, 0, 0), (-1, 0)])
def test_an_item_that_does_not_exist_is_refused(item):
    with pytest.raises(ProblemError, match="does not exist"):
        perturb_batch_item(make_problem("P5"), item, np.random.default_rng(5))


def test_a_problem_without_a_batch_is_refused():
    with pytest.raises(ProblemError, match="no batch dimensions"):
        perturb_batch_item(make_problem("P0"), (), np.random.default_rng(6))
