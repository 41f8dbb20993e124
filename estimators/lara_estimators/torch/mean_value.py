"""The mean of the values: the yardstick that carries no information about queries or keys."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import NoNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.scores import refuse_causal
from lara_estimators.torch.tensors import inputs

REASON = "one mean of the values serves all queries"


@dataclass(frozen=True, slots=True)
class MeanValue:
    """Mean of the unmasked values, for every query: ``value = (1/M) sum_m v_m``.

    Claim: in the hull of the values; equals softmax attention in the limit keys -> 0; neither unbiased nor consistent.

    Proof: the weights 1/M are positive and sum to one: a convex combination. At keys 0 all logits are equal, so
    that softmax weights are 1/M too. It is deterministic: its mean at any number of samples is itself.

    Source: a yardstick of our own.

    Shapes: ``value`` ``(*R, *B, N, e)``, expanded over replicates and queries.

    Raises
    ------
    ValueError
        If the problem is causal: one mean of the values serves all queries.

    Examples
    --------
    >>> problem = Problem(q=torch.ones(1, 2), k=torch.eye(2), v=torch.tensor([[0.0], [3.0]]))
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

    def draw(
        self,
        problem: Problem,
        generator: torch.Generator | None = None,
        replicates: tuple[int, ...] = (),
    ) -> NoNoise:
        """Draw nothing; remember how many replicates were asked for."""
        refuse_causal(problem, self.name, REASON)
        return NoNoise(tuple(replicates))

    def __call__(self, problem: Problem, noise: NoNoise) -> Estimate:
        """Return the mean value, once a query."""
        refuse_causal(problem, self.name, REASON)
        read = inputs(problem)
        if problem.key_mask is None:
            value = read.v.mean(dim=-2, keepdim=True)
        else:
            weights = problem.key_mask.to(read.v.dtype).unsqueeze(-2)
            value = (weights @ read.v) / weights.sum(-1, keepdim=True)
        shape = (*noise.replicates, *problem.batch_shape, problem.n_queries, problem.value_dim)
        return Estimate(value=value.to(read.dtype).expand(shape))


def mean_value(
    q: Tensor, k: Tensor, v: Tensor, *, scale: float | None = None, key_mask: Tensor | None = None, causal: bool = False
) -> Tensor:
    """Mean of the unmasked values, ``(*B, N, e)``, whatever queries and keys are; refuses causal."""
    return value_of(MeanValue(), q, k, v, None, scale, key_mask, causal)
