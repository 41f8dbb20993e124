"""`unbiased`: the mean of the output is exact softmax attention (claims U1, U2)."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Setting, Statistic
from lara_verify.checks.clipped_mean import clipped_claim, clipped_statistic
from lara_verify.checks.mean_statistic import KnownMean, MeanStatistic, plan_mean
from lara_verify.checks.values import exact
from lara_verify.oracles.index_sampling import index_variance
from lara_verify.sources import BuiltIn, Source

ENOUGH = 0.5
"""Share of the plan from which the claim may be certified: most sources stay well below the variance planned with."""


class Unbiased:
    """Null refuted: ``|E output - A(x)| <= rounding`` in every coordinate, for outputs in the hull of the values.

    Certified: every ``|E output - A(x)|`` is below the tolerance. Both are finite-sample, at any stopping time.
    Oracle: exact softmax in ball arithmetic. The plan uses the variance of index sampling, which
    Rao-Blackwellisation makes an upper bound for `ra`: from half the plan on, the claim may be certified. For
    `stratified_ra` with S draws of each chunk, ``sum_c (Z_c/Z)^2 Var_c / S <= sum_c (Z_c/Z) Var_c / S``, which is at
    most the variance of index sampling over S. Outputs of `importance` are not in the hull: they are clipped, see
    `clipped_mean`.
    """

    claim = ClaimName.UNBIASED

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        return (Arm(source, problem),)

    def plan(self, setting: Setting) -> Plan:
        if setting.source.estimator == "importance":
            return Plan(clipped_claim(setting).planned(setting.beta), setting.tolerance_share)
        return plan_mean(setting, _known(setting), setting.tolerance_share)._replace(enough=ENOUGH)

    def statistic(self, setting: Setting) -> Statistic:
        if setting.source.estimator == "importance":
            return clipped_statistic(setting)
        return MeanStatistic(setting, _known(setting), setting.tolerance_share)


def _known(setting: Setting) -> KnownMean:
    mean, radius = exact(setting.problem)
    source = setting.source
    if source.estimator == "softmax":
        variance = np.zeros_like(mean)
    else:
        n_chunks = getattr(source.algorithm, "n_chunks", 1) if isinstance(source, BuiltIn) else 1
        variance = index_variance(setting.problem) / (source.n_samples // n_chunks)
    return KnownMean(mean, radius, variance, "it were unbiased")
