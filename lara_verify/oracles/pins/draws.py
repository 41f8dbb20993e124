"""One draw at the nodes of a rule, from densities as the definitions have them: no projection, no closed form.

Rules are the trapezoidal one on a uniform grid (for functions that decay like a Gaussian it converges exponentially)
and numpy's Gauss-Hermite, tensorised; the oracles use scipy's.
"""

from typing import NamedTuple

import numpy as np

from lara_verify.oracles.answer import Array


class Draw(NamedTuple):
    """At each node: weight ``(P,)``, what each key adds to the normaliser over its mean ``(P, M)``."""

    weights: Array
    parts: Array

    @property
    def normaliser(self) -> Array:
        """``D``, ``(P,)``, of mean 1."""
        return np.asarray(self.parts.sum(axis=1))

    def numerator(self, u: Array) -> Array:
        """``N``, ``(P, e)``."""
        return np.asarray(self.parts @ u)


def grid(dim: int, step: float = 0.1, reach: float = 11.0) -> tuple[Array, Array]:
    """Points ``(P, dim)`` and the trapezoidal weights of ``N(0, I)`` there."""
    line = np.arange(-reach, reach + step / 2, step)
    share = step * np.exp(-0.5 * line**2) / np.sqrt(2 * np.pi)
    return _tensor(line, share, dim)


def hermite(dim: int, n_nodes: int = 64) -> tuple[Array, Array]:
    """Points ``(P, dim)`` and weights of numpy's Gauss-Hermite rule for ``N(0, I)``."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    return _tensor(nodes, weights / np.sqrt(2 * np.pi), dim)


def _tensor(line: Array, share: Array, dim: int) -> tuple[Array, Array]:
    points = np.stack(np.meshgrid(*[line] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    weights = np.ones(1)
    for _ in range(dim):
        weights = np.multiply.outer(weights, share).ravel()
    return points, weights


def log_density(w: Array, mean: Array, covariance: Array | None = None) -> Array:
    """Of ``N(mean, covariance)`` at points ``(..., d)``."""
    gap = w - mean
    if covariance is None:
        return np.asarray(-0.5 * (gap**2).sum(axis=-1) - 0.5 * w.shape[-1] * np.log(2 * np.pi))
    whitened = np.linalg.solve(covariance, gap[..., None])[..., 0]
    log_det = float(np.linalg.slogdet(2 * np.pi * covariance)[1])
    return np.asarray(-0.5 * (gap * whitened).sum(axis=-1) - 0.5 * log_det)


def feature_draw(
    x: Array, y: Array, rule: tuple[Array, Array], mu: Array | None = None, covariance: Array | None = None
) -> Draw:
    """A draw ``w ~ N(mu, covariance)`` for one query: ``pi_m N(w; x + y_m, I) / q(w)``."""
    nodes, weights = rule
    mu = np.zeros(len(x)) if mu is None else mu
    w = mu + (nodes if covariance is None else nodes @ np.linalg.cholesky(covariance).T)
    pi = attention_weights(x, y)
    proposal = log_density(w, mu, covariance)
    parts = [p * np.exp(log_density(w, x + key) - proposal) for p, key in zip(pi, y, strict=True)]
    return Draw(weights, np.stack(parts, axis=1))


def pair_draw(x: Array, y: Array, rule: tuple[Array, Array], mu: Array | None = None) -> Draw:
    """A pair ``mu + z``, ``mu - z`` averaged."""
    nodes, weights = rule
    plus, minus = (feature_draw(x, y, (sign * nodes, weights), mu) for sign in (1, -1))
    return Draw(weights, (plus.parts + minus.parts) / 2)


def trigonometric_draw(x: Array, y: Array, rule: tuple[Array, Array]) -> Draw:
    """``e^{|x|^2 / 2 + |y_m|^2 / 2} cos(w.(x - y_m)) / Z``."""
    nodes, weights = rule
    normaliser = sum(np.exp(x @ key) for key in y)
    parts = [np.exp((x @ x + key @ key) / 2) * np.cos(nodes @ (x - key)) / normaliser for key in y]
    return Draw(weights, np.stack(parts, axis=1))


def attention_weights(x: Array, y: Array) -> Array:
    """``pi`` of one query, without a stabiliser."""
    weights = np.exp([x @ key for key in y])
    return np.asarray(weights / weights.sum())


def deviations(x: Array, y: Array, v: Array) -> Array:
    """``u_m = v_m - A(x)``, ``(M, e)``."""
    return np.asarray(v - attention_weights(x, y) @ v)


def tensor_ratio(draws: list[Draw], u: Array) -> tuple[Array, Array]:
    """Mean and mean square of ``sum N / sum D`` over independent draws, by the tensor rule over all of them."""
    numerator, normaliser, weight = np.zeros((1, u.shape[1])), np.zeros(1), np.ones(1)
    for draw in draws:
        numerator = (numerator[:, None, :] + draw.numerator(u)).reshape(-1, u.shape[1])
        normaliser = np.add.outer(normaliser, draw.normaliser).ravel()
        weight = np.multiply.outer(weight, draw.weights).ravel()
    ratio = numerator / normaliser[:, None]
    return np.asarray(weight @ ratio), np.asarray(weight @ ratio**2)


def mean_over_lengths(s: Array, dim: int) -> Array:
    """``E exp(rho s)``, ``rho ~ chi_dim``, for each entry of s."""
    nodes, weights = np.polynomial.legendre.leggauss(120)
    low, high = max(0.0, dim**0.5 - 11), dim**0.5 + 15
    rho = (low + high) / 2 + (high - low) / 2 * nodes
    log_law = (dim - 1) * np.log(rho) - 0.5 * rho**2
    law = weights * np.exp(log_law - log_law.max())
    return np.asarray(np.exp(np.outer(s, rho)) @ (law / law.sum()))
