"""Quadrature against closed forms, mpmath, and its own refusals."""

import math

import mpmath
import numpy as np
import pytest

from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.quadrature import gauss_hermite, gaussian_expectation


@pytest.mark.parametrize("dim", [0, 1, 2, 3])
def test_weights_are_a_probability_and_moments_are_gaussian(dim):
    rule = gauss_hermite(dim, 32)
    assert abs(rule.weights.sum() - 1) < 1e-14
    if dim:
        assert np.allclose(np.einsum("p,pi,pj->ij", rule.weights, rule.nodes, rule.nodes), np.eye(dim), atol=1e-13)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("size", [0.5, 2.0, 4.0])
def test_expectation_of_a_cosine(dim, size):
    """E cos(u.z) = exp(-|u|^2 / 2), with |u| = size."""
    u = size * np.ones(dim) / math.sqrt(dim)
    known = gaussian_expectation(lambda z: np.cos(z @ u), dim, bound=np.array(1.0))
    assert abs(known.value - math.exp(-(size**2) / 2)) <= known.error
    assert known.error < 1e-11


@pytest.mark.parametrize("slope", [1.0, 4.0, 10.0])
def test_expectation_of_a_steep_sigmoid_is_mpmath_s(slope):
    known = gaussian_expectation(lambda z: 1 / (1 + np.exp(1 - slope * z[:, 0])), 1, bound=np.array(1.0))
    with mpmath.workdps(30):
        truth = mpmath.quad(
            lambda t: mpmath.exp(-t * t / 2) / mpmath.sqrt(2 * mpmath.pi) / (1 + mpmath.exp(1 - slope * t)),
            [-12, -4, -1, 0, 0.5, 1, 4, 12],
        )
    assert abs(known.value - float(truth)) <= known.error


@pytest.mark.parametrize("place", [0.0, 0.1, 0.3, 0.7, 1.1])
def test_a_kink_is_refused_at_a_fine_tolerance_and_bounded_at_a_coarse_one(place):
    """E |z_1 - a| = 2 phi(a) + a erf(a / sqrt 2). At a = .3, 16 and 32 nodes agree to 3e-4, both off by 1.5e-2."""

    def kink(z):
        return np.abs(z[:, 0] - place)

    truth = 2 * math.exp(-(place**2) / 2) / math.sqrt(2 * math.pi) + place * math.erf(place / math.sqrt(2))
    with pytest.raises(OutsideDomainError, match="still moves"):
        gaussian_expectation(kink, 2, bound=np.array(10.0), tolerance=1e-12)
    known = gaussian_expectation(kink, 2, bound=np.array(10.0), tolerance=1e-3, kinked=True)
    assert abs(known.value - truth) <= known.error


def test_four_dimensions_are_refused():
    with pytest.raises(OutsideDomainError, match="at most 3"):
        gaussian_expectation(lambda z: z[:, 0], 4, bound=np.array(1.0))
