"""`variance_rate`: the variance at S samples is the variance at one sample over S (claim V2)."""

import numpy as np
from numpy.typing import NDArray

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Evidence, Plan, Sentences, Setting, Statistic
from lara_verify.checks.deviation import Deviations, DeviationStatistic, Worst
from lara_verify.checks.squared_error import OUTSIDE, SquaredError
from lara_verify.checks.values import odds
from lara_verify.oracles.index_sampling import index_variance
from lara_verify.oracles.one_sample import ra_variance
from lara_verify.sources import Block, Source
from lara_verify.stats.paired_ratio import PairedRatio

Array = NDArray[np.float64]

SHARE = 0.1
"""Certified to this share of the variance that theory gives: 3 samples sold as 4 are off by a third."""


class VarianceRate:
    """Null refuted: ``E |output_n - A_n|^2 = V_n / S`` for every query. Certified: within 10 % of it.

    V is the variance of one sample, summed over coordinates in units of their ranges. For unbiased sources, whose
    squared error is their variance; a bias adds to it and is refuted too. Finite-sample, at any stopping time, for
    outputs in the hull of the values, which bounds squared errors. Oracles: for `index` the exact variance on any
    problem; for `ra` quadrature where the keys span at most 3 dimensions. Where no oracle knows V, a rival of one
    sample is drawn on the same seeds, and ``S E |output - A|^2 = E |rival - A|^2``, in the mean over queries, is
    judged by the ratio of the two (`PairedRatio`).
    """

    claim = ClaimName.VARIANCE_RATE

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        own = Arm(source, problem)
        return (own,) if rival is None else (own, Arm(rival, problem))

    def plan(self, setting: Setting) -> Plan:
        if setting.rival is None:
            return Plan(_known(setting, SquaredError(setting)).planned(setting.beta))
        # the variance is not known; that of index sampling bounds it, and an eighth of that is what is usually seen
        errors = SquaredError(setting)
        variance = float(errors.of_index.mean()) / 8
        n, most = setting.source.n_samples, float(errors.most.mean())
        expected = np.array([0.0])
        of_ratio = Deviations(
            expected,
            low=np.array([-most]),
            high=np.array([n * most]),
            slack=expected,
            tolerance=np.array([SHARE * variance]),
            rounding=expected,
            variance=np.array([4 * variance**2]),
            mean=expected,
        )
        return Plan(of_ratio.planned(setting.beta))

    def statistic(self, setting: Setting) -> Statistic:
        errors = SquaredError(setting)
        if setting.rival is not None:
            return _AgainstOneSample(setting, errors)
        return _against_oracle(setting, errors)


def _known(setting: Setting, errors: SquaredError) -> Deviations:
    source, problem = setting.source, setting.problem
    if source.estimator == "index":
        of_one, radius = index_variance(problem), np.zeros(1)
    elif source.estimator == "ra":
        of_one, radius = ra_variance(problem)
    else:
        raise ValueError(f"no oracle knows the variance of {source.estimator}")
    variance = errors.scaled(of_one).ravel() / source.n_samples
    most = errors.most.ravel()
    of_dtype = errors.rounding_at(variance.reshape(errors.most.shape)).ravel()
    return Deviations(
        expected=variance,
        low=-variance,
        high=most - variance,
        slack=errors.scaled(np.broadcast_to(radius, of_one.shape)).ravel() + of_dtype,
        tolerance=SHARE * variance,
        rounding=of_dtype,
        variance=np.minimum(2 * variance**2, most * variance),  # as of a single Gaussian coordinate, which is the most
        mean=np.zeros_like(variance),
    )


def _against_oracle(setting: Setting, errors: SquaredError) -> DeviationStatistic:
    claimed, n = _known(setting, errors), setting.source.n_samples

    def measure(blocks: tuple[Block, ...]) -> Array:
        return errors.of(blocks[0].value).reshape(len(blocks[0].value), -1)

    def say(worst: Worst, replicates: str, alpha: float, beta: float) -> Evidence:
        rate = worst.measured / worst.expected
        query = ", ".join(map(str, np.unravel_index(worst.at, errors.most.shape)))
        seen = (
            f"variance of query {query} on {setting.problem_name} at {n} samples is {rate:.3f} of what theory gives, "
            f"that of {n / rate:.3g} samples"
        )
        sentences = Sentences(
            f"{seen}: if it were right, at most {odds(alpha)} would say this ({replicates})",
            f"the variance at {n} samples is within {SHARE:.0%} of that of one sample over {n} for every query; "
            f"largest distance: {seen}; were one further off, at most {odds(beta)} would say this ({replicates})",
            f"not decided in {replicates}: the variance may be off by {worst.hidden * SHARE:.0%}; {seen}",
        )
        figures = {
            "variance_over_theory": rate,
            "interval_low": worst.interval[0] / worst.expected,
            "interval_high": worst.interval[1] / worst.expected,
            "effective_samples": n / rate,
        }
        return Evidence(sentences, True, worst.tolerance, worst.measured, worst.expected, figures=figures)

    return DeviationStatistic(claimed, measure, say, OUTSIDE)


class _AgainstOneSample:
    """Ratio of ``E |output - A|^2`` to that of one sample: refuted unless 1/S, certified within 10 % of it."""

    def __init__(self, setting: Setting, errors: SquaredError) -> None:
        if setting.rival is None or setting.rival.n_samples != 1:
            raise ValueError("variances are compared with those of a rival of one sample")
        self._setting, self._errors = setting, errors
        self._most = float(errors.most.mean())
        # the variance that the null gives is at most that of index sampling, of which `ra` takes the conditional mean
        slack = float(errors.rounding_at(errors.of_index / setting.source.n_samples).mean())
        self._pairs = PairedRatio(self._most, self._most, slack / self._most)
        self._outside = False
        self._best = -np.inf
        self._failure: str | None = None

    def update(self, blocks: tuple[Block, ...]) -> None:
        errors = [self._errors.of(block.value) for block in blocks]
        self._outside = self._outside or any(self._errors.outside(e) for e in errors)
        own, other = (np.minimum(e.reshape(len(e), -1).mean(axis=1), self._most) for e in errors)
        self._pairs.update(own, other)
        n = self._setting.source.n_samples
        inside = min(self._pairs.log_wealth_below((1 + SHARE) / n), self._pairs.log_wealth_above((1 - SHARE) / n))
        self._best = max(self._best, inside)

    def fail(self, sentence: str) -> None:
        self._failure = sentence

    @property
    def log_e_refute(self) -> float:
        claimed = 1 / self._setting.source.n_samples
        both = np.logaddexp(self._pairs.log_wealth_above(claimed), self._pairs.log_wealth_below(claimed)) - np.log(2)
        return -np.inf if self._outside else float(both)

    @property
    def log_e_certify(self) -> float:
        return self._best if not self._outside and self._failure is None else -np.inf

    def evidence(self, alpha: float, beta: float) -> Evidence:
        pairs, n = self._pairs, self._setting.source.n_samples
        low, high = (n * end for end in pairs.interval(beta))
        rate, replicates = n * pairs.ratio, f"{pairs.count:,} replicates"
        seen = (
            f"variance at {n} samples times {n} on {self._setting.problem_name} is {rate:.3f} of that of one sample, "
            f"between {low:.3f} and {high:.3f}"
        )
        if self._failure is not None:
            undecided = self._failure
        elif self._outside:
            undecided = OUTSIDE
        else:
            undecided = f"not decided in {replicates}: {seen}"
        sentences = Sentences(
            f"{seen}: if it were 1, at most {odds(alpha)} would say this ({replicates})",
            f"{seen}: were it off by more than {SHARE:.0%}, at most {odds(beta)} would say this ({replicates})",
            undecided,
        )
        figures = {
            "variance_over_theory": rate,
            "interval_low": low,
            "interval_high": high,
            "effective_samples": n / rate,
        }
        return Evidence(sentences, True, SHARE, rate, 1.0, figures=figures)
