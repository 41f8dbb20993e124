"""First-order theory of coupled rows: special cases, order, refusals."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.block_sampling import OrthogonalRows, SimplexRows
from lara_verify.oracles.first_order import chi_squared, first_order_bias, first_order_covariance
from lara_verify.oracles.sampling import GaussianProposal
from lara_verify.problems import make_problem


@pytest.mark.parametrize("rows", [OrthogonalRows(1), SimplexRows(1)])
def test_a_block_of_one_row_is_an_independent_draw(rows):
    problem = make_problem("P3")
    for quantity in (chi_squared, first_order_bias, first_order_covariance):
        assert quantity(problem, rows) == pytest.approx(quantity(problem, GaussianProposal()), rel=1e-12)


def test_coupling_lowers_the_variance_of_the_normaliser():
    """A block of d rows against d independent draws."""
    problem = make_problem("P3L-d8")
    independent = chi_squared(problem, GaussianProposal()) / 8
    orthogonal, simplex = (chi_squared(problem, rows(8)) for rows in (OrthogonalRows, SimplexRows))
    assert np.all(orthogonal < independent)
    assert np.all(simplex < orthogonal)


def test_keys_may_be_exchanged(rng):
    """K_ml = K_lm though its rows are drawn one after the other: the series treats a and b unlike."""
    x, y = rng.normal(size=(2, 4)) / 2, rng.normal(size=(5, 4)) / 2
    for rows in (OrthogonalRows(4), SimplexRows(4)):
        turned = rows.log_gram(x, y[::-1])[:, ::-1, ::-1]
        assert turned == pytest.approx(rows.log_gram(x, y), abs=1e-12)


@pytest.mark.parametrize("rows", [OrthogonalRows(9), SimplexRows(0)])
def test_blocks_of_more_rows_than_dimensions_are_refused(rows):
    with pytest.raises(OutsideDomainError, match="rows; expected 1 to d = 8"):
        chi_squared(make_problem("P3"), rows)


def test_overflow_is_refused():
    far = Problem(np.full((1, 2), 20.0), np.full((1, 2), 20.0), np.ones((1, 1)), scale=1.0)
    with pytest.raises(OutsideDomainError, match="offered is up to 600"):
        chi_squared(far, OrthogonalRows(2))
