"""Inner expectations of the Laplace oracle: ``E exp(-tD)``, ``E[N exp(-tD)]``, ``E[N^2 exp(-tD)]`` on a grid of t.

One query, in coordinates of its span; ``D = a p~_x(w) / (q(w) Z)``, ``N = D (f(w) - A)`` for one draw ``w ~ q = N(mu,
I)``. With ``pi`` and ``delta_m = x + y_m - mu``, ``D = a sum_m pi_m exp(z.delta_m - |delta_m|^2 / 2)`` at ``w = mu +
z``. For an antithetic pair both are averaged over ``z`` and ``-z``. For ``t <= 1`` the tables are of ``expm1(-tD)``,
which keeps small quantities exact (``E N = 0``); beyond, of ``exp(-tD)``, where the same trick would cancel. See
`ratio` for the formulas that these serve.
"""

from typing import NamedTuple

import numpy as np

from lara_verify.oracles.answer import Array, OutsideDomainError
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.quadrature import gauss_hermite

MAX_DRAWS = 10_000_000
MAX_DELTA = 3.0
STEP = 1 / 6
_LEAST_WEIGHT = 1e-32
_RADIUS = float(np.sqrt(-2 * np.log(_LEAST_WEIGHT)))  # nodes farther out carry less than the least weight
_SMALLEST = 1e-10  # the integrals start at t = this / draws; what is below contributes its square
_BLOCK = 1 << 12
_NOTHING = 1e-300


class Stratum(NamedTuple):
    """Draws from ``N(mu, I)``, each weighted by `weight`; a draw is a pair ``mu +- z`` where `antithetic`."""

    mu: Array
    weight: float
    antithetic: bool = False

    @property
    def draws(self) -> int:
        """How many feature draws one of these counts for."""
        return 2 if self.antithetic else 1


class Table(NamedTuple):
    """On the grid ``t`` ``(T,)`` and for each stratum c.

    Attributes
    ----------
    log_phi
        ``log E exp(-tD)``, ``(C, T)``.
    first, second
        ``E[N exp(-tD)] / phi`` and ``E[N^2 exp(-tD)] / phi``, ``(C, T, e)``.
    left_out
        What ``E[N D]`` may have beyond the inner nodes, at most, for values of range one.
    """

    t: Array
    log_phi: Array
    first: Array
    second: Array
    left_out: float

    def integrals(self, n_each: int, stride: int = 1) -> tuple[Array, Array]:
        """Bias and MSE with `n_each` draws a stratum, ``(e,)`` each, by the trapezoidal rule in log t."""
        t = self.t[::stride, None]
        log_phi = n_each * self.log_phi[:, ::stride].sum(axis=0)[:, None]
        first, second = self.first[:, ::stride], self.second[:, ::stride]
        total = n_each * first.sum(axis=0)
        pairs = total**2 - n_each * (first**2).sum(axis=0)
        weight = stride * STEP * t * np.exp(log_phi)
        return (weight * total).sum(axis=0), (weight * t * (n_each * second.sum(axis=0) + pairs)).sum(axis=0)


def table_of(strata: tuple[Stratum, ...], x: Array, y: Array, u: Array, n_nodes: int) -> Table:
    """Make the table of one query ``x`` ``(r,)``, keys ``y`` ``(M, r)``, centred values ``u = v - A`` ``(M, e)``."""
    pi = softmax_rows(x[None], y)[0]
    largest = max(float(np.linalg.norm(x + y - stratum.mu, axis=1).max()) for stratum in strata)
    if largest > MAX_DELTA:
        raise OutsideDomainError(f"|x + y - mu| is {largest:.2f}; the Laplace oracle is offered up to {MAX_DELTA}")
    lightest = min(stratum.weight for stratum in strata if stratum.weight > 0)
    top = np.log(50 / lightest) + _RADIUS * largest + largest**2 / 2  # exp(-tD) is nothing at any node above this
    s = np.arange(np.log(_SMALLEST / MAX_DRAWS), top, STEP)
    t = np.exp(s)
    columns = [_stratum(stratum, pi, x + y - stratum.mu, u, t, n_nodes) for stratum in strata]
    log_phi, first, second = (np.stack(part) for part in zip(*columns, strict=True))
    excess = max(_RADIUS - 2 * largest, 0.0)  # N D grows like exp(2 z.delta): its mass sits around 2 delta
    return Table(t, log_phi, first, second, float(np.exp(largest**2 - excess**2 / 2)))


def _stratum(stratum: Stratum, pi: Array, delta: Array, u: Array, t: Array, n_nodes: int) -> tuple[Array, Array, Array]:
    rule = gauss_hermite(delta.shape[1], n_nodes, _LEAST_WEIGHT)
    early = int((t <= 1).sum())
    phi, first, second = np.zeros(len(t)), np.zeros((len(t), u.shape[1])), np.zeros((len(t), u.shape[1]))
    for start in range(0, len(rule.weights), _BLOCK):
        z, weights = rule.nodes[start : start + _BLOCK], rule.weights[start : start + _BLOCK, None]
        parts = _parts(z, pi, delta)
        if stratum.antithetic:
            parts = (parts + _parts(-z, pi, delta)) / 2
        parts = stratum.weight * parts
        normaliser, numerator = parts.sum(axis=1), parts @ u
        less_one, late = np.expm1(-np.outer(t[:early], normaliser)), np.exp(-np.outer(t[early:], normaliser))
        for decay, part in ((less_one, slice(early)), (late, slice(early, None))):
            phi[part] += (decay @ weights)[:, 0]
            first[part] += decay @ (weights * numerator)
        second[:early] += (less_one + 1) @ (weights * numerator**2)
        second[early:] += late @ (weights * numerator**2)
    log_phi = np.concatenate([np.log1p(phi[:early]), np.log(np.maximum(phi[early:], _NOTHING))])
    survival = np.maximum(np.exp(log_phi), _NOTHING)[:, None]
    return log_phi, first / survival, second / survival


def _parts(z: Array, pi: Array, delta: Array) -> Array:
    """``pi_m exp(z.delta_m - |delta_m|^2 / 2)``, ``(P, M)``: summed, the normaliser of one draw over its mean."""
    return np.asarray(pi * np.exp(z @ delta.T - 0.5 * (delta**2).sum(axis=1)))
