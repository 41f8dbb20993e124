"""Bias and mean squared error of a ratio of sums, exactly, at every number of draws: the Laplace oracle.

RFA and LARA with constant weights are ``R = sum N_i / sum D_i`` over independent draws, ``D_i > 0``: ``D = a p~_x(w)
/ (q(w) Z(x))`` for a draw from ``q = N(mu, S)`` of weight ``a``, and ``N = D f(w)``. With ``1/D = int exp(-tD) dt``
and ``1/D^2 = int t exp(-tD) dt`` (estimators.md, section 3.3), and N centred, ``N = D (f - A)``, so that ``E N = 0``:

- bias ``= int Phi(t) sum_i m_i(t) dt``, ``Phi = prod_i phi_i``, ``phi_i = E exp(-t D_i)``, ``m_i = E[N_i exp(-t D_i)]
  / phi_i``;
- MSE ``= int t Phi(t) {sum_i E[N_i^2 exp(-t D_i)] / phi_i + (sum_i m_i)^2 - sum_i m_i^2} dt``.

The inner expectations are over the span of ``x, y, mu`` (and of what the covariance adds, see `strata`) and go by
Gauss-Hermite; they do not depend on the number of draws, so one table serves every one. Near t = 0 nothing cancels:
``phi = 1 + E expm1(-tD)``, and ``E[N exp(-tD)] = E[N expm1(-tD)]``. Outside, ``t = exp(s)`` and the trapezoidal rule
in s, whose error is ``exp(-pi^2 / step)`` (Trefethen & Weideman, SIAM Review 56, 2014).

Error: *estimated*, the change on half as many inner nodes more plus that on doubling the outer step (both overstate
it), plus the mass of ``N D`` beyond the inner nodes and the rounding of the sums. Domain: ``span(x, y, mu)`` of at
most 3 dimensions for each query, ``|x + y_m - mu| <= 3``, ``2I - S^-1`` positive definite, 1 to 1e7 draws.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Answer, Array, OutsideDomainError, scaled_items
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.laplace_table import MAX_DRAWS, Table, table_of
from lara_verify.oracles.span import SECOND_ORDER
from lara_verify.oracles.strata import Stratum, inside

_SETTLED = 1e-9
_ROUNDING = 1e-13  # of sums over some 1e5 nodes, relative
_FIRST_NODES, _LAST_NODES = 16, 273
_PROBED = (1, 64, 100_000)  # numbers of draws at which the inner rule must have settled


class RatioMoments(NamedTuple):
    """Mean and mean square of the estimate minus softmax attention, per coordinate; ``(*B, N, e)`` with its error."""

    bias: Answer
    mse: Answer


def rfa_moments(problem: Problem, n_samples: int) -> RatioMoments:
    """Bias and MSE of RFA with `n_samples` draws from ``N(0, I)``; for several numbers make one `RatioOracle`."""
    return RatioOracle(problem).moments(n_samples)


class _Query(NamedTuple):
    """Tables of one query at two inner rules, and what the error owes to the projection and to the nodes."""

    at: tuple[int, ...]
    fine: Table
    coarse: Table
    spread: Array
    neglected: float


class RatioOracle:
    """Moments of ``sum a_c N / sum a_c D`` over strata, ``S`` draws from each, for a problem of low span.

    Parameters
    ----------
    problem
        Of low span: at most 3 dimensions in ``x``, ``y``, ``mu`` together, query by query.
    strata
        Proposals with their weights; None is RFA's single ``N(0, I)``. `rfa_proposal` makes RFA's others,
        `constant_weight_lara` LARA's.

    Raises
    ------
    OutsideDomainError
        If the span or the norms are too large.
    """

    def __init__(self, problem: Problem, strata: Sequence[Stratum] | None = None) -> None:
        self._problem = problem
        self._strata = tuple(strata) if strata else (Stratum(np.zeros(problem.dim), 1.0),)
        self._queries = [
            _settled(self._strata, x, item.y, item.v, at)
            for item in scaled_items(problem)
            for at, x in zip(item.queries_at, item.x, strict=True)
        ]

    def moments(self, n_samples: int) -> RatioMoments:
        """Bias and MSE when a query averages `n_samples` draws in all, equally many from each stratum.

        Raises
        ------
        OutsideDomainError
            If `n_samples` is not a positive multiple of the number of strata (twice that for antithetic pairs), or
            above 1e7.
        """
        share = sum(stratum.draws for stratum in self._strata)
        if not 1 <= n_samples <= MAX_DRAWS or n_samples % share:
            raise OutsideDomainError(f"n_samples is {n_samples}; expected a multiple of {share}, at most {MAX_DRAWS}")
        n_each = n_samples // share
        shape = (2, *self._problem.batch_shape, self._problem.n_queries, self._problem.value_dim)
        value, error = np.zeros(shape), np.zeros(shape)
        for query in self._queries:
            rules = query.fine.integrals(n_each), query.coarse.integrals(n_each), query.fine.integrals(n_each, stride=2)
            fine, fewer_nodes, longer_step = (np.stack(rule) for rule in rules)
            unseen = query.fine.left_out / n_samples + SECOND_ORDER * query.neglected
            at: tuple[slice | int, ...] = (slice(None), *query.at)
            value[at] = fine
            error[at] = np.abs(fine - fewer_nodes) + np.abs(fine - longer_step)
            error[at] += unseen * np.stack([query.spread, query.spread**2]) + _ROUNDING * np.abs(fine)
        return RatioMoments(Answer(value[0], error[0]), Answer(value[1], error[1]))


def constant_weight_lara(mu: Array, weights: Array | None = None, *, antithetic: bool = False) -> tuple[Stratum, ...]:
    """Strata of LARA with constant weights: proposals ``mu`` ``(C, d)``, scaled; `weights` None is `uniform`."""
    weights = np.full(len(mu), 1 / len(mu)) if weights is None else np.asarray(weights, dtype=np.float64)
    if weights.shape != (len(mu),) or weights.min() < 0 or abs(weights.sum() - 1) > 1e-12:
        raise OutsideDomainError(f"weights are {weights}; expected {len(mu)} non-negative numbers that sum to one")
    return tuple(Stratum(m, float(a), antithetic) for m, a in zip(mu, weights, strict=True))


def rfa_proposal(mu: Array, covariance: Array | None = None, *, antithetic: bool = False) -> tuple[Stratum, ...]:
    """The one stratum of RFA with proposal ``N(mu, covariance)``, ``mu`` ``(d,)``, scaled; None is the identity."""
    return (Stratum(mu, 1.0, antithetic, covariance),)


def _settled(strata: tuple[Stratum, ...], x: Array, y: Array, v: Array, at: tuple[int, ...]) -> _Query:
    """Add half as many inner nodes until bias and MSE at the probed numbers of draws stay."""
    query = inside(strata, x, y)
    pi = softmax_rows(x[None], y)[0]
    u = v - v.mean(axis=0)
    u = u - pi @ u
    spread = np.ptp(v, axis=0)
    n_nodes = _FIRST_NODES
    fine = table_of(query, u, n_nodes)
    change = np.inf
    while change > _SETTLED:
        n_nodes += n_nodes // 2
        if n_nodes > _LAST_NODES:
            raise OutsideDomainError(f"the inner quadrature still moves by {change:.1e} at {_LAST_NODES} nodes an axis")
        coarse, fine = fine, table_of(query, u, n_nodes)
        change = max(_relative_change(coarse, fine, n) for n in _PROBED)
    return _Query(at, fine, coarse, spread, query.neglected)


def _relative_change(coarse: Table, fine: Table, n_draws: int) -> float:
    changes = (
        float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-300))
        for a, b in zip(coarse.integrals(n_draws), fine.integrals(n_draws), strict=True)
    )
    return max(changes)
