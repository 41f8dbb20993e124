"""Betting along directions learned from the past: finds a bias that is spread thinly over many coordinates."""

import numpy as np
from numpy.typing import NDArray

from lara_verify.stats.hull import Support
from lara_verify.stats.log_mean import log_mean_exp

Array = NDArray[np.float64]

SAFE = 0.8
"""The largest share of wealth that one replicate may lose."""

RIDGES = (1e-3, 1e-2, 1e-1, 1.0)
"""Ridges of the precision matrix, in units of the mean variance of a coordinate."""

RELEARN = 1.15
"""A direction is learned anew each time the number of replicates has grown by this factor."""


class LearnedDirection:
    """E-process against ``|E Y_j| <= slack_j`` for all ``j``, with bets ``u`` that depend on earlier blocks only.

    Each expert multiplies its wealth by ``1 + u . Y - |u| . slack``; as ``u`` is fixed before the block, the factor has
    conditional expectation at most 1 under the null, and ``u`` is scaled so that it never falls below ``1 - SAFE``
    while ``Y`` stays in its hull. Experts are ``(S + rho I)^-1 m`` for several ridges ``rho`` (``m`` and ``S`` the past
    mean and covariance), a diagonal and a sparse one; their wealths are averaged.

    A factor below ``1 - SAFE`` proves that an output left the hull: `left_hull` is set and the experts lose everything,
    since their guarantee is about outputs in the hull.
    """

    def __init__(self, support: Support, slack: Array) -> None:
        dim = len(slack)
        self._support, self._slack = support, slack
        self._count, self._learned_at = 0, 0
        self._sum = np.zeros(dim)
        self._products = np.zeros((dim, dim))
        self._bets = np.zeros((len(RIDGES) + 2, dim))
        self._log_wealth = np.zeros(len(self._bets))
        self.left_hull = False

    def update(self, block: Array) -> None:
        """Bet on a block ``(R, D)`` with the directions of the past, then learn from it."""
        if not self.left_hull:
            factors = block @ self._bets.T - np.abs(self._bets) @ self._slack
            if factors.size and factors.min() < -SAFE * (1 + 1e-9):
                self.left_hull = True
                self._log_wealth[:] = -np.inf
            else:
                self._log_wealth += np.log1p(factors).sum(axis=0)
        self._count += len(block)
        self._sum += block.sum(axis=0)
        self._products += block.T @ block
        if self._count >= RELEARN * self._learned_at and not self.left_hull:
            self._learn()

    def log_wealth(self) -> float:
        """Logarithm of the experts' mean wealth."""
        if self.left_hull:
            return -np.inf
        return log_mean_exp(self._log_wealth)

    def _learn(self) -> None:
        n = self._count
        self._learned_at = n
        mean = self._sum / n
        covariance = self._products / n - np.outer(mean, mean)
        variance = np.maximum(np.diag(covariance), 0.0)
        unit = variance.mean()
        if unit <= 0:
            unit = float(mean @ mean) / len(mean)
            if unit <= 0:
                self._bets[:] = 0
                return
        values, vectors = np.linalg.eigh(covariance)
        values = np.maximum(values, 0.0)
        rotated = vectors.T @ mean
        bets, noise = [], []
        for ridge in RIDGES:
            inverse = 1 / (values + ridge * unit)
            bets.append(vectors @ (inverse * rotated))
            noise.append(float(inverse @ values) / n)
        inverse = 1 / (variance + RIDGES[1] * unit)
        bets.append(inverse * mean)
        noise.append(float(inverse @ variance) / n)
        score = np.abs(mean) / np.sqrt((variance + RIDGES[1] * unit) / n)
        chosen = score >= min(4.0, score.max())
        bets.append(np.where(chosen, inverse * mean, 0.0))
        noise.append(float(np.where(chosen, inverse * variance, 0.0).sum()) / n)
        self._bets = self._sized(np.stack(bets), np.array(noise), mean, covariance)

    def _sized(self, bets: Array, noise: Array, mean: Array, covariance: Array) -> Array:
        """Scale each bet to its best size (Kelly, to second order), at most the safe one; zero where no gain shows."""
        gain = np.maximum(bets @ mean - noise, 0.0)
        spread = np.einsum("kd,de,ke->k", bets, covariance, bets)
        size = np.divide(gain, spread + gain**2, out=np.zeros_like(gain), where=gain > 0)
        sized = bets * size[:, None]
        loss = self._support.loss(sized) + 2 * np.abs(sized) @ self._slack
        share = np.minimum(1.0, np.divide(SAFE, loss, out=np.ones_like(loss), where=loss > 0))
        return np.asarray(sized * share[:, None])
