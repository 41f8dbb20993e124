"""Coupled rows as a sampling: G of a block of S <= d orthogonal or simplex rows, for first-order theory.

A block has rows ``w_i = rho_i u_i``, lengths ``rho_i ~ chi_d`` independent, directions jointly Haar with ``u_i.u_j =
c``: 0 (orthogonal) or ``-1/(d-1)`` (simplex). Blocks are independent, so that a block is one draw of `first_order`;
its feature is the mean over rows, and

    G_ml = (1/S) exp(z_m.z_l) + (1 - 1/S) K_ml,   K_ml = E[r_m(w_1) r_l(w_2)],   z_m = x + y_m.

**K.** Write ``u_2 = c u_1 + s u'``, ``s^2 = 1 - c^2``, with ``(u_1, u')`` a uniform orthonormal pair: ``w_1.a + w_2.b
= u_1.(rho_1 a + c rho_2 b) + u'.(s rho_2 b)``, whose exponential has the mean ``0F1(d/2; X)`` of a 2 x 2 matrix
argument, ``X = B'B / 4``, B the matrix of the two vectors (Muirhead, *Aspects of Multivariate Statistical Theory*,
1982, chapter 7). In two dimensions

    0F1(h; X) = sum_k det(X)^k / ((h)_2k (h - 1/2)_k k!) 0F1(h + 2k; tr X),

with ``tr X = (rho_1^2 a^2 + rho_2^2 b^2 + 2 c rho_1 rho_2 a.b) / 4`` and ``det X = s^2 rho_1^2 rho_2^2 (a^2 b^2 -
(a.b)^2) / 16``. In polar coordinates ``rho_1, rho_2 = R cos t, R sin t``: ``R^2 ~ chi^2_2d``, t of density
proportional to ``sin(2t)^(d-1)``, independent; the moments ``E R^2j = 2^j (d)_j`` give

    K = exp(-(a^2 + b^2) / 2) E_t sum_k c_k (s^2 D sin^2 t cos^2 t / 4)^k 1F1(d + 2k; h + 2k; T / 2),
    c_k = (d)_2k / ((h)_2k (h - 1/2)_k k!),

``h = d/2``, ``D = a^2 b^2 - (a.b)^2``, ``T = a^2 cos^2 t + b^2 sin^2 t + c a.b sin 2t``. All terms are positive. At
``a = b`` this is the closed form of `kernel_variance`.

Error: the series to rounding, the mean over t by Gauss-Legendre doubled until it stays to 1e-13. Domain: ``|x + y|^2
<= 600``, d >= 2 (or one row); moments of order 2. S of `first_order` counts blocks.
"""

from dataclasses import dataclass

import numpy as np

from lara_verify.oracles.answer import Array, OutsideDomainError

_LARGEST = 600.0
_SETTLED = 1e-13
_FIRST_NODES, _LAST_NODES = 16, 256
_MOST_TERMS = 400


@dataclass(frozen=True, slots=True)
class OrthogonalRows:
    """The mean of `n_rows` features at orthogonal rows."""

    n_rows: int

    def log_gram(self, x: Array, y: Array) -> Array:
        """Of the block."""
        return _log_gram(x, y, self.n_rows, 0.0)

    def moment(self, x: Array, y: Array, order: int) -> Array:
        """Order 2 alone."""
        return _moment(self.log_gram(x, y), order)


@dataclass(frozen=True, slots=True)
class SimplexRows:
    """The mean of `n_rows` features at rows of inner product ``-1 / (d - 1)`` of their directions."""

    n_rows: int

    def log_gram(self, x: Array, y: Array) -> Array:
        """Of the block."""
        return _log_gram(x, y, self.n_rows, -1 / max(x.shape[1] - 1, 1))

    def moment(self, x: Array, y: Array, order: int) -> Array:
        """Order 2 alone."""
        return _moment(self.log_gram(x, y), order)


def _moment(log_gram: Array, order: int) -> Array:
    if order != 2:
        raise OutsideDomainError(f"a moment of order {order} of coupled rows was asked; known is order 2")
    return np.asarray(np.exp(log_gram))


def _log_gram(x: Array, y: Array, n_rows: int, inner: float) -> Array:
    dim = x.shape[1]
    if not 1 <= n_rows <= dim:
        raise OutsideDomainError(f"a block has {n_rows} rows; expected 1 to d = {dim}")
    z = x[:, None, :] + y
    products = np.asarray(np.einsum("nmd,nld->nml", z, z))
    if products.max() > _LARGEST:
        raise OutsideDomainError(f"|x + y|^2 is {products.max():.0f}; offered is up to {_LARGEST:.0f}")
    if n_rows == 1:
        return products
    first, second = np.triu_indices(len(y))
    squares = np.einsum("nmm->nm", products)
    pair = _settled(squares[:, first], squares[:, second], products[:, first, second], dim, inner)
    coupled = np.zeros_like(products)
    coupled[:, first, second] = coupled[:, second, first] = pair
    return np.asarray(np.log(np.exp(products) / n_rows + (1 - 1 / n_rows) * coupled))


def _settled(a2: Array, b2: Array, ab: Array, dim: int, inner: float) -> Array:
    """``K``, its nodes doubled until it stays."""
    n_nodes = _FIRST_NODES
    now = _mean_over_angles(a2, b2, ab, dim, inner, n_nodes)
    while n_nodes < _LAST_NODES:
        n_nodes *= 2
        before, now = now, _mean_over_angles(a2, b2, ab, dim, inner, n_nodes)
        if np.all(np.abs(now - before) <= _SETTLED * now):
            return np.asarray(now)
    raise OutsideDomainError(f"the mean over angles has not settled at {_LAST_NODES} nodes")


def _mean_over_angles(a2: Array, b2: Array, ab: Array, dim: int, inner: float, n_nodes: int) -> Array:
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    angles = (nodes + 1) * np.pi / 4
    law = weights * np.sin(2 * angles) ** (dim - 1)
    spread = (1 - inner**2) * np.maximum(a2 * b2 - ab**2, 0.0)
    total = np.zeros_like(a2)
    for t, share in zip(angles, law / law.sum(), strict=True):
        trace = a2 * np.cos(t) ** 2 + b2 * np.sin(t) ** 2 + inner * ab * np.sin(2 * t)
        total += share * _series(spread * (np.sin(t) * np.cos(t)) ** 2 / 4, trace / 2, (a2 + b2) / 2, dim)
    return total


def _series(step: Array, argument: Array, exponent: Array, dim: int) -> Array:
    """The sum over k, times ``exp(-exponent)``."""
    from scipy.special import hyp1f1  # here: it costs 100 ms

    half = dim / 2
    factor, total = np.exp(-exponent), np.zeros_like(step)
    for k in range(_MOST_TERMS):
        term = factor * hyp1f1(dim + 2 * k, half + 2 * k, argument)
        total += term
        if np.all(term <= 1e-17 * total):
            return np.asarray(total)
        rising = (dim + 2 * k) * (dim + 2 * k + 1) / ((half + 2 * k) * (half + 2 * k + 1) * (half - 0.5 + k) * (k + 1))
        factor = factor * step * rising
    raise OutsideDomainError(f"the series of coupled rows needs more than {_MOST_TERMS} terms")
