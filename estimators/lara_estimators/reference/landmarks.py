"""Landmarks: means of contiguous segments of queries, of keys and of values."""

from typing import NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_estimators.reference.scaling import Array


class Landmarks(NamedTuple):
    """``x_bar`` and ``y_bar`` are ``(*B, C, d)``; ``log_kept`` is ``(*B, C)``, minus infinity where dropped.

    A proposal is dropped where its segment has no key that takes part.
    """

    x_bar: Array
    y_bar: Array
    log_kept: Array


def check_fits(n_proposals: int, problem: Problem) -> None:
    """Refuse more proposals than there are queries or keys."""
    most = min(problem.n_queries, problem.n_keys)
    if n_proposals > most:
        raise ValueError(
            f"n_proposals is {n_proposals} but there are {problem.n_queries} queries and {problem.n_keys} keys; "
            f"expected at most {most}"
        )


def landmarks(x: Array, y: Array, log_mask: Array, n_proposals: int) -> Landmarks:
    """Means over `n_proposals` segments, longer ones first as ``numpy.array_split`` has them; masked keys left out."""
    counts = _segment_sums(_takes_part(y, log_mask), n_proposals)
    x_bar = _segment_sums(x, n_proposals) / _segment_sums(np.ones((x.shape[-2], 1)), n_proposals)
    return Landmarks(x_bar, key_landmarks(y, log_mask, n_proposals), np.where(counts[..., 0] > 0, 0.0, -np.inf))


def key_landmarks(rows: Array, log_mask: Array, n_proposals: int) -> Array:
    """Means of rows that belong to keys, over the keys of each segment that take part; 0 where there are none."""
    takes_part = _takes_part(rows, log_mask)
    counts = _segment_sums(takes_part, n_proposals)
    means: Array = _segment_sums(rows * takes_part, n_proposals) / np.maximum(counts, 1.0)
    return means


def _takes_part(rows: Array, log_mask: Array) -> Array:
    n_keys = rows.shape[-2]
    return np.isfinite(np.broadcast_to(log_mask, (*log_mask.shape[:-1], n_keys))).astype(np.float64)[..., None]


def _segment_sums(rows: Array, n_segments: int) -> Array:
    segments = np.array_split(np.arange(rows.shape[-2]), n_segments)
    return np.stack([np.sum(rows[..., segment, :], axis=-2) for segment in segments], axis=-2)
