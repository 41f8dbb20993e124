"""`unbiased`: certifies what has the exact mean, refutes what has not, and says what it saw.

Level and power of every test here: a verdict against the truth has probability at most 1e-6 (Ville), and right sources
end undecided with probability far below that, since a case runs to four times its plan.
"""

import re

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA, RFA, Index, Softmax
from lara_verify.checks.unbiased import ENOUGH
from lara_verify.checks.values import exact, odds
from lara_verify.problems import make_problem
from lara_verify.sources import Block, BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.UNBIASED


@pytest.mark.parametrize("problem", ["P1", "P6-small", "P5"])
@pytest.mark.parametrize("algorithm", [RA(16), RA(1), Index(16), Softmax()], ids=lambda a: f"{a.name}-{a}")
def test_what_is_unbiased_is_certified(judge, algorithm, problem):
    share = 0.1 if algorithm == RA(1) else 0.03
    result = judge(BuiltIn("reference", algorithm), CLAIM, problem, share)
    assert result.verdict is Verdict.CERTIFIED
    assert result.log_e_certify >= -np.log(1e-6)
    assert result.log_e_refute < -np.log(1e-6)
    assert ENOUGH * result.plan.n_replicates <= result.n_replicates <= 4 * result.plan.n_replicates + 4096
    assert result.evidence.hidden < 3 * share


WRONG = {
    "zeros": lambda problem, value: 0 * value,  # noqa: ARG005
    "mean of the values": lambda problem, value: 0 * value + problem.v.mean(axis=-2),
    "constant": lambda problem, value: 0 * value + 0.5,  # noqa: ARG005
    "first value": lambda problem, value: 0 * value + problem.v[0],
    "queries reversed": lambda problem, value: value[..., ::-1, :],  # noqa: ARG005
    "a fifth of the first value": lambda problem, value: 0.8 * value + 0.2 * problem.v[0],
    "a fifth of the mean": lambda problem, value: 0.8 * value + 0.2 * problem.v.mean(axis=-2),
}


@pytest.mark.parametrize("problem", ["P1", "P6-small"])
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_biased_inside_the_hull_or_its_box_is_refuted(judge, altered, wrong, problem):
    result = judge(altered(WRONG[wrong]), CLAIM, problem)
    if wrong in ("zeros", "constant") and problem == "P6-small":
        # there 0 and .5 are within the values' range, but the constant column is 1, for `bounded` to judge
        assert np.ptp(make_problem(problem).v[:, 0]) > 0
    assert result.verdict is Verdict.REFUTED


def test_random_features_are_not_unbiased(judge):
    source = BuiltIn("fault", RFA(16))
    assert judge(source, CLAIM, "P1").verdict is Verdict.REFUTED


def test_a_refutation_names_output_measured_expected_odds_and_replicates(judge, altered):
    result = judge(altered(WRONG["queries reversed"]), CLAIM, "P1")
    found = re.fullmatch(
        r"mean of output\[(\d+), (\d+)\] on P1 is (\S+), exact (\S+): if it were unbiased, "
        r"at most (one run in .+) would say this \(([\d,]+) replicates\)",
        result.message,
    )
    assert found
    n, e, measured, expected, said, count = found.groups()
    assert said == odds(1e-6)
    assert int(count.replace(",", "")) == result.n_replicates
    truth = exact(make_problem("P1"))[0][int(n), int(e)]
    assert float(expected) == pytest.approx(truth, rel=1e-4)  # five digits are shown
    assert (result.evidence.measured, result.evidence.expected) == pytest.approx((float(measured), truth), rel=1e-4)
    assert abs(result.evidence.measured - truth) > result.evidence.tolerance
    assert result.evidence.figures["interval_low"] <= result.evidence.figures["interval_high"]


def test_a_certificate_names_its_tolerance_and_its_odds(judge):
    result = judge(BuiltIn("reference", Softmax()), CLAIM, "P1")
    assert result.message.startswith(
        "every mean is within 3.000% of the values' range of the exact one; largest: mean of "
    )
    assert "were one further off, at most one run in 1 million would say this" in result.message


def test_outputs_outside_the_range_are_left_to_bounded(judge, altered):
    result = judge(altered(lambda problem, value: 3 * value - 1), CLAIM, "P1")  # noqa: ARG005
    assert result.verdict is Verdict.UNDECIDED
    assert "see `bounded`" in result.message


def test_a_dtype_too_coarse_for_the_tolerance_is_not_certified(judge, scripted):
    """bfloat16 rounds values near 1 by 2^-9: four times the bound for it is above .1 % of the range."""

    def rounded(problem, seeds):
        return Block(np.tile(exact(problem)[0], (seeds.count, 1, 1)), dtype="bfloat16")

    result = judge(scripted(rounded, n_samples=1024), CLAIM, "P6-small", 0.001)
    assert result.verdict is Verdict.UNDECIDED
    assert "rounding of this dtype is not small against the tolerance of 0.100%" in result.message


def test_rounding_of_single_precision_is_never_refuted(judge, scripted):
    """Exact attention rounded to float32 is biased by up to 2^-25 of the values and has no variance at all."""

    def rounded(problem, seeds):
        single = exact(problem)[0].astype(np.float32)
        return Block(np.tile(single.astype(np.float64), (seeds.count, 1, 1)), dtype="float32")

    assert judge(scripted(rounded, n_samples=1), CLAIM, "P6-small", 0.01).verdict is Verdict.CERTIFIED


@pytest.mark.parametrize("n_samples", [1, 16])
def test_the_plan_is_the_variance_of_index_sampling(altered, n_samples):
    from lara_verify.plan import Case

    plan = Case(altered(WRONG["zeros"], n_samples=n_samples), CLAIM, "P1", 0.01).plan(1e-6)
    # the variance of one draw on [0, 1] is at most 1/4, and near it for some weight
    most = 1.75 * 2 * np.log(1e6) / (4 * n_samples * 1e-4) + 1.25 * np.log(1e6) * 100
    assert most / 2 < plan.n_replicates <= most + 1
    assert plan.detectable == 0.01
