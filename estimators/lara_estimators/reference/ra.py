"""Randomized attention: exact sampling from the query's own mixture."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import MixtureNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import log_visible
from lara_estimators.reference.component import draw_component
from lara_estimators.reference.layout import check_n_samples
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.mixture import checked_noise, mixture_mean
from lara_estimators.reference.scaling import scaled


@dataclass(frozen=True, slots=True)
class RA:
    r"""Randomized attention: the mean of f over draws from ``p_x``, the exact mixture of the query.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k`` and f of ``integrand``:

        value = (1/S) sum_s f(w_s),        w_s = x + y_{m_s} + z_s.

    Causal: pi and f of the n-th query are over the keys ``m <= n``, of which its m_s is one.

    Law of the noise: ``m_s ~ pi(x) = softmax(x . y)`` and ``z_s ~ N(0, I)``, independent, *per query*, so that
    ``w_s ~ p_x = sum_m pi_m N(x + y_m, I)``.

    Claim: E value = A(x), softmax attention, at every S; variance falls as 1/S; in the hull. Cost N M S.

    Proof: the density of (m, w) is ``pi_m N(w; x + y_m, I)``, proportional in m to ``exp(x . y_m - |w-x-y_m|^2 / 2)``,
    hence to ``exp(w . y_m - |y_m|^2 / 2)``: the posterior of m given w is the weight of v_m in f, f(w) = E[v_m | w].
    Then E f(w) = E v_m = sum_m pi_m v_m = A(x). It is Rao-Blackwellised index sampling: Var f <= Var v_m.

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3 (proposition 1). Keys are centred first, which changes
    neither pi nor f: a common shift c of keys moves w by c, and ``w . y_m - |y_m|^2/2`` by a number free of m.

    Shapes: noise ``component`` ``(*R, *B, N, S)`` and ``normals`` ``(*R, *B, N, S, d)``; ``value`` ``(*R, *B, N, e)``;
    ``log_weights`` = -log S ``(*R, *B, N, S)``.

    Parameters
    ----------
    n_samples
        S, the number of draws that a query averages.

    Raises
    ------
    ValueError
        If `n_samples` is not an int of at least 1, or noise has another shape than said above or indices that are
        no keys.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.ones((2, 3)), k=np.ones((4, 3)), v=np.array([[1.0], [2.0], [3.0], [6.0]]))
    >>> ra = RA(n_samples=5)
    >>> noise = ra.draw(problem, np.random.Generator(np.random.SFC64(1)))
    >>> ra(problem, noise).value.ravel().round(12).tolist()
    [3.0, 3.0]
    """

    n_samples: int = 1

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "ra"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.UNBIASED),
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.VARIANCE_RATE),
            Claim(ClaimName.NO_LEAK),
            Claim(
                ClaimName.SYMMETRY,
                "common shift of keys; permutations of queries with their noise, or of keys with the drawn index, "
                "unless causal; affine maps of values",
            ),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.GRADIENT, "on fixed noise; not the gradient of the mean, as the component depends on q, k"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        """Draw component and normals, one set a query, replicate and batch item."""
        x, y, _, log_mask, _ = scaled(problem, centred=True)
        pi, _ = softmax(x @ np.swapaxes(y, -1, -2) + log_visible(problem, log_mask))
        shape = (*problem.batch_shape, problem.n_queries, problem.n_keys)
        component = draw_component(np.broadcast_to(pi, shape), self.n_samples, rng, replicates)
        return MixtureNoise(component, rng.standard_normal((*component.shape, problem.dim)))

    def __call__(self, problem: Problem, noise: MixtureNoise) -> Estimate:
        """Return the estimate for every query."""
        x, y, v, log_mask, _ = scaled(problem, centred=True)
        noise, replicates = checked_noise(problem, noise, (self.n_samples,))
        return Estimate(
            value=mixture_mean(x, y, v, log_mask, noise, replicates, causal=problem.causal),
            log_weights=np.broadcast_to(-np.log(self.n_samples), noise.component.shape),
        )
