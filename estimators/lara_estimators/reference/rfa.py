"""Random feature attention with positive features."""

import math
from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.layout import check_n_samples, columns, replicates_first, replicates_of
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.scaling import half_squared_norm, scaled


@dataclass(frozen=True, slots=True)
class RFA:
    r"""Random feature attention: self-normalised importance sampling from N(0, I), draws shared by all queries.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k`` and f, ell of ``integrand``:

        value = sum_s omega_s f(w_s),   omega_s proportional to exp(w_s . x - |x|^2 / 2 + ell(w_s)),   sum omega = 1.

    It is the ratio ``sum_s xi(x, w_s) sum_m xi(y_m, w_s) v_m / sum_s xi(x, w_s) sum_m xi(y_m, w_s)`` of positive
    features ``xi(u, w) = exp(w . u - |u|^2 / 2)``, written so that nothing overflows.

    Law of the noise: ``w_1 .. w_S ~ N(0, I)`` i.i.d., one set for all queries.

    Claim: the normaliser ``(1/S) sum_s exp(w_s . x - |x|^2/2 + ell(w_s))`` is an unbiased estimate of Z(x); the value
    is consistent, biased by O(1/S), and lies in the hull of the values. Cost (N + M) S.

    Proof: ``E exp(w . (x + y_m)) = exp(|x + y_m|^2 / 2)``, so E xi(x, w) xi(y_m, w) = exp(x . y_m): numerator and
    normaliser are unbiased for A Z and Z. Their ratio converges by the law of large numbers; a ratio of means is not
    a mean of ratios, whence the bias. All omega_s >= 0 sum to one over f in the hull: a convex combination.

    Source: Choromanski et al. 2021, arXiv:2009.14794, lemma 1; as importance sampling, Zheng, Wang, Kong 2022,
    arXiv:2204.04667, section 3.

    Shapes: noise ``normals`` ``(*R, *B, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``;
    ``log_weights`` = log omega ``(*R, *B, N, S)``.

    Parameters
    ----------
    n_samples
        S, the number of draws that a query averages.

    Raises
    ------
    ValueError
        If `n_samples` is not an int of at least 1, or noise has another shape than said above.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.ones((2, 3)), k=np.zeros((4, 3)), v=np.array([[1.0], [2.0], [3.0], [6.0]]))
    >>> rfa = RFA(n_samples=5)
    >>> noise = rfa.draw(problem, np.random.Generator(np.random.SFC64(1)))
    >>> rfa(problem, noise).value.ravel().round(12).tolist()
    [3.0, 3.0]
    """

    n_samples: int = 1

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "rfa"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.MEAN_AT_N_SAMPLES),
            Claim(ClaimName.BIAS_RATE, "n_samples much larger than chi2"),
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.MSE_AT_N_SAMPLES, "n_samples much larger than chi2"),
            Claim(ClaimName.KERNEL_UNBIASED),
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "permutations of keys or queries; affine maps of values"),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.LINEAR_COST),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> FeatureNoise:
        """Draw the features, one set a replicate and batch item."""
        shape = (*replicates, *problem.batch_shape, self.n_samples, problem.dim)
        return FeatureNoise(rng.standard_normal(shape))

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the estimate for every query."""
        x, y, v, log_mask, _ = scaled(problem)
        batch = problem.batch_shape
        n_batch = len(batch)
        normals = np.asarray(noise.normals, dtype=np.float64)
        replicates = replicates_of("normals", normals, batch, (self.n_samples, problem.dim))

        w = columns(normals, replicates, n_batch)
        f, log_mixture = integrand(w, y, v, log_mask)
        log_ratio = x @ w
        log_ratio -= half_squared_norm(x)[..., None]
        log_ratio += log_mixture[..., None, :]

        # the columns back to replicates and samples: (*B, R, N, S) weights, (*B, R, S, e) integrand
        n_columns = (math.prod(replicates), self.n_samples)
        log_ratio = np.swapaxes(log_ratio.reshape(*log_ratio.shape[:-1], *n_columns), -2, -3)
        f = np.moveaxis(f.reshape(*f.shape[:-1], *n_columns), -3, -1)

        omega, log_sum = softmax(log_ratio)
        value = omega @ f
        return Estimate(
            value=replicates_first(value, replicates, n_batch),
            log_normaliser=replicates_first(log_sum - np.log(self.n_samples), replicates, n_batch),
            log_weights=replicates_first(log_ratio - log_sum[..., None], replicates, n_batch),
        )
