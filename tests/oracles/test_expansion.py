"""Bias in powers of 1/S: coefficients agree with `first_order`, and domains are refused."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.block_sampling import OrthogonalRows
from lara_verify.oracles.expansion import bias_expansion
from lara_verify.oracles.first_order import first_order_bias, second_order_bias
from lara_verify.oracles.sampling import AntitheticProposal, CorrelatedProposal, GaussianProposal, Trigonometric
from lara_verify.problems import make_problem

SAMPLINGS = [
    GaussianProposal(),
    GaussianProposal(np.full(8, 0.1)),
    AntitheticProposal(),
    CorrelatedProposal(1.2 * np.eye(8)),
    Trigonometric(),
]


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=lambda s: type(s).__name__)
def test_the_first_two_coefficients_are_those_of_first_order(sampling):
    problem = make_problem("P3L-d8")
    expansion = bias_expansion(problem, sampling)
    assert expansion.first == pytest.approx(first_order_bias(problem, sampling), rel=1e-9, abs=1e-13)
    assert expansion.second == pytest.approx(second_order_bias(problem, sampling), rel=1e-9, abs=1e-13)
    assert expansion.scaled_bias(2) == pytest.approx(expansion.first + expansion.second / 2 + expansion.third / 4)


def test_too_many_keys_are_refused():
    with pytest.raises(OutsideDomainError, match="fourth moments of 64 keys"):
        bias_expansion(make_problem("P7-l2h8"), GaussianProposal())


def test_narrow_proposals_have_no_third_order():
    """With covariance .7 the second and third moments are finite, the fourth is not."""
    problem = make_problem("P3L-d2")
    narrow = CorrelatedProposal(0.7 * np.eye(2))
    assert np.all(np.isfinite(second_order_bias(problem, narrow)))
    with pytest.raises(OutsideDomainError, match="order 4 of the weights is infinite"):
        bias_expansion(problem, narrow)


def test_coupled_rows_have_a_first_order_alone():
    problem = make_problem("P3L-d2")
    assert np.all(np.isfinite(first_order_bias(problem, OrthogonalRows(2))))
    with pytest.raises(OutsideDomainError, match="moment of order 3 of coupled rows"):
        bias_expansion(problem, OrthogonalRows(2))


def test_moments_that_overflow_are_refused(rng):
    far = Problem(*(9 * rng.normal(size=(3, 4)) for _ in range(3)))
    with pytest.raises(OutsideDomainError, match="overflows"):
        bias_expansion(far, GaussianProposal())
