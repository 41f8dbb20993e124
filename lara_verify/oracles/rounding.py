r"""How far rounding can move an estimate: derived bounds, no relative tolerance chosen by hand.

Let u be the unit roundoff of the arithmetic and ``gamma_n = n u / (1 - n u)``; for n above 64 the smaller
``exp(8 sqrt(n) u + n u^2) - 1`` of Higham & Mary 2019 (SIAM J. Sci. Comput. 41, theorem 2.4; rounding errors of
mean 0, failing with probability 2 exp(-32)).

**A weighted average.** Let weights ``p_m`` be proportional to ``exp(a_m)`` and computed weights to
``exp(a_m + eta_m)``, ``|eta_m| <= delta_m``. Since ``sum p (v - f) = 0`` for ``f = sum p v``,

    |f' - f| = |sum p expm1(eta) (v - f)| / sum p exp(eta)
            <= sqrt(sum p expm1(delta)^2) sqrt(sum p (v - f)^2) / sum p exp(-delta)          (Cauchy-Schwarz),

and no weights within ``exp(+-delta)`` move an average of numbers of range r by more than ``r tanh(max delta / 2)``.
The smaller of the two is taken. Forming numerator and normaliser over n terms and dividing adds
``gamma_{2n + 6} sum p' |v|``; what underflows adds less than ``n * tiny * r``.

**The exponents.** A dot product of d terms of scaled vectors costs ``gamma_{d + 8} |w| . |y|`` (8: the root of
the scale, its products, w = x + y + z, noise rounded to the dtype), the half norm ``gamma_{d + 8} |y|^2 / 2``,
their sum ``u |a|``, the shift by the largest ``u |a - max a|``, exp ``4 u``.

**ell and the second stage.** With the same delta, ``|ell' - ell| <= log sum p exp(delta) + gamma_{n + 2} +
u (|ell| + 4 log n + 4)`` (from below ``-log sum p exp(-delta)``). It enters the exponent of the weight of a draw;
the average over draws is a weighted average of ``f' (w_s)``, bounded as above, plus the averaged bound of f.

A comparison of two writings allows the sum of their bounds. The problem must be representable in the dtype.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from lara_estimators.noise import FeatureNoise, IndexNoise, MixtureNoise
from lara_estimators.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

_ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
_LAMBDA = 8.0
_WIDEST_NORMAL = 7.0


class _Arithmetic(NamedTuple):
    """Unit roundoff of the computation and of the returned numbers, and the smallest normal number."""

    u: float
    u_output: float
    tiny: float

    def gamma(self, n: int) -> float:
        """Relative error of n roundings in a row."""
        worst = n * self.u / (1 - n * self.u) if n * self.u < 1 else math.inf
        if n <= _LAMBDA**2 or n * self.u > 0.1:
            return worst
        return min(worst, math.expm1(_LAMBDA * math.sqrt(n) * self.u + n * self.u**2))

    def typical(self, n: int) -> float:
        """Root of the number of roundings: what eight times makes a bound of."""
        return math.sqrt(n) * self.u


def arithmetic(dtype: Any) -> _Arithmetic:
    """Arithmetic of a dtype, NumPy's, torch's or its name; half precision is computed in float32 inside."""
    name = str(dtype).removeprefix("torch.")
    if name not in _ROUNDOFF:
        raise ValueError(f"dtype is {name}; expected one of {', '.join(_ROUNDOFF)}")
    u = min(_ROUNDOFF[name], _ROUNDOFF["float32"])
    return _Arithmetic(
        u, _ROUNDOFF[name] if _ROUNDOFF[name] > u else 0.0, 2.0**-1022 if name == "float64" else 2.0**-126
    )


def rounding_bound(problem: Problem, estimator: str, noise: Any, dtype: Any) -> Array:
    """Bound ``|computed - exact|`` of ``Estimate.value``, entry by entry.

    Parameters
    ----------
    problem
        The problem, its arrays representable in `dtype`.
    estimator
        ``softmax``, ``rfa``, ``ra``, ``index`` or ``mean_value``.
    noise
        What the estimator was given; ``NoNoise`` where it draws nothing.
    dtype
        The dtype of the computation.

    Returns
    -------
    Array that broadcasts to ``(*R, *B, N, e)``.
    """
    bounds = {"softmax": _softmax, "rfa": _rfa, "ra": _ra, "index": _index, "mean_value": _mean_value}
    if estimator not in bounds:
        raise ValueError(f"no rounding bound for {estimator!r}; expected one of {', '.join(bounds)}")
    machine = arithmetic(dtype)
    bound, value = bounds[estimator](_symbols(problem), noise, machine)
    return np.asarray(bound + machine.u_output * (np.abs(value) + bound) + machine.tiny)


def black_box_tolerance(problem: Problem, dtype: Any, n_samples: int = 1) -> Array:
    r"""Rounding that an implementation of any estimator here may show, whatever its order of operations.

    The bound above, worst over all draws with ``|w| <= max_m |x + y_m| + sqrt(d) + 7`` (for features: ``sqrt(d) + 7``),
    with norms for dot products, keys not centred, weights that may be normalised in log space, ``sqrt(n) u`` for
    gamma_n, and all that times 8.

    Returns ``(*B, N, e)``.
    """
    machine = arithmetic(dtype)
    x, y, v, takes_part, span = _symbols(problem)
    gamma = machine.typical(problem.dim + 8)
    x_norm = np.linalg.norm(x, axis=-1)[..., None]
    y_norm = np.max(np.linalg.norm(y, axis=-1), axis=-1)[..., None, None]
    means = np.sqrt(np.maximum(_sum_squares(x, y), 0.0)) * takes_part[..., None, :]
    feature = math.sqrt(problem.dim) + _WIDEST_NORMAL
    w_norm = np.max(means, axis=-1)[..., None] + feature

    def exponent(length: Any) -> Array:
        size = length * y_norm + 0.5 * y_norm**2
        return np.asarray(gamma * size + machine.u * (size + np.minimum(2 * size, -math.log(machine.u)) + 4))

    log_kernels = exponent(feature) + machine.typical(problem.n_keys + 2)
    of_draws = log_kernels + (gamma + 2 * machine.u) * feature * x_norm + machine.u * (feature * y_norm + 4)
    moved = np.maximum(_swing(exponent(w_norm)), _swing(exponent(feature)) + _swing(of_draws))
    n_sums = 2 * problem.n_keys + 2 * n_samples + 12
    in_log_space = 2 * machine.u * (w_norm * y_norm + 0.5 * y_norm**2 + math.log(problem.n_keys))
    largest = np.max(np.abs(v), axis=-2, keepdims=True)
    tolerance = _LAMBDA * (span * moved + (machine.typical(n_sums) + in_log_space) * largest)
    shape = (*problem.batch_shape, problem.n_queries, problem.value_dim)
    return np.broadcast_to(tolerance + machine.u_output * largest, shape)


class _Symbols(NamedTuple):
    """Scaled arrays in float64, masked rows 0, and ``span`` ``(*B, 1, e)``, the range of the values that take part."""

    x: Array
    y: Array
    v: Array
    takes_part: np.ndarray[Any, np.dtype[np.bool_]]
    span: Array


def _symbols(problem: Problem) -> _Symbols:
    q, k, v = (np.asarray(array, dtype=np.float64) for array in (problem.q, problem.k, problem.v))
    mask = np.ones(problem.n_keys, dtype=bool) if problem.key_mask is None else np.asarray(problem.key_mask)
    rows = mask[..., None]
    highest = np.max(np.where(rows, v, -np.inf), axis=-2, keepdims=True)
    lowest = np.min(np.where(rows, v, np.inf), axis=-2, keepdims=True)
    root = math.sqrt(problem.scale or 1.0)
    return _Symbols(root * q, root * np.where(rows, k, 0.0), np.where(rows, v, 0.0), mask, highest - lowest)


def _sum_squares(x: Array, y: Array) -> Array:
    """``|x_n + y_m|^2``."""
    cross = 2 * x @ np.swapaxes(y, -1, -2)
    return np.asarray(np.sum(x * x, -1)[..., None] + cross + np.sum(y * y, -1)[..., None, :])


def _swing(delta: Any) -> Array:
    """Largest change of an average of numbers of range 1, exponents off by at most delta."""
    return np.asarray(np.tanh(np.asarray(delta) / 2))


class _Average(NamedTuple):
    """A weighted average with the bound on its error, and the log-normaliser with its."""

    value: Array
    error: Array
    log_sum: Array
    log_error: Array


def _average(exponent: Array, delta: Array, v: Array, span: Array, machine: _Arithmetic, n_more: int = 0) -> _Average:
    """Average rows of `v` ``(.., n, e)`` with weights exp(exponent) ``(.., L, n)``: see the module's derivation."""
    n = exponent.shape[-1]
    top = np.max(exponent, axis=-1, keepdims=True)
    kernel = np.exp(exponent - top)
    delta = np.where(np.isfinite(exponent), delta + machine.u * np.minimum(top - exponent, 800.0) + 4 * machine.u, 0.0)
    delta = np.minimum(delta, 50.0)
    total = np.sum(kernel, axis=-1, keepdims=True)
    p = kernel / total
    value = p @ v
    centre = value[..., :1, :]
    variance = p @ (v - centre) ** 2 - (value - centre) ** 2
    spread = np.sqrt(np.maximum(variance, 0.0) + 2.0**-50 * math.sqrt(n) * span**2)
    shrink = np.sum(p * np.exp(-delta), axis=-1, keepdims=True)
    grow = np.sum(p * np.exp(delta), axis=-1, keepdims=True)
    tilt = np.sqrt(np.sum(p * np.expm1(delta) ** 2, axis=-1, keepdims=True)) / shrink
    swing = span * _swing(np.max(delta, axis=-1, keepdims=True))
    moved = np.minimum(tilt * spread, swing)
    size = np.minimum(p @ np.abs(v) + swing, np.max(np.abs(v), axis=-2, keepdims=True))
    error = moved + machine.gamma(2 * n + 6 + n_more) * size + n * machine.tiny * span
    log_sum = (top + np.log(total))[..., 0]
    log_error = np.maximum(np.log(grow), -np.log(shrink))[..., 0] + machine.gamma(n + 2)
    log_error += machine.u * (np.abs(log_sum) + 4 * math.log(n) + 4)
    return _Average(value, error, log_sum, log_error)


def _keys_at(w: Array, size: Array, of: _Symbols, machine: _Arithmetic, n_more: int = 0) -> _Average:
    """Evaluate f and ell at draws `w` ``(.., L, d)``, whose parts add up to `size` in absolute value."""
    gamma = machine.gamma(w.shape[-1] + 8)
    half_norm = 0.5 * np.sum(of.y * of.y, axis=-1)[..., None, :]
    exponent = np.where(of.takes_part[..., None, :], w @ np.swapaxes(of.y, -1, -2) - half_norm, -np.inf)
    delta = gamma * (size @ np.swapaxes(np.abs(of.y), -1, -2) + half_norm)
    delta = delta + machine.u * np.abs(np.where(np.isfinite(exponent), exponent, 0.0))
    return _average(exponent, delta, of.v, of.span, machine, n_more)


def _softmax(of: _Symbols, noise: Any, machine: _Arithmetic) -> tuple[Array, Array]:  # noqa: ARG001
    exponent = np.where(of.takes_part[..., None, :], of.x @ np.swapaxes(of.y, -1, -2), -np.inf)
    delta = machine.gamma(of.x.shape[-1] + 8) * (np.abs(of.x) @ np.swapaxes(np.abs(of.y), -1, -2))
    average = _average(exponent, delta, of.v, of.span, machine)
    return average.error, average.value


def _rfa(of: _Symbols, noise: FeatureNoise, machine: _Arithmetic) -> tuple[Array, Array]:
    w = np.asarray(noise.normals, dtype=np.float64)
    draws = _keys_at(w, np.abs(w), of, machine)
    dot = of.x @ np.swapaxes(w, -1, -2)
    half_norm = 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    log_mixture = draws.log_sum[..., None, :]
    delta = machine.gamma(w.shape[-1] + 8) * (np.abs(of.x) @ np.swapaxes(np.abs(w), -1, -2))
    delta = delta + draws.log_error[..., None, :]
    delta += 2 * machine.u * (np.abs(dot) + half_norm + np.abs(log_mixture))
    average = _average(dot + log_mixture, delta, draws.value, of.span, machine)
    carried = _carried(dot + log_mixture, delta) @ draws.error
    return average.error + np.minimum(carried, np.max(draws.error, axis=-2, keepdims=True)), average.value


def _carried(exponent: Array, delta: Array) -> Array:
    """Upper bounds of computed weights, which carry the errors of what is averaged."""
    delta = np.minimum(delta, 50.0)
    p = np.exp(exponent - np.max(exponent, axis=-1, keepdims=True))
    return np.asarray(p * np.exp(delta) / np.sum(p * np.exp(-delta), axis=-1, keepdims=True))


def _ra(of: _Symbols, noise: MixtureNoise, machine: _Arithmetic) -> tuple[Array, Array]:
    mask = of.takes_part[..., None]
    mean = np.sum(of.y, axis=-2, keepdims=True) / np.sum(mask, axis=-2, keepdims=True)
    slack = machine.gamma(of.y.shape[-2]) * np.max(np.abs(of.y), axis=-2, keepdims=True)
    centred = of._replace(y=np.where(mask, of.y - mean, 0.0))
    normals = np.asarray(noise.normals, dtype=np.float64)
    component = np.asarray(noise.component)
    keys = np.broadcast_to(centred.y, (*component.shape[:-2], *of.y.shape[-2:]))
    drawn = np.take_along_axis(keys, component.reshape(*component.shape[:-2], -1, 1), axis=-2).reshape(normals.shape)
    x = of.x[..., None, :]
    w, size = x + drawn + normals, np.abs(x) + np.abs(drawn) + np.abs(normals) + slack[..., None, :]
    n_queries, n_samples, dim = normals.shape[-3:]
    flat = (*component.shape[:-2], n_queries * n_samples, dim)
    draws = _keys_at(w.reshape(flat), size.reshape(flat), centred, machine, n_samples + 2)
    shape = (*component.shape, of.v.shape[-1])
    return draws.error.reshape(shape).mean(axis=-2), draws.value.reshape(shape).mean(axis=-2)


def _index(of: _Symbols, noise: IndexNoise, machine: _Arithmetic) -> tuple[Array, Array]:
    component = np.asarray(noise.component)
    values = np.broadcast_to(of.v, (*component.shape[:-2], *of.v.shape[-2:]))
    drawn = np.take_along_axis(values, component.reshape(*component.shape[:-2], -1, 1), axis=-2)
    drawn = drawn.reshape(*component.shape, of.v.shape[-1])
    return machine.gamma(component.shape[-1] + 2) * np.mean(np.abs(drawn), axis=-2), np.mean(drawn, axis=-2)


def _mean_value(of: _Symbols, noise: Any, machine: _Arithmetic) -> tuple[Array, Array]:  # noqa: ARG001
    n_keys = np.sum(of.takes_part, axis=-1)[..., None, None]
    size = np.sum(np.abs(of.v), axis=-2, keepdims=True) / n_keys
    return machine.gamma(of.v.shape[-2] + 3) * size, np.sum(of.v, axis=-2, keepdims=True) / n_keys
