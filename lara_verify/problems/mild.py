"""P3 and P3L: problems on which first-order theory holds, ``chi^2 <= .8`` for every query.

P3: independent directions at d = 8, norms differing by a factor of two, shrunk together until the largest ``chi^2``
is at most .8. Here the bias of self-normalised estimators falls as 1/S from small S on, so rates and consistency can
be judged.

P3L: the same goal with all queries and keys in a random subspace of ``min(3, d)`` dimensions, at d = 2, 8 and 64.
Quadrature and the Laplace oracle then know mean and mean squared error at every S, while an implementation works in
full dimension. Queries lie around one axis and keys around its two ends in turn, so that ``chi^2`` is spent on logits
that tell keys apart: the bias at S = 1 is then 3 to 5 % of the values' range.
"""

from functools import partial

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.problems.family import (
    Array,
    Family,
    directions,
    from_scaled,
    identity_and_one,
    largest_scale,
    with_norms,
)

CHI2_GOAL = 0.8


def _mild(rng: np.random.Generator) -> Problem:
    x = with_norms(rng, 8, 8, 0.75, 1.5)
    y = with_norms(rng, 16, 8, 0.75, 1.5)
    c = largest_scale(x, y, CHI2_GOAL)
    return from_scaled(c * x, c * y, identity_and_one(16))


def _low_span(dim: int, rng: np.random.Generator) -> Problem:
    rank = min(3, dim)
    axis = directions(rng, rank)
    sides = np.where(np.arange(6) % 2 == 0, 1.0, -1.0)[:, None]
    x = _towards(axis + 0.5 * directions(rng, 4, rank), rng)
    y = _towards(sides * axis + 0.5 * directions(rng, 6, rank), rng)
    c = largest_scale(x, y, CHI2_GOAL)
    basis = np.linalg.qr(directions(rng, rank, dim).T)[0].T  # any orthonormal rows do; signs do not matter here
    return from_scaled(c * x @ basis, c * y @ basis, identity_and_one(6))


def _towards(vectors: Array, rng: np.random.Generator) -> Array:
    """The directions of `vectors` with norms uniform in [.75, 1.5]."""
    norms = rng.uniform(0.75, 1.5, (len(vectors), 1))
    return np.asarray(norms * vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


FAMILIES = (
    Family("P3", 3, "rates and consistency, at a chi^2 of at most .8", _mild),
    *(
        Family(
            f"P3L-d{d}", 30 + i, "bias and error at every S, known exactly: inputs of low span", partial(_low_span, d)
        )
        for i, d in enumerate((2, 8, 64))
    ),
)
