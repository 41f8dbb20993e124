"""A number with its standard error in brackets: ``0.0123(4)`` is .0123 with an error of 4 in the last digit."""

import math


def bracketed(value: float, error: float) -> str:
    """Round ``value`` to the first digit of ``error``; all its digits where the error is zero or unknown.

    Examples
    --------
    >>> bracketed(0.012345, 0.00042)
    '0.0123(4)'
    >>> bracketed(-1234.5, 26.0)
    '-1230(30)'
    """
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return f"{value:.6g}"
    digit, exponent = (int(part) for part in f"{error:.0e}".split("e"))
    if exponent < 0:
        return f"{value:z.{-exponent}f}({digit})"
    return f"{round(value, -exponent):z.0f}({digit * 10**exponent})"
