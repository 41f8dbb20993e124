"""Laws of one bounded number, chosen to be hard on tests that lean on a sample variance."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Marginal(Protocol):
    """A law on ``[low, high]`` with known mean and variance."""

    @property
    def low(self) -> float:
        """Least value."""
        ...

    @property
    def high(self) -> float:
        """Largest value."""
        ...

    @property
    def mean(self) -> float:
        """Mean."""
        ...

    @property
    def variance(self) -> float:
        """Variance."""
        ...

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Independent draws."""
        ...


@dataclass(frozen=True, slots=True)
class Points:
    """Finitely many values: ``values[i]`` with probability ``weights[i]``; one value alone is a constant."""

    values: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    @property
    def mean(self) -> float:
        return sum(w * v for v, w in zip(self.values, self.weights, strict=True))

    @property
    def variance(self) -> float:
        return sum(w * (v - self.mean) ** 2 for v, w in zip(self.values, self.weights, strict=True))

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        reached = np.cumsum(self.weights)[:-1]
        return np.asarray(self.values)[np.searchsorted(reached, rng.random(shape), side="right")]


def bernoulli(p: float) -> Points:
    """1 with probability ``p``, else 0: for a small ``p``, rare and large."""
    return Points((0.0, 1.0), (1 - p, p))


@dataclass(frozen=True, slots=True)
class Beta:
    """The beta law; with both parameters below 1 nearly all of it lies at the ends of [0, 1]."""

    a: float
    b: float
    low: float = 0.0
    high: float = 1.0

    @property
    def mean(self) -> float:
        """``a / (a + b)``."""
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> float:
        """``m (1 - m) / (a + b + 1)`` for the mean ``m``."""
        return self.mean * (1 - self.mean) / (self.a + self.b + 1)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.beta(self.a, self.b, shape)
