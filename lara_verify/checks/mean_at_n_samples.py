"""`mean_at_n_samples`: the mean of a biased estimator is the one that theory gives for its number of draws (claim B1)."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Setting, Statistic
from lara_verify.checks.comparison import RIVAL_DRAWS, ComparisonStatistic, plan_comparison
from lara_verify.checks.mean_statistic import KnownMean, MeanStatistic, plan_mean
from lara_verify.checks.values import exact, output_shape, unmasked_values, value_range
from lara_verify.oracles.one_sample import rfa_mean_at_one_sample, rfa_variance_at_one_sample
from lara_verify.sources import Source

BIAS_SHARE = 0.1
"""The tolerance is at most this share of the largest bias, so that the bias itself is confirmed to a tenth."""


class MeanAtNSamples:
    """Null refuted: ``|E output - mean known by an oracle| <= rounding`` in every coordinate. Certified: below tolerance.

    Finite-sample, at any stopping time. Oracles: for `rfa` at one sample, which is ``f(w)``, quadrature over
    ``w ~ N(0, I)`` (span of the keys at most 3); for `mean_value` the mean of the values. The tolerance is the smaller of
    the profile's and a tenth of the largest bias. Where no oracle knows the mean, it is compared with that of a rival source
    by two samples.
    """

    claim = ClaimName.MEAN_AT_N_SAMPLES

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        own = Arm(source, problem)
        return (own,) if rival is None else (own, Arm(rival, problem, copies=RIVAL_DRAWS))

    def plan(self, setting: Setting) -> Plan:
        if setting.rival is not None:
            return plan_comparison(setting)
        known = _known(setting)
        return plan_mean(setting, known, _share(setting, known))

    def statistic(self, setting: Setting) -> Statistic:
        if setting.rival is not None:
            return ComparisonStatistic(setting)
        known = _known(setting)
        return MeanStatistic(setting, known, _share(setting, known))


def _share(setting: Setting, known: KnownMean) -> float:
    span = value_range(setting.problem)
    varies = span > 0
    bias = np.abs(known.mean - exact(setting.problem)[0])[varies] / span[varies]
    return float(min(setting.tolerance_share, BIAS_SHARE * bias.max()))


def _known(setting: Setting) -> KnownMean:
    source, problem = setting.source, setting.problem
    if source.estimator == "mean_value":
        return _mean_of_values(setting)
    if source.estimator == "rfa" and source.n_samples == 1:
        mean, variance = rfa_mean_at_one_sample(problem), rfa_variance_at_one_sample(problem)
        return KnownMean(mean.value, mean.error, variance.value, "its mean were that of one random feature")
    raise ValueError(f"no oracle knows the mean of {source.estimator} at {source.n_samples} samples")


def _mean_of_values(setting: Setting) -> KnownMean:
    problem = setting.problem
    v = np.asarray(problem.v, dtype=np.float64)
    weight = np.ones(v.shape[:-1]) if problem.key_mask is None else np.asarray(problem.key_mask, dtype=np.float64)
    total = np.einsum("...m,...me->...e", weight, np.where(weight[..., None] > 0, v, 0.0))
    mean = (total / weight.sum(axis=-1, keepdims=True))[..., None, :]
    # a sum of M terms and one division err by at most M + 1 units of the largest value
    radius = (problem.n_keys + 1) * np.finfo(np.float64).eps * np.abs(unmasked_values(problem)).max()
    shape = output_shape(problem)
    return KnownMean(
        np.broadcast_to(mean, shape), np.full(shape, radius), np.zeros(shape), "it were the mean of the values"
    )
