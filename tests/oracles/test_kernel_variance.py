"""Variances of kernel estimates: orders between couplings, special cases, refusals."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.kernel_variance import (
    Hyperbolic,
    OrthogonalBlock,
    Positive,
    SimplexBlock,
    TrigonometricFeatures,
    kernel_variance,
)
from lara_verify.problems import make_problem

PHI = np.linspace(0.01, 40, 200)


@pytest.mark.parametrize("dim", [2, 3, 4, 8, 64])
def test_simplex_is_below_orthogonal_is_below_independent(dim):
    """V3: coupled rows of d against d independent ones, at every length."""
    independent = Positive().relative_variance(PHI, PHI, dim).value / dim
    orthogonal, simplex = (
        block(dim).relative_variance(PHI, PHI, dim).value for block in (OrthogonalBlock, SimplexBlock)
    )
    rounding = 1e-12 * (1 + independent)  # where phi is large, the terms that differ drown in exp(phi)
    assert np.all(simplex <= orthogonal + rounding)
    assert np.all(orthogonal <= independent + rounding)
    early = PHI < 5
    assert np.all((simplex < orthogonal) & (orthogonal < independent), where=early)


@pytest.mark.parametrize("block", [OrthogonalBlock, SimplexBlock])
@pytest.mark.parametrize("dim", [1, 5])
def test_one_row_is_an_independent_feature(block, dim):
    known, alone = (features.relative_variance(PHI, PHI, dim).value for features in (block(1), Positive()))
    assert known == pytest.approx(alone, rel=1e-14)


def test_hyperbolic_and_trigonometric_are_the_forms_of_the_specification(rng):
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    problem = Problem(x, y, y, scale=1.0)
    plus, minus = (((x[:, None] + sign * y) ** 2).sum(axis=-1) for sign in (1, -1))
    kernel = np.exp(x @ y.T)
    hyperbolic = 0.5 * (np.exp(plus) - 1) * (1 - np.exp(-plus))
    trigonometric = 0.5 * np.exp(plus) * kernel**-2 * (1 - np.exp(-minus)) ** 2 / kernel**2
    assert kernel_variance(problem, Hyperbolic()).value == pytest.approx(hyperbolic, rel=1e-12)
    assert kernel_variance(problem, TrigonometricFeatures()).value == pytest.approx(trigonometric, rel=1e-12)


def test_the_error_is_small_and_masked_keys_are_zero():
    problem = make_problem("P5")
    for features in (Positive(), Hyperbolic(), OrthogonalBlock(3), SimplexBlock(3)):
        known = kernel_variance(problem, features)
        seen = np.broadcast_to(problem.key_mask[..., None, :], known.value.shape)
        assert np.all(known.value[~seen] == 0)
        assert np.all(known.error[seen] <= 1e-12 * (1 + known.value[seen]))


def test_of_a_causal_problem_keys_not_seen_are_zero(rng):
    q, k, v = (rng.normal(size=(4, 3)) for _ in range(3))
    whole, causal = (kernel_variance(Problem(q, k, v, causal=c), Hyperbolic()).value for c in (False, True))
    assert causal == pytest.approx(np.tril(whole), abs=0)


@pytest.mark.parametrize("block", [OrthogonalBlock(4), SimplexBlock(4), OrthogonalBlock(0)])
def test_blocks_of_more_rows_than_dimensions_are_refused(block):
    with pytest.raises(OutsideDomainError, match="rows; expected 1 to d = 3"):
        block.relative_variance(PHI, PHI, 3)


@pytest.mark.parametrize("features", [Positive(), Hyperbolic(), TrigonometricFeatures(), OrthogonalBlock(2)])
def test_overflow_is_refused(features):
    with pytest.raises(OutsideDomainError, match="is 700; offered is up to 600"):
        features.relative_variance(np.full(1, 700.0), np.full(1, 700.0), 2)
