"""Where LARA goes as S grows when its weights do not sum to one.

With ``a(w) = sum_c alpha_c(w, x)``, the numbers of draws per proposal equal, the estimate tends to ``lim = E_{p_x}[a
f] / E_{p_x}[a]`` (estimators.md, section 2): ``sum_c E_{N(mu_c, I)}[alpha_c p~_x / N(mu_c, I) f] = int a p~_x f``.
Where ``a = 1`` this is softmax attention, and the weighting is consistent. Two weightings are not:

- `QueryClamped` (the authors' mis-opt): ``alpha_c = max(BH_c(w) + beta (t_c(x) - mean_c' t_c'(x)), floor)``,
  ``t_c(x_n)`` the softmax over queries n of ``x_bar_c.x_n``;
- `AffinityBiased` (mis-biased): ``alpha_c = exp(x.mu_c) BH_c(w)``,

``BH_c(w) = N(w; mu_c, I) / sum_c' N(w; mu_c', I)``.

**Method.** ``p_x(w) f(w) = sum_m pi_m N(w; x + y_m, I) v_m``, for ``f(w) = E[v_m | w]`` under "draw ``m ~ pi``, then
w" (section 1). So

    ``lim = sum_m pi_m a_m v_m / sum_m pi_m a_m``,   ``a_m = E a(x + y_m + z)``, ``z ~ N(0, I)``:

softmax attention with each key's weight changed by the factor ``a_m``. And ``a`` sees w only through BH, hence
through its projection on the differences ``mu_c - mu_c'``: the dimension of the quadrature is theirs, at most C - 1,
whatever the keys span. The clamp has a kink where some ``BH_c`` crosses a level. If the differences span a line,
``log BH_c`` is concave along it, each kink is found, and the integral is split there: exact to rounding (any two
proposals). In the plane the kinks are curves, and a fine trapezoidal rule comes to about 1e-6 of the weights. In
three dimensions Gauss-Hermite settles to 2e-4.

Error: estimated (see `split_line`, `fine_plane`, `quadrature`). Domain: differences of the proposals' means of at
most 3 dimensions (any 4 proposals); plain landmarks.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Answer, Array, ScaledItem, per_query, scaled_items
from lara_verify.oracles.fine_plane import plane_expectation
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.landmarks import Landmarks, plain_landmarks
from lara_verify.oracles.quadrature import gaussian_expectation
from lara_verify.oracles.span import span_of
from lara_verify.oracles.split_line import concave_crossings, line_expectation


class Weighting(Protocol):
    """A weighting of LARA by its total."""

    @property
    def tolerance(self) -> float:
        """Largest error, as a share of the bound, in two and three dimensions."""
        ...

    def offsets(self, x: Array, landmarks: Landmarks) -> Array:
        """What the total needs to know of each query, ``(N, C)``."""
        ...

    def total(self, balance: Array, offsets: Array) -> Array:
        """``a``, from ``BH`` ``(..., C)`` and one query's offsets ``(C,)`` to ``(...)``, up to a factor per query."""
        ...

    def kinks(self, offsets: Array) -> Array | None:
        """Levels of ``BH_c`` at which the total of one query has a kink, ``(C,)``; None where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class QueryClamped:
    """``max(BH_c + beta (t_c - mean t), floor)``."""

    beta: float = 1.0
    floor: float = 1e-8
    tolerance: float = 2e-4

    def offsets(self, x: Array, landmarks: Landmarks) -> Array:
        """``beta (t_c(x_n) - mean_c' t_c'(x_n))``."""
        t = softmax_rows(landmarks.x_bar, x).T
        return np.asarray(self.beta * (t - t.mean(axis=1, keepdims=True)))

    def total(self, balance: Array, offsets: Array) -> Array:
        """Sum over c of the clamped weights."""
        return np.asarray(np.maximum(balance + offsets, self.floor).sum(axis=-1))

    def kinks(self, offsets: Array) -> Array | None:
        """Where ``BH_c`` plus its offset is the floor."""
        return self.floor - offsets


@dataclass(frozen=True, slots=True)
class AffinityBiased:
    """``exp(x.mu_c) BH_c``."""

    tolerance: float = 1e-11

    def offsets(self, x: Array, landmarks: Landmarks) -> Array:
        """``exp(x.mu_c)`` over its largest."""
        affinity = x @ landmarks.mu.T
        return np.asarray(np.exp(affinity - affinity.max(axis=1, keepdims=True)))

    def total(self, balance: Array, offsets: Array) -> Array:
        """Sum over c of the weighted balance."""
        return np.asarray((balance * offsets).sum(axis=-1))

    def kinks(self, offsets: Array) -> Array | None:
        """None: the total is analytic."""
        return None


def limit(problem: Problem, weighting: Weighting, n_proposals: int) -> Answer:
    """Limit of LARA with plain landmarks and this weighting as S grows, ``(*B, N, e)``.

    Raises
    ------
    OutsideDomainError
        If the differences of the proposals' means span more than 3 dimensions, or the quadrature does not settle.
    """
    value, error = (per_query(problem, problem.value_dim) for _ in range(2))
    landmarks = plain_landmarks(problem, n_proposals)
    for item in scaled_items(problem):
        value[item.at], error[item.at] = _limit(item, weighting, landmarks[item.at])
    return Answer(value, error)


def _limit(item: ScaledItem, weighting: Weighting, landmarks: Landmarks) -> Answer:
    differences = landmarks.mu - landmarks.mu[0]
    basis = span_of(differences, np.zeros((1, item.x.shape[1]))).basis
    centres = (item.x[:, None, :] + item.y - landmarks.mu[0]) @ basis
    mu, pi = differences @ basis, softmax_rows(item.x, item.y)
    middle = item.v.mean(axis=0)
    value, error = (np.zeros((len(item.x), item.v.shape[1])) for _ in range(2))
    for n, offsets in enumerate(weighting.offsets(item.x, landmarks)):
        factors = _mean_totals(centres[n], mu, weighting, offsets)
        shares = pi[n] * factors.value
        shares /= shares.sum()
        lim = shares @ (item.v - middle)
        relative = factors.error / np.abs(factors.value)
        value[n] = middle + lim
        error[n] = 2 * (shares * relative) @ np.abs(item.v - middle - lim)
    return Answer(value, error)


def _mean_totals(centres: Array, mu: Array, weighting: Weighting, offsets: Array) -> Answer:
    """``a_m = E a(c_m + z)`` for each centre of one query ``(M, r)``, ``z ~ N(0, I_r)``."""

    def total(w: Array) -> Array:
        return weighting.total(_balance(w, mu), offsets)

    levels = weighting.kinks(offsets)
    if mu.shape[1] == 1 and levels is not None:
        breaks = [cut for c, level in enumerate(levels) for cut in _crossings(mu[:, 0], c, float(level))]
        return line_expectation(lambda w: total(w[:, None]), centres[:, 0], breaks)
    if mu.shape[1] == 2 and levels is not None:
        largest = float(weighting.total(np.ones_like(offsets), offsets))  # each BH_c is at most one
        return plane_expectation(total, centres, bound=largest, tolerance=weighting.tolerance)
    most = np.full(len(centres), float(weighting.total(np.ones_like(offsets), offsets)))  # each BH_c is at most one
    return gaussian_expectation(
        lambda z: total(z[:, None, :] + centres),
        mu.shape[1],
        bound=most,
        tolerance=weighting.tolerance if mu.shape[1] > 1 else min(weighting.tolerance, 1e-11),
        kinked=levels is not None,
    )


def _crossings(mu: Array, c: int, level: float) -> list[float]:
    """Where ``BH_c`` crosses a level along the line of the means ``mu`` ``(C,)``."""
    if not 0 < level < 1:
        return []
    tilt, height = mu - mu[c], 0.5 * (mu**2 - mu[c] ** 2)  # BH_c = 1 / sum exp(tilt w - height)

    def log_excess(w: float) -> float:
        exponents = tilt * w - height
        top = float(exponents.max())
        return -top - float(np.log(np.exp(exponents - top).sum())) - float(np.log(level))

    return concave_crossings(log_excess)


def _balance(w: Array, mu: Array) -> Array:
    """``BH_c(w)``, ``(..., C)``."""
    log_density = w @ mu.T - 0.5 * (mu**2).sum(axis=1)
    density = np.exp(log_density - log_density.max(axis=-1, keepdims=True))
    return np.asarray(density / density.sum(axis=-1, keepdims=True))
