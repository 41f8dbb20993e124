"""How draws are made, as the matrix that first-order theory needs: ``G_ml = E[r_m r_l]``.

For one draw (one pair, where antithetic) the normaliser over its mean is ``sum_m pi_m r_m``, ``E r_m = 1``. With
``z_m = x + y_m`` (estimators.md, section 3):

- `GaussianProposal` ``N(mu, I)``, ``d = z - mu``: ``exp(d_m.d_l)``;
- `AntitheticProposal`, a pair about mu: ``cosh(d_m.d_l)``;
- `Trigonometric`, ``D_m = x - y_m``: ``cosh(D_m.D_l)``;
- `CorrelatedProposal` ``N(mu, S)``:
  ``|S|^(1/2) |H|^(-1/2) exp((d_m+d_l)' H^-1 (d_m+d_l) / 2 - (|d_m|^2+|d_l|^2) / 2)``,

with ``H = 2I - S^-1``, which must be positive definite: otherwise the second moment is infinite. The third moments
``E[r_m r_l r_k]``, for second-order bias, are known for the first two: ``G_ml G_mk G_lk``, and for pairs ``cosh cosh
cosh + sinh sinh sinh`` of the three products. All are given as logarithms: on real activations ``chi^2`` reaches
1e19.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lara_verify.oracles.answer import Array, OutsideDomainError


class Sampling(Protocol):
    """What draws the features."""

    def log_gram(self, x: Array, y: Array) -> Array:
        """``log G``, ``(N, M, M)``, of scaled queries ``x`` ``(N, d)`` and keys ``y`` ``(M, d)``."""
        ...

    def third_moment(self, x: Array, y: Array) -> Array:
        """``E[r_m r_l r_k]``, ``(N, M, M, M)``."""
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

    def third_moment(self, x: Array, y: Array) -> Array:
        """``G_ml G_mk G_lk``: the exponent of ``E exp(w.(d_m + d_l + d_k))`` is the sum of the three products."""
        products = self.log_gram(x, y)
        return np.asarray(np.exp(products[:, :, :, None] + products[:, :, None, :] + products[:, None, :, :]))


@dataclass(frozen=True, slots=True, eq=False)
class AntitheticProposal:
    """Pairs ``mu + z`` and ``mu - z``, the two averaged: one draw is a pair."""

    mu: Array | None = None

    def log_gram(self, x: Array, y: Array) -> Array:
        """``log cosh(d_m.d_l)``."""
        return _log_cosh(_products(_from_mean(x, y, self.mu)))

    def third_moment(self, x: Array, y: Array) -> Array:
        """``cosh cosh cosh + sinh sinh sinh`` of the three products."""
        a = _products(_from_mean(x, y, self.mu))
        first, second, third = a[:, :, :, None], a[:, :, None, :], a[:, None, :, :]
        even = np.cosh(first) * np.cosh(second) * np.cosh(third)
        return np.asarray(even + np.sinh(first) * np.sinh(second) * np.sinh(third))


@dataclass(frozen=True, slots=True)
class Trigonometric:
    """``r_m`` from ``cos(w.(x - y_m))``, ``w ~ N(0, I)``: signed features."""

    def log_gram(self, x: Array, y: Array) -> Array:
        """``log cosh(D_m.D_l)``, ``D_m = x - y_m``."""
        return _log_cosh(_products(x[:, None, :] - y))

    def third_moment(self, x: Array, y: Array) -> Array:
        """Not offered."""
        raise OutsideDomainError(
            "the third moment is known for Gaussian and antithetic proposals, not for trigonometric"
        )


@dataclass(frozen=True, slots=True, eq=False)
class CorrelatedProposal:
    """``w ~ N(mu, covariance)``; needs ``2I - covariance^-1`` positive definite."""

    covariance: Array
    mu: Array | None = None

    def log_gram(self, x: Array, y: Array) -> Array:
        """The closed form above."""
        delta = _from_mean(x, y, self.mu)
        h = 2 * np.eye(x.shape[1]) - np.linalg.inv(self.covariance)
        smallest = float(np.linalg.eigvalsh(h).min())
        if smallest <= 0:
            raise OutsideDomainError(
                f"2I - covariance^-1 has eigenvalue {smallest:.3g}; unless positive, weights have infinite variance"
            )
        solved = np.einsum("nmd,de,nle->nml", delta, np.linalg.inv(h), delta)
        own = np.einsum("nmm->nm", solved)
        square = (delta**2).sum(axis=-1)
        log_factor = 0.5 * (np.linalg.slogdet(self.covariance)[1] - np.linalg.slogdet(h)[1])
        diagonal = 0.5 * (own - square)
        return np.asarray(log_factor + solved + diagonal[:, :, None] + diagonal[:, None, :])

    def third_moment(self, x: Array, y: Array) -> Array:
        """Not offered."""
        raise OutsideDomainError(
            "the third moment is known for Gaussian and antithetic proposals, not for correlated ones"
        )


def _from_mean(x: Array, y: Array, mu: Array | None) -> Array:
    """``x_n + y_m - mu``, ``(N, M, d)``."""
    z = x[:, None, :] + y
    return z if mu is None else z - mu
