"""A number and its error, as they are printed."""

import math

import pytest

from lara_studies.brackets import bracketed


@pytest.mark.parametrize(
    ("value", "error", "printed"),
    [
        (0.012345, 0.00042, "0.0123(4)"),
        (-0.012345, 0.00042, "-0.0123(4)"),
        (0.5, 0.00096, "0.500(1)"),
        (0.5, 0.001, "0.500(1)"),
        (12.34, 1.4, "12(1)"),
        (-1234.5, 26.0, "-1230(30)"),
        (-1e-9, 0.01, "0.00(1)"),
        (0.25, 0.0, "0.25"),
        (0.25, math.nan, "0.25"),
        (math.nan, 0.1, "nan"),
    ],
)
def test_value_is_rounded_to_the_first_digit_of_its_error(value, error, printed):
    assert bracketed(value, error) == printed
