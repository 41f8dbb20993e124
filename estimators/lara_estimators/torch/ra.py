"""Randomized attention: exact sampling from the query's own mixture."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import MixtureNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.component import draw_component
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.mixture import LOG2_E, half_square, posterior, score
from lara_estimators.torch.pieces import asks_gradient, in_pieces
from lara_estimators.torch.scores import after, centred_inputs, scores
from lara_estimators.torch.tensors import check_n_samples, check_shape, inputs, on_device_of, rows_of


@dataclass(frozen=True, slots=True)
class RA:
    r"""Randomized attention: the mean of f over draws from ``p_x``, the exact mixture of the query.

    Definition: ``value = (1/S) sum_s f(x + y_{m_s} + z_s)``. f is linear in the values, so that the weights of the
    keys are averaged over the draws first: one product with the values a query, not one a draw. Keys are shifted by
    their mean (by the first key when causal), which changes neither the mixture's weights nor f, and saves digits.
    When causal, pi and f range over the keys up to the query. Memory is linear in N and M: a few queries at a time.

    Law of the noise: ``m_s ~ softmax(x . y)`` and ``z_s ~ N(0, I)``, independent, *per query*.

    Claim: E value = A(x), softmax attention, at every S; variance falls as 1/S; in the hull. Cost N M S.

    Proof: the density of (m, w) is proportional in m to ``exp(x . y_m - |w - x - y_m|^2 / 2)``, hence to
    ``exp(w . y_m - |y_m|^2 / 2)``: the weight of v_m in f is the posterior of m, f(w) = E[v_m | w]. Then
    E f(w) = E v_m = A(x).

    Gradient: ``pathwise`` is the derivative of the formula on fixed noise, through ``w = x + y_m + z`` at fixed m. Its
    mean is not grad A, as the law of m depends on q and k too: with g_m = E[f(w) | m] and A = sum_m pi_m g_m,

        grad A = sum_m pi_m grad g_m + sum_m grad(pi_m) g_m,

    it is the first sum alone, and misses ``Cov(f(w), grad log pi_m)``, the covariance over m ~ pi, w | m.
    ``unbiased`` gives the same value and another gradient, whose mean is grad A at every S. A moves with q and k only
    through the logits, ``grad A = sum_m pi_m (v_m - A) grad(x . y_m)``, and pi is the mean of the posterior weights
    ``p_m(w)`` that f averages with. So

        grad A = E[sum_m p_m(w) (v_m - A) grad(x . y_m)]:

    the score of the drawn index, ``v_m grad log pi_m`` with the baseline A, averaged over the index given w
    (Rao-Blackwell). It costs A(x) and two products with the values, as much as the gradient of attention itself; the
    gradient for v is the same in both. Such gradients are first derivatives only.

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3 (proposition 1); Williams 1992 for the score function.

    Shapes: noise ``component`` ``(*R, *B, N, S)`` and ``normals`` ``(*R, *B, N, S, d)``; ``value`` ``(*R, *B, N, e)``;
    ``log_weights`` = -log S ``(*R, *B, N, S)``.

    Parameters
    ----------
    n_samples
        S, the number of draws that a query averages.
    gradient
        ``pathwise`` or ``unbiased``.

    Raises
    ------
    ValueError
        If `n_samples` is not an int of at least 1, `gradient` is neither, or noise has another shape than said above.

    Examples
    --------
    >>> problem = Problem(torch.ones(2, 3), torch.ones(4, 3), torch.tensor([[1.0], [2.0], [3.0], [6.0]]))
    >>> ra = RA(n_samples=5)
    >>> noise = ra.draw(problem, torch.Generator().manual_seed(1))
    >>> [round(value, 5) for value in ra(problem, noise).value.ravel().tolist()]
    [3.0, 3.0]
    """

    n_samples: int = 1
    gradient: str = "pathwise"

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        if self.gradient not in ("pathwise", "unbiased"):
            raise ValueError(f"gradient is {self.gradient!r}; expected pathwise or unbiased")

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
                "common shift of keys; permutations of queries with their noise, or of keys with the drawn index, "
                "unless causal; affine maps of values",
            ),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.GRADIENT, "on fixed noise; the gradient of the mean only if unbiased is asked for"),
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
        read = centred_inputs(problem)
        batch = problem.batch_shape
        component = on_device_of(problem, noise.component)
        normals = on_device_of(problem, noise.normals, read)
        replicates = check_shape("component", component, batch, (problem.n_queries, self.n_samples))
        check_shape("normals", normals, (*replicates, *component.shape[len(replicates) :]), (problem.dim,))
        x, y = read.q * read.root_scale, read.k * read.root_scale
        columns, bias = y * LOG2_E, half_square(y, read.bias) * LOG2_E
        n_replicates = math.prod(replicates)
        component = component.reshape(n_replicates, *component.shape[len(replicates) :])
        normals = normals.reshape(*component.shape, problem.dim)

        def piece(reps: slice, rows: slice) -> tuple[Tensor]:
            w = rows_of(y, batch, component[reps, ..., rows, :]) + x[..., rows, :].unsqueeze(-2)
            w += normals[reps, ..., rows, :, :]
            queries = w if batch else w.flatten(0, 1)  # those of all replicates are rows of one product
            hidden = after(rows, problem.n_keys, w.device) if problem.causal else None
            weights = posterior(queries, columns, bias, hidden).mean_weights()
            if self.gradient == "unbiased" and torch.is_grad_enabled():
                weights = weights.detach()
            value = (weights @ read.v).reshape(*w.shape[:-2], problem.value_dim)
            if self.gradient == "unbiased" and torch.is_grad_enabled():
                value = value + score(
                    weights.reshape(*w.shape[:-2], problem.n_keys), scores(problem, read, rows), read.v
                )
            return (value,)

        entries = math.prod(batch) * self.n_samples * max(problem.n_keys, problem.value_dim, problem.dim)
        differentiable = asks_gradient(read.q, read.k, read.v, normals)
        (value,) = in_pieces(
            piece, n_replicates, problem.n_queries, entries, device=y.device, differentiable=differentiable
        )
        value = value.reshape(*replicates, *value.shape[1:])
        log_weights = value.new_full((), -math.log(self.n_samples))
        return Estimate(
            value.to(read.dtype), None, log_weights.expand(*replicates, *batch, problem.n_queries, self.n_samples)
        )


def ra(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    gradient: str = "pathwise",
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Randomized attention ``(*B, N, e)``; draws afresh, from torch's default generator if None is given."""
    return value_of(RA(n_samples, gradient), q, k, v, generator, scale, key_mask, causal)
