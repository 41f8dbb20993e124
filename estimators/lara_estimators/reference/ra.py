"""Randomized attention: exact sampling from the query's own mixture."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import MixtureNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.component import draw_component
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.layout import (
    batch_first,
    check_component,
    check_n_samples,
    columns,
    replicates_first,
    replicates_of,
)
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.rows import rows_of
from lara_estimators.reference.scaling import scaled


@dataclass(frozen=True, slots=True)
class RA:
    r"""Randomized attention: the mean of f over draws from ``p_x``, the exact mixture of the query.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k`` and f of ``integrand``:

        value = (1/S) sum_s f(w_s),        w_s = x + y_{m_s} + z_s.

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
                "common shift of keys; permutations of queries with their noise, or of keys with the drawn index; "
                "affine maps of values",
            ),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.GRADIENT, "on fixed noise; not the gradient of the mean, as the component depends on q, k"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        """Draw component and normals, one set a query, replicate and batch item."""
        x, y, _, log_mask, _ = scaled(problem, centred=True)
        pi, _ = softmax(x @ np.swapaxes(y, -1, -2) + log_mask[..., None, :])
        shape = (*problem.batch_shape, problem.n_queries, problem.n_keys)
        component = draw_component(np.broadcast_to(pi, shape), self.n_samples, rng, replicates)
        return MixtureNoise(component, rng.standard_normal((*component.shape, problem.dim)))

    def __call__(self, problem: Problem, noise: MixtureNoise) -> Estimate:
        """Return the estimate for every query."""
        x, y, v, log_mask, _ = scaled(problem, centred=True)
        batch, n_queries = problem.batch_shape, problem.n_queries
        n_batch = len(batch)
        component, normals = np.asarray(noise.component), np.asarray(noise.normals, dtype=np.float64)
        check_component(component, problem.n_keys)
        replicates = replicates_of("component", component, batch, (n_queries, self.n_samples))
        if normals.shape != (*component.shape, problem.dim):
            raise ValueError(f"noise.normals has shape {normals.shape}; expected {(*component.shape, problem.dim)}")

        w = rows_of(y, batch, batch_first(component, replicates, n_batch))
        w += x[..., None, :, None, :]
        w += batch_first(normals, replicates, n_batch)

        f, _ = integrand(columns(w, (), n_batch), y, v, log_mask)
        shape = (*batch, problem.value_dim, *w.shape[n_batch:-1])
        value = np.moveaxis(np.mean(f.reshape(shape), axis=-1), n_batch, -1)
        return Estimate(
            value=replicates_first(value, replicates, n_batch),
            log_weights=np.broadcast_to(-np.log(self.n_samples), component.shape),
        )
