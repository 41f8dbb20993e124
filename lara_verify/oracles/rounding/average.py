"""A weighted average whose weights are off by a known factor: its value, and bounds on its error and its sum's."""

import math
from typing import Any, NamedTuple

import numpy as np

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array

MOST = 50.0
"""Errors of exponents beyond this say no more: an average then moves by its range."""


def swing(delta: Any) -> Array:
    """Largest change of an average of numbers of range 1, exponents off by at most delta."""
    return np.asarray(np.tanh(np.asarray(delta) / 2))


class Average(NamedTuple):
    """A weighted average with the bound on its error, and the log-normaliser with its."""

    value: Array
    error: Array
    log_sum: Array
    log_error: Array


def average_bound(
    exponent: Array, delta: Array, v: Array, span: Array, machine: Arithmetic, n_more: int = 0, carried: Any = None
) -> Average:
    r"""Average rows of `v` ``(.., n, e)`` with weights exp(exponent) ``(.., L, n)``, each exponent off by delta.

    Let ``p`` be the weights, ``f = sum p v``, and computed weights proportional to ``p exp(eta)``, ``|eta| <= delta``.
    Since ``sum p (v - f) = 0``,

        |f' - f| = |sum p expm1(eta) (v - f)| / sum p exp(eta)
                <= sqrt(sum p expm1(delta)^2) sqrt(sum p (v - f)^2) / sum p exp(-delta)          (Cauchy-Schwarz),

    and no weights within ``exp(+-delta)`` move an average of numbers of range r by more than ``r tanh(max delta / 2)``.
    The smaller of the two is taken. The shift by the largest exponent and exp add ``u (|a - max a| + 8)`` to delta: 8
    for two exponentials and their product, where sums are rescaled as a maximum grows. Numerator and normaliser, each a
    sum of n terms in any order (in chunks of a dozen or more where sums are rescaled), and their ratio add
    ``gamma_{2n + 6} sum p' |v|``; what underflows adds less than ``n tiny r``.

    The logarithm of the sum is off by at most ``log sum p exp(delta)`` (from below ``-log sum p exp(-delta)``), the
    rounding of the sum ``gamma_{n + 2}`` and that of logarithm and shift, ``u (|log sum| + 4 log n + 4)``.

    Parameters
    ----------
    span
        Range of the rows, broadcasts to ``(.., L, e)``.
    n_more
        Roundings of numerator or normaliser besides.
    carried
        Bound on the error of the rows themselves, like `v`: its average under the computed weights is added.
    """
    n = exponent.shape[-1]
    top = np.max(exponent, axis=-1, keepdims=True)
    kernel = np.exp(exponent - top)
    delta = np.minimum(delta + machine.u * (np.minimum(top - exponent, 800.0) + 8), MOST)
    delta = np.where(np.isfinite(exponent), delta, 0.0)
    total = np.sum(kernel, axis=-1, keepdims=True)
    p = kernel / total
    value = p @ v
    centre = np.mean(v, axis=-2, keepdims=True)
    variance = p @ (v - centre) ** 2 - (value - centre) ** 2
    spread = np.sqrt(np.maximum(variance, 0.0) + 2.0**-50 * math.sqrt(n) * span**2)
    grown = p * np.exp(delta)
    grow = np.sum(grown, axis=-1, keepdims=True)
    shrink = np.sum(p * np.exp(-delta), axis=-1, keepdims=True)
    tilt = np.sqrt(np.sum(p * np.expm1(delta) ** 2, axis=-1, keepdims=True)) / shrink
    most = span * swing(np.max(delta, axis=-1, keepdims=True))
    moved = np.minimum(tilt * spread, most)
    size = np.minimum(p @ np.abs(v) + most, np.max(np.abs(v), axis=-2, keepdims=True))
    error = moved + machine.gamma(2 * n + 6 + n_more) * size + n * machine.tiny * span
    if carried is not None:
        error = error + np.minimum((grown / shrink) @ carried, np.max(carried, axis=-2, keepdims=True))
    log_sum = (top + np.log(total))[..., 0]
    log_error = np.maximum(np.log(grow), -np.log(shrink))[..., 0] + machine.gamma(n + 2)
    log_error += machine.u * (np.abs(log_sum) + 4 * math.log(n) + 4)
    return Average(value, error, log_sum, log_error)
