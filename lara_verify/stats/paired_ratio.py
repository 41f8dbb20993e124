"""Betting on the ratio of two means of paired, bounded, non-negative variables."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lara_verify.stats.coordinates import CURVATURE, NARROW, SHARES
from lara_verify.stats.log_mean import log_mean_exp

Array = NDArray[np.float64]

STEP, STEPS, HALVINGS = 2**0.125, 160, 40
"""An end of an interval is looked for on a geometric grid out to 2^20, then by halving the step it was found in."""


class PairedRatio:
    """E-processes about ``E a / E b`` for pairs ``0 <= a <= high_a``, ``0 <= b <= high_b``.

    For a ratio ``r`` bet on ``D = a - r b``, which lies in ``[-r high_b, high_a]``. Wealth ``prod(1 + u D)`` with ``u
    = c / (r high_b)`` is a supermartingale if ``E a <= r E b``, and ``prod(1 - u D)`` with ``u = c / high_a`` if ``E
    a >= r E b``; both are bounded from below as in `CoordinateMixture` and averaged over its shares ``c``. Five sums
    besides the count give both for *every* ``r`` at any time: of ``a``, ``b``, ``a^2``, ``b^2`` and ``a b``.
    Order-free, O(1) memory.

    Parameters
    ----------
    high_a, high_b
        Sure bounds; positive. A larger value must not be handed in.
    slack
        How far ``a - r b`` may be off by rounding, as a share of ``high_a + r high_b``.
    """

    def __init__(self, high_a: float, high_b: float, slack: float = 0.0) -> None:
        self._high_a, self._high_b, self._slack = high_a, high_b, slack
        self.count = 0
        self.sum_a = self.sum_b = 0.0
        self._aa = self._bb = self._ab = 0.0

    def update(self, a: Array, b: Array) -> None:
        """Add pairs ``(R,)``, ``(R,)``, independent of one another."""
        self.count += len(a)
        self.sum_a += float(a.sum())
        self.sum_b += float(b.sum())
        self._aa += float(a @ a)
        self._bb += float(b @ b)
        self._ab += float(a @ b)

    @property
    def ratio(self) -> float:
        """Ratio of the means so far; NaN while the second is zero."""
        return self.sum_a / self.sum_b if self.sum_b > 0 else math.nan

    @property
    def standard_error(self) -> float:
        """Of `ratio`, by the delta method; for display only."""
        return math.sqrt(self._square(self.ratio)) / self.sum_b if self.sum_b > 0 else math.nan

    def log_wealth_above(self, ratio: float) -> float:
        """Logarithm of the evidence against ``E a <= ratio E b``."""
        return self._log_wealth(self.sum_a - ratio * self.sum_b, ratio, ratio * self._high_b)

    def log_wealth_below(self, ratio: float) -> float:
        """Logarithm of the evidence against ``E a >= ratio E b``."""
        return self._log_wealth(ratio * self.sum_b - self.sum_a, ratio, self._high_a)

    def interval(self, beta: float) -> tuple[float, float]:
        """Confidence sequence of ``E a / E b``: each end errs, at any time, with probability at most ``beta``.

        A ratio that is excluded from one side excludes all beyond it, since their hypotheses imply its own; ends are
        therefore looked for outwards from the observed ratio. 0 and infinity where nothing is excluded.
        """
        if not self.ratio > 0:
            return 0.0, math.inf
        needed = math.log(1 / beta)
        low = self._end(lambda r: self.log_wealth_above(r) >= needed, 1 / STEP)
        high = self._end(lambda r: self.log_wealth_below(r) >= needed, STEP)
        return (0.0 if low is None else low), (math.inf if high is None else high)

    def _end(self, excluded: Callable[[float], bool], step: float) -> float | None:
        kept = self.ratio
        for _ in range(STEPS):
            if excluded(kept * step):
                out = kept * step
                for _ in range(HALVINGS):
                    middle = math.sqrt(kept * out)
                    kept, out = (kept, middle) if excluded(middle) else (middle, out)
                return out
            kept *= step
        return None

    def _square(self, ratio: float) -> float:
        return max(self._aa - 2 * ratio * self._ab + ratio**2 * self._bb, 0.0)

    def _log_wealth(self, gain: float, ratio: float, loss: float) -> float:
        """Of ``prod(1 + u (g - slack))`` for the ``g`` that sum to ``gain`` and never fall below ``-loss``."""
        slack = self._slack * (self._high_a + ratio * self._high_b)
        bet = SHARES / max(loss + slack, NARROW * (self._high_a + ratio * self._high_b))
        spread = self._square(ratio) - 2 * slack * gain + self.count * slack**2
        return log_mean_exp(bet * (gain - self.count * slack) - CURVATURE * bet**2 * spread)
