"""The statistic of claims about the mean of something bounded that is computed from each replicate."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_verify.checks.check import Evidence, Sentences
from lara_verify.checks.mean_statistic import ROUNDING_SHARE
from lara_verify.sources import Block
from lara_verify.stats.certificate import SAFE
from lara_verify.stats.growth import replicates_to_certify
from lara_verify.stats.hull import BoxSupport
from lara_verify.stats.mean import BoundedMean

Array = NDArray[np.float64]

AT_LEAST = 256
"""Replicates where nothing can be certified: gross errors show."""

COARSE = "rounding of this dtype is not small against the tolerance"


class Deviations(NamedTuple):
    """What is claimed of ``Y``, the deviations of a measured quantity from ``expected``, all ``(D,)``.

    ``low <= Y <= high`` surely. Refuted is ``|E Y_j| <= slack_j`` for all ``j``, certified ``|E Y_j| < tolerance_j``
    for all ``j``. ``rounding`` is the part of the slack that is due to it; ``variance`` and ``mean``, where the mean
    of a right source lies, are for planning alone. ``safe`` is as in `SmallMeanCertificate`.
    """

    expected: Array
    low: Array
    high: Array
    slack: Array
    tolerance: Array
    rounding: Array
    variance: Array
    mean: Array
    safe: float = SAFE

    @property
    def too_coarse(self) -> bool:
        """Whether rounding is not small against the tolerance, so that nothing can be certified."""
        at = self.high > self.low
        return bool((ROUNDING_SHARE * self.rounding > self.tolerance + self.rounding)[at].any())

    def planned(self, beta: float) -> int:
        """Replicates to certify a right source at ``beta``."""
        if self.too_coarse:
            return AT_LEAST
        at = self.high > self.low
        return replicates_to_certify(
            self.tolerance[at], self.low[at], self.high[at], self.variance[at], self.mean[at], beta, self.safe
        )


class Worst(NamedTuple):
    """The coordinate whose mean is farthest from what is expected, in units of its tolerance."""

    at: int
    measured: float
    expected: float
    tolerance: float
    interval: tuple[float, float]
    standard_error: float
    hidden: float
    """Largest deviation not excluded, in units of the tolerance, over all coordinates."""


class DeviationStatistic:
    """Drives `BoundedMean` with ``measure(blocks) - expected``; finite-sample, at any stopping time.

    A replicate beyond the sure bounds, by more than the slack, is outside of what a bounded test can judge: then
    nothing is refuted or certified, and ``outside`` says what to look at.

    Parameters
    ----------
    claimed
        Bounds, slack and tolerance.
    measure
        From the blocks of a case to ``(R, D)``.
    say
        From the worst coordinate, the clause ``n replicates``, alpha and beta to the sentences and figures of the
        evidence.
    outside
        The sentence for values out of bounds.
    """

    def __init__(
        self,
        claimed: Deviations,
        measure: Callable[[tuple[Block, ...]], Array],
        say: Callable[[Worst, str, float, float], Evidence],
        outside: str,
    ) -> None:
        self._claimed, self._measure, self._say, self._outside = claimed, measure, say, outside
        support = BoxSupport(claimed.low, claimed.high)
        self._judge = BoundedMean(support, claimed.slack, claimed.tolerance, claimed.variance, claimed.safe)
        self._failure: str | None = None

    def update(self, blocks: tuple[Block, ...]) -> None:
        self._judge.update(self._measure(blocks) - self._claimed.expected)

    def fail(self, sentence: str) -> None:
        self._failure = sentence

    @property
    def log_e_refute(self) -> float:
        return -np.inf if self._judge.outside > 0 else self._judge.log_e_refute

    @property
    def log_e_certify(self) -> float:
        possible = self._judge.outside == 0 and self._failure is None and not self._claimed.too_coarse
        return self._judge.log_e_certify if possible else -np.inf

    def evidence(self, alpha: float, beta: float) -> Evidence:
        evidence = self._say(self._worst(beta), f"{self._judge.count:,} replicates", alpha, beta)
        instead = self._failure or (self._outside if self._judge.outside > 0 else None)
        instead = instead or (COARSE if self._claimed.too_coarse else None)
        if instead is None:
            return evidence
        said = evidence.sentences
        return Evidence(Sentences(said.refuted, said.certified, instead), True, figures=evidence.figures)

    def _worst(self, beta: float) -> Worst:
        claimed, judge = self._claimed, self._judge
        varies = claimed.high > claimed.low
        at = int(np.argmax(np.where(varies, np.abs(judge.mean) / claimed.tolerance, 0.0)))
        low, high = judge.interval(beta)
        beyond = np.maximum(np.abs(low), np.abs(high)) / claimed.tolerance
        expected = float(claimed.expected[at])
        return Worst(
            at,
            expected + float(judge.mean[at]),
            expected,
            float(claimed.tolerance[at]),
            (expected + float(low[at]), expected + float(high[at])),
            float(judge.standard_error[at]),
            float(beyond[varies].max(initial=0.0)),
        )
