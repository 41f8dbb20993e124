"""Betting on one coordinate at a time: a mixture that needs only the count, the sum and the sum of squares."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from lara_verify.stats.log_mean import log_mean_exp

Array = NDArray[np.float64]

SHARES = 0.75 * 2.0 ** -np.arange(14)
"""Bets as shares of the largest safe one, geometric: one of them is within a factor 2 of the best."""

CURVATURE = (-np.log1p(-SHARES) - SHARES) / SHARES**2
"""``k(c)`` with ``log(1 + t) >= t - k(c) t^2`` for every ``t >= -c``; the inequality is tight at ``t = -c``."""

NARROW = 2.0**-10
"""A loss below this share of the range counts as this share.

Against a mean at the end of the range the best bet is of the order of 1/range, and bets as large as would be safe
there are all too large for their parabola.
"""


class CoordinateMixture:
    """E-process against ``|E Y_j| <= slack_j`` for every coordinate ``j``, for ``low_j <= Y_j <= high_j``.

    A bet of size ``b`` on the sign ``s`` of coordinate ``j`` multiplies wealth by ``1 + b (s Y_j - slack_j)``, whose
    expectation is at most 1 under the null. With ``b = c / (largest loss)`` the argument never falls below ``-c``, so

        ``log wealth >= b sum(s Y - slack) - k(c) b^2 sum (s Y - slack)^2``,

    and the right side is a lower bound of a supermartingale's logarithm that depends on three sums only: order-free,
    O(1) memory, and shards add. Wealth is averaged over shares ``c``, signs and coordinates (an average of e-processes
    is one, so no Bonferroni).

    Parameters
    ----------
    low, high
        ``(D,)``: sure bounds of ``Y``, up to ``slack``.
    slack
        ``(D,)``: half-width of the null interval (rounding).
    """

    def __init__(self, low: Array, high: Array, slack: Array) -> None:
        self._low, self._high, self._slack = low, high, slack
        self.count = 0
        self.total = np.zeros_like(low)
        self.squares = np.zeros_like(low)

    def update(self, block: Array) -> None:
        """Add a block ``(R, D)`` of independent replicates."""
        self.count += len(block)
        self.total = self.total + block.sum(axis=0)
        self.squares = self.squares + np.einsum("rd,rd->d", block, block)

    def merge(self, other: "CoordinateMixture") -> None:
        """Add the sums of another shard of the same problem."""
        self.count += other.count
        self.total = self.total + other.total
        self.squares = self.squares + other.squares

    @property
    def mean(self) -> Array:
        """``(D,)``: the mean so far (zero before the first block)."""
        return self.total / max(self.count, 1)

    @property
    def variance(self) -> Array:
        """``(D,)``: the plain variance so far; for planning and display, never for a guarantee."""
        return np.maximum(self.squares / max(self.count, 1) - self.mean**2, 0.0)

    def log_wealth(self) -> float:
        """Logarithm of the e-process, averaged over everything."""
        each = self._log_wealth_of_each(np.zeros_like(self._low))
        return log_mean_exp(each)

    def interval(self, beta: float) -> tuple[Array, Array]:
        """Confidence sequence: for each ``j`` the means of ``Y_j`` not excluded at level ``beta``, at any time.

        The set of means ``m`` for which the e-process of ``Y_j - m``, averaged over its two signs, stays below
        ``1/beta``, cut to the sure bounds. ``beta`` is per coordinate. Ends are found by bisection between the
        observed mean, which is never excluded, and the sure bound, to 2^-40 of their distance.
        """
        centre = np.clip(self.mean, self._low, self._high)
        return self._end(self._low, centre, beta), self._end(self._high, centre, beta)

    def _end(self, outer: Array, inner: Array, beta: float) -> Array:
        excluded, kept = outer.copy(), inner.copy()
        never = ~self._excludes(excluded, beta)
        for _ in range(40):
            middle = (excluded + kept) / 2
            out = self._excludes(middle, beta)
            excluded = np.where(out, middle, excluded)
            kept = np.where(out, kept, middle)
        return np.where(never, outer, excluded)

    def _excludes(self, shift: Array, beta: float) -> NDArray[np.bool_]:
        each = self._log_wealth_of_each(shift)
        averaged = logsumexp(each, axis=(0, 1)) - np.log(each.shape[0] * each.shape[1])
        return np.asarray(averaged >= -np.log(beta))

    def _log_wealth_of_each(self, shift: Array) -> Array:
        """``(14, 2, D)``: the bound of log wealth of each share and sign, against the mean ``shift``."""
        n = self.count
        total = self.total - n * shift
        squares = np.maximum(self.squares - 2 * shift * self.total + n * shift**2, 0.0)
        logs = []
        for sign, loss in ((1.0, shift - self._low), (-1.0, self._high - shift)):
            most = np.maximum(loss, 0.0) + 2 * self._slack
            span = np.maximum(most, NARROW * (self._high - self._low))
            safe = np.divide(1.0, span, out=np.zeros_like(span), where=span > 0)
            bet = SHARES[:, None] * safe
            gain = sign * total - n * self._slack
            spread = squares - 2 * sign * self._slack * total + n * self._slack**2
            log = bet * gain - CURVATURE[:, None] * bet**2 * spread
            # a variable that cannot move against the bet but did move for it excludes the null outright
            logs.append(np.where((most <= 0) & (gain > 0), np.inf, log))
        return np.stack(logs, axis=1)
