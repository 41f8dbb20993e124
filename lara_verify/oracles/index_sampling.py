"""The law of the drawn key: its probabilities, and the variance of the value that it carries.

Softmax attention is the mean of ``v_m`` under ``m ~ pi(x)``, ``pi_m(x) = exp(x.y_m) / Z(x)`` (estimators.md, section
1). The variance of sampling one value by its index, ``sum_m pi_m (v_m - A)**2``, bounds the variance of randomized
attention (which is its Rao-Blackwellisation) and is the yardstick by which samples are planned.

Errors: float64, relative to the range of the values; a logit rounded by ``delta`` moves ``pi`` by the factor
``exp(+-2 delta)``, ``delta <= (d + 3) 2**-53 |x||y|``. For proven balls see `exact_softmax`.
Domain: any problem; of a causal one, query n draws among the keys that it sees.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, ScaledItem, per_query, scaled_items


def softmax_rows(x: Array, y: Array) -> Array:
    """``pi``, ``(N, M)``, of scaled queries ``x`` ``(N, d)`` and keys ``y`` ``(M, d)``."""
    logits = x @ y.T
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def probabilities(problem: Problem) -> Array:
    """Probabilities ``pi`` with which each query draws each key.

    Returns
    -------
    ndarray
        ``(*B, N, M)``, rows sum to one; exactly 0 at masked keys.
    """
    pi = per_query(problem, problem.n_keys)
    for item in scaled_items(problem):
        pi[item.at][:, item.kept] = softmax_rows(item.x, item.y)
    return pi


def index_mean(problem: Problem) -> Array:
    """Softmax attention ``A = sum_m pi_m v_m`` in float64, ``(*B, N, e)``."""
    mean = per_query(problem, problem.value_dim)
    for item in scaled_items(problem):
        mean[item.at] = softmax_rows(item.x, item.y) @ item.v
    return mean


def index_variance(problem: Problem) -> Array:
    """Variance of one value drawn by its index, per output coordinate.

    Written as ``sum_m pi_m (v_m - A)**2``, centred before squaring: no cancellation where one key dominates or values
    share an offset, and a constant column gives exactly 0 up to the rounding of its mean, squared.

    Returns
    -------
    ndarray
        ``(*B, N, e)``, non-negative.
    """
    variance = per_query(problem, problem.value_dim)
    for item in scaled_items(problem):
        variance[item.at] = _centred_square(item)
    return variance


def _centred_square(item: ScaledItem) -> Array:
    pi = softmax_rows(item.x, item.y)
    centred = item.v - item.v.mean(axis=0)  # an offset common to all values goes before it can cancel
    deviation = centred - (pi @ centred)[:, None, :]
    return np.asarray(np.einsum("nm,nme->ne", pi, deviation**2))
