"""Cases: their ids, their trials, their plans."""

import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA, Softmax
from lara_verify.declare import built_in, candidate
from lara_verify.plan import TOLERANCES, Case, group
from lara_verify.sources import BuiltIn
from lara_verify.sources.candidate import CandidateInfo

SOURCE = BuiltIn("reference", RA(16))

DECLARED = {
    "built in": lambda profile: built_in(profile),
    "candidate": lambda profile: candidate("f.py:f", CandidateInfo((), None), "ra", profile, None),
    "candidate with a mask": lambda profile: candidate(
        "f.py:f", CandidateInfo(("key_mask",), None), "ra", profile, None
    ),
    "candidate at 5": lambda profile: candidate("f.py:f", CandidateInfo((), None), "ra", profile, 5),
}


def case(claim, problem, **options):
    return Case(SOURCE, claim, problem, 0.01, **options)


def test_an_id_says_source_estimator_claim_problem_and_samples():
    assert case(ClaimName.UNBIASED, "P1").id == "reference/ra/unbiased/P1/S=16"


@pytest.mark.parametrize("profile", TOLERANCES)
@pytest.mark.parametrize("declared", DECLARED)
def test_declared_ids_are_distinct(declared, profile):
    ids = [c.id for c in DECLARED[declared](profile)]
    assert len(set(ids)) == len(ids) > 5


@pytest.mark.parametrize("declared", DECLARED)
def test_every_case_that_is_not_skipped_is_in_one_trial_of_one_first_arm(declared):
    cases = DECLARED[declared]("quick")
    trials = group(cases)
    assert sorted(c.id for t in trials for c in t.cases) == sorted(c.id for c in cases if c.skip is None)
    assert [t.stream for t in trials] == list(range(len(trials)))
    assert declared == "built in" or len(trials) <= 256  # more would share the ints that candidates are seeded with
    for trial in trials:
        assert len({c.arms[0] for c in trial.cases}) == 1
        assert len({c.opening for c in trial.cases}) == 1


@pytest.mark.parametrize("declared", ["candidate", "candidate at 5"])
def test_a_candidate_is_first_called_in_a_small_opening_trial(declared):
    trials = group(DECLARED[declared]("default"))
    assert [t.opening for t in trials].index(True) == 0
    assert sum(t.opening for t in trials) == 1
    assert {c.claim for c in trials[0].cases} == {
        ClaimName.PROTOCOL,
        ClaimName.INPUTS_INTACT,
        ClaimName.SEED_HONOURED,
    }


def test_claims_on_the_same_draws_share_a_trial():
    cases = [
        case(ClaimName.BOUNDED, "P1"),
        case(ClaimName.UNBIASED, "P1"),
        case(ClaimName.BOUNDED, "P0"),
        case(ClaimName.PROTOCOL, "P1", opening=True),
    ]
    assert [[c.claim for c in t.cases] for t in group(cases)] == [
        [ClaimName.BOUNDED, ClaimName.UNBIASED],
        [ClaimName.BOUNDED],
        [ClaimName.PROTOCOL],
    ]


def test_a_smaller_share_of_beta_takes_longer():
    plans = [case(ClaimName.UNBIASED, "P1").plan(beta).n_replicates for beta in (1e-3, 1e-6, 1e-9)]
    assert plans == sorted(set(plans))


def test_a_smaller_tolerance_takes_longer():
    few, many = (Case(SOURCE, ClaimName.UNBIASED, "P1", share).plan(1e-6) for share in (0.01, 0.003))
    assert few.n_replicates < many.n_replicates
    assert (few.detectable, many.detectable) == (0.01, 0.003)


def test_what_is_not_measured_has_nothing_detectable():
    assert case(ClaimName.BOUNDED, "P1").plan(1e-6).detectable is None
    assert Case(BuiltIn("x", Softmax()), ClaimName.PROTOCOL, "P1", 0.01).plan(1e-6).detectable is None
