"""Attention from drawn keys, to first order: the same theory as for features, in index space.

A drawn set of keys gives ``sum_m c_m e^{x.y_m} v_m / sum_m c_m e^{x.y_m}`` with random counts over their means, ``E
c_m = 1``: the normaliser over its mean is ``D = sum_m pi_m c_m`` and the centred numerator ``N = sum_m pi_m c_m
u_m``, ``u_m = v_m - A``. With ``K_ml = Cov(c_m, c_l)`` (estimators.md, section 2)

    Var D = pi' K pi,   bias = -sum_ml pi_m pi_l u_m K_ml,   covariance = sum_ml pi_m pi_l u_m u_l' K_ml

to first order. K is, for

- `independent_keys`, S draws from q: ``(diag(1/q) - 1) / S``; as ``sum pi u = 0`` the -1 matters to Var D alone,
  where it makes ``(1 + chi^2) - 1``, ``1 + chi^2 = sum pi^2 / q``;
- `poisson_keys`, inclusion with probabilities ``rho``: ``diag((1 - rho) / rho)``, which differs from query to query;
- `tail_keys`, S of the T tail keys without replacement, the exact ones always: ``(T/S - 1) / (1 - 1/T) (diag(1) -
  1/T)`` on the tail, 0 elsewhere.

The laws of drawing that estimators offer by name are here too, written anew: `value_norm_probabilities`,
`collision_sizes`, `inclusion_probabilities`.

Error: float64. Domain: not causal; probabilities positive where keys take part.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import (
    Array,
    OutsideDomainError,
    ScaledItem,
    float64,
    per_query,
    raw_items,
    refuse_causal,
    scaled_items,
)
from lara_verify.oracles.index_sampling import softmax_rows


class FirstOrder(NamedTuple):
    """Relative variance of the normaliser ``(*B, N)``, bias ``(*B, N, e)`` and covariance ``(*B, N, e, e)``."""

    normaliser_variance: Array
    bias: Array
    covariance: Array


def independent_keys(problem: Problem, probabilities: Array, n_samples: int) -> FirstOrder:
    """S independent keys from ``probabilities`` ``(*B, M)``, shared by all queries."""
    laws = normalised(problem, probabilities)

    def counts(item: ScaledItem) -> Array:
        q = laws[item.at][item.kept]
        return np.broadcast_to((np.diag(1 / q) - 1) / n_samples, (len(item.x), len(q), len(q)))

    return _first_order(problem, counts)


def poisson_keys(problem: Problem, inclusion: Array) -> FirstOrder:
    """Each key of each query included by itself with probability ``inclusion`` ``(*B, N, M)``."""

    def counts(item: ScaledItem) -> Array:
        rho = checked_inclusion(inclusion[item.at][:, item.kept])
        return np.asarray(((1 - rho) / rho)[:, :, None] * np.eye(rho.shape[1]))

    return _first_order(problem, counts)


def tail_keys(problem: Problem, exact: Array, n_samples: int) -> FirstOrder:
    """The keys of the mask ``exact`` ``(*B, M)`` always, and `n_samples` of the others without replacement."""

    def counts(item: ScaledItem) -> Array:
        tail = tail_of(problem, item, exact, n_samples)
        t = tail.sum()
        covariance = np.diag(tail.astype(np.float64)) - np.outer(tail, tail) / t
        factor = (t / n_samples - 1) / (1 - 1 / t) if t > n_samples else 0.0
        return np.broadcast_to(factor * covariance, (len(item.x), len(tail), len(tail)))

    return _first_order(problem, counts)


def uniform_probabilities(problem: Problem) -> Array:
    """Equal for all keys that take part, ``(*B, M)``."""
    return normalised(problem, np.ones((*problem.batch_shape, problem.n_keys)))


def value_norm_probabilities(problem: Problem) -> Array:
    """Proportional to ``|v_m|`` plus its mean over keys that take part; uniform where all values are 0."""
    sizes = np.zeros((*problem.batch_shape, problem.n_keys))
    for item in scaled_items(problem):
        norms = np.sqrt((item.v**2).sum(axis=1))
        mean = norms.mean()
        sizes[(*item.at, item.kept)] = norms + mean if mean > 0 else 1.0
    return normalised(problem, sizes)


def collision_sizes(problem: Problem, n_bits: int) -> Array:
    """``(1 - angle(q_n, k_m) / pi)^n_bits``, ``(*B, N, M)``: the chance that no hyperplane of n parts them.

    The angle with a zero vector counts as a right one.
    """
    sizes = per_query(problem, problem.n_keys)
    for item in raw_items(problem):
        lengths = np.sqrt((item.x**2).sum(axis=1))[:, None] * np.sqrt((item.y**2).sum(axis=1))
        cosine = np.divide(item.x @ item.y.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        sizes[item.at][:, item.kept] = (1 - np.arccos(np.clip(cosine, -1, 1)) / np.pi) ** n_bits
    return sizes


def inclusion_probabilities(problem: Problem, sizes: Array, n_samples: int) -> Array:
    """``min(1, S g_nm / sum_m g_nm)`` over keys that take part, 0 where masked, ``(*B, N, M)``."""
    rho = per_query(problem, problem.n_keys)
    sizes = np.broadcast_to(float64(sizes), rho.shape)
    for item in scaled_items(problem):
        g = sizes[item.at][:, item.kept]
        rho[item.at][:, item.kept] = np.minimum(1, n_samples * g / g.sum(axis=1, keepdims=True))
    return rho


def normalised(problem: Problem, probabilities: Array) -> Array:
    """Divide by the sum over keys that take part, 0 elsewhere, ``(*B, M)``."""
    refuse_causal(problem, "a law of keys shared by queries")
    q = np.broadcast_to(float64(probabilities), (*problem.batch_shape, problem.n_keys))
    answer = np.zeros_like(q)
    for item in scaled_items(problem):
        kept = q[item.at][item.kept]
        if not (np.all(np.isfinite(kept)) and kept.min() > 0):
            raise OutsideDomainError(
                f"a probability is {kept.min():.3g}; expected positive numbers where keys take part"
            )
        answer[(*item.at, item.kept)] = kept / kept.sum()
    return answer


def checked_inclusion(rho: Array) -> Array:
    """The same, refused unless all are in (0, 1]."""
    if not (rho.min() > 0 and rho.max() <= 1):
        raise OutsideDomainError(f"inclusion probabilities are in [{rho.min():.3g}, {rho.max():.3g}]; expected (0, 1]")
    return rho


def tail_of(problem: Problem, item: ScaledItem, exact: Array, n_samples: int) -> NDArray[np.bool_]:
    """Which of the item's keys are in the tail; refused unless it has `n_samples` of them."""
    mask = np.broadcast_to(np.asarray(exact, dtype=bool), (*problem.batch_shape, problem.n_keys))
    tail = ~mask[item.at][item.kept]
    if not 1 <= n_samples <= tail.sum():
        raise OutsideDomainError(f"n_samples is {n_samples} and the tail has {tail.sum()} keys; expected 1 to that")
    return np.asarray(tail)


def _first_order(problem: Problem, counts: Callable[[ScaledItem], Array]) -> FirstOrder:
    e = problem.value_dim
    answer = FirstOrder(per_query(problem), per_query(problem, e), per_query(problem, e, e))
    refuse_causal(problem, "a law of keys")
    for item in scaled_items(problem):
        pi = softmax_rows(item.x, item.y)
        centred = item.v - item.v.mean(axis=0)
        parts = pi[:, :, None] * (centred - (pi @ centred)[:, None, :])
        k = counts(item)
        answer.normaliser_variance[item.at] = np.einsum("nm,nml,nl->n", pi, k, pi)
        answer.bias[item.at] = -np.einsum("nme,nml,nl->ne", parts, k, pi)
        answer.covariance[item.at] = np.einsum("nme,nml,nlf->nef", parts, k, parts)
    return answer
