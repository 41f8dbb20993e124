"""What `run` declares: distinct cases, of claims that are made, decidable in the profile's time."""

import pytest

from lara_estimators import ClaimName, reference
from lara_verify.checks import CHECKS
from lara_verify.declare import built_in
from lara_verify.declare.built_in import ROSTER
from lara_verify.declare.problems import LARA_DOES_NOT_WIN, LARA_WINS
from lara_verify.plan import group
from lara_verify.problems import problem_names

PROFILES = ("quick", "default", "full")


@pytest.fixture(params=PROFILES)
def cases(request):
    return built_in(request.param)


def test_ids_are_distinct_and_problems_and_checks_exist(cases):
    assert len({case.id for case in cases}) == len(cases)
    assert {case.problem for case in cases} <= set(problem_names())
    assert {case.claim for case in cases} <= set(CHECKS)


def test_only_what_an_estimator_claims_is_declared(cases):
    """Two are of any source: that its seed decides, and how its error compares with another's."""
    of_any = (ClaimName.SEED_HONOURED, ClaimName.MSE_BELOW)
    for case in cases:
        held = {claim.name for claim in case.source.algorithm.claims}
        assert case.claim in held or case.claim in of_any, case.id


def test_every_claim_of_a_reference_that_a_check_judges_is_declared_somewhere():
    declared = {(case.source.estimator, case.claim) for case in built_in("default") if case.source.name == "reference"}
    elsewhere = {
        ClaimName.CROSS_CHECK,  # of the twins
        ClaimName.CONSISTENT,  # of candidates; of our own estimators the mean at every S is known
        ClaimName.MSE_AT_N_SAMPLES,
    }
    missing = {
        (algorithm.name, claim.name)
        for algorithm in (member.made(reference) for member in ROSTER)
        for claim in algorithm.claims
        if claim.name in CHECKS and claim.name not in elsewhere and (algorithm.name, claim.name) not in declared
    }
    # the squares of importance sampling have no sure bound; of strata no variance is known where P1 lies; second-order
    # terms of the other forms of rfa are judged by the mean at few samples
    rates = {(f"rfa[{option}]", ClaimName.BIAS_RATE) for option in ("antithetic", "isotropic", "diagonal")}
    of_variance = {("importance", ClaimName.VARIANCE_RATE), ("stratified_ra", ClaimName.VARIANCE_RATE)}
    assert missing == rates | of_variance


@pytest.mark.parametrize("profile", ["quick", "default"])
def test_plans_fit_the_profile(profile):
    """Replicates are a few microseconds each; four times the plan is the most that a case takes."""
    cases = built_in(profile)
    most = {"quick": 3e5, "default": 1e6}[profile]
    plans = {case.id: case.plan(1e-6 / len(cases)).n_replicates for case in cases}
    assert {case_id: n for case_id, n in plans.items() if not 0 < n < most} == {}


def test_quick_declares_fewer_cases_of_the_same_kinds():
    quick, default = built_in("quick"), built_in("default")
    assert {case.id for case in quick} < {case.id for case in default}
    assert {case.claim for case in quick} == {case.claim for case in default}
    assert [case.id for case in default] == [case.id for case in built_in("full")]


def test_cases_on_the_same_draws_share_a_trial():
    """The mean and the rate of rfa at 64 samples are judged on one stream."""
    trials = group(built_in("default"))
    together = next(t for t in trials if any(c.claim is ClaimName.BIAS_RATE and c.problem == "P3L-d2" for c in t.cases))
    assert {case.claim for case in together.cases} == {ClaimName.BIAS_RATE, ClaimName.MEAN_AT_N_SAMPLES}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_not_asked_for_rates(dtype):
    pytest.importorskip("torch")
    claims = {case.claim for case in built_in("default", dtype=dtype) if case.source.name.startswith(f"torch:{dtype}")}
    assert not claims & {ClaimName.BIAS_RATE, ClaimName.VARIANCE_RATE, ClaimName.MSE_BELOW}
    assert ClaimName.UNBIASED in claims


def test_comparisons_are_named_beforehand_and_say_why():
    named = (*LARA_WINS, *LARA_DOES_NOT_WIN)
    assert len({(c.problem, c.n_samples) for c in named}) == len(named)
    assert all(c.ratio == 1.0 for c in LARA_WINS)
    assert all(c.ratio > 1.0 for c in LARA_DOES_NOT_WIN)
    assert all(c.why for c in named)
    declared = {(c.problem, c.source.n_samples): c.ratio for c in built_in("default") if c.claim is ClaimName.MSE_BELOW}
    assert declared == {(c.problem, c.n_samples): c.ratio for c in named}
