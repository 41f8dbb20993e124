"""How draws are made, as the matrix that first-order theory needs: ``G_ml = E[r_m r_l]``.

For one draw (one pair, where antithetic) the normaliser over its mean is ``sum_m pi_m r_m``, ``E r_m = 1``. With
``z_m = x + y_m`` (estimators.md, section 3):

- `GaussianProposal` ``N(mu, I)``, ``d = z - mu``: ``exp(d_m.d_l)``;
- `AntitheticProposal`, a pair about mu: ``cosh(d_m.d_l)``;
- `Trigonometric`, ``D_m = x - y_m``: ``cosh(D_m.D_l)``;
- `CorrelatedProposal` ``N(mu, S)``:
  ``|S|^(1/2) |H|^(-1/2) exp((d_m+d_l)' H^-1 (d_m+d_l) / 2 - (|d_m|^2+|d_l|^2) / 2)``,

with ``H = 2I - S^-1``, which must be positive definite: otherwise the second moment is infinite.

Moments of any order k, for second-order bias and beyond, are as closed. With ``a_ml`` the products above and the sum
over pairs of the k factors,

- ``N(mu, I)``: ``exp(sum a)``, the exponent of ``E exp(w.(d_m + d_l + ..))`` less the squares;
- pairs: the mean of ``exp(sum s_m s_l a_ml)`` over signs s, one for each factor (``r(z)`` or ``r(-z)``);
- trigonometric: the mean of ``exp(-sum s_m s_l a_ml)``, for ``E cos cos .. = mean_s exp(-|sum s_m D_m|^2 / 2)``;
- ``N(mu, S)``: ``|S|^((k-1)/2) |H|^(-1/2) exp(s' H^-1 s / 2 - sum |d_m|^2 / 2)``, ``s = sum d_m``, ``H = k I - (k-1)
  S^-1``: the integral of k Gaussians over ``q^(k-1)``, infinite unless H is positive definite.

``log G`` is given as a logarithm: on real activations ``chi^2`` reaches 1e19.
"""

from dataclasses import dataclass
from itertools import combinations, product
from typing import Protocol

import numpy as np

from lara_verify.oracles.answer import Array, OutsideDomainError


class Sampling(Protocol):
    """What draws the features."""

    def log_gram(self, x: Array, y: Array) -> Array:
        """``log G``, ``(N, M, M)``, of scaled queries ``x`` ``(N, d)`` and keys ``y`` ``(M, d)``."""
        ...

    def moment(self, x: Array, y: Array, order: int) -> Array:
        """``E[r_m r_l r_k ..]``, ``(N, M, .., M)`` with as many axes of keys as `order`."""
        ...


def _products(delta: Array) -> Array:
    return np.asarray(np.einsum("nmd,nld->nml", delta, delta))


def _log_cosh(products: Array) -> Array:
    size = np.abs(products)
    return np.asarray(size + np.log1p(np.exp(-2 * size)) - np.log(2.0))


@dataclass(frozen=True, slots=True, eq=False)
class GaussianProposal:
    """``w ~ N(mu, I)``; ``mu`` ``(d,)``, None for 0, which is RFA's."""

    mu: Array | None = None

    def log_gram(self, x: Array, y: Array) -> Array:
        """``d_m.d_l``."""
        return _products(_from_mean(x, y, self.mu))

    def moment(self, x: Array, y: Array, order: int) -> Array:
        """The exponential of the sum of products."""
        return np.asarray(np.exp(_sum_over_pairs(_products(_from_mean(x, y, self.mu)), (1,) * order)))


@dataclass(frozen=True, slots=True, eq=False)
class AntitheticProposal:
    """Pairs ``mu + z`` and ``mu - z``, the two averaged: one draw is a pair."""

    mu: Array | None = None

    def log_gram(self, x: Array, y: Array) -> Array:
        """``log cosh(d_m.d_l)``."""
        return _log_cosh(_products(_from_mean(x, y, self.mu)))

    def moment(self, x: Array, y: Array, order: int) -> Array:
        """The mean over signs; of order 3, ``cosh cosh cosh + sinh sinh sinh``."""
        return _mean_over_signs(_products(_from_mean(x, y, self.mu)), order)


@dataclass(frozen=True, slots=True)
class Trigonometric:
    """``r_m`` from ``cos(w.(x - y_m))``, ``w ~ N(0, I)``: signed features."""

    def log_gram(self, x: Array, y: Array) -> Array:
        """``log cosh(D_m.D_l)``, ``D_m = x - y_m``."""
        return _log_cosh(_products(x[:, None, :] - y))

    def moment(self, x: Array, y: Array, order: int) -> Array:
        """The mean over signs; of order 3, ``cosh cosh cosh - sinh sinh sinh``."""
        return _mean_over_signs(-_products(x[:, None, :] - y), order)


@dataclass(frozen=True, slots=True, eq=False)
class CorrelatedProposal:
    """``w ~ N(mu, covariance)``; needs ``2I - covariance^-1`` positive definite."""

    covariance: Array
    mu: Array | None = None

    def log_gram(self, x: Array, y: Array) -> Array:
        """The closed form above."""
        delta = _from_mean(x, y, self.mu)
        inverse, log_factor = self._precision(2)
        solved = np.einsum("nmd,de,nle->nml", delta, inverse, delta)
        own = np.einsum("nmm->nm", solved)
        square = (delta**2).sum(axis=-1)
        diagonal = 0.5 * (own - square)
        return np.asarray(log_factor + solved + diagonal[:, :, None] + diagonal[:, None, :])

    def moment(self, x: Array, y: Array, order: int) -> Array:
        """The closed form above; the quadratic form is its diagonal terms plus its sum over pairs."""
        delta = _from_mean(x, y, self.mu)
        inverse, log_factor = self._precision(order)
        solved = np.einsum("nmd,de,nle->nml", delta, inverse, delta)
        diagonal = 0.5 * (np.einsum("nmm->nm", solved) - (delta**2).sum(axis=-1))
        single = sum(np.expand_dims(diagonal, _other_axes(order, i)) for i in range(order))
        return np.asarray(np.exp(log_factor + single + _sum_over_pairs(solved, (1,) * order)))

    def _precision(self, order: int) -> tuple[Array, float]:
        """``H^-1`` and the logarithm of ``|S|^((k-1)/2) |H|^(-1/2)``."""
        h = order * np.eye(len(self.covariance)) - (order - 1) * np.linalg.inv(self.covariance)
        smallest = float(np.linalg.eigvalsh(h).min())
        if smallest <= 0:
            raise OutsideDomainError(
                f"{order}I - {order - 1} covariance^-1 has eigenvalue {smallest:.3g}; unless positive, the moment of "
                f"order {order} of the weights is infinite"
            )
        log_factor = 0.5 * ((order - 1) * np.linalg.slogdet(self.covariance)[1] - np.linalg.slogdet(h)[1])
        return np.linalg.inv(h), float(log_factor)


def _from_mean(x: Array, y: Array, mu: Array | None) -> Array:
    """``x_n + y_m - mu``, ``(N, M, d)``."""
    z = x[:, None, :] + y
    return z if mu is None else z - mu


def _other_axes(order: int, *kept: int) -> tuple[int, ...]:
    """Axes 1 .. order of an array ``(N, M, .., M)`` on which a factor depends not."""
    return tuple(i + 1 for i in range(order) if i not in kept)


def _sum_over_pairs(products: Array, signs: tuple[int, ...]) -> Array:
    """``sum_{i<j} s_i s_j a``, each pair of factors on its own two axes of ``(N, M, .., M)``."""
    order = len(signs)
    n, m = products.shape[:2]
    total = np.zeros((n, *(m,) * order))
    for i, j in combinations(range(order), 2):
        total += signs[i] * signs[j] * np.expand_dims(products, _other_axes(order, i, j))
    return total


def _mean_over_signs(products: Array, order: int) -> Array:
    """Mean of ``exp(sum s_i s_j a)`` over signs; the first may be 1, for all can be turned at once."""
    choices = list(product((1,), *[(1, -1)] * (order - 1)))
    total = sum((np.exp(_sum_over_pairs(products, signs)) for signs in choices), start=np.zeros(1))
    return np.asarray(total / len(choices))
