"""Inputs and noise of the golden vectors: the same numbers with any version of NumPy and on any machine.

Every number is a multiple of 2^-20 below 8 in size, or such a number scaled and rounded, and is exact in float32. They
come from the raw bits of PCG64, which NumPy keeps stable, and not from its normals, which it does not; a sum of twelve
uniforms less six stands for a normal, as the formulas take any noise.
"""

import zlib
from typing import Any

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array

_GRID = 2.0**20
LARGEST_LOGIT = 30.0
OFFSET = 100.0


class Source:
    """Numbers that depend on the name of a case only."""

    def __init__(self, name: str) -> None:
        self._bits = np.random.PCG64(zlib.crc32(name.encode()))

    def normals(self, *shape: int) -> Array:
        """About standard normal."""
        raw = self._bits.random_raw(int(np.prod(shape)) * 12) >> np.uint64(43)
        summed = raw.reshape(*shape, 12).astype(np.float64).sum(axis=-1) / 2.0**21 - 6.0
        return np.asarray(np.round(summed * _GRID) / _GRID)

    def below(self, n: int, *shape: int) -> Any:
        """Whole numbers 0 .. n-1."""
        raw = self._bits.random_raw(int(np.prod(shape))) >> np.uint64(11)
        return (raw % np.uint64(n)).astype(np.int64).reshape(shape)

    def choices(self, allowed: Any, *shape: int) -> Any:
        """Entries of a list."""
        return np.asarray(allowed)[self.below(len(allowed), *shape)]

    def distinct(self, allowed: Any, n: int) -> Any:
        """Different entries of a list, in random order."""
        left = list(allowed)
        return np.array([left.pop(int(self.below(len(left), 1)[0])) for _ in range(n)])


def float32(array: Array) -> Array:
    """Round to what float32 holds."""
    return array.astype(np.float32).astype(np.float64)


def plain(source: Source, n: int = 3, m: int = 5, d: int = 2, e: int = 2, **fields: Any) -> Problem:
    """N queries, M keys, of unit size."""
    return Problem(source.normals(n, d), source.normals(m, d), source.normals(m, e), **fields)


def masked(source: Source, n: int = 3, m: int = 6, d: int = 3, e: int = 2) -> Problem:
    """Keys 0, 1 and 4 masked: a segment of two has no key left."""
    mask = np.ones(m, dtype=bool)
    mask[[0, 1, 4]] = False
    return plain(source, n, m, d, e, key_mask=mask)


def one_key_left(source: Source) -> Problem:
    """All keys masked but one."""
    return plain(source, key_mask=np.arange(5) == 3)


def batched(source: Source) -> Problem:
    """Two heads of queries share each of two items of keys, whose masks differ."""
    mask = np.array([[[True, True, True, False]], [[False, True, True, True]]])
    q, k, v = source.normals(2, 2, 3, 2), source.normals(2, 1, 4, 2), source.normals(2, 1, 4, 2)
    return Problem(q, k, v, 0.75, mask)


def causal(source: Source) -> Problem:
    """As many queries as keys, one key masked."""
    return plain(source, 4, 4, 2, 2, key_mask=np.array([True, True, False, True]), causal=True)


def large_logits(source: Source) -> Problem:
    """The largest logit is 30 in size."""
    problem = plain(source)
    logits = np.sqrt(0.5) * problem.q @ problem.k.T
    stretch = np.sqrt(LARGEST_LOGIT / np.abs(logits).max())
    return Problem(float32(stretch * problem.q), float32(stretch * problem.k), problem.v)


def key_offset(source: Source) -> Problem:
    """100 added to every key."""
    problem = plain(source)
    return Problem(problem.q, float32(problem.k + OFFSET), problem.v)


def duplicate_keys(source: Source) -> Problem:
    """Keys 0, 2 and 3 are equal; their values are not."""
    problem = plain(source)
    k = problem.k.copy()
    k[[2, 3]] = k[0]
    return Problem(problem.q, k, problem.v)


def one_dimension(source: Source) -> Problem:
    """Queries, keys and values are numbers."""
    return plain(source, 3, 4, 1, 1)


def many_keys(source: Source) -> Problem:
    """Two queries, seventeen keys."""
    return plain(source, 2, 17, 3, 2)
