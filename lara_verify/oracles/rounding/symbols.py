"""The arrays of a problem as the bounds read them: scaled, in float64, with what each query may see."""

import math
from typing import Any, NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array

Booleans = np.ndarray[Any, np.dtype[np.bool_]]


class Symbols(NamedTuple):
    """``x`` ``(*B, N, d)``, ``y`` ``(*B, M, d)`` and ``v`` ``(*B, M, e)`` in the scaled space, masked rows 0.

    ``takes_part`` is ``(*B, M)``. ``visible`` is ``(*B, 1, M)``, causal ``(*B, N, M)``: the keys that a query sees.
    ``span`` is ``(*B, 1, e)``, causal ``(*B, N, e)``: the range of the values that it sees.
    """

    x: Array
    y: Array
    v: Array
    takes_part: Booleans
    visible: Booleans
    span: Array
    causal: bool

    def of_query(self, n: int) -> "Symbols":
        """What the n-th query sees."""
        rows = (..., slice(n, n + 1), slice(None))
        seen = self._replace(x=self.x[rows])
        return seen._replace(visible=self.visible[rows], span=self.span[rows]) if self.causal else seen


def symbols(problem: Problem) -> Symbols:
    """Scale a problem, in float64."""
    q, k, v = (np.asarray(array, dtype=np.float64) for array in (problem.q, problem.k, problem.v))
    takes_part = np.ones(problem.n_keys, dtype=bool) if problem.key_mask is None else np.asarray(problem.key_mask)
    rows = takes_part[..., None]
    highest, lowest = np.where(rows, v, -np.inf), np.where(rows, v, np.inf)
    visible = takes_part[..., None, :]
    if problem.causal:
        visible = visible & np.tri(problem.n_queries, problem.n_keys, dtype=bool)
        span = np.maximum.accumulate(highest, axis=-2) - np.minimum.accumulate(lowest, axis=-2)
    else:
        span = np.max(highest, axis=-2, keepdims=True) - np.min(lowest, axis=-2, keepdims=True)
    root = math.sqrt(problem.scale)
    y, v = root * np.where(rows, k, 0.0), np.where(rows, v, 0.0)
    return Symbols(root * q, y, v, takes_part, visible, span, problem.causal)


def centred(of: Symbols, machine: Arithmetic) -> tuple[Symbols, Array]:
    """Keys less one vector, and how far that may be off: an exact symmetry, as it moves all keys alike.

    The vector is the mean of the keys that take part; for a causal problem the first key, the only one that every query
    sees. A mean that is off by rounding changes nothing but the size of the terms: the second output.
    """
    mask = of.takes_part[..., None]
    if of.causal:
        return of._replace(y=np.where(mask, of.y - of.y[..., :1, :], 0.0)), np.zeros((1, of.y.shape[-1]))
    mean = np.sum(of.y, axis=-2, keepdims=True) / np.sum(mask, axis=-2, keepdims=True)
    slack = machine.gamma(of.y.shape[-2]) * np.max(np.abs(of.y), axis=-2, keepdims=True)
    return of._replace(y=np.where(mask, of.y - mean, 0.0)), slack


def drawn(rows: Array, index: Any, n_axes: int) -> Array:
    """Rows ``(*B, M, n)`` at indices whose last `n_axes` axes are draws: ``(*R, *B, ..)`` gives ``(*R, *B, .., n)``."""
    index = np.asarray(index)
    leading, draws = index.shape[: index.ndim - n_axes], index.shape[index.ndim - n_axes :]
    rows = np.broadcast_to(rows, (*leading, *rows.shape[-2:]))
    flat = np.take_along_axis(rows, index.reshape(*leading, -1, 1), axis=-2)
    return flat.reshape(*leading, *draws, rows.shape[-1])
