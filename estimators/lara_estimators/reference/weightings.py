"""The weightings of LARA: how much proposal c counts at its draw w for query x."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from lara_estimators.reference.logspace import log_or_lowest, softmax
from lara_estimators.reference.proposal_means import ProposalMeans
from lara_estimators.reference.scaling import Array


class AtDraws(NamedTuple):
    """What a weighting may look at.

    ``log_bh`` ``(*B, 1, C, S, R)`` is the logarithm of the balance heuristic ``N(w; mu_c, I) / sum_c' N(w; mu_c', I)``
    at the proposal's own draws, minus infinity where that is dropped; ``x`` ``(*B, N, d)`` are the queries, ``shift``
    ``(*B, 1, d)`` what was taken off every key, and with it off every mu.
    """

    log_bh: Array
    x: Array
    means: ProposalMeans
    shift: Array


class Alpha(NamedTuple):
    """alpha_c(w, x), broadcasting to ``(*B, N, C, S, R)``, as logarithm of its absolute value and its sign.

    The sign is None where alpha cannot be negative. A factor of the query alone cancels in the value; where one is left
    out for the sake of digits, its logarithm is ``log_factor``, ``(*B, N, 1)``.
    """

    log_absolute: Array
    sign: Array | None = None
    log_factor: Array | float = 0.0


class Weighting(ABC):
    """A formula for alpha, and what it keeps."""

    __slots__ = ()

    name: ClassVar[str]
    """Name in fields, ids and reports."""

    consistent: ClassVar[bool] = True
    """Whether alpha sums to one over the proposals, at every w."""

    positive: ClassVar[bool] = True
    """Whether alpha is never negative."""

    reads_x_bar: ClassVar[bool] = False
    """Whether landmarks of queries are needed."""

    @abstractmethod
    def alpha(self, at: AtDraws) -> Alpha:
        """Evaluate alpha at the draws."""


@dataclass(frozen=True, slots=True)
class Balance(Weighting):
    """``alpha = BH_c(w)``: sums to one over proposals at every w, hence consistent (Veach & Guibas 1995)."""

    name = "balance"

    def alpha(self, at: AtDraws) -> Alpha:
        """Return the balance heuristic itself."""
        return Alpha(at.log_bh)


@dataclass(frozen=True, slots=True)
class Uniform(Weighting):
    """``alpha = 1/C`` over the proposals that are kept: consistent, without the balance heuristic's safety."""

    name = "uniform"

    def alpha(self, at: AtDraws) -> Alpha:
        """Return one over the number of proposals."""
        return Alpha(per_draw(log_softmax(at.means.log_kept)[..., None, :]))


@dataclass(frozen=True, slots=True)
class Constant(Weighting):
    """``alpha = a_c``, numbers that sum to one; divided by their sum over the proposals that are kept: consistent.

    With S draws a proposal the first-order variance is ``(1/S) sum_c a_c^2 sigma_c^2``, least where ``a_c`` is
    proportional to ``1 / sigma_c^2``.
    """

    weights: tuple[float, ...]

    name = "constant"

    def __post_init__(self) -> None:
        if any(not (math.isfinite(weight) and weight >= 0) for weight in self.weights):
            raise ValueError(f"weights are {self.weights}; expected finite numbers, at least 0")
        if abs(math.fsum(self.weights) - 1) > 1e-6:
            raise ValueError(f"weights sum to {math.fsum(self.weights)}; expected 1")

    def alpha(self, at: AtDraws) -> Alpha:
        """Return the numbers, divided by their sum over kept proposals."""
        log_weights = log_or_lowest(np.array(self.weights)) + at.means.log_kept
        if np.any(np.max(log_weights, axis=-1) == -np.inf):
            raise ValueError(
                f"weights {self.weights} are 0 for every proposal whose segment has a key; expected one > 0"
            )
        return Alpha(per_draw(log_softmax(log_weights)[..., None, :]))


@dataclass(frozen=True, slots=True)
class Affinity(Weighting):
    """``alpha = softmax_c(x . mu_c)`` over the proposals that are kept: consistent, positive, and of linear cost."""

    name = "affinity"

    def alpha(self, at: AtDraws) -> Alpha:
        """Return what the query prefers."""
        return Alpha(per_draw(log_softmax(affinities(at) + at.means.log_kept[..., None, :])))


@dataclass(frozen=True, slots=True)
class AffinityBiased(Weighting):
    """``alpha = exp(x . mu_c) BH_c(w)``: does not sum to one, hence inconsistent (mis-biased in the authors' code).

    The normaliser is no estimate of Z either. A common shift of keys is a factor of the query, ``exp(x . shift)``.
    """

    name = "affinity-biased"
    consistent = False

    def alpha(self, at: AtDraws) -> Alpha:
        """Return the balance heuristic times what the query prefers."""
        return Alpha(per_draw(affinities(at)) + at.log_bh, log_factor=at.x @ np.swapaxes(at.shift, -1, -2))


@dataclass(frozen=True, slots=True)
class Query(Weighting):
    """``alpha = BH_c(w) + beta (t_c(x) - mean_c' t_c'(x))``: sums to one, but may be negative (arXiv:2204.04667).

    t_c(x_n) is the softmax *over queries n* of x_bar_c . x_n.
    """

    beta: float = 1.0

    name = "query"
    positive = False
    reads_x_bar = True

    def alpha(self, at: AtDraws) -> Alpha:
        """Return the balance heuristic, corrected by what the query prefers."""
        alpha = np.exp(at.log_bh) + self.beta * per_draw(excess(at))
        return Alpha(log_or_lowest(np.abs(alpha)), np.sign(alpha))


@dataclass(frozen=True, slots=True)
class QueryClamped(Weighting):
    """``alpha = max(query, floor)``: never negative, no longer sums to one, hence inconsistent (the authors' code)."""

    beta: float = 2.0
    floor: float = 1e-8

    name = "query-clamped"
    consistent = False
    reads_x_bar = True

    def alpha(self, at: AtDraws) -> Alpha:
        """Return the clamped weight."""
        alpha = np.maximum(np.exp(at.log_bh) + self.beta * per_draw(excess(at)), self.floor)
        return Alpha(log_or_lowest(alpha) + per_draw(at.means.log_kept[..., None, :]))


def per_draw(numbers: Array) -> Array:
    """Align a number a query and proposal, ``(*B, N or 1, C)``, with the draws."""
    return numbers[..., None, None]


def log_softmax(logits: Array) -> Array:
    """Logarithms of numbers proportional to exponentials that sum to one over the last axis."""
    return logits - softmax(logits).log_sum[..., None]


def affinities(at: AtDraws) -> Array:
    """``x_n . mu_c`` as ``(*B, N, C)``."""
    return at.x @ np.swapaxes(at.means.mu, -1, -2)


def excess(at: AtDraws) -> Array:
    """``t_c(x_n) - mean_c' t_c'(x_n)`` as ``(*B, N, C)``; the mean is over the proposals that are kept."""
    x_bar = at.means.x_bar
    if x_bar is None:
        raise ValueError("the given landmarks have no x_bar; expected one, as the weights read it")
    t = np.swapaxes(softmax(x_bar @ np.swapaxes(at.x, -1, -2)).weights, -1, -2)
    kept = np.isfinite(at.means.log_kept)[..., None, :]
    mean = np.sum(np.where(kept, t, 0.0), axis=-1, keepdims=True) / np.sum(kept, axis=-1, keepdims=True)
    return np.where(kept, t - mean, 0.0)


def weighting_of(
    name: str, beta: float | None = None, floor: float = 1e-8, weights: tuple[float, ...] | None = None
) -> Weighting:
    """Make the weighting of this name; None for `beta` is its own default."""
    if name == "constant":
        if weights is None:
            raise ValueError("weights are None; expected a number a proposal, for the weighting constant")
        return Constant(tuple(weights))
    if weights is not None:
        raise ValueError(f"weights are {weights!r}; expected None, as the weighting is {name!r} and not constant")
    made: dict[str, Weighting] = {
        "balance": Balance(),
        "uniform": Uniform(),
        "affinity": Affinity(),
        "query": Query() if beta is None else Query(beta),
        "query-clamped": QueryClamped(floor=floor) if beta is None else QueryClamped(beta, floor),
        "affinity-biased": AffinityBiased(),
    }
    if not isinstance(name, str) or name not in made:
        *others, last = ("balance", "uniform", "constant", *list(made)[2:])
        raise ValueError(f"weighting is {name!r}; expected {', '.join(others)} or {last}")
    return made[name]
