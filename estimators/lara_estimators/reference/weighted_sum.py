"""Weighted sums of the integrand over draws, for every query and replicate."""

import numpy as np

from lara_estimators.reference.scaling import Array

_MANY_REPLICATES = 64


def weighted_sum(omega: Array, f: Array) -> Array:
    """``sum_s omega_s f(w_s)``: weights ``(*B, N, S, R)`` and integrand ``(*B, 1 or N, e, S, R)`` to ``(*B, N, e, R)``.

    Where replicates are many the sum runs along the last axis of memory, else it is one matrix product a replicate.
    """
    values: Array
    if f.shape[-4] > 1:
        values = np.einsum("...nsr,...nesr->...ner", omega, f)
    elif omega.shape[-1] >= _MANY_REPLICATES:
        values = np.einsum("...nsr,...esr->...ner", omega, f[..., 0, :, :, :])
    else:
        products = np.moveaxis(omega, -1, -3) @ np.moveaxis(f[..., 0, :, :, :], (-1, -3), (-3, -1))
        values = np.moveaxis(products, -3, -1)
    return values
