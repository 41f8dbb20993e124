"""The law that the statistics are there for: randomized attention less softmax, on a problem small enough to repeat."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lara_estimators import Problem
from lara_estimators.reference import RA
from lara_verify.levels.laws import Bounds
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.oracles.index_sampling import index_variance
from lara_verify.oracles.rounding import black_box_tolerance
from lara_verify.problems.family import PANEL_SEED, Family, from_scaled, with_norms
from lara_verify.stats.hull import HullSupport

Array = NDArray[np.float64]

TOLERANCE = 0.05


def _build(rng: np.random.Generator) -> Problem:
    """N = 2, M = 4, d = 3; norms differ as on the challenge problem; V = I, so that the output is the weights."""
    return from_scaled(with_norms(rng, 2, 3, 1.0, 3.0), with_norms(rng, 4, 3, 0.75, 2.25), np.eye(4))


SMALL = Family("levels", 900, "error rates of the statistics: cheap to draw by the million", _build)


@dataclass(frozen=True, slots=True)
class AttentionLaw:
    """``Y = RA(n_samples) - softmax``, flattened: mean zero up to rounding, in the hull of the values.

    Parameters
    ----------
    n_samples
        Draws that a query averages.
    """

    n_samples: int = 1

    @property
    def name(self) -> str:
        """As in levels.json."""
        return f"ra S={self.n_samples}"

    def bounds(self) -> Bounds:
        """The hull of the values about softmax; slack is what `unbiased` allows for rounding, the oracle's included."""
        problem, mean, radius = _small()
        rounding = np.broadcast_to(black_box_tolerance(problem, "float64"), mean.shape)
        return Bounds(
            HullSupport(np.asarray(problem.v), mean),
            (rounding + radius).ravel(),
            np.full(mean.size, TOLERANCE),
            index_variance(problem).ravel() / self.n_samples,
        )

    def draw(self, rng: np.random.Generator, n_sequences: int, n_replicates: int) -> Array:
        """Independent sequences ``(n_sequences, n_replicates, N e)``."""
        problem, mean, _ = _small()
        algorithm = RA(self.n_samples)
        value = algorithm(problem, algorithm.draw(problem, rng, (n_sequences, n_replicates))).value
        return np.asarray(value - mean).reshape(n_sequences, n_replicates, -1)


@lru_cache(maxsize=1)
def _small() -> tuple[Problem, Array, Array]:
    problem = SMALL.make(PANEL_SEED)
    mean, radius = exact_softmax(problem)
    return problem, np.asarray(mean), np.asarray(radius)
