"""Integrals split at kinks, and kinks found."""

import math

import numpy as np
import pytest

from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.split_line import concave_crossings, line_expectation

CENTRES = np.array([-1.5, 0.0, 2.0])


def rectified(cut):
    """``E max(c + z - cut, 0)`` for each centre."""
    gap = CENTRES - cut
    return np.array(
        [g * 0.5 * math.erfc(-g / math.sqrt(2)) + math.exp(-g * g / 2) / math.sqrt(2 * math.pi) for g in gap]
    )


@pytest.mark.parametrize("cut", [-0.7, 0.123456, 3.3])
def test_a_kink_that_is_told_costs_nothing(cut):
    known = line_expectation(lambda w: np.maximum(w - cut, 0), CENTRES, [cut])
    assert known.value == pytest.approx(rectified(cut), rel=1e-13, abs=1e-15)
    assert known.error.max() < 1e-12
    assert np.all(np.abs(known.value - rectified(cut)) <= known.error + 1e-17)  # of the right side, which cancels


def test_a_kink_that_is_not_told_is_refused():
    with pytest.raises(OutsideDomainError, match="still moves"):
        line_expectation(lambda w: np.maximum(w - 0.123456, 0), CENTRES, [])


def test_breaks_that_are_none_do_no_harm():
    plain, broken = (line_expectation(np.cos, CENTRES, cuts) for cuts in ([], [-50.0, 0.3, 0.3, 1e6]))
    assert plain.value == pytest.approx(np.cos(CENTRES) * np.exp(-0.5), abs=1e-14)
    assert broken.value == pytest.approx(plain.value, abs=1e-14)


@pytest.mark.parametrize(
    ("function", "zeros"),
    [
        (lambda w: 1 - w**2, [-1.0, 1.0]),
        (lambda w: 3 - w, [3.0]),
        (lambda w: -1 - w**2, []),
        (lambda w: 1e-6 - (w - 7) ** 2, [7 - 1e-3, 7 + 1e-3]),
        (lambda w: 0 * w + 1, []),
    ],
)
def test_zeros_of_concave_functions(function, zeros):
    assert concave_crossings(function) == pytest.approx(zeros, abs=1e-10)
