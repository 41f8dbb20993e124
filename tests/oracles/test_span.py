"""Projection on the span of a problem."""

import numpy as np
import pytest

from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.span import span_of


@pytest.mark.parametrize(("dim", "rank"), [(2, 1), (8, 3), (64, 2)])
def test_inner_products_survive_the_projection(dim, rank):
    rng = np.random.default_rng(9)
    rows = rng.normal(size=(5, rank)) @ rng.normal(size=(rank, dim))
    span = span_of(rows[:2], rows[2:])
    assert span.dim == rank
    coordinates = rows @ span.basis
    assert np.allclose(coordinates @ coordinates.T, rows @ rows.T, rtol=0, atol=1e-12 * np.abs(rows @ rows.T).max())
    assert span.neglected < 1e-24 * (rows**2).sum()


def test_float32_rounding_is_neglected_and_said():
    rng = np.random.default_rng(10)
    rows = (rng.normal(size=(5, 2)) @ rng.normal(size=(2, 64))).astype(np.float32).astype(float)
    span = span_of(rows)
    assert span.dim == 2
    assert 0 < span.neglected < 1e-11


def test_zero_vectors_span_nothing():
    assert span_of(np.zeros((3, 4))).dim == 0


def test_a_wide_span_is_refused_with_its_size():
    with pytest.raises(OutsideDomainError, match="span 4 dimensions"):
        span_of(np.eye(4))
