"""`mse_below`: one estimator's mean squared error is below another's, at the same number of samples (claim V1)."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Evidence, Plan, Sentences, Setting
from lara_verify.checks.squared_error import OUTSIDE, SquaredError
from lara_verify.checks.values import exact, odds
from lara_verify.problems.moves import ZeroKeys
from lara_verify.sources import Block, Source
from lara_verify.stats.paired_ratio import PairedRatio

N_REPLICATES = 12_288
"""Planned pairs: enough where the ratio is .8 of the claimed one and errors are a percent of their bound."""


class MseBelow:
    """Null refuted: ``MSE(source) <= r MSE(rival)``, r the case's ``ratio``. Certified: ``MSE(source) < r MSE(rival)``.

    The MSE is the mean over queries of the squared error in units of the values' ranges. Both sources draw on the
    same seeds, so that errors are paired; a pair is bet on as ``error(source) - r error(rival)``, which the hull of
    the values bounds. Finite-sample, at any stopping time, and so is the interval of the ratio (`PairedRatio`).
    Oracle: exact softmax. Rounding is part of an implementation's error: nothing is allowed for it. What is compared
    is squared error at equal samples a query; `figures` also shows what no samples at all (the mean of the values)
    and as many values drawn by index would give, both exactly.
    """

    claim = ClaimName.MSE_BELOW

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        if rival is None:
            raise ValueError("a mean squared error is compared with that of a rival; none is given")
        return (Arm(source, problem), Arm(rival, problem))

    def plan(self, setting: Setting) -> Plan:  # no oracle knows the errors of lara
        return Plan(N_REPLICATES, detects="a ratio of mean squared errors above the claimed one")

    def statistic(self, setting: Setting) -> "_Errors":
        return _Errors(setting)


class _Errors:
    def __init__(self, setting: Setting) -> None:
        rival = setting.rival
        if rival is None or rival.n_samples != setting.source.n_samples:
            raise ValueError("mean squared errors are compared at the same number of samples")
        self._setting, self._rival = setting, rival
        self._errors = SquaredError(setting)
        self._most = float(self._errors.most.mean())
        self._pairs = PairedRatio(self._most, self._most)
        self._outside = False
        self._failure: str | None = None

    def update(self, blocks: tuple[Block, ...]) -> None:
        errors = [self._errors.of(block.value) for block in blocks]
        self._outside = self._outside or any(self._errors.outside(e) for e in errors)
        own, other = (np.minimum(e.reshape(len(e), -1).mean(axis=1), self._most) for e in errors)
        self._pairs.update(own, other)

    def fail(self, sentence: str) -> None:
        self._failure = sentence

    @property
    def log_e_refute(self) -> float:
        return -np.inf if self._outside else self._pairs.log_wealth_above(self._setting.ratio)

    @property
    def log_e_certify(self) -> float:
        possible = not self._outside and self._failure is None
        return self._pairs.log_wealth_below(self._setting.ratio) if possible else -np.inf

    def evidence(self, alpha: float, beta: float) -> Evidence:
        pairs, setting, claimed = self._pairs, self._setting, self._setting.ratio
        low, high = pairs.interval(beta)
        names = f"{setting.source.estimator} over {self._rival.estimator}"
        replicates = f"{pairs.count:,} replicates"
        seen = (
            f"mean squared error of {names} on {setting.problem_name} at {setting.source.n_samples} samples each is "
            f"{pairs.ratio:.3f}, between {low:.3f} and {high:.3f}"
        )
        if self._failure is not None:
            undecided = self._failure
        elif self._outside:
            undecided = OUTSIDE
        else:
            undecided = f"not decided in {replicates}: ratio of the {seen}; claimed is below {claimed:g}"
        sentences = Sentences(
            f"ratio of the {seen}: if it were at most {claimed:g}, at most {odds(alpha)} would say this ({replicates})",
            f"ratio of the {seen}: were it {claimed:g} or more, at most {odds(beta)} would say this ({replicates})",
            undecided,
        )
        count = max(pairs.count, 1)
        return Evidence(
            sentences,
            sampled=True,
            measured=pairs.ratio,
            expected=claimed,
            figures={
                "ratio": pairs.ratio,
                "ratio_interval_low": low,
                "ratio_interval_high": high,
                "ratio_standard_error": pairs.standard_error,
                "mse": pairs.sum_a / count,
                "mse_rival": pairs.sum_b / count,
                "mse_mean_value": float(self._errors.of(exact(ZeroKeys().problem(setting.problem))[0]).mean()),
                "mse_index": float(self._errors.of_index.mean()) / setting.source.n_samples,
            },
        )
