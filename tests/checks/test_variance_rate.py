"""`variance_rate`: the variance of S samples is that of one over S. Verdicts against the truth: at most 1e-6 each."""

from dataclasses import dataclass

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA, RFA, Index
from lara_verify.oracles.index_sampling import index_mean
from lara_verify.plan import Case
from lara_verify.sources import BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.VARIANCE_RATE


def reference(algorithm):
    return BuiltIn("reference", algorithm)


ONE = BuiltIn("reference", RA(1))


@dataclass(frozen=True)
class Sold:
    """``algorithm``, sold as one of ``n_samples``."""

    algorithm: object
    n_samples: int

    @property
    def name(self):
        return self.algorithm.name

    def draw(self, problem, rng, replicates=()):
        return self.algorithm.draw(problem, rng, replicates)

    def __call__(self, problem, noise):
        return self.algorithm(problem, noise)


@pytest.mark.parametrize(
    ("algorithm", "problem"), [(RA(1), "P3L-d2"), (RA(4), "P3L-d2"), (Index(4), "P1"), (Index(16), "P5")]
)
def test_what_falls_as_one_over_s_is_certified(judge, algorithm, problem):
    result = judge(reference(algorithm), CLAIM, problem)
    assert result.verdict is Verdict.CERTIFIED
    figures = result.evidence.figures
    assert figures["interval_low"] < 1 < figures["interval_high"]
    assert figures["effective_samples"] == pytest.approx(algorithm.n_samples, rel=0.1)


def test_where_no_oracle_knows_it_is_compared_with_one_sample(judge):
    result = judge(reference(RA(4)), CLAIM, "P1", rival=ONE)
    assert result.verdict is Verdict.CERTIFIED
    assert result.message.startswith("variance at 4 samples times 4 on P1 is ")


SOLD = {
    "3 as 4": Sold(RA(3), 4),
    "5 as 4": Sold(RA(5), 4),
}


@pytest.mark.parametrize("sold", ["3 as 4", "5 as 4"])
def test_samples_that_were_not_drawn_are_missed(judge, sold):
    result = judge(BuiltIn("sold", SOLD[sold]), CLAIM, "P3L-d2")
    assert result.verdict is Verdict.REFUTED
    assert result.n_replicates < 12_000
    drawn = SOLD[sold].algorithm.n_samples
    assert result.evidence.figures["effective_samples"] == pytest.approx(drawn, rel=0.25)


@pytest.mark.parametrize("sold", ["3 as 4", "5 as 4"])
def test_so_they_are_against_one_sample(judge, sold):
    result = judge(BuiltIn("sold", SOLD[sold]), CLAIM, "P1", rival=ONE)
    assert result.verdict is Verdict.REFUTED
    assert result.n_replicates < 12_000


WRONG = {
    "softmax": lambda problem, value: 0 * value + index_mean(problem),
    "mean of the values": lambda problem, value: 0 * value + problem.v.mean(axis=0),
    "first value": lambda problem, value: 0 * value + problem.v[0],
    "errors times .9": lambda problem, value: 0.9 * value + 0.1 * index_mean(problem),
    "one query off": lambda problem, value: np.where(
        np.arange(problem.n_queries)[:, None] == 2, 0.8 * value + 0.2 * index_mean(problem), value
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_any_other_spread_is_refuted(judge, altered, wrong):
    result = judge(altered(WRONG[wrong], n_samples=4), CLAIM, "P3L-d2")
    assert result.verdict is Verdict.REFUTED
    if wrong == "one query off":
        assert result.message.startswith("variance of query 2 on P3L-d2 at 4 samples is 0.6")


@pytest.mark.parametrize("wrong", ["softmax", "mean of the values", "first value", "errors times .9"])
def test_any_other_spread_is_refuted_against_one_sample(judge, altered, wrong):
    assert judge(altered(WRONG[wrong], n_samples=4), CLAIM, "P1", rival=ONE).verdict is Verdict.REFUTED


def test_random_features_do_not_spread_like_randomized_attention(judge):
    assert judge(BuiltIn("sold", Sold(RFA(4), 4)), CLAIM, "P1", rival=ONE).verdict is Verdict.REFUTED


def test_outputs_outside_the_hull_are_left_to_bounded(judge, altered):
    for rival in (None, ONE):
        result = judge(altered(lambda p, value: 3 * value - 1, n_samples=4), CLAIM, "P3L-d2", rival=rival)  # noqa: ARG005
        assert result.verdict is Verdict.UNDECIDED
        assert "see `bounded`" in result.message


def test_what_is_not_known_is_refused_before_any_draw():
    with pytest.raises(ValueError, match="no oracle knows the variance of rfa"):
        Case(reference(RFA(4)), CLAIM, "P1", 0.01).plan(1e-6)
    case = Case(reference(RA(4)), CLAIM, "P1", 0.01, rival=BuiltIn("reference", RA(2)))
    from lara_verify.checks import CHECKS

    with pytest.raises(ValueError, match="a rival of one sample"):
        CHECKS[CLAIM].statistic(case.setting(1e-6))


def test_a_twin_in_single_precision_is_certified(judge, torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    source = BuiltIn("torch", twins.RA(4), "float32", str(torch_device))
    assert judge(source, CLAIM, "P3L-d2").verdict is Verdict.CERTIFIED
