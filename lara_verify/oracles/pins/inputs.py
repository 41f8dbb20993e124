"""Small inputs on which two roads can be gone: few keys, low dimension or low span, moderate exponents.

Their numbers come from fixed seeds; nothing depends on which.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array


def problem_of(
    dim: int, rank: int | None = None, *, size: float = 0.6, queries: int = 2, keys: int = 3, mask: bool = False
) -> Problem:
    """A few queries and keys of length about ``size sqrt(rank)`` in the scaled space, on a random subspace.

    The scale is not 1, so that an oracle that forgets it is seen; with a mask, the second key takes no part.
    """
    rng = np.random.default_rng([dim, rank or dim, keys])
    rank = rank or dim
    basis = np.linalg.qr(rng.normal(size=(dim, rank)))[0].T
    x, y = (rng.uniform(-1.7, 1.7, (n, rank)) * size @ basis for n in (queries, keys))
    kept = np.arange(keys) != 1 if mask else None
    return Problem(2 * x, 2 * y, rng.normal(size=(keys, 2)), scale=0.25, key_mask=kept)


def scaled(problem: Problem) -> tuple[Array, Array, Array]:
    """``x``, ``y`` and ``v`` of a problem without batch, masked keys left out; not by the oracles' own road."""
    kept = slice(None) if problem.key_mask is None else problem.key_mask
    root = problem.scale**0.5
    return root * problem.q, root * problem.k[kept], problem.v[kept]


def direction(problem: Problem, length: float) -> Array:
    """A vector of this length along the first key, for shifted proposals that keep the span."""
    key = problem.k[0]
    return np.asarray(length * key / np.linalg.norm(key))


PLANE_COVARIANCE = np.array([[1.3, 0.25], [0.25, 1.1]])
"""A wide law in the plane; all its moments are finite."""
