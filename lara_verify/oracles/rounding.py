r"""How far rounding can move an estimate: derived bounds, no relative tolerance chosen by hand.

Let u be the unit roundoff of the arithmetic and ``gamma_n = n u / (1 - n u)`` (Higham, Accuracy and stability of
numerical algorithms, ch. 3), which holds for sums in any order.

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
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lara_estimators.noise import FeatureNoise, IndexNoise, MixtureNoise, ProposalNoise
from lara_estimators.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

_DTYPES = ("float64", "float32", "float16", "bfloat16")
_BLACK_BOX = 8.0
_WIDEST_NORMAL = 7.0
_WEIGHTINGS = ("balance", "uniform", "query", "query-clamped")


class _Arithmetic(NamedTuple):
    """Unit roundoff and smallest normal number; for half precision also what rounding the output adds."""

    u: float
    tiny: float
    u_output: float = 0.0
    smallest_output: float = 0.0
    largest_output: float = math.inf

    def gamma(self, n: int) -> float:
        """Relative error of n roundings in a row."""
        return n * self.u / (1 - n * self.u) if n * self.u < 1 else math.inf

    def output(self, value: Array, bound: Array) -> Array:
        """Widen a bound by the rounding of the output."""
        if not self.u_output:
            return np.asarray(bound + self.tiny)
        size = np.abs(value) + bound
        rounding = np.where(size > self.largest_output, np.inf, self.u_output * size)
        return np.asarray(bound + rounding + self.smallest_output)


def arithmetic(dtype: Any) -> _Arithmetic:
    """Arithmetic of a dtype, NumPy's, torch's or its name; half precision is computed in float32 inside."""
    name = str(dtype).removeprefix("torch.")
    if name not in _DTYPES:
        raise ValueError(f"dtype is {name}; expected one of {', '.join(_DTYPES)}")
    if name == "float64":
        return _Arithmetic(2.0**-53, 2.0**-1022)
    if name == "float16":
        return _Arithmetic(2.0**-24, 2.0**-126, 2.0**-11, 2.0**-25, 65504.0)
    return _Arithmetic(2.0**-24, 2.0**-126, 2.0**-8 if name == "bfloat16" else 0.0, 2.0**-126)


def rounding_bound(
    problem: Problem, estimator: str, noise: Any, dtype: Any, *, beta: float | None = None, floor: float = 1e-8
) -> Array:
    """Bound ``|computed - exact|`` of ``Estimate.value``, entry by entry.

    Parameters
    ----------
    problem
        The problem, its arrays representable in `dtype`.
    estimator
        ``softmax``, ``rfa``, ``importance``, ``ra``, ``index``, ``mean_value`` or ``lara[WEIGHTING]``.
    noise
        What the estimator was given; ``NoNoise`` where it draws nothing.
    dtype
        The dtype of the computation.
    beta, floor
        Of the weightings query and query-clamped.

    Returns
    -------
    Array that broadcasts to ``(*R, *B, N, e)``.
    """
    machine = arithmetic(dtype)
    name, _, weighting = estimator.removesuffix("]").partition("[")
    if name == "lara" and weighting in _WEIGHTINGS:
        bound, value = _lara(_symbols(problem), noise, machine, _Weighting(weighting, beta, floor))
    elif estimator in _BOUNDS:
        bound, value = _BOUNDS[estimator](_symbols(problem), noise, machine)
    else:
        known = ", ".join((*_BOUNDS, *(f"lara[{weighting}]" for weighting in _WEIGHTINGS)))
        raise ValueError(f"no rounding bound for {estimator!r}; expected one of {known}")
    return machine.output(value, bound)


def black_box_tolerance(problem: Problem, dtype: Any, n_samples: int = 1) -> Array:
    r"""Rounding that an implementation of any estimator here may show, whatever its order of operations.

    The bound above, worst over all draws with ``|w| <= max_m |x + y_m| + sqrt(d) + 7`` (for features: ``sqrt(d) + 7``),
    norms for dot products, keys not centred, weights that may be normalised in log space; gamma_n is ``sqrt(n) u`` for
    dot products (Higham & Mary 2019), ``(sqrt(n) + n/16) u`` for sums; all that times 8. Returns ``(*B, N, e)``.
    """
    machine = arithmetic(dtype)
    x, y, v, takes_part, span = _symbols(problem)
    gamma = math.sqrt(problem.dim + 8) * machine.u
    x_norm = np.linalg.norm(x, axis=-1)[..., None]
    y_norm = np.max(np.linalg.norm(y, axis=-1), axis=-1)[..., None, None]
    cross = 2 * x @ np.swapaxes(y, -1, -2)
    squares = np.sum(x * x, -1)[..., None] + cross + np.sum(y * y, -1)[..., None, :]
    means = np.sqrt(np.maximum(squares, 0.0)) * takes_part[..., None, :]
    feature = math.sqrt(problem.dim) + _WIDEST_NORMAL
    w_norm = np.max(means, axis=-1)[..., None] + feature

    def exponent(length: Any) -> Array:
        size = length * y_norm + 0.5 * y_norm**2
        return np.asarray(gamma * size + machine.u * (size + np.minimum(2 * size, -math.log(machine.u)) + 4))

    log_kernels = exponent(feature) + _typical_sum(problem.n_keys) * machine.u
    of_draws = log_kernels + (gamma + 2 * machine.u) * feature * x_norm + machine.u * (feature * y_norm + 4)
    moved = np.maximum(_swing(exponent(w_norm)), _swing(exponent(feature)) + _swing(of_draws))
    n_sums = 2 * problem.n_keys + 2 * n_samples + 12
    in_log_space = 2 * machine.u * (w_norm * y_norm + 0.5 * y_norm**2 + math.log(problem.n_keys))
    largest = np.max(np.abs(v), axis=-2, keepdims=True)
    tolerance = _BLACK_BOX * (span * moved + (_typical_sum(n_sums) * machine.u + in_log_space) * largest)
    tolerance = tolerance + machine.u_output * largest
    return np.broadcast_to(tolerance, (*problem.batch_shape, problem.n_queries, problem.value_dim))


def _typical_sum(n: int) -> float:
    """Roundings of a sum of n terms, which partly add up where terms are equal, in units of u."""
    return math.sqrt(n) + n / 16


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
    swing = span * _swing(np.max(delta, axis=-1, keepdims=True))
    moved = np.minimum(tilt * spread, swing)
    size = np.minimum(p @ np.abs(v) + swing, np.max(np.abs(v), axis=-2, keepdims=True))
    error = moved + machine.gamma(2 * n + 6 + n_more) * size + n * machine.tiny * span
    log_sum = (top + np.log(total))[..., 0]
    log_error = np.maximum(np.log(grow), -np.log(shrink))[..., 0] + machine.gamma(n + 2)
    log_error += machine.u * (np.abs(log_sum) + 4 * math.log(n) + 4)
    return _Average(value, error, log_sum, log_error)


def _keys_at(w: Array, size: Array, of: _Symbols, machine: _Arithmetic, n_more: int = 0, n_parts: int = 0) -> _Average:
    """Evaluate f and ell at draws `w` ``(.., L, d)``, whose parts add up to `size` in absolute value."""
    gamma = machine.gamma(w.shape[-1] + 8 + n_parts)
    half_norm = 0.5 * np.sum(of.y * of.y, axis=-1)[..., None, :]
    exponent = np.where(of.takes_part[..., None, :], w @ np.swapaxes(of.y, -1, -2) - half_norm, -np.inf)
    delta = gamma * (size @ np.swapaxes(np.abs(of.y), -1, -2) + half_norm)
    delta = delta + machine.u * np.abs(np.where(np.isfinite(exponent), exponent, 0.0))
    return _average(exponent, delta, of.v, of.span, machine, n_more)


def _attention(of: _Symbols, machine: _Arithmetic) -> _Average:
    exponent = np.where(of.takes_part[..., None, :], of.x @ np.swapaxes(of.y, -1, -2), -np.inf)
    delta = machine.gamma(of.x.shape[-1] + 8) * (np.abs(of.x) @ np.swapaxes(np.abs(of.y), -1, -2))
    return _average(exponent, delta, of.v, of.span, machine)


def _softmax(of: _Symbols, noise: Any, machine: _Arithmetic) -> tuple[Array, Array]:  # noqa: ARG001
    average = _attention(of, machine)
    return average.error, average.value


def _rfa(of: _Symbols, noise: FeatureNoise, machine: _Arithmetic) -> tuple[Array, Array]:
    w = np.asarray(noise.normals, dtype=np.float64)
    draws = _keys_at(w, np.abs(w), of, machine)
    dot, half_norm = of.x @ np.swapaxes(w, -1, -2), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    log_mixture = draws.log_sum[..., None, :]
    delta = machine.gamma(w.shape[-1] + 8) * (np.abs(of.x) @ np.swapaxes(np.abs(w), -1, -2))
    delta = delta + draws.log_error[..., None, :] + 2 * machine.u * (np.abs(dot) + half_norm + np.abs(log_mixture))
    average = _average(dot + log_mixture, delta, draws.value, of.span, machine)
    shifted = dot + log_mixture - np.max(dot + log_mixture, axis=-1, keepdims=True)
    p, delta = np.exp(shifted), np.minimum(delta, 50.0)
    larger = p * np.exp(delta) / np.sum(p * np.exp(-delta), axis=-1, keepdims=True)
    carried = np.minimum(larger @ draws.error, np.max(draws.error, axis=-2, keepdims=True))
    return average.error + carried, average.value


def _centred(of: _Symbols, machine: _Arithmetic) -> tuple[_Symbols, Array]:
    """Keys less their mean, and how far the mean may be off: that moves all keys alike, and only the size of terms."""
    mask = of.takes_part[..., None]
    mean = np.sum(of.y, axis=-2, keepdims=True) / np.sum(mask, axis=-2, keepdims=True)
    slack = machine.gamma(of.y.shape[-2]) * np.max(np.abs(of.y), axis=-2, keepdims=True)
    return of._replace(y=np.where(mask, of.y - mean, 0.0)), slack


def _drawn(rows: Array, component: Any) -> Array:
    rows = np.broadcast_to(rows, (*component.shape[:-2], *rows.shape[-2:]))
    flat = np.take_along_axis(rows, component.reshape(*component.shape[:-2], -1, 1), axis=-2)
    return flat.reshape(*component.shape, rows.shape[-1])


def _ra(of: _Symbols, noise: MixtureNoise, machine: _Arithmetic) -> tuple[Array, Array]:
    centred, slack = _centred(of, machine)
    normals = np.asarray(noise.normals, dtype=np.float64)
    component = np.asarray(noise.component)
    x, drawn = of.x[..., None, :], _drawn(centred.y, component)
    w, size = x + drawn + normals, np.abs(x) + np.abs(drawn) + np.abs(normals) + slack[..., None, :]
    flat = (*component.shape[:-2], -1, normals.shape[-1])
    draws = _keys_at(w.reshape(flat), size.reshape(flat), centred, machine, component.shape[-1] + 2)
    shape = (*component.shape, of.v.shape[-1])
    return draws.error.reshape(shape).mean(axis=-2), draws.value.reshape(shape).mean(axis=-2)


def _index(of: _Symbols, noise: IndexNoise, machine: _Arithmetic) -> tuple[Array, Array]:
    component = np.asarray(noise.component)
    drawn = _drawn(of.v, component)
    return machine.gamma(component.shape[-1] + 2) * np.mean(np.abs(drawn), axis=-2), np.mean(drawn, axis=-2)


def _mean_value(of: _Symbols, noise: Any, machine: _Arithmetic) -> tuple[Array, Array]:  # noqa: ARG001
    n_keys = np.sum(of.takes_part, axis=-1)[..., None, None]
    size = np.sum(np.abs(of.v), axis=-2, keepdims=True) / n_keys
    return machine.gamma(of.v.shape[-2] + 3) * size, np.sum(of.v, axis=-2, keepdims=True) / n_keys


def _importance(of: _Symbols, noise: FeatureNoise, machine: _Arithmetic) -> tuple[Array, Array]:
    w = np.asarray(noise.normals, dtype=np.float64)
    draws = _keys_at(w, np.abs(w), of, machine)
    gamma = machine.gamma(w.shape[-1] + 8)
    z = _attention(of, machine)
    dot, half_norm = of.x @ np.swapaxes(w, -1, -2), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    terms = (dot, -half_norm, draws.log_sum[..., None, :], -z.log_sum[..., None])
    delta = gamma * (np.abs(of.x) @ np.swapaxes(np.abs(w), -1, -2) + half_norm) + draws.log_error[..., None, :]
    delta = delta + z.log_error[..., None] + 4 * machine.u * (1 + sum(np.abs(term) for term in terms))
    ratio = np.exp(sum(terms)) / w.shape[-2]
    larger = ratio * np.exp(delta)
    error = (ratio * np.expm1(delta)) @ np.abs(draws.value) + larger @ draws.error
    return error + machine.gamma(w.shape[-2] + 8) * (larger @ np.abs(draws.value)), ratio @ draws.value


class _Weighting(NamedTuple):
    name: str
    beta: float | None
    floor: float

    def alpha(self, bh: Array, bh_error: Array, excess: Array, excess_error: Array, u: float) -> tuple[Array, Array]:
        """Return alpha and a bound on its error, from those of the balance heuristic and of t less its mean."""
        if self.name in ("balance", "uniform"):
            return (bh, bh_error) if self.name == "balance" else (np.ones_like(bh), np.zeros_like(bh))
        beta = self.beta if self.beta is not None else {"query": 1.0, "query-clamped": 2.0}[self.name]
        alpha = bh + beta * excess
        error = bh_error + abs(beta) * (excess_error + 2 * u * np.abs(excess)) + 2 * u * bh
        return (np.maximum(alpha, self.floor), error) if self.name == "query-clamped" else (alpha, error)


def _segment_means(rows: Any, keep: Any, n_segments: int) -> Array:
    starts = np.cumsum([0] + [len(part) for part in np.array_split(np.arange(rows.shape[-2]), n_segments)[:-1]])
    counts = np.add.reduceat(np.broadcast_to(keep[..., None], (*keep.shape, 1)).astype(np.float64), starts, axis=-2)
    return np.asarray(np.add.reduceat(rows * keep[..., None], starts, axis=-2) / np.maximum(counts, 1.0))


def _lara(of: _Symbols, noise: ProposalNoise, machine: _Arithmetic, weighting: _Weighting) -> tuple[Array, Array]:
    normals = np.asarray(noise.normals, dtype=np.float64)
    n_proposals, n_each, dim = normals.shape[-3:]
    of, slack = _centred(of, machine)
    every = np.ones(of.x.shape[-2])
    x_bar, x_size = (_segment_means(rows, every, n_proposals) for rows in (of.x, np.abs(of.x)))
    y_bar, y_size = (_segment_means(rows, of.takes_part, n_proposals) for rows in (of.y, np.abs(of.y)))
    kept = _segment_means(of.takes_part[..., None] * 1.0, of.takes_part, n_proposals)[..., 0] > 0
    mu, mu_size = x_bar + y_bar, x_size + y_size + slack
    longest = -(-max(of.x.shape[-2], of.y.shape[-2]) // n_proposals)
    gamma = machine.gamma(dim + longest + 12)
    flat = (*normals.shape[:-3], n_proposals * n_each, dim)
    w = (mu[..., None, :] + normals).reshape(flat)
    size = (mu_size[..., None, :] + np.abs(normals)).reshape(flat)
    draws = _keys_at(w, size, of, machine, n_parts=longest + 4)

    # densities of proposals, their sum, the balance heuristic
    half_norm, size_norm = (0.5 * np.sum(part * part, axis=-1)[..., None, :] for part in (mu, mu_size))
    density = w @ np.swapaxes(mu, -1, -2) - half_norm
    density_error = gamma * (size @ np.swapaxes(mu_size, -1, -2) + size_norm) + 2 * machine.u * np.abs(density)
    mask = kept[..., None, :]
    top = np.max(np.where(mask, density, -np.inf), axis=-1)
    log_sum = top + np.log(np.sum(np.where(mask, np.exp(np.minimum(density - top[..., None], 0.0)), 0.0), axis=-1))
    sum_error = np.max(np.where(mask, density_error, 0.0), axis=-1) + machine.gamma(n_proposals + 12)
    sum_error = sum_error + machine.u * (np.abs(log_sum) + np.max(np.abs(density), axis=-1) + 8)
    of_draw = np.repeat(np.arange(n_proposals), n_each)
    at = (..., np.arange(len(of_draw)), of_draw)
    own, own_error = density[at], density_error[at]
    bh = np.exp(np.minimum(own - log_sum, 0.0))[..., None, :]
    bh_delta = own_error + sum_error + machine.u * (np.abs(own) + np.abs(log_sum))
    bh_error = bh * np.expm1(np.minimum(bh_delta, 50.0))[..., None, :]

    # t, softmax over queries
    logit = x_bar @ np.swapaxes(of.x, -1, -2)
    t = np.exp(logit - np.max(logit, axis=-1, keepdims=True))
    t = np.swapaxes(t / np.sum(t, axis=-1, keepdims=True), -1, -2)
    spread = np.minimum(np.ptp(logit, axis=-1), 800.0)[..., None, :]
    t_delta = gamma * np.max(x_size @ np.swapaxes(np.abs(of.x), -1, -2), axis=-1)[..., None, :]
    t_delta = t_delta + machine.u * (spread + 4)
    t_error = t * (np.expm1(2 * t_delta) + machine.gamma(2 * of.x.shape[-2] + 6))
    n_kept = np.sum(kept, axis=-1)[..., None, None]
    mean, mean_error = (np.sum(np.where(mask, part, 0.0), axis=-1, keepdims=True) / n_kept for part in (t, t_error))
    excess_error = (t_error + mean_error + machine.gamma(n_proposals + 4) * (t + mean))[..., of_draw]
    excess = (t - mean)[..., of_draw]

    # weights and how far each may be off, relative to the largest
    dot, x_norm = of.x @ np.swapaxes(w, -1, -2), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    log_ratio = dot + (draws.log_sum - own)[..., None, :]
    delta = gamma * (np.abs(of.x) @ np.swapaxes(size, -1, -2))
    delta = delta + (draws.log_error + 2 * own_error + 2 * sum_error)[..., None, :]
    sizes = np.abs(draws.log_sum) + 2 * np.abs(own) + 2 * np.abs(log_sum)
    delta = np.minimum(delta + 4 * machine.u * (np.abs(dot) + x_norm + sizes[..., None, :] + 4), 50.0)
    alpha, alpha_error = weighting.alpha(bh, bh_error, excess, excess_error, machine.u)
    keep = kept[..., None, of_draw]
    error = np.where(keep, np.abs(alpha) * np.expm1(delta) + alpha_error * np.exp(delta), 0.0)
    alpha = np.where(keep, alpha, 0.0)
    highest = np.max(log_ratio + np.log(np.maximum(np.abs(alpha), 1e-300)), axis=-1, keepdims=True)
    ratio = np.exp(np.minimum(np.where(keep, log_ratio - highest, -np.inf), 700.0))
    omega, omega_error = ratio * alpha, ratio * error
    total = np.sum(omega, axis=-1, keepdims=True)
    left = np.abs(total) - np.sum(omega_error, axis=-1, keepdims=True)
    value = omega @ draws.value / total
    apart = np.abs(draws.value[..., None, :, :] - value[..., :, None, :])
    moved = np.sum(omega_error[..., None] * apart, axis=-2)
    larger = np.abs(omega) + omega_error
    sums = machine.gamma(2 * w.shape[-2] + 8)
    moved = moved + larger @ draws.error + sums * (larger @ np.abs(draws.value))
    bound = np.where(left > 0, moved / np.where(left > 0, left, 1.0), np.inf)
    if weighting.name != "query":
        bound = np.minimum(bound, of.span + sums * np.max(np.abs(of.v), axis=-2, keepdims=True))
    return bound, value


_BOUNDS: dict[str, Callable[[_Symbols, Any, _Arithmetic], tuple[Array, Array]]] = {
    "softmax": _softmax,
    "rfa": _rfa,
    "importance": _importance,
    "ra": _ra,
    "index": _index,
    "mean_value": _mean_value,
}
