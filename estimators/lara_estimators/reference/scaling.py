"""From a problem to the symbols of the formulas: x, y, v and the logarithm of the key mask."""

import math
from typing import Any, NamedTuple

import numpy as np

from lara_estimators.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]


class Scaled(NamedTuple):
    """The problem in float64, in the space where the features are drawn.

    ``x = sqrt(scale) q`` is ``(*B, N, d)``, ``y = sqrt(scale) k`` is ``(*B, M, d)``, ``v`` is ``(*B, M, e)``.
    ``log_mask`` is ``(*B, M)``: 0 where the key takes part, minus infinity where it is masked; added to a
    logit it takes the key out of every sum. Masked rows of ``y`` and ``v`` are 0, whatever they held.
    ``shift`` is ``(*B, 1, d)``, what was taken off every y: 0 unless centred.
    """

    x: Array
    y: Array
    v: Array
    log_mask: Array
    shift: Array


def scaled(problem: Problem, *, centred: bool = False) -> Scaled:
    """Scale queries and keys; if `centred`, take the mean of the unmasked keys off every key first.

    A common shift of all keys multiplies all kernels of a query by one number, so that estimators which
    normalise per query do not change; without it a large common offset costs digits. Causal problems are centred
    at their first key, which every query sees: a mean would carry the rounding of later keys to earlier queries.
    """
    q, k, v = (np.asarray(array, dtype=np.float64) for array in (problem.q, problem.k, problem.v))
    log_mask = np.zeros(problem.n_keys)
    if problem.key_mask is not None:
        takes_part = np.asarray(problem.key_mask)
        log_mask = np.where(takes_part, 0.0, -np.inf)
        k = np.where(takes_part[..., None], k, 0.0)
        v = np.where(takes_part[..., None], v, 0.0)
    root = math.sqrt(problem.scale)
    shift = np.zeros((1, problem.dim))
    if centred:
        shift = k[..., :1, :] if problem.causal else unmasked_mean(k, log_mask)
        k = np.where(np.isfinite(log_mask)[..., None], k - shift, 0.0)
    return Scaled(root * q, root * k, v, log_mask, root * shift)


def unmasked_mean(rows: Array, log_mask: Array) -> Array:
    """Mean over the keys that take part, ``(*B, 1, d)``."""
    takes_part = np.isfinite(log_mask)[..., None]
    mean: Array = np.sum(np.where(takes_part, rows, 0.0), axis=-2, keepdims=True) / takes_part.sum(
        axis=-2, keepdims=True
    )
    return mean


def half_squared_norm(u: Array) -> Array:
    """``|u|^2 / 2`` of the vectors on the last axis."""
    half: Array = 0.5 * np.einsum("...d,...d->...", u, u)
    return half
