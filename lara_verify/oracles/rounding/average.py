"""A weighted average whose weights and numbers are off, and what the formulas average: f, and attention itself."""

import math
from typing import Any, NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array


class Symbols(NamedTuple):
    """Scaled arrays in float64, masked rows 0, and ``span`` ``(*B, 1, e)``, the range of the values that take part."""

    x: Array
    y: Array
    v: Array
    takes_part: np.ndarray[Any, np.dtype[np.bool_]]
    span: Array


def symbols(problem: Problem) -> Symbols:
    """Scale a problem, in float64."""
    q, k, v = (np.asarray(array, dtype=np.float64) for array in (problem.q, problem.k, problem.v))
    mask = np.ones(problem.n_keys, dtype=bool) if problem.key_mask is None else np.asarray(problem.key_mask)
    rows = mask[..., None]
    highest = np.max(np.where(rows, v, -np.inf), axis=-2, keepdims=True)
    lowest = np.min(np.where(rows, v, np.inf), axis=-2, keepdims=True)
    root = math.sqrt(problem.scale or 1.0)
    return Symbols(root * q, root * np.where(rows, k, 0.0), np.where(rows, v, 0.0), mask, highest - lowest)


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
    exponent: Array, delta: Array, v: Array, span: Array, machine: Arithmetic, n_more: int = 0
) -> Average:
    """Average rows of `v` ``(.., n, e)`` with weights exp(exponent) ``(.., L, n)``: see the package's derivation."""
    n = exponent.shape[-1]
    top = np.max(exponent, axis=-1, keepdims=True)
    kernel = np.exp(exponent - top)
    delta = np.minimum(delta + machine.u * (np.minimum(top - exponent, 800.0) + 4), 50.0)
    delta = np.where(np.isfinite(exponent), delta, 0.0)
    total = np.sum(kernel, axis=-1, keepdims=True)
    p = kernel / total
    value = p @ v
    centre = value[..., :1, :]
    variance = p @ (v - centre) ** 2 - (value - centre) ** 2
    spread = np.sqrt(np.maximum(variance, 0.0) + 2.0**-50 * math.sqrt(n) * span**2)
    shrink = np.sum(p * np.exp(-delta), axis=-1, keepdims=True)
    grow = np.sum(p * np.exp(delta), axis=-1, keepdims=True)
    tilt = np.sqrt(np.sum(p * np.expm1(delta) ** 2, axis=-1, keepdims=True)) / shrink
    most = span * swing(np.max(delta, axis=-1, keepdims=True))
    moved = np.minimum(tilt * spread, most)
    size = np.minimum(p @ np.abs(v) + most, np.max(np.abs(v), axis=-2, keepdims=True))
    error = moved + machine.gamma(2 * n + 6 + n_more) * size + n * machine.tiny * span
    log_sum = (top + np.log(total))[..., 0]
    log_error = np.maximum(np.log(grow), -np.log(shrink))[..., 0] + machine.gamma(n + 2)
    log_error += machine.u * (np.abs(log_sum) + 4 * math.log(n) + 4)
    return Average(value, error, log_sum, log_error)


def keys_at(w: Array, size: Array, of: Symbols, machine: Arithmetic, n_more: int = 0, n_parts: int = 0) -> Average:
    """Evaluate f and ell at draws `w` ``(.., L, d)``, whose parts add up to `size` in absolute value."""
    gamma = machine.gamma(w.shape[-1] + 8 + n_parts)
    half_norm = 0.5 * np.sum(of.y * of.y, axis=-1)[..., None, :]
    exponent = np.where(of.takes_part[..., None, :], w @ np.swapaxes(of.y, -1, -2) - half_norm, -np.inf)
    delta = gamma * (size @ np.swapaxes(np.abs(of.y), -1, -2) + half_norm)
    delta = delta + machine.u * np.abs(np.where(np.isfinite(exponent), exponent, 0.0))
    return average_bound(exponent, delta, of.v, of.span, machine, n_more)


def attention(of: Symbols, machine: Arithmetic) -> Average:
    """Softmax attention, and the logarithm of Z."""
    exponent = np.where(of.takes_part[..., None, :], of.x @ np.swapaxes(of.y, -1, -2), -np.inf)
    delta = machine.gamma(of.x.shape[-1] + 8) * (np.abs(of.x) @ np.swapaxes(np.abs(of.y), -1, -2))
    return average_bound(exponent, delta, of.v, of.span, machine)


def centred(of: Symbols, machine: Arithmetic) -> tuple[Symbols, Array]:
    """Keys less their mean, and how far the mean may be off: that moves all keys alike, and only the size of terms."""
    mask = of.takes_part[..., None]
    mean = np.sum(of.y, axis=-2, keepdims=True) / np.sum(mask, axis=-2, keepdims=True)
    slack = machine.gamma(of.y.shape[-2]) * np.max(np.abs(of.y), axis=-2, keepdims=True)
    return of._replace(y=np.where(mask, of.y - mean, 0.0)), slack
