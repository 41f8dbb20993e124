"""Gaussian proposals as the Laplace oracle sees them: in the few directions that matter, and one radius for the rest.

A stratum is a proposal ``q = N(mu, S)`` with the weight of its draws. One draw adds ``r_m = N(w; z_m, I) / q(w)``,
``z_m = x + y_m``, to the normaliser. Take a subspace V that holds ``x, y_1 .. y_M, mu`` and the range of ``S - s^2
I`` for some ``s^2``: on V the ratio is that of the projected laws, and on the ``d - r`` directions left over every
``z_m`` and mu have no part and S is ``s^2 I``, so that they add the same factor to all keys,

    F = s^(d-r) exp(-(s^2 - 1) R / 2),   R ~ chi^2 with d - r degrees of freedom,

independent of the rest. With ``S = I`` it is 1. So a proposal ``N(0, s^2 I)``, the optimum of `best_proposal`, costs
one dimension more than ``N(mu, I)``, at any d. ``s^2`` is the most frequent eigenvalue of S.

Domain: V of at most 3 dimensions, query by query; ``2I - S^-1`` positive definite, for else the mean square of a
weight is infinite.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lara_verify.oracles.answer import Array, OutsideDomainError
from lara_verify.oracles.span import Span, span_of

_EQUAL = 1e-9


class Stratum(NamedTuple):
    """Draws from ``N(mu, covariance)``, each weighted by `weight`; a draw is a pair ``mu +- z`` where `antithetic`.

    ``mu`` is ``(d,)`` and ``covariance`` ``(d, d)``, None for the identity, in the scaled space.
    """

    mu: Array
    weight: float
    antithetic: bool = False
    covariance: Array | None = None

    @property
    def draws(self) -> int:
        """How many feature draws one of these counts for."""
        return 2 if self.antithetic else 1


class InsideStratum(NamedTuple):
    """A stratum in the coordinates of V.

    Attributes
    ----------
    mu, weight, antithetic
        As of `Stratum`; ``mu`` is ``(r,)``.
    root
        ``(r, r)``, the lower Cholesky factor of the covariance in V; None for the identity.
    rest_dim, rest_variance
        ``d - r`` and ``s^2``; ``rest_dim`` is 0 where ``s^2 = 1``.
    """

    mu: Array
    weight: float
    antithetic: bool
    root: Array | None
    rest_dim: int
    rest_variance: float

    @property
    def variances(self) -> Array:
        """Eigenvalues of the covariance, those of the directions left out too where they add a factor."""
        within = np.ones(len(self.mu)) if self.root is None else np.linalg.eigvalsh(self.root @ self.root.T)
        return np.append(within, np.full(self.rest_dim, self.rest_variance))


class Inside(NamedTuple):
    """Strata, one query ``x`` ``(r,)`` and its keys ``y`` ``(M, r)`` in the coordinates of V; what V leaves out."""

    strata: tuple[InsideStratum, ...]
    x: Array
    y: Array
    neglected: float


def inside(strata: Sequence[Stratum], x: Array, y: Array) -> Inside:
    """Project a query ``x`` ``(d,)``, keys ``y`` ``(M, d)`` and all proposals on V.

    Raises
    ------
    OutsideDomainError
        If V has more than 3 dimensions, or a covariance is too narrow.
    """
    split = [_split(stratum) for stratum in strata]
    means = np.stack([stratum.mu for stratum in strata])
    span = span_of(x[None], y, means, *(directions for _, directions in split))
    found = tuple(_project(stratum, span, s2) for stratum, (s2, _) in zip(strata, split, strict=True))
    return Inside(found, x @ span.basis, y @ span.basis, span.neglected)


def _split(stratum: Stratum) -> tuple[float, Array]:
    """``s^2`` and unit eigenvectors ``(k, d)`` that span the range of ``S - s^2 I``."""
    d = len(stratum.mu)
    if stratum.covariance is None:
        return 1.0, np.zeros((0, d))
    values, vectors = np.linalg.eigh(np.asarray(stratum.covariance, dtype=np.float64))
    if values[0] <= 0.5:
        raise OutsideDomainError(
            f"the covariance has eigenvalue {values[0]:.3g}; unless above 1/2, weights have infinite variance"
        )
    equal = np.abs(values[:, None] - values) <= _EQUAL * values
    s2 = float(values[equal.sum(axis=1).argmax()])
    s2 = 1.0 if abs(s2 - 1) <= _EQUAL else s2
    return s2, vectors.T[np.abs(values - s2) > _EQUAL * s2]


def _project(stratum: Stratum, span: Span, s2: float) -> InsideStratum:
    rest = len(stratum.mu) - span.dim if s2 != 1 else 0
    root = None
    if stratum.covariance is not None and span.dim:
        root = np.asarray(np.linalg.cholesky(span.basis.T @ stratum.covariance @ span.basis), dtype=np.float64)
    return InsideStratum(stratum.mu @ span.basis, stratum.weight, stratum.antithetic, root, rest, s2)
