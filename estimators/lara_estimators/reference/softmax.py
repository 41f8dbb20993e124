"""Softmax attention, the target of every estimator."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import NoNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import log_visible
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.scaling import scaled


@dataclass(frozen=True, slots=True)
class Softmax:
    r"""Softmax attention: no noise, no error but rounding.

    Definition, for ``x = sqrt(scale) q`` and ``y = sqrt(scale) k``:

        A(x) = sum_m exp(x . y_m) v_m / Z(x),        Z(x) = sum_m exp(x . y_m).

    Causal: for the n-th query both sums run over the keys ``m <= n``.

    Claim: it *is* the estimand, hence unbiased, and lies in the hull of the values.

    Proof: the weights ``pi_m = exp(x . y_m) / Z(x)`` are positive and sum to one, so A is a convex combination
    of the values; a constant is its own mean, so E A = A; a common shift c of the keys multiplies numerator and
    normaliser by ``exp(x . c)``, so A does not change.

    Source: Vaswani et al. 2017, arXiv:1706.03762, eq. 1; scale as in ``scaled_dot_product_attention``.

    Shapes: ``value`` is ``(*R, *B, N, e)``, ``log_normaliser`` = log Z is ``(*R, *B, N)``; replicates are equal.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.zeros((1, 2)), k=np.ones((3, 2)), v=np.array([[0.0], [1.0], [5.0]]))
    >>> Softmax()(problem, NoNoise()).value.item()
    2.0
    """

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "softmax"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.UNBIASED),
            Claim(ClaimName.NO_LEAK),
            Claim(
                ClaimName.SYMMETRY,
                "common shift of keys; permutations of keys or queries, unless causal; affine maps of values",
            ),
            Claim(ClaimName.GRADIENT),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> NoNoise:
        """Draw nothing; remember how many replicates were asked for."""
        return NoNoise(tuple(replicates))

    def __call__(self, problem: Problem, noise: NoNoise) -> Estimate:
        """Return A(x) for every query."""
        x, y, v, log_mask, _ = scaled(problem)
        logits = x @ np.swapaxes(y, -1, -2) + log_visible(problem, log_mask)
        pi, log_normaliser = softmax(logits)
        value = pi @ v
        leading = (*noise.replicates, *problem.batch_shape, problem.n_queries)
        return Estimate(
            value=np.broadcast_to(value, (*leading, problem.value_dim)),
            log_normaliser=np.broadcast_to(log_normaliser, leading),
        )
