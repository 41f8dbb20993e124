"""Sums and means of exponentials that neither overflow nor vanish."""

from typing import NamedTuple

import numpy as np

from lara_estimators.reference.scaling import Array


class Normalised(NamedTuple):
    """``weights = exp(a) / sum exp(a)`` along an axis, and ``log_sum = log sum exp(a)``, that axis dropped."""

    weights: Array
    log_sum: Array


def softmax(logits: Array, axis: int = -1) -> Normalised:
    """Normalise exponentials along `axis`; an entry of minus infinity has weight 0.

    At least one entry along the axis must be finite, which a valid problem guarantees.
    """
    top = np.max(logits, axis=axis, keepdims=True)
    weights = logits - top
    np.exp(weights, out=weights)
    total = np.sum(weights, axis=axis, keepdims=True)
    weights /= total
    return Normalised(weights, np.squeeze(top + np.log(total), axis=axis))


def log_or_lowest(positive: Array) -> Array:
    """Logarithm, with minus infinity at 0 and no warning."""
    zero = positive == 0.0
    return np.where(zero, -np.inf, np.log(np.where(zero, 1.0, positive)))
