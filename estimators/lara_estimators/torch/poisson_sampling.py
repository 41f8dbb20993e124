"""Keys included independently, query by query."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenSizes
from lara_estimators.noise import InclusionNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.inclusion_sizes import sizes_of
from lara_estimators.torch.pieces import asks_gradient, by_queries, in_pieces
from lara_estimators.torch.scores import centred_inputs, refuse_causal, scores
from lara_estimators.torch.tensors import Inputs, check_n_samples, check_shape, on_device_of

REASON = "the sizes of all keys, those that a query does not see among them, share out the draws"


@dataclass(frozen=True, slots=True)
class PoissonSampling:
    r"""Softmax attention over keys that are included independently with known probabilities: the Hajek ratio.

    Definition: ``value = sum_{m included} r_m v_m / sum_{m included} r_m``, ``r_m = exp(x . y_m) / rho_m``; the mean of
    the values that take part if no key is included. ``rho_nm = min(1, S g_nm / sum_m g_nm)`` over the keys that take
    part, 0 for masked ones. Keys are centred in the logits, which changes nothing but rounding.

    Law of the noise: key m is included for query n with probability rho_nm, all independent. The sizes g are 1
    (uniform), the chance that query and key share a random-hyperplane hash, ``(1 - angle / pi)^n_bits`` (collision), or
    given.

    Claim: the normaliser is unbiased for Z(x); the value is consistent as S grows, exact where all rho are 1, and in
    the hull of the values. At most S keys are included on average. Cost N M.

    Proof: ``E 1[m included] / rho_m = 1``, so that ``E sum_{included} r_m g_m = sum_m exp(x . y_m) g_m``: with g = v
    and g = 1 these are A Z and Z. The weights are positive and sum to one, and a mean of values is in the hull.

    Source: Hajek 1971 for the ratio; Chen et al. 2024, arXiv:2410.16179 (MagicPIG) for collisions.

    Shapes: noise ``included`` and ``log_weights`` ``(*R, *B, N, M)``; ``value`` ``(*R, *B, N, e)``;
    ``log_normaliser`` ``(*R, *B, N)``, minus infinity where nothing is included.

    Parameters
    ----------
    n_samples
        S, the keys that a query includes on average, or fewer.
    size
        g: ``uniform``, ``collision``, or a ``GivenSizes``.
    n_bits
        Bits of the hash, for collision.

    Raises
    ------
    ValueError
        If a field is none of these, sizes do not fit the problem or are not positive, the problem is causal, or noise
        has another shape than said above.

    Examples
    --------
    >>> problem = Problem(torch.zeros(1, 3), torch.eye(2, 3), torch.tensor([[1.0], [5.0]]))
    >>> PoissonSampling(n_samples=1)(problem, InclusionNoise(torch.tensor([[False, True]]))).value.item()
    5.0
    """

    n_samples: int = 1
    size: str | GivenSizes = "uniform"
    n_bits: int = 4

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        check_n_samples(self.n_bits, "n_bits")
        sizes_of(self.size, self.n_bits)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return f"poisson[{sizes_of(self.size, self.n_bits).name}]"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        symmetry = "permutations of queries, or of keys, with what is drawn and given; affine maps of values"
        collision = self.size == "collision"
        edges = ", no key parallel to a query, no probability just cut to 1" if collision else ""
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.CONSISTENT, "no key is opposite to a query" if collision else ""),
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, symmetry if collision else "common shift of keys; " + symmetry),
            Claim(ClaimName.GRADIENT, "on fixed noise" + edges),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> InclusionNoise:
        """Draw what is included, on the device of the problem, for every query, replicate and batch item."""
        refuse_causal(problem, self.name, REASON)
        read = centred_inputs(problem)
        leading = (*replicates, *problem.batch_shape)

        def piece(rows: slice) -> tuple[Tensor]:
            rho = self._probabilities(problem, read, rows)
            shape = (*leading, rows.stop - rows.start, problem.n_keys)
            return (torch.rand(shape, generator=generator, dtype=rho.dtype, device=rho.device) < rho,)

        with torch.no_grad():
            entries = math.prod(leading) * problem.n_keys
            device = read.k.device
            return InclusionNoise(*by_queries(piece, problem.n_queries, entries, device=device, differentiable=False))

    def __call__(self, problem: Problem, noise: InclusionNoise) -> Estimate:
        """Return the estimate for every query."""
        refuse_causal(problem, self.name, REASON)
        read = centred_inputs(problem)
        batch = problem.batch_shape
        included = on_device_of(problem, noise.included)
        replicates = check_shape("included", included, batch, (problem.n_queries, problem.n_keys))
        included = included.reshape(math.prod(replicates), *batch, problem.n_queries, problem.n_keys)
        shift = (read.q @ read.mean.transpose(-1, -2)) * read.root_scale**2

        def piece(reps: slice, rows: slice) -> tuple[Tensor, Tensor, Tensor]:
            taken = included[reps, ..., rows, :]
            if problem.key_mask is not None:
                taken = taken & problem.key_mask.unsqueeze(-2)
            rho = self._probabilities(problem, read, rows)
            ratio = scores(problem, read, rows) - rho.masked_fill(rho == 0, 1).log()
            empty = ~taken.any(-1, keepdim=True)
            logits = torch.where(taken, ratio, -torch.inf)
            logits = torch.where(empty, torch.zeros_like(ratio) if read.bias is None else read.bias, logits)
            log_sum = torch.logsumexp(logits, dim=-1, keepdim=True)
            log_weights = logits - log_sum
            log_normaliser = (log_sum + shift[..., rows, :]).masked_fill(empty, -torch.inf)
            return torch.softmax(logits, dim=-1) @ read.v, log_normaliser, log_weights

        entries = math.prod(batch) * problem.n_keys
        differentiable = asks_gradient(read.q, read.k, read.v)
        parts = in_pieces(
            piece, included.shape[0], problem.n_queries, entries, device=read.k.device, differentiable=differentiable
        )
        value, log_normaliser, log_weights = (part.reshape(*replicates, *part.shape[1:]) for part in parts)
        return Estimate(value.to(read.dtype), log_normaliser.squeeze(-1), log_weights)

    def _probabilities(self, problem: Problem, read: Inputs, rows: slice) -> Tensor:
        """Rho of a few queries, 0 for masked keys: ``(*B, n, M)``, or 1 for n where all queries share them."""
        sizes = sizes_of(self.size, self.n_bits).of(problem, read, rows)
        if problem.key_mask is not None:
            sizes = sizes.masked_fill(~problem.key_mask.unsqueeze(-2), 0)
        total = sizes.sum(-1, keepdim=True)
        return (self.n_samples * sizes / total.masked_fill(total == 0, 1)).clamp_max(1)


def poisson_sampling(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    size: str | GivenSizes = "uniform",
    n_bits: int = 4,
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Softmax attention over included keys ``(*B, N, e)``; torch's generator if None is given; refuses causal."""
    return value_of(PoissonSampling(n_samples, size, n_bits), q, k, v, generator, scale, key_mask, causal)
