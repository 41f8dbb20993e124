"""The few directions in which a problem sees its Gaussian draws.

A draw ``w ~ N(0, I_d)`` enters an estimator through inner products with ``x``, ``y_1 .. y_M`` only, so through its
orthogonal projection on their span, which is ``N(0, I_r)`` there: an expectation over ``R^d`` is one over ``R^r``. With
``r <= 3`` it can be computed by quadrature at any ``d`` (estimators.md, sections 3.3 and 3.7).

Method: singular values of the stacked vectors; those below 1e-6 of the largest are dropped (inputs are rounded to
float32, which turns an exact span of dimension 3 into one of dimension 64 with a tail of 1e-8). Dropping the tail
``delta_m`` of a vector moves ``w.y_m`` by an independent ``N(0, |delta_m|**2)``: the first order vanishes in the mean
and the second is at most ``SECOND_ORDER * max |delta|**2`` of the values' range, which the oracles add to their
error.

Domain: at most `MAX_DIM` dimensions.
"""

from typing import NamedTuple

import numpy as np

from lara_verify.oracles.answer import Array, OutsideDomainError

MAX_DIM = 3
SECOND_ORDER = 4.0
_RELATIVE_CUT = 1e-6


class Span(NamedTuple):
    """An orthonormal basis of the span of some vectors.

    Attributes
    ----------
    basis
        ``(d, r)``, orthonormal columns; coordinates of vectors ``u`` ``(n, d)`` are ``u @ basis``.
    neglected
        Largest squared length of what a spanning vector loses in the projection.
    """

    basis: Array
    neglected: float

    @property
    def dim(self) -> int:
        """r, the dimension of the span."""
        return int(self.basis.shape[1])


def span_of(*vectors: Array, max_dim: int = MAX_DIM) -> Span:
    """Span of the rows of the given arrays ``(n, d)``.

    Raises
    ------
    OutsideDomainError
        If the dimension exceeds `max_dim`.
    """
    rows = np.concatenate(vectors, axis=0)
    _, singular, right = np.linalg.svd(rows, full_matrices=False)
    rank = int((singular > _RELATIVE_CUT * singular[0]).sum()) if singular[0] > 0 else 0
    if rank > max_dim:
        raise OutsideDomainError(f"the vectors span {rank} dimensions; quadrature is offered for at most {max_dim}")
    basis = right[:rank].T
    lost = rows - (rows @ basis) @ basis.T
    return Span(np.ascontiguousarray(basis), float((lost**2).sum(axis=1).max()))
