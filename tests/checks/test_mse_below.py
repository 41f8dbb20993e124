"""`mse_below`: a ratio of mean squared errors, claimed per problem. Verdicts against the truth: at most 1e-6 each."""

import math

import numpy as np
import pytest

from lara_estimators import ClaimName, NoNoise
from lara_estimators.reference import LARA, RA, RFA, Index, MeanValue
from lara_verify.checks import CHECKS
from lara_verify.oracles.index_sampling import index_mean, index_variance
from lara_verify.oracles.ratio import RatioOracle, constant_weight_lara
from lara_verify.plan import Case
from lara_verify.problems import make_problem
from lara_verify.sources import BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.MSE_BELOW


def reference(algorithm):
    return BuiltIn("reference", algorithm)


def test_lara_beats_rfa_where_keys_lean_towards_queries(judge):
    result = judge(reference(LARA(16, 4)), CLAIM, "aligned", rival=reference(RFA(16)))
    assert result.verdict is Verdict.CERTIFIED
    figures = result.evidence.figures
    assert figures["ratio_interval_low"] < figures["ratio"] < figures["ratio_interval_high"] < 1
    assert result.message.startswith(
        "ratio of the mean squared error of lara[balance] over rfa on aligned at 16 samples"
    )
    assert "were it 1 or more, at most one run in 1 million" in result.message


def test_more_samples_are_not_beaten_by_fewer(judge, scripted):
    """`rfa` at 4 samples posing as `lara` at 16: refuted, and the interval says by how much."""
    from lara_verify.sources import Block

    few = RFA(4)

    def poses(problem, seeds):
        return Block(few(problem, few.draw(problem, seeds.generator(), (seeds.count,))).value)

    source = scripted(poses, estimator="lara[balance]", n_samples=16)
    result = judge(source, CLAIM, "P0", rival=reference(RFA(16)))
    assert result.verdict is Verdict.REFUTED
    assert result.evidence.figures["ratio_interval_low"] > 1
    assert "if it were at most 1, at most one run in 1 million would say this" in result.message


WRONG = {
    "the first value": lambda problem, value: 0 * value + problem.v[0],
    "twice the error": lambda problem, value: np.clip(2 * value - index_mean(problem), 0, 1),
    "queries reversed": lambda _, value: value[:, ::-1],
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("problem", ["P0", "P1"])
def test_larger_errors_than_the_rival_s_are_refuted(judge, altered, wrong, problem):
    """Each is made from right `ra` and compared with it."""
    result = judge(altered(WRONG[wrong]), CLAIM, problem, rival=reference(RA(16)))
    assert result.verdict is Verdict.REFUTED


@pytest.mark.parametrize(("ratio", "verdict"), [(0.5, Verdict.REFUTED), (1.5, Verdict.CERTIFIED)])
def test_the_ratio_of_the_case_is_what_is_claimed(judge, ratio, verdict):
    """P0: the ratio of lara to rfa is .79."""
    result = judge(reference(LARA(16, 4)), CLAIM, "P0", rival=reference(RFA(16)), ratio=ratio)
    assert result.verdict is verdict
    assert result.evidence.expected == ratio


def test_a_ratio_at_the_boundary_stays_undecided(judge, altered):
    """Two sources of one law and ratio 1: at most 1e-6 for either verdict, and the limit comes first."""
    result = judge(altered(lambda problem, value: value), CLAIM, "P6-small", rival=reference(RA(16)))  # noqa: ARG005
    assert result.verdict is Verdict.UNDECIDED
    assert "claimed is below 1" in result.message


def test_the_interval_holds_the_exact_ratio(judge):
    """Constant weights, where the Laplace oracle knows both errors; coverage fails with probability at most 2e-6."""
    from lara_verify.oracles.landmarks import plain_landmarks

    problem = make_problem("P3L-d2")
    mu = plain_landmarks(problem, 2)[()].mu
    lara, rfa = (RatioOracle(problem, s).moments(16).mse.value for s in (constant_weight_lara(mu), None))
    result = judge(reference(LARA(16, 2, "uniform")), CLAIM, "P3L-d2", rival=reference(RFA(16)), ratio=1.5)
    figures = result.evidence.figures
    assert figures["ratio_interval_low"] <= lara.sum() / rfa.sum() <= figures["ratio_interval_high"]
    assert figures["mse"] == pytest.approx(lara.sum(axis=-1).mean(), rel=0.1)
    assert figures["mse_rival"] == pytest.approx(rfa.sum(axis=-1).mean(), rel=0.1)


def test_the_yardsticks_are_exact(judge):
    problem = make_problem("P0")
    figures = judge(reference(Index(16)), CLAIM, "P0", rival=reference(RFA(16)), ratio=9.0).evidence.figures
    value = MeanValue()(problem, NoNoise()).value
    of_mean = ((value - index_mean(problem)) ** 2).sum(axis=-1).mean()
    assert figures["mse_mean_value"] == pytest.approx(of_mean, rel=1e-9)
    assert figures["mse_index"] == pytest.approx(index_variance(problem).sum(axis=-1).mean() / 16, rel=1e-9)
    assert figures["mse"] == pytest.approx(figures["mse_index"], rel=0.05)


def test_outputs_outside_the_hull_are_left_to_bounded(judge, altered):
    result = judge(altered(lambda problem, value: 3 * value - 1), CLAIM, "P1", rival=reference(RA(16)))  # noqa: ARG005
    assert result.verdict is Verdict.UNDECIDED
    assert "see `bounded`" in result.message


def test_a_comparison_needs_a_rival_with_as_many_samples():
    with pytest.raises(ValueError, match="none is given"):
        CHECKS[CLAIM].arms(reference(LARA(16, 4)), "P0", None)
    case = Case(reference(LARA(16, 4)), CLAIM, "P0", 0.01, rival=reference(RFA(4)))
    with pytest.raises(ValueError, match="at the same number of samples"):
        CHECKS[CLAIM].statistic(case.setting(1e-6))


def test_both_arms_draw_on_the_same_seeds(judge):
    """`rfa` against itself: every pair is equal, and the ratio 1 to the last bit."""
    result = judge(reference(RFA(16)), CLAIM, "P0", rival=BuiltIn("again", RFA(16)), ratio=2.0)
    assert math.isclose(result.evidence.figures["ratio"], 1.0, rel_tol=1e-12)
    assert result.verdict is Verdict.CERTIFIED
