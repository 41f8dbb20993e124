"""One batch item as rows of scalars: float64 inputs taken exactly, queries and keys then scaled in balls."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, float64
from lara_verify.oracles.balls.dual import Dual, Scalar

Row = list[Scalar]


class Direction(NamedTuple):
    """Along which the inputs move: arrays of the shapes of q, k and v."""

    q: Array
    k: Array
    v: Array


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """Queries and keys as they came, ``q``, ``k``, and scaled, ``x``, ``y``; values ``v``; lists of rows.

    ``kept`` are the numbers of the keys that take part, ``at`` the place of the item in the batch dimensions.
    """

    q: list[Row]
    k: list[Row]
    x: list[Row]
    y: list[Row]
    v: list[Row]
    kept: tuple[int, ...]
    causal: bool
    at: tuple[int, ...]
    batch_shape: tuple[int, ...]

    def seen(self, query: int) -> tuple[int, ...]:
        """Numbers of the keys that a query attends to."""
        return tuple(m for m in self.kept if m <= query) if self.causal else self.kept

    @property
    def dim(self) -> int:
        """Dimension of queries and keys."""
        return len(self.x[0])

    def of_given(self, array: Any, n_axes: int) -> Array:
        """Take this item's part of an array ``(*B, ...)`` whose last `n_axes` axes belong to one item."""
        array = float64(array)
        whole = np.broadcast_to(array, (*self.batch_shape, *array.shape[array.ndim - n_axes :]))
        return np.asarray(whole[self.at])


def exact(array: Array) -> Any:
    """Nested lists of balls of radius 0, shaped as the array."""
    from flint import arb

    return [exact(part) for part in array] if array.ndim else arb(float(array))


def items(problem: Problem, direction: Direction | None = None) -> Iterator[Item]:
    """Yield every batch item; with a direction, as dual numbers whose slopes are the direction's entries."""
    batch = problem.batch_shape
    arrays = [float64(array) for array in (problem.q, problem.k, problem.v)]
    slopes = [None] * 3 if direction is None else [float64(array) for array in direction]
    mask = np.ones(problem.n_keys, bool) if problem.key_mask is None else float64(problem.key_mask) > 0
    mask = np.broadcast_to(mask, (*batch, problem.n_keys))
    for at in np.ndindex(*batch):
        q, k, v = (_rows(*pair, batch, at) for pair in zip(arrays, slopes, strict=True))
        root = _ball(problem.scale).sqrt()
        x, y = ([[root * entry for entry in row] for row in rows] for rows in (q, k))
        kept = tuple(int(m) for m in np.flatnonzero(mask[at]))
        yield Item(q, k, x, y, v, kept, problem.causal, at, batch)


def _rows(array: Array, slope: Array | None, batch: tuple[int, ...], at: tuple[int, ...]) -> list[Row]:
    shape = (*batch, *array.shape[-2:])
    rows: list[Row] = exact(np.broadcast_to(array, shape)[at])
    if slope is None:
        return rows
    slopes: list[Row] = exact(np.broadcast_to(slope, shape)[at])
    return [[Dual(a, b) for a, b in zip(row, moved, strict=True)] for row, moved in zip(rows, slopes, strict=True)]


def _ball(number: Any) -> Any:
    from flint import arb

    return arb(float(number))
