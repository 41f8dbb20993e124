"""Laws of a random vector whose mean is known: what the statistics are tried on."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lara_verify.levels.marginals import Marginal
from lara_verify.stats.hull import BoxSupport, Support

Array = NDArray[np.float64]


class Bounds(NamedTuple):
    """What a statistic is told of a law: where it lies, and for each coordinate slack, tolerance and variance."""

    support: Support
    slack: Array
    tolerance: Array
    variance: Array


class Law(Protocol):
    """A law of ``Y`` in ``R^D``; picklable."""

    @property
    def name(self) -> str:
        """As in levels.json."""
        ...

    def bounds(self) -> Bounds:
        """What a statistic may know beforehand."""
        ...

    def draw(self, rng: np.random.Generator, n_sequences: int, n_replicates: int) -> Array:
        """Independent sequences of independent replicates, ``(n_sequences, n_replicates, D)``."""
        ...


@dataclass(frozen=True, slots=True)
class Independent:
    """Independent coordinates ``Y_j = X_j - E X_j + bias_j``, every ``X_j`` of one marginal law.

    Parameters
    ----------
    name
        As in levels.json.
    marginal
        Law of ``X_j``.
    bias
        ``E Y_j``, one a coordinate.
    slack
        Half-width of the null that a statistic is given.
    tolerance
        What a certificate is asked to show.
    beyond
        How far ``Y`` may leave the bounds that a statistic is given: a bound is only sure up to ``slack``.
    """

    name: str
    marginal: Marginal
    bias: tuple[float, ...]
    slack: float = 0.0
    tolerance: float = 1.0
    beyond: float = 0.0

    def bounds(self) -> Bounds:
        """Bounds that the law touches, ``beyond`` aside."""
        law, bias = self.marginal, np.asarray(self.bias)
        low, high = law.low - law.mean + bias + self.beyond, law.high - law.mean + bias - self.beyond
        every = np.ones(len(bias))
        return Bounds(BoxSupport(low, high), self.slack * every, self.tolerance * every, law.variance * every)

    def draw(self, rng: np.random.Generator, n_sequences: int, n_replicates: int) -> Array:
        """Independent sequences ``(n_sequences, n_replicates, D)``."""
        values = self.marginal.draw(rng, (n_sequences, n_replicates, len(self.bias)))
        return np.asarray(values - self.marginal.mean + np.asarray(self.bias))
