"""The statistic of every claim about a mean: outputs of replicates against an exactly known mean."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_verify.checks.check import Evidence, Plan, Sentences, Setting
from lara_verify.checks.values import odds, output_name, output_shape, rounding, support, value_range
from lara_verify.sources import Block
from lara_verify.stats.certificate import planned_replicates
from lara_verify.stats.mean import BoundedMean

Array = NDArray[np.float64]

ROUNDING_SHARE = 4
"""A tolerance is only certified if it is at least this many times the rounding."""


class KnownMean(NamedTuple):
    """What a mean claim rests on, all ``(*B, N, e)``.

    ``mean`` and its error bound ``radius`` come from an oracle; ``variance`` of one replicate is for planning
    alone; ``law`` is the clause that the claim comes to, such as ``it were unbiased``.
    """

    mean: Array
    radius: Array
    variance: Array
    law: str


def tolerance_of(setting: Setting, share: float) -> Array:
    """``(D,)``: the tolerance in value units; infinite where rounding alone would use it up."""
    tolerance = share * value_range(setting.problem).ravel()
    return np.where(tolerance >= ROUNDING_SHARE * rounding(setting).ravel(), tolerance, np.inf)


def plan_mean(setting: Setting, known: KnownMean, share: float) -> Plan:
    """Replicates to certify ``known`` to ``share`` of the range at the case's beta, were it exactly right."""
    span = value_range(setting.problem)
    varies = span > 0
    variance = float((known.variance[varies] / span[varies] ** 2).max(initial=0.0))
    return Plan(planned_replicates(np.sqrt(variance) / share, 1 / share, setting.beta), share)


class MeanStatistic:
    """Drives `BoundedMean` with ``output - known mean`` and says what came of it.

    Guarantee: finite-sample, at any stopping time, for outputs in the hull of the values. Outputs beyond the sure
    bounds of a coordinate are outside what a bounded test can judge: nothing is refuted or certified then, and
    `bounded` says why.
    """

    def __init__(self, setting: Setting, known: KnownMean, share: float) -> None:
        problem = setting.problem
        slack = (rounding(setting) + known.radius).ravel()
        self._known, self._share = known, share
        self._problem_name = setting.problem_name
        self._shape = output_shape(problem)
        self._span = value_range(problem).ravel()
        self._tolerance = tolerance_of(setting, share)
        self._mean = known.mean.ravel()
        certify = np.where(np.isfinite(self._tolerance), self._tolerance, 1.0)
        self._judge = BoundedMean(support(problem, known.mean), slack, certify, known.variance.ravel())
        self._failure: str | None = None

    def update(self, blocks: tuple[Block, ...]) -> None:
        value = blocks[0].value
        self._judge.update(value.reshape(len(value), -1) - self._mean)

    def fail(self, sentence: str) -> None:
        self._failure = sentence

    @property
    def log_e_refute(self) -> float:
        return -np.inf if self._judge.outside > 0 else self._judge.log_e_refute

    @property
    def log_e_certify(self) -> float:
        varies = self._span > 0
        possible = self._judge.outside == 0 and np.isfinite(self._tolerance[varies]).all()
        return self._judge.log_e_certify if possible and self._failure is None else -np.inf

    def evidence(self, alpha: float, beta: float) -> Evidence:
        judge, varies = self._judge, self._span > 0
        deviation = judge.mean
        safe = np.where(varies, self._span, 1.0)
        worst = int(np.argmax(np.where(varies, np.abs(deviation) / safe, 0.0)))
        low, high = judge.interval(beta)
        hidden = float((np.maximum(np.abs(low), np.abs(high)) / safe)[varies].max(initial=0.0))
        where = output_name(np.unravel_index(worst, self._shape))
        measured, expected = _tidy(self._mean[worst] + deviation[worst], safe[worst]), float(self._mean[worst])
        return Evidence(
            self._sentences(where, measured, expected, hidden, alpha, beta),
            sampled=True,
            tolerance=float(self._share * self._span[worst]),
            measured=measured,
            expected=expected,
            hidden=hidden,
            figures={
                "standard_error": float(judge.standard_error[worst]),
                "interval_low": float(self._mean[worst] + low[worst]),
                "interval_high": float(self._mean[worst] + high[worst]),
            },
        )

    def _sentences(
        self, where: str, measured: float, expected: float, hidden: float, alpha: float, beta: float
    ) -> Sentences:
        n = f"{self._judge.count:,} replicates"
        seen = f"mean of {where} on {self._problem_name} is {measured:.5g}, exact {expected:.5g}"
        refuted = f"{seen}: if {self._known.law}, at most {odds(alpha)} would say this ({n})"
        certified = (
            f"every mean is within {self._share:.3%} of the values' range of the exact one; largest: {seen}; "
            f"were one further off, at most {odds(beta)} would say this ({n})"
        )
        if self._failure is not None:
            undecided = self._failure
        elif self._judge.outside > 0:
            undecided = (
                "an output lies outside the values' range, where a bounded test cannot judge its mean; see `bounded`"
            )
        elif not np.isfinite(self._tolerance[self._span > 0]).all():
            undecided = f"rounding of this dtype is not small against the tolerance of {self._share:.3%} of the range"
        else:
            undecided = f"not decided in {n}: a bias of up to {hidden:.2%} of the range is not excluded; {seen}"
        return Sentences(refuted, certified, undecided)


def _tidy(number: float, span: float) -> float:
    """``number`` without the dust that adding and subtracting a mean leaves."""
    return float(np.round(number / span, 12) * span)
