"""Index sampling: the value of a drawn key."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import IndexNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import log_visible
from lara_estimators.reference.component import draw_component
from lara_estimators.reference.layout import (
    batch_first,
    check_component,
    check_n_samples,
    replicates_first,
    replicates_of,
)
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.rows import rows_of
from lara_estimators.reference.scaling import scaled


@dataclass(frozen=True, slots=True)
class Index:
    r"""Index sampling, the natural yardstick: the mean of the values of S drawn keys.

    Definition:

        value = (1/S) sum_s v_{m_s}.

    Law of the noise: ``m_s ~ pi(x) = softmax(x . y)`` i.i.d., per query. Causal: pi of the n-th query is over the
    keys ``m <= n``.

    Claim: E value = A(x) at every S; covariance ``(1/S) sum_m pi_m (v_m - A)(v_m - A)^T``; in the hull.

    Proof: E v_{m_s} = sum_m pi_m v_m = A(x), the definition of softmax attention; the S draws are independent, so
    the covariance of their mean is that of one over S; a mean of values is a convex combination of them.

    Source: the baseline of Zheng, Wang, Kong 2022, arXiv:2204.04667: ``RA`` is its Rao-Blackwellisation.

    Shapes: noise ``component`` ``(*R, *B, N, S)``; ``value`` ``(*R, *B, N, e)``; ``log_weights`` = -log S
    ``(*R, *B, N, S)``.

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
    >>> problem = Problem(q=np.ones((1, 3)), k=np.ones((2, 3)), v=np.array([[1.0], [5.0]]))
    >>> Index(n_samples=4)(problem, IndexNoise(np.array([[0, 1, 1, 1]]))).value.item()
    4.0
    """

    n_samples: int = 1

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "index"

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
                "permutations of queries with their noise, or of keys with the drawn index, unless causal; "
                "affine maps of values",
            ),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> IndexNoise:
        """Draw the keys, one set a query, replicate and batch item."""
        x, y, _, log_mask, _ = scaled(problem, centred=True)
        pi, _ = softmax(x @ np.swapaxes(y, -1, -2) + log_visible(problem, log_mask))
        shape = (*problem.batch_shape, problem.n_queries, problem.n_keys)
        return IndexNoise(draw_component(np.broadcast_to(pi, shape), self.n_samples, rng, replicates))

    def __call__(self, problem: Problem, noise: IndexNoise) -> Estimate:
        """Return the estimate for every query."""
        v = scaled(problem).v
        batch = problem.batch_shape
        component = np.asarray(noise.component)
        check_component(component, problem.n_keys)
        replicates = replicates_of("component", component, batch, (problem.n_queries, self.n_samples))

        drawn = rows_of(v, batch, batch_first(component, replicates, len(batch)))
        value = np.mean(drawn, axis=-2)
        return Estimate(
            value=replicates_first(value, replicates, len(batch)),
            log_weights=np.broadcast_to(-np.log(self.n_samples), component.shape),
        )
