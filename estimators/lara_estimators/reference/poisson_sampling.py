"""Attention over keys that are included independently, each with its own probability."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenSizes
from lara_estimators.noise import InclusionNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import refuse_causal
from lara_estimators.reference.inclusion import inclusion_probabilities, sizes_of
from lara_estimators.reference.layout import check_n_samples, replicates_of
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.scaling import Array, scaled


@dataclass(frozen=True, slots=True)
class PoissonSampling:
    r"""Attention over a random set of keys, every key included on its own: the ratio of Hajek.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k`` and the set I of the keys included for the query:

        value = sum_{m in I} (exp(x . y_m) / rho_m) v_m / sum_{m in I} (exp(x . y_m) / rho_m),
        value = mean of the values of all keys that take part, if I is empty.

    Law of the noise: for query n, key m is in I with probability rho_nm, independently of all else,

        rho_nm = min(1, n_samples g_nm / sum_l g_nl)  over the keys that take part,

    with sizes g: ``uniform``, 1; ``collision``, the probability (1 - angle(x_n, y_m) / pi)^n_bits that all sign bits
    of x and y agree; or given.

    Claim: the normaliser ``sum_{m in I} exp(x . y_m) / rho_m`` is an unbiased estimate of Z(x) where all rho > 0; the
    value is consistent there, and lies in the hull of the values. ``n_samples`` is the mean number of included keys
    where no rho is cut to 1. Once all rho are 1 the value is softmax attention. Cost N M.

    Proof: ``E 1[m in I] / rho_m = 1``, so numerator and normaliser have means A Z and Z. As n_samples grows every rho
    > 0 reaches 1, at a finite n_samples: I is then all keys. The weights are positive and sum to one over values, and
    so do those of the mean: a convex combination.

    Source: Hajek 1964, Annals of Mathematical Statistics 35; sizes by collision, Chen et al. 2024, arXiv:2410.16179
    (MagicPIG), and its proof in ``inclusion``. Keys are centred for the logits: a common shift multiplies all kernels
    of a query by one number; sizes are of the keys as they are.

    Shapes: noise ``included`` ``(*R, *B, N, M)``, booleans; what it says of masked keys, or of those with rho = 0,
    does not count. ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``, minus infinity if I is empty;
    ``log_weights`` ``(*R, *B, N, M)``, normalised, of every value.

    Parameters
    ----------
    n_samples
        How many keys are included on average where no probability is cut to 1.
    size
        ``uniform``, ``collision``, or ``GivenSizes``.
    n_bits
        K, the number of sign bits of collision.

    Raises
    ------
    ValueError
        If a field is none of these, the problem is causal, given sizes do not fit it, or noise has another shape or
        dtype than said above.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.zeros((1, 2)), k=np.ones((3, 2)), v=np.array([[0.0], [1.0], [5.0]]))
    >>> poisson = PoissonSampling(n_samples=2)
    >>> poisson(problem, InclusionNoise(np.array([[False, True, True]]))).value.item()
    3.0
    >>> poisson(problem, InclusionNoise(np.array([[False, False, False]]))).value.item()
    2.0
    """

    n_samples: int = 1
    size: str | GivenSizes = "uniform"
    n_bits: int = 4

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        sizes_of(self.size, self.n_bits)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return f"poisson[{sizes_of(self.size, self.n_bits).name}]"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        angles = sizes_of(self.size, self.n_bits).reads_angles
        shift = "" if angles else "common shift of keys; "
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.CONSISTENT, "no key is opposite to a query" if angles else ""),
            Claim(ClaimName.NO_LEAK),
            Claim(
                ClaimName.SYMMETRY,
                f"{shift}permutations of queries, or of keys, with what is drawn and given; affine maps of values",
            ),
            Claim(
                ClaimName.GRADIENT,
                "on fixed noise" + (", no key parallel to a query, no probability just cut to 1" if angles else ""),
            ),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> InclusionNoise:
        """Draw which keys are included, for each query, replicate and batch item."""
        self._refuse_causal(problem)
        shape = (*replicates, *problem.batch_shape, problem.n_queries, problem.n_keys)
        return InclusionNoise(rng.random(shape) < self._rho(problem))

    def __call__(self, problem: Problem, noise: InclusionNoise) -> Estimate:
        """Return the estimate for every query."""
        self._refuse_causal(problem)
        x, y, v, log_mask, shift = scaled(problem, centred=True)
        included = np.asarray(noise.included)
        if included.dtype != np.bool_:
            raise ValueError(f"noise.included has dtype {included.dtype}; expected booleans")
        replicates_of("included", included, problem.batch_shape, (problem.n_queries, problem.n_keys))

        rho = self._rho(problem)
        included = included & (rho > 0)
        log_ratio = x @ np.swapaxes(y, -1, -2) - np.log(np.where(rho > 0, rho, 1.0))
        empty = ~np.any(included, axis=-1, keepdims=True)
        logits = np.where(empty, log_mask[..., None, :], np.where(included, log_ratio, -np.inf))
        weights, log_sum = softmax(logits)

        offset = (x @ np.swapaxes(shift, -1, -2))[..., 0]
        return Estimate(
            value=weights @ v,
            log_normaliser=np.where(empty[..., 0], -np.inf, log_sum + offset),
            log_weights=logits - log_sum[..., None],
        )

    def _rho(self, problem: Problem) -> Array:
        symbols = scaled(problem)
        g = sizes_of(self.size, self.n_bits).sizes(symbols, problem.batch_shape)
        return inclusion_probabilities(g, symbols.log_mask, self.n_samples)

    def _refuse_causal(self, problem: Problem) -> None:
        refuse_causal(problem, self.name, "sizes are shared out over all keys, those that a query does not see too")
