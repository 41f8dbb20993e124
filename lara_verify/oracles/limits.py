"""Where LARA goes as S grows when its weights do not sum to one.

With ``a(w) = sum_c alpha_c(w, x)``, the numbers of draws per proposal equal, the estimate tends to ``lim = E_{p_x}[a
f] / E_{p_x}[a]`` (estimators.md, section 2): ``sum_c E_{N(mu_c, I)}[alpha_c p~_x / N(mu_c, I) f] = int a p~_x f``.
Where ``a = 1`` this is softmax attention, and the weighting is consistent. Two weightings are not:

- `QueryClamped` (the authors' mis-opt): ``alpha_c = max(BH_c(w) + beta (t_c(x) - mean_c' t_c'(x)), floor)``,
  ``t_c(x_n)`` the softmax over queries n of ``x_bar_c.x_n``;
- `AffinityBiased` (mis-biased): ``alpha_c = exp(x.mu_c) BH_c(w)``,

``BH_c(w) = N(w; mu_c, I) / sum_c' N(w; mu_c', I)``. Expectations are over the components of ``p_x``, by Gauss-Hermite.

Error: estimated (see `quadrature`); the clamp has a kink, where the rule converges slowly, so the default tolerance
there is 2e-4 of the range. Domain: ``span(y, mu)`` of at most 3 dimensions; plain landmarks.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Answer, Array, ScaledItem, per_query, scaled_items
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.landmarks import Landmarks, plain_landmarks
from lara_verify.oracles.one_sample import feature_value
from lara_verify.oracles.quadrature import gaussian_expectation
from lara_verify.oracles.span import SECOND_ORDER, span_of


class Weighting(Protocol):
    """A weighting of LARA by its total."""

    @property
    def tolerance(self) -> float:
        """Share of the bound to which the quadrature is asked to settle."""
        ...

    @property
    def kinked(self) -> bool:
        """Whether the total has a kink in ``w``."""
        ...

    def offsets(self, x: Array, landmarks: Landmarks) -> Array:
        """What the total needs to know of each query, ``(N, C)``."""
        ...

    def total(self, balance: Array, offsets: Array) -> Array:
        """``a``, from ``BH`` ``(..., N, C)`` and the offsets ``(N, C)`` to ``(..., N)``, up to a factor per query."""
        ...


@dataclass(frozen=True, slots=True)
class QueryClamped:
    """``max(BH_c + beta (t_c - mean t), floor)``."""

    beta: float = 1.0
    floor: float = 1e-8
    tolerance: float = 2e-4
    kinked: bool = True

    def offsets(self, x: Array, landmarks: Landmarks) -> Array:
        """``beta (t_c(x_n) - mean_c' t_c'(x_n))``."""
        t = softmax_rows(landmarks.x_bar, x).T
        return np.asarray(self.beta * (t - t.mean(axis=1, keepdims=True)))

    def total(self, balance: Array, offsets: Array) -> Array:
        """Sum over c of the clamped weights."""
        return np.asarray(np.maximum(balance + offsets, self.floor).sum(axis=-1))


@dataclass(frozen=True, slots=True)
class AffinityBiased:
    """``exp(x.mu_c) BH_c``."""

    tolerance: float = 1e-11
    kinked: bool = False

    def offsets(self, x: Array, landmarks: Landmarks) -> Array:
        """``exp(x.mu_c)`` over its largest."""
        affinity = x @ landmarks.mu.T
        return np.asarray(np.exp(affinity - affinity.max(axis=1, keepdims=True)))

    def total(self, balance: Array, offsets: Array) -> Array:
        """Sum over c of the weighted balance."""
        return np.asarray((balance * offsets).sum(axis=-1))


def limit(problem: Problem, weighting: Weighting, n_proposals: int) -> Answer:
    """Limit of LARA with plain landmarks and this weighting as S grows, ``(*B, N, e)``.

    Raises
    ------
    OutsideDomainError
        If keys and landmarks span more than 3 dimensions, or the quadrature does not settle.
    """
    value, error = (per_query(problem, problem.value_dim) for _ in range(2))
    landmarks = plain_landmarks(problem, n_proposals)
    for item in scaled_items(problem):
        value[item.at], error[item.at] = _limit(item, weighting, landmarks[item.at])
    return Answer(value, error)


def _limit(item: ScaledItem, weighting: Weighting, landmarks: Landmarks) -> tuple[Array, Array]:
    span = span_of(item.y, landmarks.mu)
    x, y, mu = (a @ span.basis for a in (item.x, item.y, landmarks.mu))
    middle = (item.v.max(axis=0) + item.v.min(axis=0)) / 2
    v = np.concatenate([item.v - middle, np.ones((len(item.v), 1))], axis=1)  # the last column is the normaliser
    pi, offsets = softmax_rows(item.x, item.y), weighting.offsets(item.x, landmarks)

    def integrand(z: Array) -> Array:
        total = np.zeros((len(z), len(x), v.shape[1]))
        for m, key in enumerate(y):
            w = z[:, None, :] + x + key
            a = weighting.total(_balance(w, mu), offsets)
            total += (pi[:, m] * a)[..., None] * feature_value(w, y, v)
        return total

    most = weighting.total(np.ones_like(offsets), offsets)  # each BH_c is at most one
    known = gaussian_expectation(
        integrand,
        span.dim,
        bound=most[:, None] * np.abs(v).max(axis=0),
        tolerance=weighting.tolerance,
        kinked=weighting.kinked,
    )
    normaliser, normaliser_error = known.value[:, -1:], known.error[:, -1:]
    ratio = known.value[:, :-1] / normaliser
    error = (known.error[:, :-1] + np.abs(ratio) * normaliser_error) / (normaliser - normaliser_error)
    return middle + ratio, error + SECOND_ORDER * span.neglected * np.ptp(item.v, axis=0)


def _balance(w: Array, mu: Array) -> Array:
    """``BH_c(w)``, ``(..., C)``."""
    log_density = w @ mu.T - 0.5 * (mu**2).sum(axis=1)
    density = np.exp(log_density - log_density.max(axis=-1, keepdims=True))
    return np.asarray(density / density.sum(axis=-1, keepdims=True))
