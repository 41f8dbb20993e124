"""Every law has the mean, the variance and the bounds that it says: else a level measured on it would mean nothing."""

import math
import pickle

import numpy as np
import pytest

from lara_verify.levels.marginals import Beta, Points, bernoulli
from lara_verify.levels.rows import BEYOND_TOLERANCE, NULLS

LAWS = (*NULLS, *BEYOND_TOLERANCE)

CHANCE = 1e-6


def names(laws):
    return [law.name for law in laws]


def mean_of(law, rng, n):
    """Means of ``n`` draws, and how far they are off at most, save with probability `CHANCE` (Hoeffding)."""
    bounds = law.bounds()
    slack = bounds.slack.max()
    span = np.max(bounds.support.high - bounds.support.low) + 2 * slack
    draws = law.draw(rng, n // 100, 100)
    return draws.mean(axis=(0, 1)), span * math.sqrt(math.log(2 * draws.shape[-1] / CHANCE) / (2 * n))


@pytest.mark.parametrize("law", LAWS, ids=names(LAWS))
def test_draws_stay_in_the_bounds_up_to_slack(law, rng):
    bounds = law.bounds()
    draws = law.draw(rng, 20, 300)
    dust = 1e-12
    assert draws.shape == (20, 300, len(bounds.slack))
    assert (draws >= bounds.support.low - bounds.slack - dust).all()
    assert (draws <= bounds.support.high + bounds.slack + dust).all()


@pytest.mark.parametrize("law", NULLS, ids=names(NULLS))
def test_nulls_are_true(law, rng):
    """Level `CHANCE`; a mean .06 beyond the slack is missed as rarely."""
    mean, error = mean_of(law, rng, 60_000)
    assert (np.abs(mean) <= law.bounds().slack + error).all()
    assert error < 0.03


@pytest.mark.parametrize("law", BEYOND_TOLERANCE, ids=names(BEYOND_TOLERANCE))
def test_one_coordinate_is_beyond_its_tolerance(law, rng):
    assert max(np.abs(law.bias) / law.tolerance) == pytest.approx(1.001)
    mean, error = mean_of(law, rng, 40_000)
    np.testing.assert_allclose(mean, law.bias, atol=error)


@pytest.mark.parametrize("law", LAWS, ids=names(LAWS))
def test_laws_travel_to_workers(law, rng):
    seed = int(rng.integers(2**31))
    there = pickle.loads(pickle.dumps(law))
    np.testing.assert_array_equal(
        there.draw(np.random.default_rng(seed), 2, 5), law.draw(np.random.default_rng(seed), 2, 5)
    )


def test_draws_are_independent_of_one_another(rng):
    """No two sequences, replicates or queries of the attention law are copies."""
    (law,) = [law for law in NULLS if law.name.startswith("ra")]
    draws = law.draw(rng, 10, 50)
    assert len(np.unique(draws.reshape(500, -1), axis=0)) == 500


@pytest.mark.parametrize("marginal", [bernoulli(0.02), Points((-1.0, 0.0, 2.0), (0.2, 0.5, 0.3)), Beta(0.02, 0.98)])
def test_moments_of_marginals(marginal, rng):
    """Hoeffding for values and for their squares, at level `CHANCE` each."""
    n = 200_000
    draws = marginal.draw(rng, (n,))
    span = marginal.high - marginal.low
    error = span * math.sqrt(math.log(2 / CHANCE) / (2 * n))
    assert abs(draws.mean() - marginal.mean) < error
    assert abs(np.mean((draws - marginal.mean) ** 2) - marginal.variance) < span * error
    assert marginal.low <= draws.min() <= draws.max() <= marginal.high


def test_moments_of_beta_are_those_of_scipy():
    from scipy.stats import beta

    ours = Beta(0.02, 0.98)
    assert (ours.mean, ours.variance) == pytest.approx(beta.stats(0.02, 0.98))
