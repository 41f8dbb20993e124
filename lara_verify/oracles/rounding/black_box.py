"""What rounding a black box may show, whose order of operations is unknown."""

import math
from typing import Any

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.rounding.arithmetic import Array, arithmetic
from lara_verify.oracles.rounding.average import swing
from lara_verify.oracles.rounding.symbols import symbols

_BLACK_BOX = 8.0
_WIDEST_NORMAL = 7.0


def black_box_tolerance(problem: Problem, dtype: Any, n_samples: int = 1) -> Array:
    r"""Rounding that an implementation of any estimator here may show, whatever its order of operations.

    The bound above, worst over all draws with ``|w| <= max_m |x + y_m| + sqrt(d) + 7`` (for features: ``sqrt(d) + 7``),
    norms for dot products, keys not centred, weights that may be normalised in log space; gamma_n is ``sqrt(n) u`` for
    dot products (Higham & Mary 2019), ``(sqrt(n) + n/16) u`` for sums; all that times 8. Returns ``(*B, N, e)``.
    """
    machine = arithmetic(dtype)
    of = symbols(problem)
    x, y, v, takes_part, span = of.x, of.y, of.v, of.takes_part, of.span
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
    moved = np.maximum(swing(exponent(w_norm)), swing(exponent(feature)) + swing(of_draws))
    n_sums = 2 * problem.n_keys + 2 * n_samples + 12
    in_log_space = 2 * machine.u * (w_norm * y_norm + 0.5 * y_norm**2 + math.log(problem.n_keys))
    largest = np.max(np.abs(v), axis=-2, keepdims=True)
    tolerance = _BLACK_BOX * (span * moved + (_typical_sum(n_sums) * machine.u + in_log_space) * largest)
    tolerance = tolerance + machine.u_output * largest
    return np.broadcast_to(tolerance, (*problem.batch_shape, problem.n_queries, problem.value_dim))


def _typical_sum(n: int) -> float:
    """Roundings of a sum of n terms, which partly add up where terms are equal, in units of u."""
    return math.sqrt(n) + n / 16
