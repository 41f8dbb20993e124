"""Comparing the means of two sources by their draws, where no oracle knows either."""

import numpy as np
from numpy.typing import NDArray

from lara_verify.checks.check import Evidence, Plan, Sentences, Setting
from lara_verify.checks.values import odds, output_name, output_shape, rounding, unmasked_values, value_range
from lara_verify.oracles.first_order import chi_squared, first_order_covariance
from lara_verify.oracles.index_sampling import index_variance
from lara_verify.oracles.sampling import GaussianProposal
from lara_verify.sources import Block
from lara_verify.stats.certificate import planned_replicates
from lara_verify.stats.hull import BoxSupport
from lara_verify.stats.mean import BoundedMean

Array = NDArray[np.float64]

RIVAL_DRAWS = 2
"""Draws of the rival for each of the source; their mean spreads less than one draw."""

FEW = 0.25
"""First-order variance is used for planning where chi^2 is at most this share of the samples."""


def plan_comparison(setting: Setting) -> Plan:
    """Replicates to certify equal means to the setting's share of the range."""
    share = setting.tolerance_share
    return Plan(planned_replicates(np.sqrt(_variance(setting).max()) / share, 2 / share, setting.beta), share)


def _variance(setting: Setting) -> Array:
    """``(*B, N, e)``, in units of the squared range: of one draw minus the mean of the rival's; for planning alone."""
    span, source = value_range(setting.problem), setting.source
    variance = index_variance(setting.problem) / source.n_samples
    if source.estimator == "rfa" and chi_squared(setting.problem, GaussianProposal()).max() <= FEW * source.n_samples:
        covariance = first_order_covariance(setting.problem, GaussianProposal())
        variance = np.einsum("...ee->...e", covariance) / source.n_samples
    return np.asarray(variance * (1 + 1 / RIVAL_DRAWS) / np.where(span > 0, span, np.inf) ** 2)


class ComparisonStatistic:
    """Drives `BoundedMean` with ``Y = output - mean of the rival's draws``.

    Null refuted: both means agree up to rounding, for outputs of either within the values' range (widened to hold
    what the rival returns, and zero). Certified: they differ by less than the tolerance in every coordinate.
    Finite-sample.
    """

    def __init__(self, setting: Setting) -> None:
        if setting.rival is None:
            raise ValueError("a comparison needs a rival")
        problem = setting.problem
        self._rival = setting.rival.name
        self._problem_name = setting.problem_name
        self._shape = output_shape(problem)
        self._share = setting.tolerance_share
        values = unmasked_values(problem)
        self._low = np.broadcast_to(np.minimum(values.min(axis=-2, keepdims=True), 0.0), self._shape)
        self._high = np.broadcast_to(np.maximum(values.max(axis=-2, keepdims=True), 1.0), self._shape)
        self._span = np.where(value_range(problem) > 0, value_range(problem), 1.0).ravel()
        width = self._high - self._low
        self._judge = BoundedMean(
            BoxSupport(-width, width),
            2 * rounding(setting).ravel(),
            self._share * self._span,
            _variance(setting).ravel() * self._span**2,
        )
        self._failure: str | None = None

    def update(self, blocks: tuple[Block, ...]) -> None:
        source, rival = (np.clip(block.value, self._low, self._high) for block in blocks)
        mean = rival.reshape(len(source), RIVAL_DRAWS, *self._shape).mean(axis=1)
        self._judge.update((source - mean).reshape(len(source), -1))

    def fail(self, sentence: str) -> None:
        self._failure = sentence

    @property
    def log_e_refute(self) -> float:
        return self._judge.log_e_refute

    @property
    def log_e_certify(self) -> float:
        return -np.inf if self._failure is not None else self._judge.log_e_certify

    def evidence(self, alpha: float, beta: float) -> Evidence:
        difference = self._judge.mean
        worst = int(np.argmax(np.abs(difference) / self._span))
        where = output_name(np.unravel_index(worst, self._shape))
        n = f"{self._judge.count:,} replicates"
        seen = f"mean of {where} on {self._problem_name} differs by {difference[worst]:.4g} from that of {self._rival}"
        low, high = self._judge.interval(beta)
        hidden = float((np.maximum(np.abs(low), np.abs(high)) / self._span).max())
        sentences = Sentences(
            f"{seen}: if the means were equal, at most {odds(alpha)} would say this ({n})",
            f"every mean is within {self._share:.3%} of the range of that of {self._rival}; largest: {seen} ({n})",
            self._failure
            or f"not decided in {n}: a difference of up to {hidden:.2%} of the range is not excluded; {seen}",
        )
        tolerance = float(self._share * self._span[worst])
        return Evidence(sentences, True, tolerance, float(difference[worst]), 0.0, hidden)
