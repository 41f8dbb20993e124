"""Randomized attention: exact sampling from the query's own mixture."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import MixtureNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.attend import key_bias
from lara_estimators.torch.component import draw_component
from lara_estimators.torch.tensors import check_n_samples, check_shape, inputs, on_device_of, rows_of


@dataclass(frozen=True, slots=True)
class RA:
    r"""Randomized attention: the mean of f over draws from ``p_x``, the exact mixture of the query.

    Definition: ``value = (1/S) sum_s f(x + y_{m_s} + z_s)``. f is linear in the values, so that the weights of the
    keys are averaged over the draws first: one product with the values a query, not one a draw. Keys are centred,
    which changes neither the mixture's weights nor f, and saves digits.

    Law of the noise: ``m_s ~ softmax(x . y)`` and ``z_s ~ N(0, I)``, independent, *per query*.

    Claim: E value = A(x), softmax attention, at every S; variance falls as 1/S; in the hull. Cost N M S.

    Proof: the density of (m, w) is proportional in m to ``exp(x . y_m - |w - x - y_m|^2 / 2)``, hence to
    ``exp(w . y_m - |y_m|^2 / 2)``: the weight of v_m in f is the posterior of m, f(w) = E[v_m | w]. Then
    E f(w) = E v_m = A(x).

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3 (proposition 1).

    Shapes: noise ``component`` ``(*R, *B, N, S)`` and ``normals`` ``(*R, *B, N, S, d)``; ``value`` ``(*R, *B, N, e)``;
    ``log_weights`` = -log S ``(*R, *B, N, S)``.

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
    >>> problem = Problem(torch.ones(2, 3), torch.ones(4, 3), torch.tensor([[1.0], [2.0], [3.0], [6.0]]))
    >>> ra = RA(n_samples=5)
    >>> noise = ra.draw(problem, torch.Generator().manual_seed(1))
    >>> [round(value, 5) for value in ra(problem, noise).value.ravel().tolist()]
    [3.0, 3.0]
    """

    n_samples: int = 1

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "ra"

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
                "common shift of keys; permutations of queries with their noise, or of keys with the drawn index; "
                "affine maps of values",
            ),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.GRADIENT, "on fixed noise; not the gradient of the mean, as the component depends on q, k"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> MixtureNoise:
        """Draw component and normals on the device of the problem, one set a query, replicate and batch item."""
        component = draw_component(problem, self.n_samples, generator, replicates)
        dtype = inputs(problem).v.dtype
        shape = (*component.shape, problem.dim)
        return MixtureNoise(component, torch.randn(shape, generator=generator, dtype=dtype, device=component.device))

    def __call__(self, problem: Problem, noise: MixtureNoise) -> Estimate:
        """Return the estimate for every query."""
        read = inputs(problem, centred=True)
        batch = problem.batch_shape
        component = on_device_of(problem, noise.component)
        normals = on_device_of(problem, noise.normals, read)
        replicates = check_shape("component", component, batch, (problem.n_queries, self.n_samples))
        check_shape("normals", normals, (*replicates, *component.shape[len(replicates) :]), (problem.dim,))

        mu = rows_of(read.k, batch, component) + read.q.unsqueeze(-2)
        w = torch.add(normals, mu, alpha=read.root_scale) * read.root_scale

        logits = w.flatten(-3, -2) @ read.k.transpose(-1, -2)
        logits += key_bias(read)
        weights = torch.softmax(logits, dim=-1).unflatten(-2, (problem.n_queries, self.n_samples)).mean(-2)
        value = weights @ read.v
        return Estimate(
            value.to(read.dtype), log_weights=value.new_full((), -math.log(self.n_samples)).expand(component.shape)
        )


def ra(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
) -> Tensor:
    """Randomized attention ``(*B, N, e)``; draws afresh, from torch's default generator if None is given."""
    problem = Problem(q, k, v, scale, key_mask)
    estimator = RA(n_samples)
    value: Tensor = estimator(problem, estimator.draw(problem, generator)).value
    return value
