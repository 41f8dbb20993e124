"""The mean of the values: the yardstick that carries no information about queries or keys."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import NoNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import refuse_causal
from lara_estimators.reference.scaling import scaled, unmasked_mean


@dataclass(frozen=True, slots=True)
class MeanValue:
    r"""Mean of the unmasked values, for every query.

    Definition:

        value = (1/M) sum_m v_m        (over the keys that take part).

    Claim: it lies in the hull of the values, and equals softmax attention in the limit keys -> 0. It is neither
    unbiased nor consistent: an estimator that is not better than this has learned nothing from q and k.

    Proof: the weights 1/M are positive and sum to one: a convex combination. At keys 0 all logits are equal,
    so that pi_m = 1/M and A = value. It is deterministic: its mean at any number of samples is itself.

    Source: a yardstick of our own.

    Shapes: ``value`` is ``(*R, *B, N, e)``; there are no weights and no normaliser.

    Raises
    ------
    ValueError
        If the problem is causal.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.ones((1, 2)), k=np.eye(2), v=np.array([[0.0], [3.0]]))
    >>> MeanValue()(problem, NoNoise()).value.item()
    1.5
    """

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "mean_value"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.MEAN_AT_N_SAMPLES),
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "any change of queries or keys; permutation of values; affine maps of values"),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.LINEAR_COST),
            Claim(ClaimName.GRADIENT),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> NoNoise:
        """Draw nothing; remember how many replicates were asked for."""
        self._refuse_causal(problem)
        return NoNoise(tuple(replicates))

    def __call__(self, problem: Problem, noise: NoNoise) -> Estimate:
        """Return the mean value, once a query."""
        self._refuse_causal(problem)
        _, _, v, log_mask, _ = scaled(problem)
        value = unmasked_mean(v, log_mask)
        shape = (*noise.replicates, *problem.batch_shape, problem.n_queries, problem.value_dim)
        return Estimate(value=np.broadcast_to(value, shape))

    def _refuse_causal(self, problem: Problem) -> None:
        refuse_causal(problem, self.name, "one mean over all values serves every query")
