"""`mean_at_n_samples`: a biased estimator has the mean that theory gives for its number of draws (claim B1)."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_verify.checks.check import Arm, Evidence, Plan, Setting, Statistic
from lara_verify.checks.comparison import RIVAL_DRAWS, ComparisonStatistic, plan_comparison
from lara_verify.checks.draws_of import draws_of
from lara_verify.checks.mean_statistic import KnownMean, MeanStatistic, plan_mean
from lara_verify.checks.values import exact, output_shape, unmasked_values, value_range
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.one_sample import rfa_mean_at_one_sample, rfa_variance_at_one_sample
from lara_verify.oracles.ratio import RatioOracle
from lara_verify.sources import Source

FEW_SAMPLES = 16

BIAS_SHARE, BIAS_SHARE_AT_MANY = 0.1, 0.25
"""The tolerance is at most this share of the largest bias, up to `FEW_SAMPLES` and above: that confirms the bias."""

HALF_WIDTH = 1.25
"""The plan is made for a tolerance smaller by the root of this, so that the interval, too, is narrower than it."""


class MeanAtNSamples:
    """Null refuted: ``|E output - mean of an oracle| <= rounding`` in every coordinate. Certified: below tolerance.

    Finite-sample, at any stopping time. Oracles, of queries and keys that span at most 3 dimensions: for `rfa` with
    independent draws or pairs from any Gaussian, and for `lara` with even weights, the Laplace ratio, exact at every
    number of samples (at one sample of `rfa`, which is ``f(w)``, quadrature over ``w ~ N(0, I)``); for `mean_value`
    the mean of the values. The tolerance is the smaller of the profile's and a tenth of the
    largest bias, a quarter above 16 samples. Where no oracle knows the mean, it is compared with that of a rival
    source by two samples.
    """

    claim = ClaimName.MEAN_AT_N_SAMPLES

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        own = Arm(source, problem)
        return (own,) if rival is None else (own, Arm(rival, problem, copies=RIVAL_DRAWS))

    def plan(self, setting: Setting) -> Plan:
        if setting.rival is not None:
            return plan_comparison(setting)
        known = _known(setting)
        plan = plan_mean(setting, known, _share(setting, known))
        return plan._replace(n_replicates=int(HALF_WIDTH * plan.n_replicates))

    def statistic(self, setting: Setting) -> Statistic:
        if setting.rival is not None:
            return ComparisonStatistic(setting)
        known = _known(setting)
        return _WithBias(setting, known, _share(setting, known))


class _WithBias(MeanStatistic):
    """Also shows the largest bias and how well it is known."""

    def __init__(self, setting: Setting, known: KnownMean, share: float) -> None:
        super().__init__(setting, known, share)
        self._bias = (known.mean - exact(setting.problem)[0]).ravel()

    def evidence(self, alpha: float, beta: float) -> Evidence:
        plain = super().evidence(alpha, beta)
        at = int(np.argmax(np.abs(self._bias)))
        low, high = self._judge.interval(beta)
        bias = float(self._bias[at])
        shown = {"bias": bias, "bias_measured": bias + float(self._judge.mean[at])}
        if bias:
            shown["half_width_over_bias"] = float(high[at] - low[at]) / 2 / abs(bias)
        return replace(plain, figures=plain.figures | shown)


def _share(setting: Setting, known: KnownMean) -> float:
    span = value_range(setting.problem)
    varies = span > 0
    bias = np.abs(known.mean - exact(setting.problem)[0])[varies] / span[varies]
    most = BIAS_SHARE if setting.source.n_samples <= FEW_SAMPLES else BIAS_SHARE_AT_MANY
    return float(min(setting.tolerance_share, most * bias.max()))


def _known(setting: Setting) -> KnownMean:
    source, problem = setting.source, setting.problem
    if source.estimator == "mean_value":
        return _mean_of_values(setting)
    try:
        if source.estimator == "rfa" and source.n_samples == 1:
            mean, variance = rfa_mean_at_one_sample(problem), rfa_variance_at_one_sample(problem)
            return KnownMean(mean.value, mean.error, variance.value, "its mean were that of one random feature")
        bias, mse = _ratio(source, problem).moments(source.n_samples)
    except OutsideDomainError as error:
        where = f"{source.estimator} at {source.n_samples} samples on {setting.problem_name}"
        raise ValueError(f"no oracle knows the mean of {where}: {error}") from None
    target, radius = exact(problem)
    law = f"its mean were that of {source.n_samples} random features"
    return KnownMean(target + bias.value, radius + bias.error, mse.value - bias.value**2, law)


@lru_cache(maxsize=4)
def _ratio(source: Source, problem: Problem) -> RatioOracle:
    return RatioOracle(problem, draws_of(source, problem))


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
