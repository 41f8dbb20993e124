"""What theory says of a self-normalised estimator as S grows: chi^2, bias and covariance coefficients.

With ``u_m = v_m - A(x)`` and ``G`` from `sampling` (estimators.md, sections 3.1, 3.2; statistics.md, section 3):

- ``chi^2 = pi' G pi - 1``: relative variance of the normaliser per draw; for Gaussian proposals, chi^2(p_x ||
  proposal);
- bias = ``b1 / S + b2 / S^2 + O(S^-3)``, ``b1 = -sum_ml pi_m pi_l u_m G_ml``,
  ``b2 = T3 + 2 b1 + 3 b1 chi^2``, ``T3 = sum_mlk pi_m pi_l pi_k u_m E[r_m r_l r_k]``;
- covariance = ``(1/S) sum_ml pi_m pi_l u_m u_l' G_ml + O(S^-2)``.

``b2`` follows from ``ratio - A = n (1 - e + e^2 - e^3 ...)``, ``n`` and ``1 + e`` the means over draws of the
numerator (centred) and of the normaliser: ``E n e^2 = S^-2 E[N (D - 1)^2] = S^-2 (T3 + 2 b1)`` and ``-E n e^3 = S^-2
3 b1 chi^2 + O(S^-3)``.

Here S counts independent draws: pairs where antithetic, blocks where rows are coupled. Error: float64, about ``1e-15
(1 + |d_m.d_l|)`` relative to the largest term. Domain: sums that float64 can hold; `log1p_chi_squared` has none.
"""

from collections.abc import Callable

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, OutsideDomainError, ScaledItem, per_query, scaled_items
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.sampling import Sampling

_MAX_THIRD = 2**24


def log1p_chi_squared(problem: Problem, sampling: Sampling) -> Array:
    """``log(1 + chi^2)``, ``(*B, N)``: finite on any problem, and what tells the regime of an input."""
    answer = per_query(problem)
    for item in scaled_items(problem):
        with np.errstate(divide="ignore"):  # log 0 = -inf is right where a probability underflows
            log_pi = np.log(softmax_rows(item.x, item.y))
        terms = log_pi[:, :, None] + log_pi[:, None, :] + sampling.log_gram(item.x, item.y)
        top = terms.max(axis=(1, 2))
        answer[item.at] = top + np.log(np.exp(terms - top[:, None, None]).sum(axis=(1, 2)))
    return answer


def chi_squared(problem: Problem, sampling: Sampling) -> Array:
    """``chi^2 = pi' G pi - 1``, ``(*B, N)``; about ``chi^2 / S`` is the relative variance of the normaliser."""
    logarithm = log1p_chi_squared(problem, sampling)
    if logarithm.max() > 700:
        raise OutsideDomainError(
            f"log(1 + chi^2) is {logarithm.max():.0f}; float64 holds up to 700: use log1p_chi_squared"
        )
    return np.asarray(np.expm1(logarithm))


def first_order_bias(problem: Problem, sampling: Sampling) -> Array:
    """``b1``, ``(*B, N, e)``: the bias times S where ``S >> chi^2``."""

    def b1(item: ScaledItem) -> Array:
        pi, u, gram = _terms(item, sampling)
        return np.asarray(-np.einsum("nm,nl,nme,nml->ne", pi, pi, u, gram, optimize=True))

    return _for_each_item(problem, b1, problem.value_dim)


def first_order_covariance(problem: Problem, sampling: Sampling) -> Array:
    """``sum_ml pi_m pi_l u_m u_l' G_ml``, ``(*B, N, e, e)``: the covariance times S where ``S >> chi^2``."""

    def covariance(item: ScaledItem) -> Array:
        pi, u, gram = _terms(item, sampling)
        return np.asarray(np.einsum("nm,nl,nme,nlf,nml->nef", pi, pi, u, u, gram, optimize=True))

    return _for_each_item(problem, covariance, problem.value_dim, problem.value_dim)


def third_moment_bias(problem: Problem, sampling: Sampling) -> Array:
    """``T3 = E[N D^2]``, ``(*B, N, e)``, N the centred numerator and D the normaliser of one draw."""

    def t3(item: ScaledItem) -> Array:
        pi, u, _ = _terms(item, sampling)
        if len(item.x) * len(item.y) ** 3 > _MAX_THIRD:
            raise OutsideDomainError(
                f"third moments of {len(item.y)} keys were asked; offered is N M^3 <= {_MAX_THIRD}"
            )
        with np.errstate(over="ignore"):
            third = sampling.moment(item.x, item.y, 3)
        return np.asarray(np.einsum("nm,nl,nk,nme,nmlk->ne", pi, pi, pi, u, third, optimize=True))

    return _for_each_item(problem, t3, problem.value_dim)


def second_order_bias(problem: Problem, sampling: Sampling) -> Array:
    """``b2``, ``(*B, N, e)``: bias = ``b1 / S + b2 / S^2 + O(S^-3)``."""
    b1 = first_order_bias(problem, sampling)
    chi2 = chi_squared(problem, sampling)[..., None]
    return np.asarray(third_moment_bias(problem, sampling) + 2 * b1 + 3 * b1 * chi2)


def _terms(item: ScaledItem, sampling: Sampling) -> tuple[Array, Array, Array]:
    """``pi`` ``(N, M)``, ``u`` ``(N, M, e)``, ``G`` ``(N, M, M)``."""
    pi = softmax_rows(item.x, item.y)
    centred = item.v - item.v.mean(axis=0)
    u = centred - (pi @ centred)[:, None, :]
    with np.errstate(over="ignore"):
        return pi, u, np.exp(sampling.log_gram(item.x, item.y))


def _for_each_item(problem: Problem, quantity: Callable[[ScaledItem], Array], *trailing: int) -> Array:
    answer = per_query(problem, *trailing)
    for item in scaled_items(problem):
        with np.errstate(invalid="ignore"):
            answer[item.at] = quantity(item)
    if not np.all(np.isfinite(answer)):
        raise OutsideDomainError(
            "G overflows float64 on this problem; expected |x + y|^2 below 700 (lower the temperature)"
        )
    return answer
