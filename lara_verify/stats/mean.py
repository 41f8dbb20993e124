"""One vector mean, judged both ways: refuted by bets against it, certified by an intersection-union test."""

import numpy as np
from numpy.typing import NDArray

from lara_verify.stats.certificate import SAFE, SmallMeanCertificate
from lara_verify.stats.coordinates import CoordinateMixture
from lara_verify.stats.direction import LearnedDirection
from lara_verify.stats.hull import Support

Array = NDArray[np.float64]


class BoundedMean:
    """Two e-processes about ``E Y`` for ``Y`` in a known set.

    `log_e_refute` is evidence against ``|E Y_j| <= slack_j`` for all ``j``: the even mixture of a coordinate
    mixture and of learned directions. `log_e_certify` is evidence for ``|E Y_j| < tolerance_j`` for all ``j``. Both
    hold in finite samples at any stopping time. Coordinates whose values do not vary carry no information and are
    left out.

    Parameters
    ----------
    support
        Where ``Y`` can lie, with ``D`` coordinates.
    slack, tolerance, variance
        ``(D,)``: half-width of the null (rounding), tolerance of the certificate, planned variance.
    """

    def __init__(self, support: Support, slack: Array, tolerance: Array, variance: Array, safe: float = SAFE) -> None:
        self._varies = support.high > support.low
        at = self._varies
        self._low, self._high, self._slack = support.low, support.high, slack
        self._coordinates = CoordinateMixture(support.low[at], support.high[at], slack[at])
        self._direction = LearnedDirection(support, slack)
        self._certificate = SmallMeanCertificate(
            tolerance[at], support.low[at] - slack[at], support.high[at] + slack[at], variance[at], safe
        )
        self.outside = 0.0

    def update(self, block: Array) -> None:
        """Add a block ``(R, D)`` of independent replicates of ``Y``; values beyond the sure bounds are cut to them."""
        low, high = self._low - self._slack, self._high + self._slack
        inside = np.clip(block, low, high)
        self.outside = max(self.outside, float(np.abs(block - inside)[:, self._varies].max(initial=0.0)))
        self._coordinates.update(inside[:, self._varies])
        self._direction.update(np.where(self._varies, inside, 0.0))
        self._certificate.update(inside[:, self._varies])

    @property
    def count(self) -> int:
        """Replicates so far."""
        return self._coordinates.count

    @property
    def log_e_refute(self) -> float:
        """Evidence against the mean, as the logarithm of an e-value."""
        if not self._varies.any():
            return 0.0
        both = np.logaddexp(self._coordinates.log_wealth(), self._direction.log_wealth())
        return float(both - np.log(2))

    @property
    def log_e_certify(self) -> float:
        """Evidence for the mean to tolerance, as the logarithm of an e-value."""
        return self._certificate.log_wealth()

    @property
    def mean(self) -> Array:
        """``(D,)``: mean of ``Y`` so far, zero where it cannot vary."""
        return self._spread(self._coordinates.mean)

    @property
    def standard_error(self) -> Array:
        """``(D,)``: of `mean`; for display only."""
        return self._spread(np.sqrt(self._coordinates.variance / max(self.count, 1)))

    def interval(self, beta: float) -> tuple[Array, Array]:
        """Confidence sequence of ``E Y_j`` for each coordinate at level ``beta`` each."""
        low, high = self._coordinates.interval(beta)
        return self._spread(low), self._spread(high)

    def _spread(self, values: Array) -> Array:
        full = np.zeros(len(self._varies))
        full[self._varies] = values
        return full
