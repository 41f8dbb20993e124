"""Sums and means of exponentials that neither overflow nor vanish."""

from typing import NamedTuple

import numpy as np

from lara_estimators.reference.scaling import Array


class Exponentials(NamedTuple):
    """``terms = exp(a - max a)`` along an axis, and their sum ``total``; ``log_sum = log sum exp(a)``, axis dropped."""

    terms: Array
    total: Array
    log_sum: Array


class Normalised(NamedTuple):
    """``weights = exp(a) / sum exp(a)`` along an axis, and ``log_sum = log sum exp(a)``, that axis dropped."""

    weights: Array
    log_sum: Array


def exponentials(logits: Array, axis: int = -1) -> Exponentials:
    """Exponentials along `axis` relative to the largest, which is 1; an entry of minus infinity is 0.

    At least one entry along the axis must be finite, which a valid problem guarantees.
    """
    top = np.max(logits, axis=axis, keepdims=True)
    terms = logits - top
    np.exp(terms, out=terms)
    total = np.sum(terms, axis=axis, keepdims=True)
    return Exponentials(terms, total, np.squeeze(top + np.log(total), axis=axis))


def normalise(log_weights: Array, axis: int = -1) -> Exponentials:
    """As ``exponentials``, and make `log_weights`, *in place*, those of weights that sum to one along `axis`."""
    top = np.max(log_weights, axis=axis, keepdims=True)
    log_weights -= top
    terms = np.exp(log_weights)
    total = np.sum(terms, axis=axis, keepdims=True)
    log_total = np.log(total)
    log_weights -= log_total
    return Exponentials(terms, total, np.squeeze(top + log_total, axis=axis))


def softmax(logits: Array, axis: int = -1) -> Normalised:
    """Normalise exponentials along `axis`; an entry of minus infinity has weight 0."""
    weights, total, log_sum = exponentials(logits, axis)
    weights /= total
    return Normalised(weights, log_sum)


def log_or_lowest(positive: Array) -> Array:
    """Logarithm, with minus infinity at 0 and no warning."""
    zero = positive == 0.0
    return np.where(zero, -np.inf, np.log(np.where(zero, 1.0, positive)))
