"""The mean over draws of a mixture is the same however it is cut into blocks, and is what RA says."""

import numpy as np
import pytest

from lara_estimators import Problem
from lara_estimators.reference import RA, StratifiedRA, mixture


@pytest.mark.parametrize("estimator", [RA(3), StratifiedRA(4, 2)], ids=lambda e: e.name)
@pytest.mark.parametrize("block", [1, 300, 10**9], ids=["one replicate", "a few", "all at once"])
def test_blocks_of_replicates_change_nothing(estimator, block, make_problem, rng, monkeypatch):
    """Only the shapes of matrix products differ: rounding in the last digits of values of size 3."""
    problem = make_problem(3, 6, 2, 4, batch=(2,), mask=np.array([True, False, True, True, True, True]))
    noise = estimator.draw(problem, rng, (7, 2))
    usual = estimator(problem, noise).value
    monkeypatch.setattr(mixture, "_BLOCK", block)
    assert np.allclose(estimator(problem, noise).value, usual, rtol=0, atol=1e-14)


def test_blocks_of_causal_replicates_change_nothing(make_problem, rng, monkeypatch):
    plain = make_problem(5, 5, 2, 4, batch=(2,))
    problem = Problem(plain.q, plain.k, plain.v, causal=True)
    noise = RA(3).draw(problem, rng, (7,))
    usual = RA(3)(problem, noise).value
    monkeypatch.setattr(mixture, "_BLOCK", 1)
    assert np.allclose(RA(3)(problem, noise).value, usual, rtol=0, atol=1e-14)


def test_no_replicates_give_an_empty_value(make_problem, rng):
    problem = make_problem()
    assert RA(3)(problem, RA(3).draw(problem, rng, (0,))).value.shape == (0, 3, 4)
