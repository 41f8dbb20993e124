"""`unbiased` of `importance`, which leaves the hull: clipped, with an allowance. A wrong verdict has chance 1e-6 at
most."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lara_estimators import ClaimName, Estimate, FeatureNoise
from lara_estimators.reference import RFA, Importance
from lara_verify.checks.clipped_mean import CLIPPED_SHARE, clipped_claim
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.index_sampling import index_mean
from lara_verify.plan import Case
from lara_verify.problems import make_problem
from lara_verify.sources import BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.UNBIASED


@dataclass(frozen=True)
class Other:
    """Says that it is `importance`; returns ``output(problem, normals)``."""

    output: Any
    n_samples: int = 16
    name: str = "importance"

    def draw(self, problem, rng, replicates=()):
        return Importance(self.n_samples).draw(problem, rng, replicates)

    def __call__(self, problem, noise):
        return Estimate(self.output(problem, noise.normals))


def importance(problem, normals):
    return Importance(normals.shape[-2])(problem, FeatureNoise(normals)).value


@pytest.mark.parametrize("problem", ["P3", "P3L-d2"])
@pytest.mark.parametrize("n_samples", [1, 16])
def test_importance_sampling_is_certified(judge, problem, n_samples):
    result = judge(BuiltIn("reference", Importance(n_samples)), CLAIM, problem, 0.02 if n_samples > 1 else 0.05)
    assert result.verdict is Verdict.CERTIFIED
    assert result.evidence.figures["clip"] > 1.2
    assert "of the range of the values and zero of the exact one" in result.message


WRONG = {
    "zeros": lambda p, z: np.zeros((len(z), p.n_queries, p.value_dim)),
    "mean of the values": lambda p, z: np.broadcast_to(p.v.mean(axis=0), (len(z), p.n_queries, p.value_dim)),
    "rfa": lambda p, z: RFA(z.shape[-2])(p, FeatureNoise(z)).value,
    "weights times 1.05": lambda p, z: 1.05 * importance(p, z),
    "noise times .9": lambda p, z: importance(p, 0.9 * z),
    "noise times 1.1": lambda p, z: importance(p, 1.1 * z),
    "one draw of sixteen lost": lambda p, z: importance(p, z[:, :15]) * 15 / 16,
    "queries reversed": lambda p, z: importance(p, z)[:, ::-1],
    "weights cut at 2": lambda p, z: importance(p, z) * np.minimum(1, 1 / importance(p, z)[..., -1:]),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_anything_else_is_refuted(judge, wrong):
    """`rfa` is refuted by the first of its outputs' biases, .2 % of the range, at the tolerance of a full run."""
    share = 0.001 if wrong == "rfa" else 0.01
    result = judge(BuiltIn("other", Other(WRONG[wrong])), CLAIM, "P3", share)
    assert result.verdict is Verdict.REFUTED
    assert "if it were unbiased, at most one run in 1 million would say this" in result.message


def test_the_constant_column_is_judged_too(judge):
    """It is the mean weight: an estimator that is right but for it is wrong."""

    def heavy(problem, normals):
        value = importance(problem, normals)
        return np.where(np.ptp(problem.v, axis=0) == 0, 1.05 * value, value)

    result = judge(BuiltIn("other", Other(heavy)), CLAIM, "P3", 0.01)
    assert result.verdict is Verdict.REFUTED
    assert ", 16] on P3 is 1.0" in result.message


@pytest.mark.parametrize("share", [0.02, 0.003, 0.001])
def test_clipping_hides_a_twentieth_of_the_tolerance_at_most(share):
    """The allowance, against 200,000 draws of what is cut off: their mean lies far below it, not near it."""
    problem = make_problem("P3")
    case = Case(BuiltIn("reference", Importance(16)), CLAIM, "P3", share)
    claimed = clipped_claim(case.setting(1e-6))
    high = (claimed.high + claimed.expected).reshape(8, 17)
    cut = np.zeros((8, 17))
    rng = np.random.default_rng(1)
    for _ in range(20):
        value = Importance(16)(problem, Importance(16).draw(problem, rng, (10_000,))).value
        cut += np.maximum(value - high, 0).mean(axis=0) / 20
    assert cut.max() <= CLIPPED_SHARE * share
    assert (claimed.slack >= 0.9 * CLIPPED_SHARE * share).all()
    assert claimed.tolerance.max() <= (1 - 0.9 * CLIPPED_SHARE) * share


def test_negative_outputs_of_positive_values_are_left_undecided(judge):
    def sometimes(problem, normals):
        value = importance(problem, normals)
        value[0] = -0.5
        return value

    result = judge(BuiltIn("other", Other(sometimes)), CLAIM, "P3", 0.02)
    assert result.verdict is Verdict.UNDECIDED
    assert "which no positive weights give" in result.message


def test_values_of_both_signs_are_clipped_on_both_sides():
    """Bounds are c times the hull of the values and zero, c above one; tolerances are shares of its width."""
    problem = make_problem("P6-small")
    claimed = clipped_claim(Case(BuiltIn("reference", Importance(64)), CLAIM, "P6-small", 0.05).setting(1e-6))
    low, high = ((edge + claimed.expected).reshape(3, 4) for edge in (claimed.low, claimed.high))
    lowest, highest = np.minimum(problem.v.min(axis=0), 0), np.maximum(problem.v.max(axis=0), 0)
    clip = high / highest
    assert (clip > 1).all()
    assert np.ptp(clip, axis=1) == pytest.approx(0, abs=1e-9)
    assert low == pytest.approx(clip * lowest)
    assert (claimed.tolerance.reshape(3, 4) < 0.05 * (highest - lowest)).all()


def test_values_of_both_signs_are_judged(judge):
    def drawn_to_the_mean(problem, normals):
        return importance(problem, normals) + 0.5 * (problem.v.mean(axis=0) - index_mean(problem))

    assert judge(BuiltIn("other", Other(drawn_to_the_mean, 64)), CLAIM, "P6-small", 0.1).verdict is Verdict.REFUTED


def test_weights_whose_fourth_moment_no_float_holds_are_refused():
    with pytest.raises(OutsideDomainError):
        Case(BuiltIn("reference", Importance(16)), CLAIM, "P7-l2h8", 0.01).plan(1e-6)
