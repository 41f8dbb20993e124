"""`mean_at_n_samples`: the mean that theory gives, and no other.

Level and power: a verdict against the truth has probability at most 1e-6 (Ville).
"""

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA, RFA, MeanValue
from lara_verify.checks import CHECKS
from lara_verify.plan import Case
from lara_verify.sources import BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.MEAN_AT_N_SAMPLES

CONSTANT = {
    "zeros": lambda problem, value: 0 * value,  # noqa: ARG005
    "mean of the values": lambda problem, value: 0 * value + problem.v.mean(axis=-2),
    "constant": lambda problem, value: 0 * value + 0.5,  # noqa: ARG005
}


def test_one_random_feature_has_its_mean(judge):
    assert judge(BuiltIn("reference", RFA(1)), CLAIM, "P3L-d2").verdict is Verdict.CERTIFIED


@pytest.mark.parametrize("wrong", [*CONSTANT, "softmax"])
def test_nothing_else_has_it(judge, altered, wrong):
    """Right `ra` has the mean of softmax, which differs from that of one feature by its bias."""
    change = CONSTANT.get(wrong, lambda problem, value: value)  # noqa: ARG005
    assert judge(altered(change, "rfa", 1), CLAIM, "P3L-d2").verdict is Verdict.REFUTED


@pytest.mark.parametrize("problem", ["P1", "P6-small", "P5"])
def test_the_mean_of_the_values_is_itself(judge, problem):
    assert judge(BuiltIn("reference", MeanValue()), CLAIM, problem).verdict is Verdict.CERTIFIED


@pytest.mark.parametrize("wrong", ["zeros", "constant", "softmax"])
def test_what_says_it_is_the_mean_of_the_values_and_is_not_is_refuted(judge, altered, wrong):
    change = CONSTANT.get(wrong, lambda problem, value: value)  # noqa: ARG005
    result = judge(altered(change, "mean_value", 1), CLAIM, "P1")
    assert result.verdict is Verdict.REFUTED
    assert "if it were the mean of the values, at most one run in 1 million" in result.message


def test_the_tolerance_confirms_a_bias_to_a_tenth():
    source = BuiltIn("reference", RFA(1))
    coarse, fine = (Case(source, CLAIM, "P3L-d2", share).plan(1e-6) for share in (0.5, 1e-4))
    assert coarse.detectable < 0.01
    assert fine.detectable == 1e-4
    assert fine.n_replicates > coarse.n_replicates


def test_a_mean_that_no_oracle_knows_is_refused_before_any_draw():
    with pytest.raises(ValueError, match="no oracle knows the mean of rfa at 16 samples"):
        Case(BuiltIn("reference", RFA(16)), CLAIM, "P1", 0.01).plan(1e-6)


RIVAL = BuiltIn("reference", RA(16))


def test_two_sources_of_one_mean_are_certified_equal(judge):
    result = judge(BuiltIn("again", RA(16)), CLAIM, "P6-small", rival=RIVAL)
    assert result.verdict is Verdict.CERTIFIED


@pytest.mark.parametrize("wrong", [*CONSTANT, "queries reversed"])
def test_two_sources_of_different_means_are_told_apart(judge, altered, wrong):
    change = CONSTANT.get(wrong, lambda problem, value: value[..., ::-1, :])  # noqa: ARG005
    result = judge(altered(change), CLAIM, "P6-small", rival=RIVAL)
    assert result.verdict is Verdict.REFUTED
    assert "from that of reference: if the means were equal, at most one run in 1 million" in result.message


def test_a_rival_is_an_arm_on_the_same_problem():
    own, other = CHECKS[CLAIM].arms(BuiltIn("x", RA(16)), "P1", RIVAL)
    assert (own.source.name, other.source.name) == ("x", "reference")
    assert own.problem == other.problem
    assert other.copies > own.copies == 1
    assert np.isfinite(Case(own.source, CLAIM, "P1", 0.01, rival=RIVAL).plan(1e-6).n_replicates)
