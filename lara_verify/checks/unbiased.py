"""`unbiased`: the mean of the output is exact softmax attention (claims U1, U2)."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Setting
from lara_verify.checks.mean_statistic import KnownMean, MeanStatistic, plan_mean
from lara_verify.checks.values import exact
from lara_verify.oracles.index_sampling import index_variance
from lara_verify.sources import Source


class Unbiased:
    """Null refuted: ``|E output - A(x)| <= rounding`` in every coordinate, for outputs in the hull of the values.

    Certified: every ``|E output - A(x)|`` is below the tolerance. Both are finite-sample, at any stopping time. Oracle: exact
    softmax in ball arithmetic. The plan uses the variance of index sampling, which Rao-Blackwellisation makes an upper
    bound for `ra`.
    """

    claim = ClaimName.UNBIASED

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:  # noqa: ARG002
        return (Arm(source, problem),)

    def plan(self, setting: Setting) -> Plan:
        return plan_mean(setting, _known(setting), setting.tolerance_share)

    def statistic(self, setting: Setting) -> MeanStatistic:
        return MeanStatistic(setting, _known(setting), setting.tolerance_share)


def _known(setting: Setting) -> KnownMean:
    mean, radius = exact(setting.problem)
    if setting.source.estimator == "softmax":
        variance = np.zeros_like(mean)
    else:
        variance = index_variance(setting.problem) / setting.source.n_samples
    return KnownMean(mean, radius, variance, "it were unbiased")
