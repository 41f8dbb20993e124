"""What an oracle gives back: a value with the error it may have, or a refusal that says why.

An oracle is asked only inside its domain. There it answers with `Answer`: ``|value - truth| <= error`` entry by
entry, where `error` is proven (balls), derived (a neglected term), or estimated from the last refinement of a rule
that was refined until stable (quadrature); each oracle's docstring says which. Outside its domain it raises
`OutsideDomainError` with one sentence: what was got, what the domain is.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_estimators.problem import Problem

Array = NDArray[np.float64]


class OutsideDomainError(ValueError):
    """The oracle does not know the answer for this input; the message says why in one sentence."""


class Answer(NamedTuple):
    """A known quantity.

    Attributes
    ----------
    value
        Float64 array.
    error
        Array of the same shape: how far the value may be from the truth.
    """

    value: Array
    error: Array


class ScaledItem(NamedTuple):
    """One batch item in the scaled space, ``x = sqrt(scale) q``, ``y = sqrt(scale) k``, masked keys removed.

    Attributes
    ----------
    at
        Which batch item, as an index into arrays of shape ``(*B, ...)``; of a causal problem which query of it, as an
        index into ``(*B, N, ...)`` whose last entry is a slice of length one.
    x, y, v
        Queries ``(N, d)``, keys ``(M', d)`` and values ``(M', e)``; ``M'`` keys take part, for each of these queries.
    kept
        Booleans ``(M,)``: which keys of the problem these are.
    """

    at: tuple[Any, ...]
    x: Array
    y: Array
    v: Array
    kept: NDArray[np.bool_]

    @property
    def queries_at(self) -> list[tuple[int, ...]]:
        """Where each of these queries is, as an index into arrays of shape ``(*B, N, ...)``."""
        if self.at and isinstance(self.at[-1], slice):
            return [(*self.at[:-1], self.at[-1].start)]
        return [(*self.at, n) for n in range(len(self.x))]


def float64(array: Any) -> Array:
    """Copy an array of any library to NumPy, on the host, in double precision."""
    if hasattr(array, "detach"):  # torch: off the tape and the device, and bfloat16 is unknown to NumPy
        array = array.detach().cpu().double()
    return np.asarray(array, dtype=np.float64)


def raw_items(problem: Problem) -> Iterator[ScaledItem]:
    """Yield the batch items as `ScaledItem` with ``q`` and ``k`` in place of ``x`` and ``y``: not yet scaled.

    Of a causal problem every query is an item of its own, with the keys that it sees: an oracle that knows one query
    and its keys then knows causal attention too.
    """
    batch = problem.batch_shape
    q, k, v = (float64(a) for a in (problem.q, problem.k, problem.v))
    q, k, v = (np.broadcast_to(a, (*batch, *a.shape[-2:])) for a in (q, k, v))
    kept = np.ones(problem.n_keys, bool) if problem.key_mask is None else float64(problem.key_mask) > 0
    kept = np.broadcast_to(kept, (*batch, problem.n_keys))
    for index in np.ndindex(*batch):
        for rows in _rows_with_equal_keys(problem):
            keys = kept[index] if not problem.causal else kept[index] & (np.arange(problem.n_keys) < rows.stop)
            at = (*index, rows) if problem.causal else index
            yield ScaledItem(at, q[index][rows], k[index][keys], v[index][keys], keys)


def _rows_with_equal_keys(problem: Problem) -> list[slice]:
    """All queries at once, or one by one where each sees other keys."""
    return [slice(n, n + 1) for n in range(problem.n_queries)] if problem.causal else [slice(0, problem.n_queries)]


def refuse_causal(problem: Problem, what: str) -> None:
    """Raise `OutsideDomainError` if the problem is causal."""
    if problem.causal:
        raise OutsideDomainError(f"{what} reads all queries and keys and has no causal form; expected causal=False")


def scaled_items(problem: Problem) -> Iterator[ScaledItem]:
    """Yield the batch items in the scaled space, where every Gaussian of the theory lives (estimators.md, 1)."""
    root = np.sqrt(problem.scale)
    for item in raw_items(problem):
        yield item._replace(x=root * item.x, y=root * item.y)


def per_query(problem: Problem, *trailing: int) -> Array:
    """Allocate the answer of an oracle: zeros of shape ``(*B, N, *trailing)``."""
    return np.zeros((*problem.batch_shape, problem.n_queries, *trailing))
