"""Certifying that a mean vector is small: an intersection-union test by betting."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SAFE = 0.5
"""The largest share of wealth that one replicate may lose.

A bet that is best to second order is too large for a variable that is rarely far from its mean: what it loses at
once then outweighs what it gains. For Bernoulli variables whose tolerance is of the order of p, half comes close to
the best.
"""

LEAST_GAP = 0.1
"""The gap that is bet on is at least this share of the tolerance."""

PRIOR_WEIGHT = 16
"""The planned variance counts as much as this many replicates."""


class SmallMeanCertificate:
    """Evidence that ``|E Y_j| < tolerance_j`` for every coordinate at once.

    The null "some ``|E Y_j| >= tolerance_j``" is a union over coordinates and sides. For each of them wealth is
    multiplied by ``1 + b (tolerance_j -+ Y_j)``, a supermartingale if that part of the union holds, with ``b = gap
    / (variance + gap^2)`` from earlier blocks, ``gap = tolerance -+ mean`` (the mean shrunk towards zero, the gap
    at least a tenth of the tolerance): the growth-optimal bet to second order. Every process must, at some time,
    pass ``1/beta``: if the null holds, the one that it concerns does so with probability at most ``beta`` (Ville),
    so ``beta`` is not split over coordinates (Berger 1982).

    Parameters
    ----------
    tolerance
        ``(D,)``, positive.
    low, high
        ``(D,)``: sure bounds of ``Y``; a value beyond them is judged elsewhere and is cut to them here.
    variance
        ``(D,)``: the planned variance of ``Y``, used until replicates tell.
    safe
        The largest share of wealth that one replicate may lose; more than `SAFE` where the bounds are known to be
        far out.
    """

    def __init__(self, tolerance: Array, low: Array, high: Array, variance: Array, safe: float = SAFE) -> None:
        self._tolerance, self._low, self._high, self._safe = tolerance, low, high, safe
        self._count = PRIOR_WEIGHT
        self._sum = np.zeros_like(tolerance)
        self._squares = PRIOR_WEIGHT * variance
        self._floor = (high - low) ** 2 / 4
        self._log_wealth = np.zeros((2, len(tolerance)))
        self._best = np.zeros((2, len(tolerance)))

    def update(self, block: Array) -> None:
        """Bet on a block ``(R, D)`` with means and variances of the past, then learn from it."""
        inside = np.clip(block, self._low, self._high)
        mean = self._sum / self._count
        variance = np.maximum(self._squares / self._count - mean**2, self._floor / self._count**2)
        for side, (sign, most) in enumerate(((1.0, self._high), (-1.0, -self._low))):
            gap = np.maximum(self._tolerance - sign * mean, LEAST_GAP * self._tolerance)
            loss = most - self._tolerance
            safe = np.where(loss > 0, self._safe / np.where(loss > 0, loss, 1.0), np.inf)
            size = np.minimum(gap / (variance + gap**2), safe)
            self._log_wealth[side] += np.log1p(size * (self._tolerance - sign * inside)).sum(axis=0)
        self._best = np.maximum(self._best, self._log_wealth)
        self._count += len(block)
        self._sum = self._sum + inside.sum(axis=0)
        self._squares = self._squares + np.einsum("rd,rd->d", inside, inside)

    def log_wealth(self) -> float:
        """Logarithm of the least of the processes' best wealths; ``log 1/beta`` certifies at ``beta``."""
        return float(self._best.min()) if self._best.size else math.inf

    def weakest(self) -> int:
        """The coordinate that certification waits for."""
        return int(np.argmin(self._best.min(axis=0)))


def planned_replicates(sigma_share: float, range_share: float, beta: float) -> int:
    """Replicates after which a mean of zero is mostly certified at ``beta``.

    Parameters
    ----------
    sigma_share, range_share
        Standard deviation of one replicate and range of its values, both in units of the tolerance; the largest over
        coordinates.

    Notes
    -----
    Log wealth grows by about ``tolerance^2 / (2 sigma^2)`` a replicate while bets are small against the range, and
    by at most about ``tolerance / range`` when they are not; 1.75 covers fluctuation and learning.
    """
    log = math.log(1 / beta)
    return math.ceil(1.75 * 2 * log * sigma_share**2 + 1.25 * log * range_share)
