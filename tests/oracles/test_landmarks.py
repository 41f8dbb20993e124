"""Plain landmarks, against numpy.array_split."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.landmarks import plain_landmarks
from lara_verify.problems import make_problem


def test_segments_are_those_of_array_split():
    rng = np.random.default_rng(19)
    problem = Problem(rng.normal(size=(7, 3)), rng.normal(size=(11, 3)), rng.normal(size=(11, 2)), scale=0.49)
    mark = plain_landmarks(problem, 4)[()]
    x_bar = np.array([part.mean(axis=0) for part in np.array_split(0.7 * problem.q, 4)])
    y_bar = np.array([part.mean(axis=0) for part in np.array_split(0.7 * problem.k, 4)])
    assert np.allclose(mark.x_bar, x_bar, rtol=0, atol=1e-15)
    assert np.allclose(mark.mu, x_bar + y_bar, rtol=0, atol=1e-15)


def test_masked_keys_are_left_out_and_empty_segments_dropped():
    rng = np.random.default_rng(20)
    mask = np.array([True, False, True, True, False, False])
    problem = Problem(rng.normal(size=(3, 2)), rng.normal(size=(6, 2)), rng.normal(size=(6, 1)), 1.0, mask)
    mark = plain_landmarks(problem, 3)[()]
    assert mark.mu.shape == (2, 2)
    assert np.allclose(mark.mu[0], problem.q[0] + problem.k[0])
    assert np.allclose(mark.mu[1], problem.q[1] + problem.k[2:4].mean(axis=0))


def test_every_batch_item_has_its_own():
    marks = plain_landmarks(make_problem("P5"), 2)
    assert set(marks) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_too_many_proposals_are_refused():
    with pytest.raises(OutsideDomainError, match=r"min\(N, M\) = 4"):
        plain_landmarks(make_problem("P3L-d2"), 5)


def test_causal_problems_have_no_landmarks():
    causal = Problem(np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 1)), causal=True)
    with pytest.raises(OutsideDomainError, match="a landmark reads all queries and keys and has no causal form"):
        plain_landmarks(causal, 2)
