"""Importance sampling with the known normaliser: unbiased, and no use but as a yardstick."""

import math
from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import causal_integrand, log_visible
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.layout import check_n_samples, columns, replicates_first, replicates_of
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.scaling import half_squared_norm, scaled


@dataclass(frozen=True, slots=True)
class Importance:
    r"""Importance sampling of ``E_{p_x} f`` from N(0, I), weighted by the exact density ratio.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k`` and f, ell of ``integrand``:

        value = (1/S) sum_s r(w_s) f(w_s),    r(w) = p_x(w) / N(w; 0, I) = exp(w . x - |x|^2 / 2 + ell(w)) / Z(x).

    Causal: f, ell and Z of the n-th query are over the keys ``m <= n``.

    Law of the noise: ``w_1 .. w_S ~ N(0, I)`` i.i.d., one set for all queries.

    Claim: E value = A(x) at every S; variance falls as 1/S. The weights do not sum to one: the value leaves the hull.
    Cost N M, as Z(x) must be known.

    Proof: ``E_{N(0,I)} r(w) f(w) = E_{p_x} f``, the definition of a density ratio, finite as f is bounded; and
    ``E_{p_x} f = A(x)``, as f(w) is the posterior mean of the value (see ``RA``). The terms are i.i.d. and of finite
    variance, ``E r^2 = sum pi_m pi_l exp((x + y_m) . (x + y_l))``.

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3; Owen, Monte Carlo, ch. 9.

    Shapes: noise ``normals`` ``(*R, *B, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` = log Z, exact,
    ``(*R, *B, N)``; ``log_weights`` = log r - log S ``(*R, *B, N, S)``.

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
    >>> problem = Problem(q=np.zeros((1, 3)), k=np.zeros((2, 3)), v=np.array([[1.0], [3.0]]))
    >>> importance = Importance(n_samples=5)
    >>> noise = importance.draw(problem, np.random.Generator(np.random.SFC64(1)))
    >>> round(importance(problem, noise).value.item(), 12)
    2.0
    """

    n_samples: int = 1

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "importance"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.UNBIASED),
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.VARIANCE_RATE),
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "permutations of keys or queries, unless causal; linear maps of values"),
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
        n_batch = len(problem.batch_shape)
        normals = np.asarray(noise.normals, dtype=np.float64)
        replicates = replicates_of("normals", normals, problem.batch_shape, (self.n_samples, problem.dim))

        w = columns(normals, replicates, n_batch)
        if problem.causal:
            f, log_mixture = causal_integrand(w[..., None, :, :], y, v, log_mask)
        else:
            f, log_mixture = integrand(w, y, v, log_mask)
            log_mixture = log_mixture[..., None, :]
        _, log_z = softmax(x @ np.swapaxes(y, -1, -2) + log_visible(problem, log_mask))
        log_r = x @ w - half_squared_norm(x)[..., None] + log_mixture - log_z[..., None]

        # the columns back to replicates and samples: (*B, R, N, S) ratios
        n_columns = (math.prod(replicates), self.n_samples)
        log_r = np.swapaxes(log_r.reshape(*log_r.shape[:-1], *n_columns), -2, -3)
        r, f = np.exp(log_r), f.reshape(*f.shape[:-1], *n_columns)

        if problem.causal:
            value = np.einsum("...rns,...ners->...rne", r, f) / self.n_samples
        else:
            value = r @ np.moveaxis(f, -3, -1) / self.n_samples
        return Estimate(
            value=replicates_first(value, replicates, n_batch),
            log_normaliser=np.broadcast_to(log_z, (*replicates, *problem.batch_shape, problem.n_queries)),
            log_weights=replicates_first(log_r - math.log(self.n_samples), replicates, n_batch),
        )
