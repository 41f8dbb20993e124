"""Numbers of few bits."""

import numpy as np

from lara_estimators.reference.scaling import Array


def rounded(numbers: Array, bits: float) -> Array:
    """Each number to the nearest of ``bits`` binary digits, its exponent free: 53 is float64, 11 half, 8 bfloat16."""
    mantissa, exponent = np.frexp(numbers)
    unit = 2.0**bits
    return np.asarray(np.ldexp(np.rint(mantissa * unit) / unit, exponent))
