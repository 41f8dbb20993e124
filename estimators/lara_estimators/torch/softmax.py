"""Softmax attention, the target of every estimator."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import NoNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.tensors import inputs


@dataclass(frozen=True, slots=True)
class Softmax:
    """Softmax attention ``A(x) = sum_m softmax_m(x . y) v_m``: no noise, no error but rounding.

    Claim: it *is* the estimand, and lies in the hull of the values.

    Proof: the weights ``exp(x . y_m) / Z(x)`` are positive and sum to one, so A is a convex combination of the
    values; a constant is its own mean, so E A = A; a common shift c of keys multiplies every kernel by exp(x . c),
    which the normaliser takes out again.

    Source: Vaswani et al. 2017, arXiv:1706.03762, eq. 1.

    Shapes: ``value`` ``(*R, *B, N, e)`` and ``log_normaliser`` ``(*R, *B, N)``, expanded over replicates.

    Examples
    --------
    >>> problem = Problem(q=torch.zeros(1, 2), k=torch.ones(3, 2), v=torch.tensor([[0.0], [1.0], [5.0]]))
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
            Claim(ClaimName.SYMMETRY, "common shift of keys; permutations of keys or queries; affine maps of values"),
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
        return NoNoise(tuple(replicates))

    def __call__(self, problem: Problem, noise: NoNoise) -> Estimate:
        """Return A(x) for every query."""
        read = inputs(problem)
        logits = (read.q * read.root_scale**2) @ read.k.transpose(-1, -2)
        if read.bias is not None:
            logits = logits + read.bias
        top = logits.detach().amax(-1, keepdim=True)
        kernel = logits.sub_(top).exp_()
        total = kernel.sum(-1, keepdim=True)
        value = (kernel @ read.v) / total
        log_normaliser = (top + total.log()).squeeze(-1)
        leading = (*noise.replicates, *problem.batch_shape, problem.n_queries)
        return Estimate(
            value=value.to(read.dtype).expand(*leading, problem.value_dim),
            log_normaliser=log_normaliser.expand(leading),
        )


def softmax(q: Tensor, k: Tensor, v: Tensor, *, scale: float | None = None, key_mask: Tensor | None = None) -> Tensor:
    """Softmax attention ``(*B, N, e)`` of queries ``(*B, N, d)``, keys ``(*B, M, d)``, values ``(*B, M, e)``."""
    value: Tensor = Softmax()(Problem(q, k, v, scale, key_mask), NoNoise()).value
    return value
