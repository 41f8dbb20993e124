"""What theory knows of rfa on one problem at one number of samples, and the bets that compare outputs with it."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lara_studies.sums import PowerSums
from lara_verify.checks.values import exact, output_name, output_shape, unmasked_values
from lara_verify.oracles.ratio import RatioOracle
from lara_verify.problems import make_problem
from lara_verify.stats.coordinates import CoordinateMixture

Array = NDArray[np.float64]

ROUNDING = 1e-12
"""Of float64 outputs, as a share of the largest value: thousands of units in the last place, far below any bias."""


@dataclass(frozen=True, slots=True, eq=False)
class KnownBias:
    """Exact bias and mean squared error of each output coordinate, ``(D,)``, by the Laplace oracle.

    Parameters
    ----------
    bias, mse
        Of ``output - A(x)``.
    slack
        Error of the oracle plus rounding of the output.
    low, high
        ``output - A(x)`` lies between them surely, up to ``slack``, because outputs lie in the hull of the values.
    shape
        ``(*B, N, e)``, of the output.
    """

    bias: Array
    mse: Array
    slack: Array
    low: Array
    high: Array
    shape: tuple[int, ...]

    @property
    def largest(self) -> int:
        """The coordinate with the largest bias."""
        return int(np.argmax(np.abs(self.bias)))

    def name(self, coordinate: int) -> str:
        """A coordinate as ``output[n, j]``."""
        return output_name(np.unravel_index(coordinate, self.shape))

    def holds(self, sums: PowerSums) -> bool:
        """Whether all that was summed lay within the sure bounds; NaN does not."""
        inside = (sums.low >= self.low - self.slack) & (sums.high <= self.high + self.slack)
        return bool(inside.all())

    def mixture(self, count: int, total: Array, squares: Array) -> CoordinateMixture:
        """Bets against ``E output = exact mean``, after ``count`` replicates with these sums of ``output - A(x)``."""
        mixture = CoordinateMixture(self.low - self.bias, self.high - self.bias, self.slack)
        mixture.count = count
        mixture.total = total - count * self.bias
        mixture.squares = squares - 2 * self.bias * total + count * self.bias**2
        return mixture

    def replicates_needed(self, tolerance: float, variance: Array, more_than: int, beta: float) -> int:
        """About how many replicates, were the mean exact, would show it to ``tolerance`` at ``beta``.

        Those with which the confidence sequence, its centre two standard errors off, lies within the tolerance.
        """
        count = more_than
        while True:
            count += count // 8 + 1
            sums = count * self.bias, count * (variance + self.bias**2)
            low, high = self.mixture(count, *sums).interval(beta)
            if (np.maximum(-low, high) + 2 * np.sqrt(variance / count)).max() <= tolerance:
                return count


@cache
def known_bias(problem_name: str, n_samples: int) -> KnownBias:
    """Ask the oracle; raises `OutsideDomainError` where it does not know."""
    problem = make_problem(problem_name)
    target, values = exact(problem)[0], unmasked_values(problem)
    moments = _oracle(problem_name).moments(n_samples)
    return KnownBias(
        bias=moments.bias.value.ravel(),
        mse=moments.mse.value.ravel(),
        slack=moments.bias.error.ravel() + ROUNDING * np.abs(values).max(),
        low=(values.min(axis=-2, keepdims=True) - target).ravel(),
        high=(values.max(axis=-2, keepdims=True) - target).ravel(),
        shape=output_shape(problem),
    )


@cache
def _oracle(problem_name: str) -> RatioOracle:
    return RatioOracle(make_problem(problem_name))
