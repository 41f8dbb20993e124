"""LARA's weightings in balls: alpha_c(w, x) from densities of the proposals and from the query.

Numbers that are common to all draws of one query cancel in the ratio and are left out.
"""

from dataclasses import dataclass
from typing import Protocol

from lara_verify.oracles.balls.dual import Scalar, larger
from lara_verify.oracles.balls.item import Item
from lara_verify.oracles.balls.landmarks import Proposal
from lara_verify.oracles.balls.sums import dot, total


class Weighting(Protocol):
    """A formula for alpha."""

    def alpha(self, item: Item, kept: list[Proposal], query: int, bh: list[Scalar]) -> list[Scalar]:
        """Return alpha_c for every kept proposal c; `bh` are their balance heuristics, each at its own draw."""


@dataclass(frozen=True, slots=True)
class Balance:
    """``BH_c(w)``."""

    def alpha(self, item: Item, kept: list[Proposal], query: int, bh: list[Scalar]) -> list[Scalar]:
        return bh


@dataclass(frozen=True, slots=True)
class Constant:
    """``a_c``; None for all equal."""

    weights: tuple[float, ...] | None = None

    def alpha(self, item: Item, kept: list[Proposal], query: int, bh: list[Scalar]) -> list[Scalar]:
        from flint import arb

        return [arb(1 if self.weights is None else float(self.weights[p.number])) for p in kept]


@dataclass(frozen=True, slots=True)
class Affinity:
    """``softmax_c(x . mu_c)``; `biased`: ``e^{x . mu_c} BH_c(w)``."""

    biased: bool = False

    def alpha(self, item: Item, kept: list[Proposal], query: int, bh: list[Scalar]) -> list[Scalar]:
        towards = [dot(item.x[query], proposal.mu).exp() for proposal in kept]
        return [e * b for e, b in zip(towards, bh, strict=True)] if self.biased else towards


@dataclass(frozen=True, slots=True)
class Query:
    """``BH_c(w) + beta (t_c(x) - mean_c' t_c'(x))``, t_c the softmax over queries; not below a `floor`."""

    beta: float
    floor: float | None = None

    def alpha(self, item: Item, kept: list[Proposal], query: int, bh: list[Scalar]) -> list[Scalar]:
        from flint import arb

        t = []
        for proposal in kept:
            if proposal.x_bar is None:
                raise ValueError("x_bar is missing from the given landmarks; weights by query need it")
            towards = [dot(proposal.x_bar, x).exp() for x in item.x]
            t.append(towards[query] / total(towards))
        mean = total(t) / len(t)
        alpha = [b + arb(float(self.beta)) * (t_c - mean) for b, t_c in zip(bh, t, strict=True)]
        return alpha if self.floor is None else [larger(a, arb(float(self.floor))) for a in alpha]


def weighting_of(name: str, beta: float | None, floor: float, weights: tuple[float, ...] | None) -> Weighting:
    """Make the weighting of this name."""
    if name == "balance":
        return Balance()
    if name in ("uniform", "constant"):
        return Constant(weights if name == "constant" else None)
    if name in ("affinity", "affinity-biased"):
        return Affinity(biased=name == "affinity-biased")
    if name == "query":
        return Query(1.0 if beta is None else beta)
    if name == "query-clamped":
        return Query(2.0 if beta is None else beta, floor)
    raise ValueError(f"weighting is {name!r}, which no formula in balls has")
