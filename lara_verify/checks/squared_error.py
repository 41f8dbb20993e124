"""Squared errors against exact softmax attention, and how large they can be."""

import numpy as np
from numpy.typing import NDArray

from lara_verify.checks.check import Setting
from lara_verify.checks.values import exact, rounding, unmasked_values, value_range
from lara_verify.oracles.index_sampling import index_variance

Array = NDArray[np.float64]

OUTSIDE = "an output lies outside the hull of the values, where its error has no known bound; see `bounded`"
"""What is said where a squared error is larger than any in the hull."""


class SquaredError:
    """``|output_n - A_n|^2`` of each query, in coordinates divided by the range of their values.

    Coordinates of range 0 are left out: they are for `bounded` to judge. For outputs in the hull of the values it is
    largest at one of them, a distance being convex: ``most``, ``(*B, N)``.
    """

    def __init__(self, setting: Setting) -> None:
        problem = setting.problem
        span = value_range(problem)
        self._weight = np.where(span > 0, 1 / np.where(span > 0, span, 1.0), 0.0)
        self._target, _ = exact(problem)
        values = unmasked_values(problem)[..., None, :, :]
        apart = (values - self._target[..., None, :]) * self._weight[..., None, :]
        self.most = (apart**2).sum(axis=-1).max(axis=-1)
        self._rounding = np.sqrt(((rounding(setting) * self._weight) ** 2).sum(axis=-1))
        self.of_index = (index_variance(problem) * self._weight**2).sum(axis=-1)
        """``(*B, N)``: its mean for one value drawn by index."""

    def rounding_at(self, expected: Array) -> Array:
        """How far rounding of the output moves the mean of a squared error ``expected``, ``(*B, N)``.

        ``E |a + e|^2 - E |a|^2 <= 2 |e| E |a| + |e|^2`` and ``E |a| <= sqrt(E |a|^2)``.
        """
        return np.asarray(2 * np.sqrt(expected) * self._rounding + self._rounding**2)

    def outside(self, errors: Array) -> bool:
        """Whether one of the errors ``(R, *B, N)`` is larger than any of the hull."""
        return bool((errors > self.most + self.rounding_at(self.most)).any())

    def of(self, value: Array) -> Array:
        """``(*R, *B, N)``."""
        return np.asarray((((value - self._target) * self._weight) ** 2).sum(axis=-1))

    def scaled(self, variance: Array) -> Array:
        """Variances ``(*B, N, e)`` to the expected squared error of each query, ``(*B, N)``."""
        return np.asarray((variance * self._weight**2).sum(axis=-1))
