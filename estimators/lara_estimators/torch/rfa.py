"""Random feature attention with positive features, as two small attentions through the draws."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.tensors import check_n_samples, check_shape, inputs, items, on_device_of
from lara_estimators.torch.through_draws import log_kernel_offset, through_draws


@dataclass(frozen=True, slots=True)
class RFA:
    r"""Random feature attention: self-normalised importance sampling from N(0, I), draws shared by all queries.

    Definition: ``value = sum_s softmax_s(w_s . x + ell(w_s)) f(w_s)``. The draws attend to the keys (f is softmax
    attention of w over y with bias -|y|^2/2, ell its log-normaliser), then the queries attend to the draws with bias
    ell; -|x|^2/2 cancels in the weights. The root of the scale is folded into w: q and k are not copied.

    Law of the noise: ``w_1 .. w_S ~ N(0, I)`` i.i.d., one set for all queries.

    Claim: the normaliser is unbiased for Z(x); the value is consistent, biased by O(1/S), and in the hull of the
    values. Cost (N + M) S.

    Proof: ``E exp(w . (x + y_m)) = exp(|x + y_m|^2 / 2)``, so numerator and normaliser are unbiased for A Z and Z.
    Their ratio converges by the law of large numbers, but a ratio of means is not a mean of ratios. The weights are
    positive and sum to one over f in the hull: a convex combination.

    Source: Choromanski et al. 2021, arXiv:2009.14794, lemma 1; Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3.

    Shapes: noise ``normals`` ``(*R, *B, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``;
    ``log_weights`` ``(*R, *B, N, S)``.

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
    >>> problem = Problem(torch.ones(2, 3), torch.zeros(4, 3), torch.tensor([[1.0], [2.0], [3.0], [6.0]]))
    >>> rfa = RFA(n_samples=5)
    >>> noise = rfa.draw(problem, torch.Generator().manual_seed(1))
    >>> [round(value, 5) for value in rfa(problem, noise).value.ravel().tolist()]
    [3.0, 3.0]
    """

    n_samples: int = 1

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "rfa"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.MEAN_AT_N_SAMPLES),
            Claim(ClaimName.BIAS_RATE, "n_samples much larger than chi2"),
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.MSE_AT_N_SAMPLES, "n_samples much larger than chi2"),
            Claim(ClaimName.KERNEL_UNBIASED),
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "permutations of keys or queries; affine maps of values"),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.LINEAR_COST),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> FeatureNoise:
        """Draw the features on the device of the problem, one set a replicate and batch item."""
        read = inputs(problem)
        shape = (*replicates, *problem.batch_shape, self.n_samples, problem.dim)
        return FeatureNoise(torch.randn(shape, generator=generator, dtype=read.v.dtype, device=read.v.device))

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the estimate for every query."""
        read = items(problem)
        normals = on_device_of(problem, noise.normals).to(read.compute)
        replicates = check_shape("normals", normals, problem.batch_shape, (self.n_samples, problem.dim))
        w = normals.reshape(math.prod(replicates), read.q.shape[0], self.n_samples, problem.dim)
        value, log_sum = through_draws(read, w)
        leading = (*replicates, *problem.batch_shape)
        log_normaliser = log_sum + log_kernel_offset(read) - math.log(self.n_samples)
        return Estimate(value.reshape(*leading, *value.shape[2:]), log_normaliser.reshape(*leading, problem.n_queries))


def rfa(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
) -> Tensor:
    """Random feature attention ``(*B, N, e)``; draws afresh, from torch's default generator if None is given."""
    problem = Problem(q, k, v, scale, key_mask)
    estimator = RFA(n_samples)
    value: Tensor = estimator(problem, estimator.draw(problem, generator)).value
    return value
