"""Importance sampling with the known normaliser: unbiased, and no use but as a yardstick."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.attend import draws_to_keys, key_bias
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.pieces import asks_gradient, by_queries
from lara_estimators.torch.sampling import sampling_of
from lara_estimators.torch.scores import after, log_normaliser
from lara_estimators.torch.tensors import Inputs, check_n_samples, check_shape, inputs, on_device_of


@dataclass(frozen=True, slots=True)
class Importance:
    r"""Importance sampling of ``E_{p_x} f`` from N(0, I), weighted by the exact density ratio.

    Definition: ``value = (1/S) sum_s r(w_s) f(w_s)``, ``r(w) = exp(w . x - |x|^2 / 2 + ell(w)) / Z(x)``, the density
    ratio ``p_x(w) / N(w; 0, I)``.

    When causal, p_x, f, ell and Z of query n are those of the keys m <= n. Only ``N S`` numbers are held: the keys that
    a query sees are weighted a few queries at a time.

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
            Claim(ClaimName.SYMMETRY, "permutations of keys or queries, unless causal; linear maps of values"),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> FeatureNoise:
        """Draw the features on the device of the problem, one set a replicate and batch item."""
        read = inputs(problem)
        leading = (*replicates, *problem.batch_shape)
        law, dtype, device = sampling_of("iid"), read.v.dtype, read.v.device
        return FeatureNoise(law.draw(generator, leading, self.n_samples, problem.dim, dtype=dtype, device=device))

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the estimate for every query."""
        read = inputs(problem)
        normals = on_device_of(problem, noise.normals, read)
        replicates = check_shape("normals", normals, problem.batch_shape, (self.n_samples, problem.dim))
        w = normals * read.root_scale

        log_z = log_normaliser(problem, read)
        offset = (read.q * read.q).sum(-1, keepdim=True).mul(0.5 * read.root_scale**2) + log_z
        log_ratio = read.q @ w.transpose(-1, -2) - (offset + math.log(self.n_samples))
        if problem.causal:
            value, log_weights = _over_seen_keys(problem, read, w, log_ratio)
        else:
            f, log_mixture = draws_to_keys(w, read)
            log_weights = log_ratio + log_mixture
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
    causal: bool = False,
) -> Tensor:
    """Importance sampling ``(*B, N, e)``; draws afresh, from torch's default generator if None is given."""
    return value_of(Importance(n_samples), q, k, v, generator, scale, key_mask, causal)


def _over_seen_keys(problem: Problem, read: Inputs, w: Tensor, log_ratio: Tensor) -> tuple[Tensor, Tensor]:
    """Value and log-weights where f and ell are those of the keys up to the query."""
    logits = (w @ read.k.transpose(-1, -2) + key_bias(read)).unsqueeze(-3)

    def piece(rows: slice) -> tuple[Tensor, Tensor]:
        seen = logits.masked_fill(after(rows, problem.n_keys, w.device).unsqueeze(-2), -torch.inf)
        log_weights = log_ratio[..., rows, :] + torch.logsumexp(seen, dim=-1)
        weights = log_weights.exp().unsqueeze(-2) @ torch.softmax(seen, dim=-1)
        return weights.squeeze(-2) @ read.v, log_weights

    entries = math.prod(w.shape[:-1]) * problem.n_keys
    differentiable = asks_gradient(read.q, read.k, read.v, w)
    value, log_weights = by_queries(piece, problem.n_queries, entries, device=w.device, differentiable=differentiable)
    return value, log_weights
