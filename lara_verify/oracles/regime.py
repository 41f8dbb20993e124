r"""How hard an input is: second moments of importance weights in the log domain, for inputs of any size.

For a proposal ``N(mu, I)`` and ``z_m = x + y_m``, the entries of ``G`` (see `sampling`) factor as

    pi_m pi_l G_ml = exp(b_m + b_l) K_ml,   b_m = log pi_m + |z_m - mu|^2 / 2,   K_ml = exp(-|y_m - y_l|^2 / 2),

since ``d_m.d_l = |d_m|^2 / 2 + |d_l|^2 / 2 - |d_m - d_l|^2 / 2`` and ``d_m - d_l = y_m - y_l``. K has a unit diagonal
and does not depend on x or mu, so that one matrix product serves all queries and proposals, and nothing overflows:

- ``1 + chi^2 = sum exp(b_m + b_l) K_ml``, at least ``exp(2 max b)``;
- ``T = sum exp(b_m + b_l) K_ml u_m.u_l``, ``u_m = v_m - A(x)``: the trace of the first-order covariance times S.

**A mixture of proposals** (LARA with the balance heuristic draws from ``q = (1/C) sum_c q_c``, stratified). For
nonnegative ``a_c`` that sum to one, Cauchy-Schwarz gives ``1 / q = (sum a_c)^2 / q <= C sum a_c^2 / q_c``; integrating
``p^2`` (times ``|f - A|^2``) and choosing the best ``a``: the mixture's moment is at most the *harmonic mean* of its
parts'. Stratifying only lowers the variance. So `mixture` is an upper bound, and exact for C = 1.

Error: float64, some ``1e-13`` relative of the largest term; T is a difference of such terms.
"""

from typing import NamedTuple

import numpy as np

from lara_verify.oracles.answer import Array, ScaledItem


class SecondMoments(NamedTuple):
    """``log(1 + chi^2)`` and ``log T`` (minus infinity where T is 0), ``(N, C)`` for C proposals."""

    log_chi2: Array
    log_trace: Array


def second_moments(item: ScaledItem, mu: Array) -> SecondMoments:
    """Second moments at proposals ``N(mu_c, I)``, ``mu`` ``(C, d)`` in the scaled space, for every query of an item."""
    logits = item.x @ item.y.T
    log_pi = logits - _log_sum_exp(logits)[:, None]
    attention = np.exp(log_pi) @ (item.v - item.v.mean(axis=0))
    square = 0.5 * (item.y**2).sum(axis=1)
    kernel = np.exp(np.minimum(item.y @ item.y.T - square[:, None] - square, 0.0))
    v = item.v - item.v.mean(axis=0)
    with_values = kernel * (v @ v.T)
    log_chi2, log_trace = (np.empty((len(item.x), len(mu))) for _ in range(2))
    for c, mean in enumerate(mu):
        z = item.x[:, None, :] + (item.y - mean)
        b = log_pi + 0.5 * (z**2).sum(axis=-1)
        top = b.max(axis=1, keepdims=True)
        w = np.exp(b - top)
        spread = w @ kernel
        total = (spread * w).sum(axis=1)
        along = (spread * w * (attention @ v.T)).sum(axis=1)
        trace = ((w @ with_values) * w).sum(axis=1) - 2 * along + total * (attention**2).sum(axis=1)
        log_chi2[:, c] = 2 * top[:, 0] + np.log(total)
        with np.errstate(divide="ignore"):
            log_trace[:, c] = 2 * top[:, 0] + np.log(np.maximum(trace, 0.0))
    return SecondMoments(log_chi2, log_trace)


def mixture(log_moments: Array) -> Array:
    """Upper bound on the moment of an even mixture from its parts', all logarithms; ``(N, C)`` to ``(N,)``."""
    return np.asarray(np.log(log_moments.shape[1]) - _log_sum_exp(-log_moments))


def _log_sum_exp(a: Array) -> Array:
    top = a.max(axis=1)
    with np.errstate(invalid="ignore"):
        inside = np.log(np.exp(a - top[:, None]).sum(axis=1))
    return np.asarray(np.where(np.isfinite(top), top + inside, top))
