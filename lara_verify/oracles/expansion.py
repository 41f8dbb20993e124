"""Bias to third order in 1/S: what is left of S bias - b1 where first-order theory is judged.

With N the centred numerator and ``E = D - 1`` the centred normaliser of one draw, ``n`` and ``e`` their means over S
independent draws, ``ratio - A = n / (1 + e) = n - n e + n e^2 - ..``. Moments of means are sums over partitions of
the factors into blocks of two or more that share a draw; S of ``k`` blocks can be chosen in ``S (S-1) .. (S-k+1)``
ways. With ``c_k = E[N E^k]`` and ``m_k = E[E^k]``,

    E n e   = S^-1 c_1                       E n e^3 = 3 S^-2 c_1 m_2 + S^-3 (c_3 - 3 c_1 m_2)
    E n e^2 = S^-2 c_2                       E n e^4 = S^-3 (4 c_1 m_3 + 6 c_2 m_2) + O(S^-4)
                                             E n e^5 = 15 S^-3 c_1 m_2^2 + O(S^-4)

so that bias ``= b1 / S + b2 / S^2 + b3 / S^3 + O(S^-4)`` with ``b1 = -c_1``, ``b2 = c_2 - 3 c_1 m_2`` (`first_order`)
and

    b3 = -c_3 + 3 c_1 m_2 + 4 c_1 m_3 + 6 c_2 m_2 - 15 c_1 m_2^2.

Error: float64, about ``1e-15`` of the largest fourth moment. Domain: samplings whose fourth moments are finite, ``N
M^4 <= 2^22``. For a trigonometric normaliser, which may be 0, this is the series and not the mean, which may not
exist.
"""

from typing import NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, OutsideDomainError, per_query, scaled_items
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.sampling import Sampling

_MAX_TERMS = 2**22


class Expansion(NamedTuple):
    """``b1``, ``b2`` and ``b3``, ``(*B, N, e)`` each."""

    first: Array
    second: Array
    third: Array

    def scaled_bias(self, n_draws: int) -> Array:
        """``S bias`` to third order."""
        return np.asarray(self.first + self.second / n_draws + self.third / n_draws**2)


def bias_expansion(problem: Problem, sampling: Sampling) -> Expansion:
    """Coefficients of the bias in powers of 1/S, S the number of independent draws (pairs where antithetic).

    Raises
    ------
    OutsideDomainError
        If a moment up to the fourth is infinite or overflows, or there are too many keys.
    """
    answer = Expansion(*(per_query(problem, problem.value_dim) for _ in range(3)))
    for item in scaled_items(problem):
        if len(item.x) * len(item.y) ** 4 > _MAX_TERMS:
            raise OutsideDomainError(
                f"fourth moments of {len(item.y)} keys were asked; offered is N M^4 <= {_MAX_TERMS}"
            )
        pi = softmax_rows(item.x, item.y)
        centred = item.v - item.v.mean(axis=0)
        factors = pi[:, :, None] * (centred - (pi @ centred)[:, None, :])
        with np.errstate(over="ignore", invalid="ignore"):
            raw = {order: sampling.moment(item.x, item.y, order) for order in (2, 3, 4)}
            d = {order: _contracted(raw[order], pi, order)[:, None] for order in (2, 3)}  # E D^k
            n = {order - 1: _one_factor(raw[order], pi, factors, order) for order in (2, 3, 4)}  # E N D^k
            m2, m3 = d[2] - 1, d[3] - 3 * d[2] + 2
            c1, c2, c3 = n[1], n[2] - 2 * n[1], n[3] - 3 * n[2] + 3 * n[1]
            parts = (-c1, c2 - 3 * c1 * m2, -c3 + 3 * c1 * m2 + 4 * c1 * m3 + 6 * c2 * m2 - 15 * c1 * m2**2)
        for whole, part in zip(answer, parts, strict=True):
            whole[item.at] = part
    if not all(np.all(np.isfinite(part)) for part in answer):
        raise OutsideDomainError("a fourth moment overflows float64 on this problem (lower the temperature)")
    return answer


def _contracted(moments: Array, pi: Array, times: int) -> Array:
    """Sum the last `times` axes of keys against ``pi``."""
    for _ in range(times):
        moments = np.einsum("n...m,nm->n...", moments, pi)
    return moments


def _one_factor(moments: Array, pi: Array, factors: Array, order: int) -> Array:
    """``E[N D^(order - 1)]``, ``(N, e)``."""
    return np.asarray(np.einsum("nm,nme->ne", _contracted(moments, pi, order - 1), factors))
