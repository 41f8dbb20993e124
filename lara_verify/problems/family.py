"""A family of problems: one construction, any seed.

The numbered problems of the panel are their families at one documented seed, `PANEL_SEED` (the arXiv number of the
paper that defines the estimators), mixed with the family's own number. It was fixed before any result was seen; no
seed here was chosen because something passes at it.

Every array is float64 whose entries are exactly representable in float32, so that an implementation in either precision
sees the same problem; arrays are read-only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lara_estimators.problem import Problem

PANEL_SEED = 220404667

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Family:
    """Makes problems of one kind.

    Parameters
    ----------
    name
        As in case ids; no ``/``.
    number
        Mixed into the seed, distinct in the panel, so that no two families share draws.
    reveals
        What these problems are there to show, as one clause.
    build
        From a generator to a problem.
    """

    name: str
    number: int
    reveals: str
    build: Callable[[np.random.Generator], Problem]

    def make(self, seed: int = PANEL_SEED) -> Problem:
        """Make the problem of this family at `seed`, a non-negative integer."""
        return self.build(np.random.default_rng(np.random.SeedSequence([seed, self.number])))


def frozen(
    q: Array,
    k: Array,
    v: Array,
    *,
    scale: float | None = None,
    key_mask: NDArray[np.bool_] | None = None,
    causal: bool = False,
) -> Problem:
    """Make a problem of read-only float64 arrays that hold float32 values."""
    rounded = [np.asarray(a, dtype=np.float32).astype(np.float64) for a in (q, k, v)]
    if key_mask is not None:
        key_mask = key_mask.copy()
        key_mask.setflags(write=False)
    for array in rounded:
        array.setflags(write=False)
    return Problem(rounded[0], rounded[1], rounded[2], scale=scale, key_mask=key_mask, causal=causal)


def from_scaled(x: Array, y: Array, v: Array, *, key_mask: NDArray[np.bool_] | None = None) -> Problem:
    """Make a problem from vectors of the scaled space, at the default scale ``1/sqrt(d)``: ``q = x / sqrt(scale)``."""
    root = x.shape[-1] ** 0.25
    return frozen(root * x, root * y, v, key_mask=key_mask)


def directions(rng: np.random.Generator, *shape: int) -> Array:
    """Uniform unit vectors ``shape = (..., d)``."""
    normals = rng.standard_normal(shape)
    return np.asarray(normals / np.linalg.norm(normals, axis=-1, keepdims=True))


def with_norms(rng: np.random.Generator, n: int, d: int, low: float, high: float) -> Array:
    """``n`` vectors of uniform direction in ``R^d``, norms uniform in [`low`, `high`]: ``(n, d)``."""
    return np.asarray(rng.uniform(low, high, (n, 1)) * directions(rng, n, d))


def identity_and_one(n_keys: int) -> Array:
    """``V = [I | 1]``, ``(M, M + 1)``: the output shows every weight, and a constant column that must stay constant."""
    return np.concatenate([np.eye(n_keys), np.ones((n_keys, 1))], axis=1)


def largest_scale(x: Array, y: Array, chi2: float) -> float:
    """Largest multiple ``c`` of 1/64 at which every query of ``(c x, c y)`` has ``chi^2(p_x | N(0, I)) <= chi2``.

    ``1 + chi^2 = sum_ml pi_m pi_l exp((x + y_m).(x + y_l))`` (estimators.md, 3.1) grows with ``c`` on the inputs used
    here. The grid is coarse so that rounding cannot move the answer.
    """

    def worst(c: float) -> float:
        logits = c * c * (x @ y.T)
        pi = np.exp(logits - logits.max(axis=1, keepdims=True))
        pi /= pi.sum(axis=1, keepdims=True)
        z = c * (x[:, None, :] + y)
        gram = np.exp(np.einsum("nmd,nld->nml", z, z))
        return float((np.einsum("nm,nml,nl->n", pi, gram, pi) - 1).max())

    steps = 1
    while worst((steps + 1) / 64) <= chi2:
        steps += 1
    return steps / 64
