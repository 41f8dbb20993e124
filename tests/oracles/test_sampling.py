"""G and the third moments against integration of the densities, in one and two dimensions."""

import mpmath
import numpy as np
import pytest
from scipy import integrate

from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.sampling import AntitheticProposal, CorrelatedProposal, GaussianProposal, Trigonometric

X, Y = 0.4, (0.7, -0.3)
MU = 0.25


def ratio_gaussian(w, z, mu, variance=1.0):
    """N(w; z, 1) / N(w; mu, variance): what one component adds to the normaliser."""
    return mpmath.sqrt(variance) * mpmath.exp(-((w - z) ** 2) / 2 + (w - mu) ** 2 / (2 * variance))


def moment(r, mu, variance, indices):
    def integrand(w):
        value = mpmath.exp(-((w - mu) ** 2) / (2 * variance)) / mpmath.sqrt(2 * mpmath.pi * variance)
        for i in indices:
            value *= r(w, i)
        return value

    return float(mpmath.quad(integrand, [-20, -8, -3, 0, 3, 8, 20]))


CASES = {
    "gaussian": (GaussianProposal(np.array([MU])), lambda w, i: ratio_gaussian(w, X + Y[i], MU), MU, 1.0),
    "antithetic": (
        AntitheticProposal(np.array([MU])),
        lambda w, i: (ratio_gaussian(w, X + Y[i], MU) + ratio_gaussian(2 * MU - w, X + Y[i], MU)) / 2,
        MU,
        1.0,
    ),
    "trigonometric": (
        Trigonometric(),
        lambda w, i: mpmath.exp((X - Y[i]) ** 2 / 2) * mpmath.cos(w * (X - Y[i])),
        0.0,
        1.0,
    ),
    "correlated": (
        CorrelatedProposal(np.array([[1.6]]), np.array([MU])),
        lambda w, i: ratio_gaussian(w, X + Y[i], MU, 1.6),
        MU,
        1.6,
    ),
}
x, y = np.array([[X]]), np.array(Y)[:, None]


@pytest.mark.parametrize("case", CASES)
def test_gram_is_the_second_moment(case):
    sampling, r, mu, variance = CASES[case]
    gram = np.exp(sampling.log_gram(x, y))[0]
    for m, k in np.ndindex(2, 2):
        assert moment(r, mu, variance, [m]) == pytest.approx(1, abs=1e-12)
        assert gram[m, k] == pytest.approx(moment(r, mu, variance, [m, k]), abs=1e-11)


@pytest.mark.parametrize("case", CASES)
def test_third_and_fourth_moment(case):
    sampling, r, mu, variance = CASES[case]
    for order in (3, 4):
        moments = sampling.moment(x, y, order)[0]
        for indices in np.ndindex(*(2,) * order):
            assert moments[indices] == pytest.approx(moment(r, mu, variance, indices), rel=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_the_moment_of_order_two_is_the_gram(case):
    sampling = CASES[case][0]
    assert np.allclose(sampling.moment(x, y, 2), np.exp(sampling.log_gram(x, y)), rtol=1e-14)


def test_gram_of_a_correlated_proposal_in_the_plane():
    rng = np.random.default_rng(14)
    covariance = np.array([[1.3, 0.4], [0.4, 0.9]])
    mu, q, keys = rng.normal(size=2) / 2, rng.normal(size=(1, 2)) / 2, rng.normal(size=(2, 2)) / 2
    gram = np.exp(CorrelatedProposal(covariance, mu).log_gram(q, keys))[0]
    inverse, determinant = np.linalg.inv(covariance), np.linalg.det(covariance)

    def integrand(a, b):
        w = np.array([a, b])
        proposal = np.exp(-(w - mu) @ inverse @ (w - mu) / 2) / (2 * np.pi * np.sqrt(determinant))
        first, second = (np.exp(-((w - q[0] - key) ** 2).sum() / 2) / (2 * np.pi) for key in keys)
        return first * second / proposal

    exact = integrate.dblquad(integrand, -12, 12, -12, 12, epsabs=1e-10)[0]
    assert gram[0, 1] == pytest.approx(exact, rel=1e-8)


def test_the_identity_covariance_is_the_gaussian_proposal():
    rng = np.random.default_rng(15)
    q, keys = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    assert np.allclose(
        CorrelatedProposal(np.eye(4)).log_gram(q, keys), GaussianProposal().log_gram(q, keys), atol=1e-12
    )


@pytest.mark.parametrize(("variance", "order"), [(0.5, 2), (0.6, 3), (0.7, 4)])
def test_a_proposal_too_narrow_for_a_moment_is_refused(variance, order):
    with pytest.raises(OutsideDomainError, match=f"order {order} of the weights is infinite"):
        CorrelatedProposal(variance * np.eye(2)).moment(np.zeros((1, 2)), np.zeros((1, 2)), order)


def test_a_narrow_proposal_has_no_gram():
    with pytest.raises(OutsideDomainError, match="order 2 of the weights is infinite"):
        CorrelatedProposal(0.5 * np.eye(2)).log_gram(np.zeros((1, 2)), np.zeros((1, 2)))
