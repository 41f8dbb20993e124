"""The integrand f(w) of randomized attention and the logarithm of its mixture, ell(w)."""

from typing import NamedTuple

import numpy as np

from lara_estimators.reference.scaling import Array, half_squared_norm


class Integrand(NamedTuple):
    """``f`` is ``(*B, e, L)`` and ``log_mixture`` is ``(*B, L)``, for ``L`` draws in columns."""

    f: Array
    log_mixture: Array


def integrand(w: Array, y: Array, v: Array, log_mask: Array) -> Integrand:
    r"""Evaluate f and ell at the draws `w`, one a column: ``(*B, d, L)``.

    With ``a_m(w) = w . y_m - |y_m|^2 / 2``,

        ell(w) = log sum_m exp a_m(w),        f(w) = sum_m exp(a_m(w)) v_m / exp ell(w).

    f is a convex combination of the values and does not depend on the query; it is the posterior mean of
    the value, ``E[v_m | w]``, under "draw m from softmax(x . y), then w from N(x + y_m, I)", for any x
    (Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3). Draws lie in columns because sums over keys then
    run along rows of memory.
    """
    a = y @ w
    a += (log_mask - half_squared_norm(y))[..., None]
    top = np.max(a, axis=-2, keepdims=True)
    a -= top
    np.exp(a, out=a)
    ones = np.ones((*v.shape[:-1], 1))  # a column of values that sums the weights in the same product
    sums = np.swapaxes(np.concatenate((v, ones), axis=-1), -1, -2) @ a
    f, total = sums[..., :-1, :], sums[..., -1:, :]
    f /= total
    return Integrand(f, (top + np.log(total))[..., 0, :])
