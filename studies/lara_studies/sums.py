"""Sums of powers: all that mean, mean square and their Monte Carlo errors need."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

POWERS = 4
"""The fourth is for the error of the mean square."""


@dataclass(frozen=True, slots=True, eq=False)
class PowerSums:
    """Sums of ``Y``, ``Y^2``, ``Y^3``, ``Y^4`` over replicates, and the extremes.

    Parameters
    ----------
    count
        Replicates.
    powers
        ``(4, D)``.
    low, high
        ``(D,)``: smallest and largest ``Y``; NaN once a NaN was seen.
    """

    count: int
    powers: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, block: Array) -> "PowerSums":
        """The sums of a block ``(R, D)`` of replicates, ``R >= 1``."""
        power, powers = np.ones_like(block), []
        for _ in range(POWERS):
            power = power * block
            powers.append(power.sum(axis=0))
        return cls(len(block), np.stack(powers), block.min(axis=0), block.max(axis=0))

    def merge(self, other: "PowerSums") -> "PowerSums":
        """The sums of both."""
        return PowerSums(
            self.count + other.count,
            self.powers + other.powers,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    @property
    def mean(self) -> Array:
        """``(D,)``."""
        return np.asarray(self.powers[0] / self.count)

    @property
    def mean_square(self) -> Array:
        """``(D,)``."""
        return np.asarray(self.powers[1] / self.count)

    @property
    def variance(self) -> Array:
        """``(D,)``: of ``Y``."""
        return np.asarray(np.maximum(self.mean_square - self.mean**2, 0.0))

    @property
    def mean_mcse(self) -> Array:
        """``(D,)``: Monte Carlo standard error of `mean`."""
        return np.asarray(np.sqrt(self.variance / self.count))

    @property
    def mean_square_mcse(self) -> Array:
        """``(D,)``: Monte Carlo standard error of `mean_square`."""
        variance = np.maximum(self.powers[3] / self.count - self.mean_square**2, 0.0)
        return np.asarray(np.sqrt(variance / self.count))
