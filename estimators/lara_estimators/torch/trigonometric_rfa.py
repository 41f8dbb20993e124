"""Random feature attention with trigonometric features."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.pieces import asks_gradient, by_queries
from lara_estimators.torch.sampling import sampling_of
from lara_estimators.torch.scores import after
from lara_estimators.torch.tensors import Inputs, check_n_samples, check_shape, inputs, on_device_of


@dataclass(frozen=True, slots=True)
class TrigonometricRFA:
    r"""Random feature attention whose features are cosines and sines: bounded, but of either sign.

    Definition: ``value = sum_m kappa_m v_m / sum_m kappa_m``,
    ``kappa_m = exp(|x|^2 / 2 + |y_m|^2 / 2) (1/S) sum_s cos(w_s . (x - y_m))``. As cos(a - b) = cos a cos b + sin a
    sin b, 2 S features of queries and keys are multiplied: the N M kernels are never held. The largest |y_m|^2 / 2
    (of the keys up to the query when causal) is taken out of all exponents, and cancels. When causal the kernels of a
    few queries at a time are formed, at the cost of N M S.

    Law of the noise: rows w_1 .. w_S, each ~ N(0, I), coupled as `sampling` says, one set for all queries.

    Claim: every kappa is unbiased for exp(x . y_m), and the value consistent; it leaves the hull, and as the normaliser
    may be 0 or negative it need not have a mean. Cost (N + M) S.

    Proof: ``E cos(w . u) = exp(-|u|^2 / 2)`` and ``|x|^2 / 2 + |y|^2 / 2 - |x - y|^2 / 2 = x . y``. Numerator and
    normaliser converge to A Z and Z by the law of large numbers, their ratio to A.

    Source: Peng et al. 2021, arXiv:2103.02143, section 3; Rahimi & Recht 2007.

    Shapes: noise ``normals`` ``(*R, *B, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``,
    complex: the logarithm of a signed number. There are no ``log_weights``.

    Parameters
    ----------
    n_samples
        S, the number of draws that a query averages.
    sampling
        ``iid``, ``orthogonal``, ``simplex`` or ``quasi-monte-carlo``.

    Raises
    ------
    ValueError
        If a field is none of these, or noise has another shape than said above.

    Examples
    --------
    >>> problem = Problem(torch.zeros(1, 3), torch.zeros(2, 3), torch.tensor([[1.0], [3.0]]))
    >>> trigonometric = TrigonometricRFA(n_samples=5)
    >>> round(trigonometric(problem, trigonometric.draw(problem)).value.item(), 5)
    2.0
    """

    n_samples: int = 1
    sampling: str = "iid"

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        if self.sampling == "antithetic":
            raise ValueError(
                "sampling is 'antithetic', which trigonometric features refuse, as the cosine is even: a pair would be "
                "one draw twice; expected iid, orthogonal, simplex or quasi-monte-carlo"
            )
        sampling_of(self.sampling).check(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "rfa[trigonometric]" if self.sampling == "iid" else f"rfa[trigonometric,{self.sampling}]"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.KERNEL_UNBIASED),
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "permutations of keys or queries, unless causal; affine maps of values"),
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
        leading = (*replicates, *problem.batch_shape)
        law, dtype, device = sampling_of(self.sampling), read.v.dtype, read.v.device
        return FeatureNoise(law.draw(generator, leading, self.n_samples, problem.dim, dtype=dtype, device=device))

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the estimate for every query."""
        read = inputs(problem)
        normals = on_device_of(problem, noise.normals, read)
        check_shape("normals", normals, problem.batch_shape, (self.n_samples, problem.dim))
        w = (normals * read.root_scale).transpose(-1, -2)

        half_norm = (read.k * read.k).sum(-1, keepdim=True).mul(0.5 * read.root_scale**2)
        if read.bias is not None:
            half_norm = half_norm + read.bias.transpose(-1, -2)
        of_queries, of_keys = _features(read.q @ w), _features(read.k @ w)
        together = _over_seen_keys if problem.causal else _over_all_keys
        numerator, total, top = together(read, of_queries, of_keys, half_norm)

        half_norm_x = (read.q * read.q).sum(-1).mul(0.5 * read.root_scale**2)
        log_total = torch.complex(total, torch.zeros_like(total)).log().squeeze(-1)
        log_normaliser = log_total + (half_norm_x + top.squeeze(-1) - math.log(self.n_samples))
        return Estimate((numerator / total).to(read.dtype), log_normaliser)


def _features(projected: Tensor) -> Tensor:
    """Cosines and sines of ``w . x``: ``(..., S)`` gives ``(..., 2 S)``."""
    return torch.cat((projected.cos(), projected.sin()), dim=-1)


def _over_all_keys(
    read: Inputs, of_queries: Tensor, of_keys: Tensor, half_norm: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Numerator ``(..., N, e)``, normaliser ``(..., N, 1)``, and the exponent ``(..., 1, 1)`` taken out of both."""
    top = half_norm.detach().amax(-2, keepdim=True)
    weighted = (of_keys * (half_norm - top).exp()).transpose(-1, -2)
    return of_queries @ (weighted @ read.v), of_queries @ weighted.sum(-1, keepdim=True), top


def _over_seen_keys(
    read: Inputs, of_queries: Tensor, of_keys: Tensor, half_norm: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The same over the keys up to the query, the exponent ``(..., N, 1)`` being the largest of theirs."""
    n_keys = of_keys.shape[-2]
    top = half_norm.detach().cummax(-2).values
    exponents = half_norm.transpose(-1, -2)

    def piece(rows: slice) -> tuple[Tensor, Tensor]:
        exponent = exponents - top[..., rows, :]
        later = after(rows, n_keys, exponent.device)
        kernel = of_queries[..., rows, :] @ of_keys.transpose(-1, -2)
        kernel = kernel * exponent.masked_fill(later, -torch.inf).exp()
        return kernel @ read.v, kernel.sum(-1, keepdim=True)

    entries = math.prod(of_queries.shape[:-2]) * n_keys
    differentiable = asks_gradient(of_queries, of_keys, half_norm, read.v)
    numerator, total = by_queries(
        piece, of_queries.shape[-2], entries, device=of_keys.device, differentiable=differentiable
    )
    return numerator, total, top


def trigonometric_rfa(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    sampling: str = "iid",
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Trigonometric random feature attention ``(*B, N, e)``; torch's default generator if None is given."""
    return value_of(TrigonometricRFA(n_samples, sampling), q, k, v, generator, scale, key_mask, causal)
