"""The study of rfa's bias: what it refutes, what it certifies, and that it says so when it cannot tell."""

import re
from functools import partial

import numpy as np
import pytest

from lara_estimators.reference import RFA
from lara_studies.bias_value import BiasValue
from lara_studies.known_bias import known_bias
from lara_verify.checks.values import exact
from lara_verify.oracles.one_sample import rfa_mean_at_one_sample
from lara_verify.problems import make_problem

BUDGET = 1e-6


def finding(study, cell, sums):
    (found,) = study.claims({cell: sums}, BUDGET, BUDGET)
    return found


def test_a_wrong_rfa_is_refuted(wrong, drawn):
    """Level: a right rfa is refuted with probability at most 1e-6. Power: some mean of each deviates by 20 standard
    errors or more at 65,536 replicates, and 7 refute: missed with probability below 1e-30.
    """
    cell, sums = drawn(wrong)
    found = finding(wrong, cell, sums)
    assert found.verdict == "refuted", found.message
    assert found.message.startswith(cell.id)


def test_a_right_rfa_is_certified(right, drawn):
    """Level: refuted with probability at most 1e-6. Power: 65,536 replicates where 24,000 certify mostly."""
    cell, sums = drawn(right)
    found = finding(right, cell, sums)
    assert found.verdict == "certified", found.message
    assert found.claim == "mean_at_n_samples"


def test_too_few_replicates_are_undecided_and_more_are_named(drawn):
    """24,576 replicates at S = 64 cannot certify: the bounded sequence alone is wider than the tolerance."""
    study = BiasValue(problems=("P3L-d2",), n_samples=(64,))
    cell, sums = drawn(study, "quick")
    found = finding(study, cell, sums)
    assert found.verdict == "undecided", found.message
    (needed,) = re.findall(r"about ([\d,]+) replicates would show it", found.message)
    assert 100_000 < int(needed.replace(",", "")) < 300_000


@pytest.mark.parametrize("n_samples", [1, 16, 64])
def test_the_named_number_of_replicates_suffices_and_half_of_it_does_not(n_samples):
    """Exact: sums that have the exact mean and variance and are taken for that many replicates."""
    known = known_bias("P3L-d2", n_samples)
    tolerance, variance = 0.1 * np.abs(known.bias).max(), known.mse - known.bias**2

    def half_width(n):
        low, high = known.mixture(n, n * known.bias, n * known.mse).interval(BUDGET)
        return np.maximum(-low, high).max()

    needed = known.replicates_needed(tolerance, variance, 1_000, BUDGET)
    assert half_width(needed) < tolerance < half_width(needed // 2)


def test_exact_bias_at_one_sample_is_that_of_another_road():
    """RFA at one sample is f(w): plain quadrature knows its mean without the Laplace integral."""
    problem = make_problem("P3L-d8")
    mean = rfa_mean_at_one_sample(problem)
    known = known_bias("P3L-d8", 1)
    target, radius = exact(problem)
    allowed = mean.error.ravel() + radius.ravel() + known.slack
    assert (np.abs(known.bias - (mean.value - target).ravel()) <= allowed).all()


def test_rows_hold_the_exact_values_and_errors_that_cover_them(drawn):
    """Within 6 standard errors: by the normal limit, missed once in 500 million."""
    study = BiasValue(problems=("P3L-d2",), n_samples=(4,))
    cell, sums = drawn(study)
    bias, mse = study.summarise(cell, sums)
    assert (bias.measure, mse.measure) == ("bias", "mse")
    assert bias.n_replicates == mse.n_replicates == 8 * 32 * 256
    assert bias.exact == known_bias("P3L-d2", 4).bias[known_bias("P3L-d2", 4).largest]
    for row in (bias, mse):
        assert 0 < row.mcse < abs(row.exact) / 20
        assert abs(row.value - row.exact) < 6 * row.mcse


def test_the_budget_is_shared_by_all_declared_cells(drawn):
    """A cell's verdict does not become easier when the others are deselected."""
    alone, among_many = BiasValue(RFA, ("P3L-d2",), (1,)), BiasValue(RFA, ("P3L-d2",), (1, 4, 16, 64))
    cell, sums = drawn(alone)
    assert "one run in 1 million" in finding(alone, cell, sums).message
    assert "one run in 4 million" in finding(among_many, cell, sums).message


def test_a_study_of_another_estimator_draws_the_same_noise(drawn):
    """The key is the plan's and the cell's: common random numbers for a fault and what it breaks."""
    ours, same = (BiasValue(make, ("P3L-d2",), (1,)) for make in (RFA, partial(RFA)))
    assert np.array_equal(drawn(ours)[1].powers, drawn(same)[1].powers)
