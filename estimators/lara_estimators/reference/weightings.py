"""The weightings of LARA: how much proposal c counts at its draw w for query x."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.scaling import Array


class AtDraws(NamedTuple):
    """What a weighting may look at; every array broadcasts to ``(*B, R, N, C, S)``.

    ``log_bh`` is the logarithm of the balance heuristic ``N(w; mu_c, I) / sum_c' N(w; mu_c', I)`` at the proposal's
    own draws, minus infinity where that is dropped; ``excess`` is ``t_c(x) - mean_c' t_c'(x)``, where t_c is the
    softmax *over queries* of x_bar_c . x; ``log_kept`` is 0, or minus infinity where the proposal is dropped.
    """

    log_bh: Array
    excess: Array
    log_kept: Array


class Alpha(NamedTuple):
    """alpha_c(w, x) as logarithm of its absolute value, and its sign: None where it cannot be negative."""

    log_absolute: Array
    sign: Array | None = None


class Weighting(Protocol):
    """A formula for alpha."""

    @property
    def name(self) -> str:
        """Name in ids and reports."""

    def alpha(self, at: AtDraws) -> Alpha:
        """Evaluate alpha at the draws."""


@dataclass(frozen=True, slots=True)
class Balance:
    """``alpha = BH_c(w)``: sums to one over proposals at every w, hence consistent (Veach & Guibas 1995)."""

    name: str = "balance"

    def alpha(self, at: AtDraws) -> Alpha:
        """Return the balance heuristic itself."""
        return Alpha(at.log_bh)


@dataclass(frozen=True, slots=True)
class Uniform:
    """``alpha = 1/C`` over the proposals that are kept: consistent, without the balance heuristic's safety."""

    name: str = "uniform"

    def alpha(self, at: AtDraws) -> Alpha:
        """Return one over the number of proposals."""
        n_kept = np.sum(np.isfinite(at.log_kept), axis=-2, keepdims=True)
        return Alpha(at.log_kept - np.log(n_kept))


@dataclass(frozen=True, slots=True)
class Query:
    """``alpha = BH_c(w) + beta (t_c(x) - mean_c' t_c'(x))``: sums to one, but may be negative (arXiv:2204.04667)."""

    beta: float = 1.0
    name: str = "query"

    def alpha(self, at: AtDraws) -> Alpha:
        """Return the balance heuristic, corrected by what the query prefers."""
        alpha = np.exp(at.log_bh) + self.beta * at.excess
        return Alpha(log_or_lowest(np.abs(alpha)), np.sign(alpha))


@dataclass(frozen=True, slots=True)
class QueryClamped:
    """``alpha = max(query, floor)``: never negative, no longer sums to one, hence inconsistent (the authors' code)."""

    beta: float = 2.0
    floor: float = 1e-8
    name: str = "query-clamped"

    def alpha(self, at: AtDraws) -> Alpha:
        """Return the clamped weight."""
        alpha = np.maximum(np.exp(at.log_bh) + self.beta * at.excess, self.floor)
        return Alpha(log_or_lowest(alpha) + at.log_kept)


def excess(x: Array, x_bar: Array, log_kept: Array) -> Array:
    """``t_c(x_n) - mean_c' t_c'(x_n)`` as ``(*B, N, C)``; the mean is over the proposals that are kept."""
    t = np.swapaxes(softmax(x_bar @ np.swapaxes(x, -1, -2)).weights, -1, -2)
    kept = np.isfinite(log_kept)[..., None, :]
    mean = np.sum(np.where(kept, t, 0.0), axis=-1, keepdims=True) / np.sum(kept, axis=-1, keepdims=True)
    return np.where(kept, t - mean, 0.0)


def log_or_lowest(positive: Array) -> Array:
    """Logarithm, with minus infinity at 0 and no warning."""
    zero = positive == 0.0
    return np.where(zero, -np.inf, np.log(np.where(zero, 1.0, positive)))


def weighting_of(name: str, beta: float | None, floor: float) -> Weighting:
    """Make the weighting of this name; None for `beta` is its own default."""
    if name == "balance":
        return Balance()
    if name == "uniform":
        return Uniform()
    if name == "query":
        return Query() if beta is None else Query(beta)
    if name == "query-clamped":
        return QueryClamped(floor=floor) if beta is None else QueryClamped(beta, floor)
    raise ValueError(f"weighting is {name!r}; expected balance, uniform, query or query-clamped")
