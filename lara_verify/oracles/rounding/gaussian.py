r"""Features ``w = mu + L z`` of a Gaussian proposal whose covariance may itself be computed: how far they may be off.

**Isotropic and diagonal proposals.** The variance is ``(rho + 1) / 2``,
``rho = (d + 2p + sqrt((d + 2p)^2 + 8dp)) / 2d``, with p the mean of ``|x + y|^2`` over pairs (diagonal: d = 1,
coordinate by coordinate). Summed over the pairs, one axis after the other, or written as
``mean |x|^2 + mean |y|^2 + 2 mean x . mean y`` or as ``var x + var y + |mean x + mean y|^2``, p is off by at most
``gamma_{2(N + M) + d + 12} (mean |x|^2 + mean |y|^2 + 2 mean |x| . mean |y|)``, where the last is at least
``(mean |x| + mean |y|)^2``: means off by ``gamma_N mean |x|`` enter the square twice. The variance grows with p, so its
error is the difference of its values at the two ends; the root, and 14 roundings of the formula, are added.

**Given covariance.** A computed Cholesky factor is the exact one of ``covariance + E``,
``|E| <= gamma_{d + 1} / (1 - gamma_{d + 1}) r r^T``, ``r_i`` the root of the i-th diagonal entry (Demmel; Higham,
Accuracy and stability of numerical algorithms, theorem 10.5); rounding the entries to the dtype adds ``u r r^T``. With
``G = |L^-1| |E| |L^-T|``, here ``c g g^T``, the factor moves by at most
``|L| tril(G (I - G)^-1) = |L| tril(c g g^T) / (1 - c g . g)`` (Sun 1991; Higham, theorem 10.8), without limit where
``c g . g >= 1``.

**What the law adds to the exponent** of a draw's weight, ``|z|^2 / 2 - |w|^2 / 2 + log det L``: products of d terms,
their sum, and what w is off by, ``error . (|w| + error / 2)``.
"""

from typing import Any, NamedTuple

import numpy as np

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.draws import Draws, exact_draws
from lara_verify.oracles.rounding.symbols import Symbols

_NO_LIMIT = 1e100
"""What stands for infinity where products with 0 are taken."""


class Features(NamedTuple):
    """The draws, ``log N(z; 0, I) - log N(w; mu, covariance)`` less a constant, ``(*R, *B, S)``, and its error."""

    draws: Draws
    log_ratio: Array
    log_error: Array


def features(normals: Any, proposal: str, given: Any, of: Symbols, machine: Arithmetic) -> Features:
    """Draws and log-ratios of a proposal by name; `given` is read for the name given."""
    z = np.asarray(normals, dtype=np.float64)
    if proposal == "standard":
        nothing = np.zeros(z.shape[:-1])
        return Features(exact_draws(z), nothing, nothing)
    if proposal == "given":
        draws, log_det = _given(z, given, machine)
    else:
        draws, log_det = _data_aware(z, proposal, of, machine)
    half = 0.5 * (np.sum(z * z, axis=-1) - np.sum(draws.w * draws.w, axis=-1))
    size = 0.5 * (np.sum(z * z, axis=-1) + np.sum(draws.size * draws.size, axis=-1))
    moved = np.sum(draws.error * (np.abs(draws.w) + 0.5 * draws.error), axis=-1)
    error = machine.gamma(z.shape[-1] + 8) * size + moved + 2 * machine.u * (np.abs(half) + np.abs(log_det))
    return Features(draws, half, error)


def _given(z: Array, given: Any, machine: Arithmetic) -> tuple[Draws, Array]:
    dim = z.shape[-1]
    mu = np.zeros(dim) if given.mu is None else np.asarray(given.mu, dtype=np.float64)
    mu = mu[..., None, :]
    if given.covariance is None:
        return Draws(mu + z, np.abs(mu) + np.abs(z), np.zeros((1, dim))), np.zeros(1)
    covariance = np.asarray(given.covariance, dtype=np.float64)
    factor = np.linalg.cholesky(covariance)
    diagonal = np.diagonal(covariance, axis1=-2, axis2=-1)
    g = np.abs(np.linalg.inv(factor)) @ np.sqrt(diagonal)[..., None]
    gamma = machine.gamma(dim + 1)
    c = gamma / max(1 - gamma, 1e-3) + machine.u
    left = 1 - c * np.sum(g * g, axis=-2, keepdims=True)
    moved = np.tril(np.minimum(c * (g @ np.swapaxes(g, -1, -2)) / np.maximum(left, 1e-300), _NO_LIMIT))
    moved = np.abs(factor) @ moved
    w = mu + z @ np.swapaxes(factor, -1, -2)
    size = np.abs(mu) + np.abs(z) @ np.swapaxes(np.abs(factor), -1, -2)
    error = np.abs(z) @ np.swapaxes(moved, -1, -2) + machine.gamma(dim + 4) * size
    log_det = np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)[..., None]
    return Draws(w, size, error), log_det


def _data_aware(z: Array, proposal: str, of: Symbols, machine: Arithmetic) -> tuple[Draws, Array]:
    n_queries, n_keys, dim = of.x.shape[-2], of.y.shape[-2], of.x.shape[-1]
    share = of.takes_part[..., None] / np.sum(of.takes_part, axis=-1)[..., None, None]

    def mean_of_keys(rows: Array) -> Array:
        return np.asarray(np.sum(rows * share, axis=-2, keepdims=True))

    squares = np.mean(of.x**2, axis=-2, keepdims=True) + mean_of_keys(of.y**2)
    p = squares + 2 * np.mean(of.x, axis=-2, keepdims=True) * mean_of_keys(of.y)
    size = squares + 2 * np.mean(np.abs(of.x), axis=-2, keepdims=True) * mean_of_keys(np.abs(of.y))
    if proposal == "isotropic":
        p, size = np.sum(p, axis=-1, keepdims=True), np.sum(size, axis=-1, keepdims=True)
    error = machine.gamma(2 * (n_queries + n_keys) + dim + 12) * size
    d = dim if proposal == "isotropic" else 1
    low, high = _deviation(np.maximum(p - error, 0.0), d), _deviation(p + error, d)
    s = _deviation(np.maximum(p, 0.0), d)
    relative = (high - low) / low + machine.gamma(14)
    w = s * z
    log_det = np.sum(np.log(np.broadcast_to(s, (*s.shape[:-1], dim))), axis=-1)
    return Draws(w, np.abs(w), relative * np.abs(w)), log_det


def _deviation(p: Array, d: int) -> Array:
    """Root of the variance that is best for pairs whose ``|x + y|^2`` is p, in d dimensions."""
    rho = (d + 2 * p + np.sqrt((d + 2 * p) ** 2 + 8 * d * p)) / (2 * d)
    return np.asarray(np.sqrt((rho + 1) / 2))
