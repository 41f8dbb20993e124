"""The fine rule in the plane, on kinks whose expectation is known."""

import math

import numpy as np
import pytest

from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.fine_plane import plane_expectation

CENTRES = np.array([[0.0, 0.0], [1.5, -0.5], [-2.0, 0.3]])


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4])
def test_a_kink_along_a_line(angle):
    """``E min(max((c + z).n, 0), 4)``, n a unit vector, by error functions."""
    normal = np.array([np.cos(angle), np.sin(angle)])

    def rectified(g):
        return g * 0.5 * math.erfc(-g / math.sqrt(2)) + math.exp(-g * g / 2) / math.sqrt(2 * math.pi)

    known = plane_expectation(lambda w: np.clip(w @ normal, 0, 4), CENTRES, bound=4.0, tolerance=1e-4)
    truth = np.array([rectified(g) - rectified(g - 4) for g in CENTRES @ normal])
    assert np.all(np.abs(known.value - truth) <= known.error)
    assert known.error.max() < 1e-4  # of 4: kinks along an axis are the worst case


def test_a_smooth_function_costs_nothing():
    known = plane_expectation(lambda w: np.cos(w[:, 0] + w[:, 1]), CENTRES, bound=1.0, tolerance=1e-10)
    assert known.value == pytest.approx(np.cos(CENTRES.sum(axis=1)) * np.exp(-1), abs=1e-13)


def test_a_jump_is_refused():
    with pytest.raises(OutsideDomainError, match="still moves"):
        plane_expectation(lambda w: (w[:, 0] > 0.1234).astype(float), CENTRES, bound=1.0, tolerance=1e-6)
