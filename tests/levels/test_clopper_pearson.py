"""The interval of a counted rate, against statsmodels and against its own promise."""

import numpy as np
import pytest
from scipy.special import bdtrc

from lara_verify.levels.clopper_pearson import clopper_pearson

COUNTS = [(0, 1), (1, 1), (0, 20_000), (3, 50), (7, 2_000), (526, 20_000), (1_999, 2_000), (20_000, 20_000)]


@pytest.mark.parametrize(("errors", "sequences"), COUNTS)
def test_ends_are_those_of_statsmodels(errors, sequences):
    from statsmodels.stats.proportion import proportion_confint

    theirs = proportion_confint(errors, sequences, alpha=0.001, method="beta")
    assert clopper_pearson(errors, sequences) == pytest.approx(theirs, rel=1e-9, abs=1e-15)


def test_nothing_counted_says_nothing():
    assert clopper_pearson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("nominal", [0.01, 0.05])
@pytest.mark.parametrize("sequences", [2_000, 20_000])
def test_a_level_that_holds_exactly_is_refuted_with_probability_below_one_in_2000(sequences, nominal):
    """Exact: the errors of a statistic at its nominal level are Binomial(sequences, nominal)."""
    first = next(k for k in range(sequences) if clopper_pearson(k, sequences)[0] > nominal)
    assert bdtrc(first - 1, sequences, nominal) <= 0.0005


@pytest.mark.parametrize(
    ("nominal", "sequences", "factor"), [(0.05, 2_000, 1.6), (0.01, 2_000, 2.7), (0.01, 20_000, 1.4)]
)
def test_a_rate_well_above_nominal_is_refuted(sequences, nominal, factor):
    """Power .95 at ``factor`` times the nominal level: what a profile can tell."""
    first = next(k for k in range(sequences) if clopper_pearson(k, sequences)[0] > nominal)
    assert bdtrc(first - 1, sequences, factor * nominal) > 0.95
    assert np.isclose(clopper_pearson(first, sequences)[0], nominal, rtol=0.1)
