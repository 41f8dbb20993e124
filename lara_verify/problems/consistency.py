"""Problems on which convergence of a black box is judged (statistics.md, section 3a): d = 8, ``V = I``.

- `varied`: keys of differing norms; missing norm terms, unequal stabilisers.
- `axes`: queries and keys along all coordinate axes with random signs; blocks that are not Haar, lengths that depend on
  directions, noise of the wrong law.
- `opposed`: queries at one side, keys at the other, one of them far out. ``chi^2`` is small, yet every feature lies far
  below its stabiliser: epsilons and clamps that do nothing elsewhere dominate here.
- `aligned`: each key leans towards its own query; weights of LARA that do not sum to one.

RFA is judged on the first three, where ``|b1|`` is below 1.5 standard deviations per draw; LARA on `varied` and
`aligned`.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.problems.family import Array, Family, directions, from_scaled, with_norms

_DIM = 8


def _varied(rng: np.random.Generator) -> Problem:
    return from_scaled(with_norms(rng, 8, _DIM, 0.7, 0.7), with_norms(rng, 8, _DIM, 0.25, 1.1), np.eye(8))


def _axes(rng: np.random.Generator) -> Problem:
    x, y = (rng.choice([-1.0, 1.0], (_DIM, 1)) * np.eye(_DIM) for _ in range(2))
    return from_scaled(0.75 * x, 0.9 * y, np.eye(_DIM))


def _opposed(rng: np.random.Generator) -> Problem:
    axis = directions(rng, _DIM)
    x = -axis + 0.5 * _across(axis, rng)
    y = rng.uniform(0.6, 1.3, (8, 1)) * axis + 0.5 * _across(axis, rng)
    y[-1] = 2.0 * axis
    return from_scaled(x, y, np.eye(8))


def _across(axis: Array, rng: np.random.Generator) -> Array:
    """Eight uniform unit vectors perpendicular to `axis`."""
    normals = rng.standard_normal((8, _DIM))
    normals -= np.outer(normals @ axis, axis)
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _aligned(rng: np.random.Generator) -> Problem:
    x = directions(rng, 4, _DIM)
    return from_scaled(x, 0.4 * directions(rng, 4, _DIM) + 0.3 * x, np.eye(4))


FAMILIES = (
    Family("varied", 41, "missing norm terms and unequal stabilisers, as a failure to converge", _varied),
    Family("axes", 42, "non-Haar blocks, dependent lengths and wrong noise laws", _axes),
    Family("opposed", 43, "epsilons and clamps: features far below their stabilisers", _opposed),
    Family("aligned", 44, "weights of LARA that do not sum to one", _aligned),
)
