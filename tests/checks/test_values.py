"""What checks share: ranges over the keys that take part, and how numbers are said."""

import numpy as np
import pytest

from lara_estimators import ClaimName, Problem
from lara_verify.checks import CHECKS
from lara_verify.checks.values import odds, output_name, unmasked_values, value_range


def problem(v, mask=None):
    v = np.asarray(v, dtype=float)
    return Problem(np.ones((2, 3)), np.ones((v.shape[-2], 3)), v, key_mask=mask)


def test_range_is_over_the_keys_that_take_part():
    mask = np.array([[True, True, False], [False, True, True]])
    made = problem([[0.0, 1.0], [2.0, 1.0], [50.0, -7.0]], mask)
    np.testing.assert_array_equal(value_range(made)[:, 0], [[2, 0], [48, 8]])
    assert value_range(made).shape == (2, 2, 2)


def test_masked_values_are_replaced_by_ones_that_take_part():
    mask = np.array([False, True, True])
    values = unmasked_values(problem([[9.0], [1.0], [2.0]], mask))
    np.testing.assert_array_equal(values, [[1.0], [1.0], [2.0]])


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.05, "one run in 20"),
        (1e-3, "one run in 1,000"),
        (1e-6, "one run in 1 million"),
        (1e-6 / 19, "one run in 19 million"),
        (1e-6 / 188, "one run in 188 million"),
        (1.01e-6, "one run in 990,099"),
        (1e-9, "one run in 1 billion"),
        (1e-12, "one run in 1 trillion"),
        (1e-30, "one run in 1e+18 trillion"),
    ],
)
def test_odds_never_claim_more_than_the_probability(probability, said):
    assert odds(probability) == said


def test_outputs_are_named_as_a_person_writes_them():
    assert output_name((3, 7)) == "output[3, 7]"
    assert output_name(np.array([0, 1, 2])) == "output[0, 1, 2]"


def test_each_check_judges_the_claim_that_it_is_listed_under():
    assert all(check.claim is claim for claim, check in CHECKS.items())
    assert set(CHECKS) <= set(ClaimName)
