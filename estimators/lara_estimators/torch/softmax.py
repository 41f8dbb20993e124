"""Softmax attention, the target of every estimator."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import NoNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.landmarks import centre_of
from lara_estimators.torch.tensors import items
from lara_estimators.torch.through_draws import shift_of
from lara_estimators.torch.to_draws import to_draws


@dataclass(frozen=True, slots=True)
class Softmax:
    """Softmax attention ``A(x) = sum_m softmax_m(x . y) v_m``: no noise, no error but rounding.

    Causal: for query n the sums run over the keys ``m <= n``. Done in blocks of queries: memory is linear in N and M.

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
            Claim(
                ClaimName.SYMMETRY,
                "common shift of keys; permutations of keys or queries, unless causal; affine maps of values",
            ),
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
        read = items(problem)
        k, v = read.k.to(read.compute), read.v.to(read.compute)
        # a common shift of keys cancels; when causal that of the first, as a mean would round by later keys
        centre = k[:, :1].detach() if problem.causal else centre_of(read)
        k, bias = k - centre, None
        if read.key_mask is not None:
            masked = ~read.key_mask.unsqueeze(-1)
            k, v = k.masked_fill(masked, 0), v.masked_fill(masked, 0)
            bias = torch.zeros_like(k[..., 0]).masked_fill(~read.key_mask, -torch.inf).unsqueeze(1)
        value, log_sum = to_draws(read.q, k, v, bias, read.scale, problem.causal)
        log_normaliser = log_sum + shift_of(read, centre)
        each = (*problem.batch_shape, problem.n_queries)
        return Estimate(
            value=value.reshape(*each, problem.value_dim).expand(*noise.replicates, *each, problem.value_dim),
            log_normaliser=log_normaliser.reshape(each).expand(*noise.replicates, *each),
        )


def softmax(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Softmax attention ``(*B, N, e)`` of queries ``(*B, N, d)``, keys ``(*B, M, d)``, values ``(*B, M, e)``."""
    return value_of(Softmax(), q, k, v, None, scale, key_mask, causal)
