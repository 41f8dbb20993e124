"""The weightings of LARA, each as what it adds to the log-weight of balance.

With alpha = BH_c(w) the proposal's own density cancels, and the weight of a draw is ``p_x(w) / sum_c N(w; mu_c, I)``
whatever proposal it came from. Any other alpha multiplies that by ``alpha / BH_c(w)``.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class AtDraws(NamedTuple):
    """What a weighting may look at, for L draws.

    ``log_bh`` ``(*R, *B, 1, L)`` is the log of the balance heuristic at the draws; ``n_kept`` ``(*B, 1, 1)``, how many
    proposals are kept; ``excess`` ``(*B, N, L)``, the softmax over queries of x_bar_c . x less its mean over proposals,
    a column for each draw of proposal c.
    """

    log_bh: Tensor
    n_kept: Tensor
    excess: Tensor


class Extra(NamedTuple):
    """``log |alpha / BH|``, and the sign of alpha: None where it cannot be negative."""

    log_absolute: Tensor
    sign: Tensor | None = None


class Weighting(Protocol):
    """A formula for alpha / BH."""

    def extra(self, at: AtDraws) -> Extra | None:
        """Evaluate what is added at the draws; None is nothing."""


@dataclass(frozen=True, slots=True)
class Balance:
    """``alpha = BH_c(w)``: consistent (Veach & Guibas 1995)."""

    def extra(self, at: AtDraws) -> Extra | None:
        """Add nothing."""
        return None


@dataclass(frozen=True, slots=True)
class Uniform:
    """``alpha = 1/C`` over the proposals that are kept: consistent."""

    def extra(self, at: AtDraws) -> Extra | None:
        """Take the heuristic out again."""
        return Extra(-at.log_bh - at.n_kept.log())


@dataclass(frozen=True, slots=True)
class Query:
    """``alpha = BH_c(w) + beta (t_c(x) - mean_c' t_c'(x))``: consistent, but may be negative."""

    beta: float = 1.0

    def extra(self, at: AtDraws) -> Extra | None:
        """Correct by what the query prefers; the logarithm's gradient is 0 where alpha is 0."""
        alpha = at.log_bh.exp() + self.beta * at.excess
        zero = alpha == 0
        log_absolute = alpha.abs().masked_fill(zero, 1).log().masked_fill(zero, -torch.inf)
        return Extra(log_absolute - at.log_bh, alpha.sign())


@dataclass(frozen=True, slots=True)
class QueryClamped:
    """``alpha = max(query, floor)``: never negative, inconsistent (the authors' code)."""

    beta: float = 2.0
    floor: float = 1e-8

    def extra(self, at: AtDraws) -> Extra | None:
        """Correct, and clamp."""
        alpha = (at.log_bh.exp() + self.beta * at.excess).clamp_min(self.floor)
        return Extra(alpha.log() - at.log_bh)


def weighting_of(name: str, beta: float | None, floor: float) -> Weighting:
    """Make the weighting of this name; None for `beta` is its own default."""
    formulas: dict[str, Weighting] = {
        "balance": Balance(),
        "uniform": Uniform(),
        "query": Query(1.0 if beta is None else beta),
        "query-clamped": QueryClamped(2.0 if beta is None else beta, floor),
    }
    if name not in formulas:
        raise ValueError(f"weighting is {name!r}; expected balance, uniform, query or query-clamped")
    return formulas[name]
