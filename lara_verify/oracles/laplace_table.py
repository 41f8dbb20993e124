"""Inner expectations of the Laplace oracle: ``E exp(-tD)``, ``E[N exp(-tD)]``, ``E[N^2 exp(-tD)]`` on a grid of t.

One query, in coordinates of its span; ``D = a p~_x(w) / (q(w) Z)``, ``N = D (f(w) - A)`` for one draw ``w ~ q = N(mu,
S)``. With ``pi``, ``delta_m = x + y_m - mu`` and ``w = mu + L z``, L the Cholesky factor of S,

    ``D = a F |L| sum_m pi_m exp(|z|^2 / 2 - |L z - delta_m|^2 / 2)``,

which for ``S = I`` is ``a sum_m pi_m exp(z.delta_m - |delta_m|^2 / 2)``; F is the factor of the directions left out
(see `strata`). For an antithetic pair both are averaged over ``z`` and ``-z``. For ``t <= 1`` the tables are of
``expm1(-tD)``, which keeps small quantities exact (``E N = 0``); beyond, of ``exp(-tD)``, where the same trick would
cancel. See `ratio` for the formulas that these serve.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from lara_verify.oracles.answer import Array, OutsideDomainError
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.quadrature import gauss_hermite
from lara_verify.oracles.strata import Inside, InsideStratum

MAX_DRAWS = 10_000_000
MAX_DELTA = 3.0
STEP = 1 / 6
_LEAST_WEIGHT = 1e-32
_RADIUS = float(np.sqrt(-2 * np.log(_LEAST_WEIGHT)))  # nodes farther out carry less than the least weight
_SMALLEST = 1e-10  # the integrals start at t = this / draws; what is below contributes its square
_BLOCK = 1 << 12
_NOTHING = 1e-300


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


class _Nodes(NamedTuple):
    """Some nodes of one draw: what each key adds to the normaliser, ``(P, M)``, and their weights ``(P, 1)``."""

    parts: Array
    weights: Array


def table_of(query: Inside, u: Array, n_nodes: int) -> Table:
    """Make the table of one query in the coordinates of its span, with centred values ``u = v - A`` ``(M, e)``."""
    pi = softmax_rows(query.x[None], query.y)[0]
    offsets = [query.x + query.y - stratum.mu for stratum in query.strata]
    largest = max(float(np.linalg.norm(delta, axis=1).max()) for delta in offsets)
    if largest > MAX_DELTA:
        raise OutsideDomainError(f"|x + y - mu| is {largest:.2f}; the Laplace oracle is offered up to {MAX_DELTA}")
    used = [
        (stratum, pi, delta, n_nodes)
        for stratum, delta in zip(query.strata, offsets, strict=True)
        if stratum.weight > 0
    ]
    smallest = min(float(nodes.parts.sum(axis=1).min()) for draw in used for nodes in _nodes(*draw))
    top = np.log(50 / smallest)  # exp(-tD) is nothing at any node above this
    t = np.exp(np.arange(np.log(_SMALLEST / MAX_DRAWS), top, STEP))
    columns = [_column(_nodes(*draw), u, t) for draw in used]
    log_phi, first, second = (np.stack(part) for part in zip(*columns, strict=True))
    return Table(t, log_phi, first, second, max(_left_out(draw[0], largest) for draw in used))


def _left_out(stratum: InsideStratum, largest: float) -> float:
    """What ``q D^2`` has beyond the nodes: in z a Gaussian of precision ``2 S - I``, centred within `shift` of 0."""
    variances = stratum.variances
    least = min(1.0, float(variances.min(initial=1.0)))
    precision = 2 * least - 1
    shift = 2 * np.sqrt(least) * largest / precision
    excess = max(_RADIUS - shift, 0.0)
    log_size = (np.log(variances) - 0.5 * np.log(2 * variances - 1)).sum() + largest**2 / precision  # of E D^2
    return float(np.exp(log_size - precision * excess**2 / 2))


def _column(nodes: Iterator[_Nodes], u: Array, t: Array) -> tuple[Array, Array, Array]:
    early = int((t <= 1).sum())
    phi, first, second = np.zeros(len(t)), np.zeros((len(t), u.shape[1])), np.zeros((len(t), u.shape[1]))
    for parts, weights in nodes:
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


def _nodes(stratum: InsideStratum, pi: Array, delta: Array, n_nodes: int) -> Iterator[_Nodes]:
    """Nodes of one draw (one pair) in blocks, times the weight ``a`` and the factor of the directions left out."""
    rule = gauss_hermite(delta.shape[1], n_nodes, _LEAST_WEIGHT)
    factors, shares = _rest(stratum.rest_dim, stratum.rest_variance, n_nodes // 2)  # smooth: half will do
    for start in range(0, len(rule.weights), _BLOCK):
        z, weights = rule.nodes[start : start + _BLOCK], rule.weights[start : start + _BLOCK, None]
        parts = _parts(z, pi, delta, stratum.root)
        other = _parts(-z, pi, delta, stratum.root) if stratum.antithetic else parts
        parts = stratum.weight * (parts + other) / 2
        for factor, share in zip(factors, shares, strict=True):
            heavy = share * weights[:, 0] > _LEAST_WEIGHT
            if heavy.any():
                yield _Nodes(factor * parts[heavy], share * weights[heavy])


def _parts(z: Array, pi: Array, delta: Array, root: Array | None) -> Array:
    """What each key adds to the normaliser of one draw over its mean, less a and F, ``(P, M)``."""
    if root is None:
        return np.asarray(pi * np.exp(z @ delta.T - 0.5 * (delta**2).sum(axis=1)))
    w = z @ root.T
    growth = 0.5 * ((z**2).sum(axis=1) - (w**2).sum(axis=1))[:, None]
    return np.asarray(np.prod(root.diagonal()) * pi * np.exp(growth + w @ delta.T - 0.5 * (delta**2).sum(axis=1)))


@cache
def _rest(dim: int, variance: float, n_nodes: int) -> tuple[Array, Array]:
    """Values and probabilities of ``F = s^dim exp(-(s^2 - 1) R / 2)``, by Gauss-Laguerre for ``R ~ chi^2_dim``.

    For an antithetic pair both halves have the same R, hence the same F.
    """
    if dim == 0:
        return np.ones(1), np.ones(1)
    from scipy.special import roots_genlaguerre  # here: it costs 100 ms

    halves, weights = roots_genlaguerre(n_nodes, dim / 2 - 1)
    weights = weights / weights.sum()
    heavy = weights > _LEAST_WEIGHT
    return np.exp(0.5 * dim * np.log(variance) - (variance - 1) * halves[heavy]), weights[heavy]
