"""The logarithm of a mean, against scipy and at its edges."""

import numpy as np
import pytest
from scipy.special import logsumexp

from lara_verify.stats.log_mean import log_mean_exp


@pytest.mark.parametrize("shape", [(1,), (6,), (14, 2, 1), (14, 2, 40)])
@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 1e3, 1e300])
def test_is_that_of_scipy(rng, shape, scale):
    logs = scale * rng.standard_normal(shape)
    np.testing.assert_allclose(log_mean_exp(logs), logsumexp(logs) - np.log(logs.size), rtol=1e-14, atol=1e-14)


def test_infinities():
    assert log_mean_exp(np.array([-np.inf, -np.inf])) == -np.inf
    assert log_mean_exp(np.array([np.inf, -np.inf, 0.0])) == np.inf
    assert log_mean_exp(np.array([-np.inf, 0.0])) == pytest.approx(-np.log(2))
    assert np.isnan(log_mean_exp(np.array([np.nan, 0.0])))
