"""The fitted power of N."""

import numpy as np
import pytest

from lara_studies.cost.exponent import exponent

SIZES = (1024, 4096, 16384, 65536)


@pytest.mark.parametrize("power", [0.0, 1.0, 1.3, 2.0])
def test_a_pure_power_is_found(power):
    """Exact up to rounding: logarithms below 32 to an eps or two, over a spread of 4, leave some 50 eps of slope.

    Student's quantile at two degrees of freedom, 4.3, and the same rounding of the rest stay below 1e-13.
    """
    fit = exponent(SIZES, [3e-7 * n**power for n in SIZES])
    assert fit.n_points == 4
    assert (fit.slope, fit.low, fit.high) == pytest.approx((power, power, power), abs=1e-13, rel=0)


def test_two_lengths_have_a_slope_and_no_interval():
    fit = exponent((1000, 2000), (1.0, 4.0))
    assert fit.slope == pytest.approx(2.0, rel=1e-14)
    assert np.isnan([fit.low, fit.high]).all()


@pytest.mark.parametrize(
    ("sizes", "costs"),
    [((), ()), ((64,), (1.0,)), ((64, 64), (1.0, 2.0)), ((64, 128), (1.0,)), ((64, 128), (1.0, 0.0))],
)
def test_it_refuses_what_has_no_slope(sizes, costs):
    with pytest.raises(ValueError, match="expected"):
        exponent(sizes, costs)


def test_the_interval_covers_at_its_level_where_deviations_are_normal(rng):
    """Level 1e-6 two-sided; an interval of coverage below .8 or of 1 is refused with probability above .999."""
    from scipy.stats import binom

    n_trials = 500
    logs = np.log(SIZES)
    costs = np.exp(0.5 + 1.1 * logs + 0.05 * rng.standard_normal((n_trials, len(SIZES))))
    fits = [exponent(SIZES, cost) for cost in costs]
    covered = sum(fit.low <= 1.1 <= fit.high for fit in fits)
    assert binom.ppf(5e-7, n_trials, 0.95) <= covered <= binom.isf(5e-7, n_trials, 0.95)
