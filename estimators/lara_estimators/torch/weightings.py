"""The weightings of LARA, alpha_c(w, x), each as what becomes of a draw's weight when densities have cancelled.

A draw of proposal c weighs ``alpha_c(w, x) exp(w . x + ell(w) - own)`` where ``own = w . mu_c - |mu_c|^2 / 2``.
If alpha factors into a number of the draw, a number of the query and ``exp(x . mu_c)``, that is the attention of the
queries over the draws with a bias (and mu_c beside w): `PerDraw`, which costs what random feature attention does.
Otherwise alpha is evaluated for every query and draw: `PerQuery`.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

LOG_2 = math.log(2)

PER_QUERY = ("query", "query-clamped")

NAMES = ("balance", "uniform", "constant", "affinity", "query", "query-clamped", "affinity-biased")


class AtDraws(NamedTuple):
    """The draws, and what the logarithms of densities at them are, relative to N(0, I).

    ``w`` ``(R, G, L, d)``, the draws of one proposal side by side, times the root of the scale; ``mu`` ``(G, C, d)``;
    ``kept`` ``(G, C)`` or None for all.
    """

    w: Tensor
    mu: Tensor
    kept: Tensor | None
    root_scale: float

    @property
    def own(self) -> Tensor:
        """Of the proposal that a draw came from, ``(R, G, L)``."""
        mu = self.of_draws(self.mu, dim=-2)
        return (self.w * mu).sum(-1).div(self.root_scale) - (mu * mu).sum(-1).mul(0.5)

    @property
    def total(self) -> Tensor:
        """Of the sum over the proposals that are kept, ``(R, G, L)``."""
        n_replicates, _, n_draws, _ = self.w.shape
        draws = self.w.transpose(0, 1).flatten(1, 2)
        half_norms = (self.mu * self.mu).sum(-1, keepdim=True).mul(-0.5 / LOG_2)
        # draws last: sums over few proposals run along them; in base 2, as powers of 2 cost less than exponentials
        each = torch.baddbmm(half_norms, self.mu, draws.mT, alpha=1 / self.root_scale / LOG_2)
        if self.kept is not None:
            each = each.masked_fill(~self.kept.unsqueeze(-1), -torch.inf)
        top = each.detach().amax(1, keepdim=True)
        total = ((each - top).exp2().sum(1).log2() + top.squeeze(1)) * LOG_2
        return total.unflatten(1, (n_replicates, n_draws)).transpose(0, 1)

    def of_draws(self, by_proposal: Tensor, dim: int = -1) -> Tensor:
        """Repeat what every proposal has, along an axis of them, for its draws."""
        return by_proposal.repeat_interleave(self.w.shape[-2] // self.mu.shape[-2], dim=dim)


class PerDraw(Protocol):
    """An alpha that factors."""

    @property
    def pulls(self) -> bool:
        """Whether it has the factor ``exp(x . mu_c)``."""

    @property
    def normalised(self) -> bool:
        """Whether that factor is divided by its sum over proposals, a number of the query."""

    def log_density(self, at: AtDraws) -> Tensor:
        """``own - log alpha``, less what depends on the query: ``(R, G, L)``."""


@dataclass(frozen=True, slots=True)
class Balance:
    """``alpha = BH_c(w)``: the proposal's own density cancels (Veach & Guibas 1995)."""

    pulls: bool = False
    normalised: bool = False

    def log_density(self, at: AtDraws) -> Tensor:
        """What is left is the sum."""
        return at.total


@dataclass(frozen=True, slots=True)
class Uniform:
    """``alpha = 1/C`` over the proposals that are kept."""

    pulls: bool = False
    normalised: bool = False

    def log_density(self, at: AtDraws) -> Tensor:
        """The proposal's own, and the number of them."""
        if at.kept is None:
            return at.own + math.log(at.mu.shape[-2])
        return at.own + at.kept.sum(-1, keepdim=True).to(at.w.dtype).log()


@dataclass(frozen=True, slots=True)
class Constant:
    """``alpha = a_c``, numbers that sum to one, renormalised over the proposals that are kept."""

    weights: tuple[float, ...]
    pulls: bool = False
    normalised: bool = False

    def log_density(self, at: AtDraws) -> Tensor:
        """The proposal's own, and the number; a weight of 0 takes the draw out."""
        a = at.w.new_tensor(self.weights)
        if at.kept is not None:
            a = torch.where(at.kept, a, 0)
            a = a / a.sum(-1, keepdim=True)
        return at.own - at.of_draws(a.log())


@dataclass(frozen=True, slots=True)
class Affinity:
    """``alpha = softmax_c(x . mu_c)`` over the proposals that are kept."""

    pulls: bool = True
    normalised: bool = True

    def log_density(self, at: AtDraws) -> Tensor:
        """The proposal's own."""
        return at.own


@dataclass(frozen=True, slots=True)
class AffinityBiased:
    """``alpha = exp(x . mu_c) BH_c(w)``: inconsistent (the authors' mis-biased)."""

    pulls: bool = True
    normalised: bool = False

    def log_density(self, at: AtDraws) -> Tensor:
        """What balance leaves."""
        return at.total


@dataclass(frozen=True, slots=True)
class Query:
    """``alpha = BH_c(w) + beta (t_c(x) - mean_c' t_c'(x))``: consistent, but may be negative."""

    beta: float = 1.0
    positive: bool = False

    def alpha(self, balance: Tensor, excess: Tensor) -> Tensor:
        """Correct by what the query prefers."""
        return balance + self.beta * excess


@dataclass(frozen=True, slots=True)
class QueryClamped:
    """``alpha = max(query, floor)``: never negative, inconsistent (the authors' mis-opt)."""

    beta: float = 2.0
    floor: float = 1e-8
    positive: bool = True

    def alpha(self, balance: Tensor, excess: Tensor) -> Tensor:
        """Correct, and clamp."""
        return (balance + self.beta * excess).clamp_min(self.floor)


PerQuery = Query | QueryClamped
"""An alpha that does not factor."""


def weighting_of(name: str, beta: float | None, floor: float, weights: tuple[float, ...] | None) -> PerDraw | PerQuery:
    """Make the weighting of this name; None for `beta` is its own default."""
    formulas: dict[str, PerDraw | PerQuery] = {
        "balance": Balance(),
        "uniform": Uniform(),
        "affinity": Affinity(),
        "affinity-biased": AffinityBiased(),
        "query": Query(1.0 if beta is None else beta),
        "query-clamped": QueryClamped(2.0 if beta is None else beta, floor),
    }
    if weights is not None:
        return Constant(weights)
    if name not in formulas:
        raise ValueError(f"weighting is {name!r}; expected one of {', '.join(NAMES)}")
    return formulas[name]


def check_weights(weights: tuple[float, ...] | None, name: str, n_proposals: int) -> None:
    """Refuse weights of anything but constant, and of constant what is not C numbers that sum to one."""
    if name != "constant":
        if weights is not None:
            raise ValueError(f"weights is {weights!r}; expected None for the weighting {name}")
        return
    if weights is None or len(weights) != n_proposals:
        raise ValueError(f"weights is {weights!r}; expected a tuple of {n_proposals} numbers, one a proposal")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or abs(math.fsum(weights) - 1) > 1e-9:
        raise ValueError(f"weights is {weights!r}; expected numbers of at least 0 that sum to 1")
