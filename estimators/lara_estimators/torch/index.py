"""Index sampling: the value of a drawn key."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import IndexNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.component import draw_component
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.tensors import check_n_samples, check_shape, inputs, on_device_of, rows_of


@dataclass(frozen=True, slots=True)
class Index:
    r"""Index sampling, the natural yardstick: ``value = (1/S) sum_s v_{m_s}``.

    Law of the noise: ``m_s ~ softmax(x . y)`` i.i.d., per query, over the keys up to the query when causal.

    Claim: E value = A(x) at every S; covariance ``(1/S) sum_m pi_m (v_m - A)(v_m - A)^T``; in the hull.

    Proof: E v_{m_s} = sum_m pi_m v_m = A(x), the definition of softmax attention; the draws are independent, so the
    covariance of their mean is that of one over S; a mean of values is a convex combination of them.

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
        If `n_samples` is not an int of at least 1, or noise has another shape than said above.

    Examples
    --------
    >>> problem = Problem(torch.ones(1, 3), torch.ones(2, 3), torch.tensor([[1.0], [5.0]]))
    >>> Index(n_samples=4)(problem, IndexNoise(torch.tensor([[0, 1, 1, 1]]))).value.item()
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
                "permutations of queries with their noise, or of keys with the drawn index, unless causal; affine "
                "maps of values",
            ),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> IndexNoise:
        """Draw the keys on the device of the problem, one set a query, replicate and batch item."""
        return IndexNoise(draw_component(problem, self.n_samples, generator, replicates))

    def __call__(self, problem: Problem, noise: IndexNoise) -> Estimate:
        """Return the estimate for every query."""
        read = inputs(problem)
        batch = problem.batch_shape
        component = on_device_of(problem, noise.component)
        check_shape("component", component, batch, (problem.n_queries, self.n_samples))
        value = rows_of(read.v, batch, component).mean(-2)
        return Estimate(
            value.to(read.dtype), log_weights=value.new_full((), -math.log(self.n_samples)).expand(component.shape)
        )


def index(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Mean of the values of drawn keys, ``(*B, N, e)``; torch's default generator if None is given."""
    return value_of(Index(n_samples), q, k, v, generator, scale, key_mask, causal)
