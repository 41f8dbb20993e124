"""Importance sampling with the known normaliser: unbiased, and no use but as a yardstick."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.attend import draws_to_keys
from lara_estimators.torch.tensors import check_n_samples, check_shape, inputs, on_device_of


@dataclass(frozen=True, slots=True)
class Importance:
    r"""Importance sampling of ``E_{p_x} f`` from N(0, I), weighted by the exact density ratio.

    Definition: ``value = (1/S) sum_s r(w_s) f(w_s)``, ``r(w) = exp(w . x - |x|^2 / 2 + ell(w)) / Z(x)``, the density
    ratio ``p_x(w) / N(w; 0, I)``.

    Law of the noise: ``w_1 .. w_S ~ N(0, I)`` i.i.d., one set for all queries.

    Claim: E value = A(x) at every S; variance falls as 1/S. The weights do not sum to one: the value leaves the hull.

    Proof: ``E_{N(0,I)} r(w) f(w) = E_{p_x} f``, the definition of a density ratio, finite as f is bounded; and
    ``E_{p_x} f = A(x)``, as f(w) is the posterior mean of the value (see ``RA``). The terms are i.i.d. and of finite
    variance, ``E r^2 = sum pi_m pi_l exp((x + y_m) . (x + y_l))``.

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3; Owen, Monte Carlo, ch. 9.

    Shapes: noise ``normals`` ``(*R, *B, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` = log Z, exact,
    ``(*R, *B, N)``; ``log_weights`` = log r - log S ``(*R, *B, N, S)``.

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
    >>> problem = Problem(torch.zeros(1, 3), torch.zeros(2, 3), torch.tensor([[1.0], [3.0]]))
    >>> importance = Importance(n_samples=5)
    >>> noise = importance.draw(problem, torch.Generator().manual_seed(1))
    >>> round(importance(problem, noise).value.item(), 5)
    2.0
    """

    n_samples: int = 1

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "importance"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.UNBIASED),
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.VARIANCE_RATE),
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "permutations of keys or queries; linear maps of values"),
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
        read = inputs(problem)
        normals = on_device_of(problem, noise.normals, read)
        replicates = check_shape("normals", normals, problem.batch_shape, (self.n_samples, problem.dim))
        w = normals * read.root_scale

        f, log_mixture = draws_to_keys(w, read)
        logits = (read.q * read.root_scale**2) @ read.k.transpose(-1, -2)
        if read.bias is not None:
            logits = logits + read.bias
        top = logits.detach().amax(-1, keepdim=True)
        log_z = top + (logits - top).exp().sum(-1, keepdim=True).log()
        offset = (read.q * read.q).sum(-1, keepdim=True).mul(0.5 * read.root_scale**2) + log_z
        log_weights = read.q @ w.transpose(-1, -2) + log_mixture - (offset + math.log(self.n_samples))
        value = log_weights.exp() @ f
        leading = (*replicates, *problem.batch_shape, problem.n_queries)
        return Estimate(value.to(read.dtype), log_z.squeeze(-1).expand(leading), log_weights)


def importance(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
) -> Tensor:
    """Importance sampling ``(*B, N, e)``; draws afresh, from torch's default generator if None is given."""
    problem = Problem(q, k, v, scale, key_mask)
    estimator = Importance(n_samples)
    value: Tensor = estimator(problem, estimator.draw(problem, generator)).value
    return value
