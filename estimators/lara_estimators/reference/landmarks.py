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
    starts = segment_starts(x.shape[-2], n_proposals)
    x_bar = np.add.reduceat(x, starts, axis=-2) / np.diff([*starts, x.shape[-2]])[:, None]
    return Landmarks(x_bar, *key_landmarks(y, log_mask, n_proposals))


def key_landmarks(rows: Array, log_mask: Array, n_proposals: int) -> tuple[Array, Array]:
    """Means ``(*B, C, d)`` over the keys of each segment that take part, 0 where there are none, and ``log_kept``."""
    starts = segment_starts(rows.shape[-2], n_proposals)
    takes_part = np.isfinite(log_mask).astype(np.float64)[..., None]
    counts = np.add.reduceat(takes_part, starts, axis=-2)
    means: Array = np.add.reduceat(rows * takes_part, starts, axis=-2) / np.maximum(counts, 1.0)
    return means, np.where(counts[..., 0] > 0, 0.0, -np.inf)


def segment_starts(n_rows: int, n_segments: int) -> list[int]:
    """Where the segments begin."""
    length, n_longer = divmod(n_rows, n_segments)
    return [segment * length + min(segment, n_longer) for segment in range(n_segments)]
