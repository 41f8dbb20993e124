"""Drawing the mixture component m ~ pi(x), by inverse cumulative distribution."""

from typing import Any

import numpy as np

from lara_estimators.reference.scaling import Array

_MAX_COMPARED = 32


def draw_component(
    probabilities: Array, n_samples: int, rng: np.random.Generator, replicates: tuple[int, ...]
) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Draw ``(*R, *B, N, S)`` indices from the rows of `probabilities`, ``(*B, N, M)``.

    The index is the number of cumulative probabilities that a uniform reaches. They are divided by their last,
    so that a uniform below 1 never passes the last key of positive probability: a masked key is never drawn.
    """
    n_keys = probabilities.shape[-1]
    uniforms = rng.random((*replicates, *probabilities.shape[:-1], n_samples))
    cumulative = np.cumsum(probabilities, axis=-1)
    cumulative /= cumulative[..., -1:].copy()
    if n_keys <= _MAX_COMPARED:
        return _count_reached(uniforms, cumulative)
    return _search(uniforms, cumulative)


def _count_reached(uniforms: Array, cumulative: Array) -> np.ndarray[Any, np.dtype[np.intp]]:
    counts = np.zeros(uniforms.shape, dtype=np.uint8)
    per_draw = (*cumulative.shape[:-1], uniforms.shape[-1])
    for key in range(cumulative.shape[-1] - 1):
        threshold = np.ascontiguousarray(np.broadcast_to(cumulative[..., key, None], per_draw))
        counts += (uniforms >= threshold).view(np.uint8)
    return counts.astype(np.intp)


def _search(uniforms: Array, cumulative: Array) -> np.ndarray[Any, np.dtype[np.intp]]:
    component = np.empty(uniforms.shape, dtype=np.intp)
    for row in np.ndindex(cumulative.shape[:-1]):
        draws = (..., *row, slice(None))
        component[draws] = np.searchsorted(cumulative[row], uniforms[draws], side="right")
    return component
