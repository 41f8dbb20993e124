"""Fourth moments of what a random-feature estimate is made of: its normaliser and its centred numerator.

One draw ``w ~ N(mu, I)`` has, with ``r_m(w) = exp(w.delta_m - |delta_m|^2 / 2)`` in the coordinates about mu and
``delta_m = x + y_m - mu``, the normaliser ``D = sum_m pi_m r_m`` over its mean and the centred numerator ``N = sum_m
pi_m (v_m - A) r_m``. As ``E r_m r_l r_k .. = exp(sum of delta.delta over pairs)``,

    E (sum_m c_m r_m)^k = sum over multisets of k keys: multinomial * prod c * exp(pairs),

of which there are C(M + k - 1, k): exact sums.

Errors: float64; moments about the mean lose about ``1e-15`` of the largest raw moment. Domain: N(mu, I) alone (a
correlated proposal need not have a fourth moment), ``C(M + 3, 4) <= 2^17`` (40 keys), sums that float64 holds.
"""

from itertools import combinations_with_replacement
from math import comb, factorial
from typing import NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, OutsideDomainError, ScaledItem, per_query, scaled_items
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.sampling import GaussianProposal, Sampling

_MAX_MULTISETS = 2**17
_LARGEST_LOG = 300.0


class CentralMoments(NamedTuple):
    """Second and fourth moment of one draw about its mean."""

    second: Array
    fourth: Array


def normaliser_moments(problem: Problem, sampling: Sampling) -> CentralMoments:
    """Of ``D``, ``(*B, N)``: ``E (D - 1)^2 = chi^2`` and ``E (D - 1)^4``."""
    second, fourth = per_query(problem), per_query(problem)
    for item in scaled_items(problem):
        ones = np.ones((len(item.x), len(item.y), 1))
        raw = {k: _raw_moment(item, ones, k, sampling)[..., 0] for k in (4, 3, 2)}
        second[item.at] = raw[2] - 1
        fourth[item.at] = raw[4] - 4 * raw[3] + 6 * raw[2] - 3
    return CentralMoments(second, fourth)


def numerator_moments(problem: Problem, sampling: Sampling) -> CentralMoments:
    """Of ``N``, ``(*B, N, e)``, coordinate by coordinate; its mean is 0."""
    second, fourth = (per_query(problem, problem.value_dim) for _ in range(2))
    for item in scaled_items(problem):
        centred = item.v - item.v.mean(axis=0)
        u = centred - (softmax_rows(item.x, item.y) @ centred)[:, None, :]
        fourth[item.at] = np.maximum(_raw_moment(item, u, 4, sampling), 0.0)
        second[item.at] = np.maximum(_raw_moment(item, u, 2, sampling), 0.0)
    return CentralMoments(second, fourth)


def _raw_moment(item: ScaledItem, factors: Array, order: int, sampling: Sampling) -> Array:
    """``E (sum_m pi_m factors_m r_m)^order``, ``(N, e)``, for factors ``(N, M, e)``."""
    if not isinstance(sampling, GaussianProposal):
        raise OutsideDomainError(f"moments of order {order} are known for N(mu, I), not for {type(sampling).__name__}")
    n_keys = len(item.y)
    if comb(n_keys + order - 1, order) > _MAX_MULTISETS:
        raise OutsideDomainError(f"moments of order {order} of {n_keys} keys need more than {_MAX_MULTISETS} terms")
    counts, ways = _multisets(n_keys, order)
    products = sampling.log_gram(item.x, item.y)
    answer = np.zeros((len(item.x), factors.shape[-1]))
    for n, pi in enumerate(softmax_rows(item.x, item.y)):
        squares = ((counts @ products[n]) * counts).sum(axis=1)
        pairs = 0.5 * (squares - counts @ products[n].diagonal())
        if pairs.max() > _LARGEST_LOG:
            raise OutsideDomainError(f"a moment of order {order} is exp({pairs.max():.0f}); offered up to exp(300)")
        terms = ways * np.exp(pairs)
        for j in range(factors.shape[-1]):
            answer[n, j] = terms @ np.prod((pi * factors[n, :, j]) ** counts, axis=1)
    return answer


def _multisets(n_keys: int, order: int) -> tuple[Array, Array]:
    """How often each key occurs in each multiset, ``(T, M)``, and in how many orders it can be drawn, ``(T,)``."""
    chosen = np.array(list(combinations_with_replacement(range(n_keys), order)))
    counts = np.zeros((len(chosen), n_keys))
    np.add.at(counts, (np.arange(len(chosen))[:, None], chosen), 1)
    factorials = np.array([factorial(i) for i in range(order + 1)], dtype=np.float64)
    return counts, factorials[order] / factorials[counts.astype(int)].prod(axis=1)
