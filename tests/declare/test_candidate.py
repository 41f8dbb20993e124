"""What `check` declares, and what it says of what it cannot judge."""

import pytest

from lara_estimators import ClaimName
from lara_verify.declare import UnjudgeableError, candidate
from lara_verify.outcome import Settings
from lara_verify.sources.candidate import CandidateInfo, inspect_candidate
from lara_verify.suite import run
from lara_verify.verdict import Verdict

PLAIN = CandidateInfo((), None)
WITH_MASK = CandidateInfo(("key_mask",), None)

SIGNED = """
import numpy as np

def signed(q, k, v, *, n_samples, seed):
    return -v[np.zeros(len(q), int)]

def within(q, k, v, *, n_samples, seed):
    return v[np.zeros(len(q), int)]

def averse_to_masks(q, k, v, *, n_samples, seed, key_mask):
    if key_mask is not None:
        raise ValueError("no masks please")
    return v[np.zeros(len(q), int)]

def takes_proposals(q, k, v, *, n_samples, seed, n_proposals):
    assert n_proposals == 4
    return v[np.zeros(len(q), int)]
"""


@pytest.fixture
def target(tmp_path):
    (tmp_path / "stranger.py").write_text(SIGNED)
    return lambda name: f"{tmp_path / 'stranger.py'}:{name}"


def ids(cases):
    return {case.id for case in cases}


@pytest.mark.parametrize(("claimed", "n_problems"), [("ra", 3 + 1), ("rfa", 3), ("lara", 2), ("lara[uniform]", 2)])
def test_every_trial_judges_the_protocol(claimed, n_problems, target):
    cases = candidate(target("within"), WITH_MASK, claimed, "quick", None)
    judged = {(case.source.n_samples, case.problem) for case in cases if case.claim is ClaimName.PROTOCOL}
    assert {(case.source.n_samples, case.problem) for case in cases} == judged
    assert len(judged) == n_problems + 2  # the opening and the padded problem
    assert len(ids(cases)) == len(cases)


def test_what_needs_a_mask_is_skipped_without_one(target):
    skipped = {case.claim for case in candidate(target("within"), PLAIN, "ra", "quick", None) if case.skip}
    assert skipped == {ClaimName.PROTOCOL, ClaimName.NO_LEAK}


def test_a_number_of_samples_stands_alone(target):
    assert {c.source.n_samples for c in candidate(target("within"), PLAIN, "ra", "quick", 7)} == {7}


@pytest.mark.parametrize("name", ["signed", "within"])
def test_signed_features_are_not_judged_where_their_spread_is_another(name, target):
    skipped = {(c.claim, c.problem) for c in candidate(target(name), PLAIN, "rfa", "quick", None) if c.skip}
    where = {(claim, "opposed") for claim in (ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES)}
    assert (where <= skipped) is (name == "signed")


@pytest.mark.parametrize(
    ("claimed", "n_samples", "said"),
    [
        ("performer", None, "expected ra, rfa, lara or lara"),
        ("lara[no-such]", None, "no-such"),
        ("lara[query-clamped]", None, "is not consistent"),
        ("lara", 10, "expected a multiple of 4"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_sentence(claimed, n_samples, said, target):
    with pytest.raises(UnjudgeableError, match=said) as error:
        candidate(target("within"), PLAIN, claimed, "quick", n_samples)
    assert "\n" not in str(error.value)


def test_a_failure_under_a_mask_alone_refutes_the_protocol(target):
    place = target("averse_to_masks")
    cases = candidate(place, inspect_candidate(place), "ra", "quick", None)
    outcome = run(cases, Settings("quick", only="*/protocol/P5-padded/*", n_workers=1, of_candidate=True))
    (result,) = outcome.results
    assert result.verdict is Verdict.REFUTED
    assert "no masks please" in result.message


def test_a_number_of_proposals_is_handed_over_where_it_is_named(target):
    place = target("takes_proposals")
    cases = candidate(place, inspect_candidate(place), "lara", "quick", None)
    outcome = run(cases, Settings("quick", only="*/protocol/P6-oblong/*", n_workers=1, of_candidate=True))
    assert [result.verdict for result in outcome.results] == [Verdict.CERTIFIED]
