"""Thresholds, the worst of many verdicts, and exit codes."""

import math

import pytest

from lara_verify.verdict import EXIT_CODES, Verdict, certifies, overall, refutes

C, R, U, S, E = Verdict.CERTIFIED, Verdict.REFUTED, Verdict.UNDECIDED, Verdict.SKIPPED, Verdict.ERROR


@pytest.mark.parametrize("decides", [refutes, certifies])
def test_a_threshold_is_the_reciprocal_of_the_allowance(decides):
    assert decides(math.log(1e6), 1e-6)
    assert decides(math.inf, 1e-300)
    assert not decides(math.nextafter(math.log(1e6), 0), 1e-6)
    assert not decides(-math.inf, 0.5)
    assert not decides(0.0, 0.5)


@pytest.mark.parametrize(
    ("verdicts", "worst", "code"),
    [
        ([C, C], C, 0),
        ([C, S], C, 0),
        ([C, R, U, S], R, 1),
        ([C, U], U, 3),
        ([S, S], U, 3),
        ([], U, 3),
        ([R, E, U], E, 4),
    ],
)
def test_a_run_is_as_good_as_its_worst_case(verdicts, worst, code):
    assert overall(verdicts) is worst
    assert EXIT_CODES[worst] == code


def test_every_verdict_is_a_lower_case_token_with_a_meaning():
    for verdict in Verdict:
        assert str(verdict) == verdict.value == verdict.name.lower()
        assert verdict.meaning
