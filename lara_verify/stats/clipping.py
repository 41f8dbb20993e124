"""What clipping an unbounded variable can hide of its mean, from its fourth moment."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FOURTH = 27 / 256
"""Largest value of ``(t - c) c^3 / t^4``, at ``t = 4 c / 3``."""


def clipping_error(fourth_moment: Array, clip: Array | float) -> Array:
    """Bound of ``|E X - E clip(X, -c, c)|``, which is at most ``E (|X| - c)+ <= (27/256) E X^4 / c^3``.

    ``(t - c)+ <= FOURTH t^4 / c^3`` for every ``t >= 0``: the ratio ``(t - c) / t^4`` is largest at ``t = 4 c / 3``.
    For a variable clipped above only, at ``m + c``, take the fourth moment about ``m``.
    """
    return np.asarray(FOURTH * fourth_moment / np.asarray(clip) ** 3)


def clip_for(fourth_moment: Array, error: Array | float) -> Array:
    """Smallest ``c`` at which `clipping_error` is at most ``error``, which is positive."""
    return np.asarray(np.cbrt(FOURTH * fourth_moment / error))


def fourth_moment_of_mean(second: Array, fourth: Array, n_draws: int) -> Array:
    """``E X^4`` of the mean of ``n_draws`` independent draws of mean 0, second and fourth moments as given.

    Of the ``n^4`` products of four draws those survive in which no draw stands alone: ``n`` fourth powers and
    ``3 n (n - 1)`` pairs of squares.
    """
    return np.asarray((fourth + 3 * (n_draws - 1) * second**2) / n_draws**3)
