"""Squared errors against exact softmax attention, and how large they can be."""

import numpy as np
from numpy.typing import NDArray

from lara_verify.checks.check import Setting
from lara_verify.checks.values import exact, rounding, unmasked_values, value_range
from lara_verify.oracles.index_sampling import index_variance

Array = NDArray[np.float64]


class SquaredError:
    """``|output_n - A_n|^2`` of each query, in coordinates divided by the range of their values.

    Coordinates of range 0 are left out: they are for `bounded` to judge. For outputs in the hull of the values it is largest
    at one of them, a distance being convex: ``most``, ``(*B, N)``. ``rounding`` bounds what rounding of the output does to
    it: ``|(a + e)^2 - a^2| <= 3 e`` for ``a`` and ``e`` of at most one range.
    """

    def __init__(self, setting: Setting) -> None:
        problem = setting.problem
        span = value_range(problem)
        self._weight = np.where(span > 0, 1 / np.where(span > 0, span, 1.0), 0.0)
        self._target, _ = exact(problem)
        values = unmasked_values(problem)[..., None, :, :]
        apart = (values - self._target[..., None, :]) * self._weight[..., None, :]
        self.most = (apart**2).sum(axis=-1).max(axis=-1)
        self.rounding = 3 * (rounding(setting) * self._weight).sum(axis=-1)
        self.of_index = (index_variance(problem) * self._weight**2).sum(axis=-1)
        """``(*B, N)``: its mean for one value drawn by index."""

    def of(self, value: Array) -> Array:
        """``(*R, *B, N)``."""
        return np.asarray((((value - self._target) * self._weight) ** 2).sum(axis=-1))

    def scaled(self, variance: Array) -> Array:
        """Variances ``(*B, N, e)`` to the expected squared error of each query, ``(*B, N)``."""
        return np.asarray((variance * self._weight**2).sum(axis=-1))
