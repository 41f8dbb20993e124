"""Betting coordinate by coordinate: the algebra exactly, the level and the power by sampling."""

import numpy as np
import pytest

from lara_verify.stats.coordinates import CURVATURE, SHARES, CoordinateMixture

EPS = np.finfo(float).eps

ALPHA = 0.05

PAIRS = list(zip(SHARES, CURVATURE, strict=True))


def filled(low, high, slack, block):
    mixture = CoordinateMixture(np.asarray(low), np.asarray(high), np.asarray(slack))
    mixture.update(block)
    return mixture


def dyadic(rng, shape):
    """Multiples of 1/64 below 1: their sums and sums of squares are exact in float64, in any order."""
    return rng.integers(-63, 64, shape) / 64


def rounding_of_curvature(share):
    """``k(c)`` subtracts ``c`` from ``-log(1 - c)``: at most 3 eps of ``-log(1 - c)``, over ``c^2``."""
    return 3 * EPS * -np.log1p(-share) / share**2


@pytest.mark.parametrize(("share", "curvature"), PAIRS)
def test_log_is_above_its_parabola(share, curvature):
    t = np.concatenate([-share + share * 2.0 ** -np.arange(40.0), share * np.linspace(0, 50, 1000)])
    slack = (rounding_of_curvature(share) + EPS * curvature) * t**2 + 2 * EPS * np.abs(t)
    assert np.all(np.log1p(t) >= t - curvature * t**2 - slack)


@pytest.mark.parametrize(("share", "curvature"), PAIRS)
def test_no_smaller_curvature_would_do(share, curvature):
    smaller = curvature * (1 - 1e-3)
    assert np.log1p(-share) < -share - smaller * share**2


def test_blocks_and_their_order_leave_no_trace(rng):
    values = dyadic(rng, (300, 5))
    low, high, slack = -np.ones(5), np.ones(5), np.full(5, 2.0**-20)
    once = filled(low, high, slack, values)
    pieces = filled(low, high, slack, values[:0])
    for block in np.array_split(rng.permutation(values), 11):
        pieces.update(block)
    assert pieces.log_wealth() == once.log_wealth()
    for ours, theirs in zip(pieces.interval(0.01), once.interval(0.01), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("cut", [0, 1, 150, 300])
def test_shards_add(rng, cut):
    values = dyadic(rng, (300, 4))
    low, high, slack = -np.ones(4), np.ones(4), np.zeros(4)
    merged = filled(low, high, slack, values[:cut])
    merged.merge(filled(low, high, slack, values[cut:]))
    once = filled(low, high, slack, values)
    assert merged.count == once.count
    assert merged.log_wealth() == once.log_wealth()
    np.testing.assert_array_equal(merged.mean, once.mean)
    np.testing.assert_array_equal(merged.variance, once.variance)


@pytest.mark.parametrize("shift", [0.0, 0.2, 0.7])
def test_wealth_is_a_lower_bound_of_the_product_of_bets(rng, shift):
    """The bet by bet product, computed with no parabola; equality would need every value at the worst end."""
    values = np.clip(dyadic(rng, (60, 3)) + shift, -1, 1)
    low, high, slack = -np.ones(3), np.ones(3), np.array([0.0, 0.01, 0.1])
    products = []
    for sign, loss in ((1, -low), (-1, high)):
        for share in SHARES:
            factors = 1 + share / (loss + 2 * slack) * (sign * values - slack)
            assert np.all(factors > 0)
            products.append(np.prod(factors, axis=0))
    assert filled(low, high, slack, values).log_wealth() <= np.log(np.mean(products))


def test_without_replicates_wealth_is_one_and_nothing_is_excluded():
    mixture = filled([-1.0, 0.0], [2.0, 0.5], [0.0, 0.0], np.empty((0, 2)))
    assert mixture.log_wealth() == pytest.approx(0, abs=4 * EPS)  # logsumexp of 56 equal numbers minus its logarithm
    low, high = mixture.interval(0.01)
    np.testing.assert_array_equal(low, [-1.0, 0.0])
    np.testing.assert_array_equal(high, [2.0, 0.5])


def test_a_move_where_none_can_be_excludes_the_null_outright():
    mixture = filled([0.0], [1.0], [0.0], np.array([[0.0], [0.25]]))
    assert mixture.log_wealth() == np.inf


def test_ends_of_the_interval_are_where_the_e_process_passes(rng):
    """An end is bisected to 2^-40 of the distance, so 1e-9 of the range within it is kept and beyond it excluded."""
    low, high, slack, beta = -1.0, 3.0, 0.01, 1e-3
    values = np.clip(rng.normal(0.4, 0.5, (2000, 1)), low, high)
    mixture = filled([low], [high], [slack], values)
    (left,), (right,) = mixture.interval(beta)
    assert low < left < mixture.mean[0] < right < high

    def excluded(mean):
        shifted = filled([low - mean], [high - mean], [slack], values - mean)
        return shifted.log_wealth() >= -np.log(beta)

    assert excluded(left - 4e-9)
    assert not excluded(left + 4e-9)
    assert excluded(right + 4e-9)
    assert not excluded(right - 4e-9)


@pytest.mark.parametrize("slack", [0.0, 1e-15, 1e-9, 1e-3])
@pytest.mark.parametrize("at", [1e-15, 1e-4, 0.01, 0.5])
def test_interval_is_narrow_whatever_the_slack_and_wherever_the_mean(rng, slack, at):
    """Power: 40,000 replicates of a Bernoulli of probability ``at``.

    Excluded is what the best share of bets beats by log(28e6) = 17.1. For a mean m and a distance x above it that takes
    x = sqrt(2 * 17.1 m / n) and terms of order 17.1 / n: at most .03 sqrt(m) + .003, doubled for the nearest share.
    Fails only if the count strays by six deviations.
    """
    n = 40_000
    values = (rng.random((n, 1)) < at).astype(float)
    mixture = filled([0.0], [1.0], [slack], values)
    (low,), (high,) = mixture.interval(1e-6)
    width = 2 * (0.03 * np.sqrt(at) + 0.003) + slack
    assert at - width < low <= mixture.mean[0] <= high < at + width


@pytest.mark.parametrize("slack", [0.0, 1e-15, 1e-9])
@pytest.mark.parametrize("below", [0.0, 1e-16, 1e-12, 1e-6])
def test_a_mean_claimed_at_the_end_of_the_range_is_refuted(slack, below):
    """A weight that is claimed to be all but zero and is one in ten: 1,000 replicates gain about log(2) each."""
    mixture = filled([-below], [1.0], [slack], np.full((1000, 1), 0.1))
    assert mixture.log_wealth() >= np.log(1e6)


def paths(draw, rng, n_sequences, n_blocks, size=50):
    for _ in range(n_blocks):
        yield draw(rng, (size, n_sequences))


def test_interval_covers_the_mean_at_all_times(centred, rng, most_errors):
    """Level 1e-6: 400 sequences, looked at 20 times each; ever missing the mean has probability at most .05 (Ville)."""
    below, above, _, draw = centred
    n = 400
    mixture = filled(np.full(n, -below), np.full(n, above), np.zeros(n), np.empty((0, n)))
    missed = np.zeros(n, dtype=bool)
    for block in paths(draw, rng, n, 20):
        mixture.update(block)
        low, high = mixture.interval(ALPHA)
        missed |= (low > 0) | (high < 0)
    assert missed.sum() <= most_errors(n, ALPHA)


def test_that_level_test_refuses_an_interval_for_one_look(rng, most_errors):
    """Power: a normal interval of level .05, looked at 20 times, misses about a quarter of 400 sequences.

    The bound for .05 is 45 of them; 60 or fewer of an expected 100 has probability below 1e-5.
    """
    n = 400
    values = rng.choice([-1.0, 1.0], (20 * 50, n)).cumsum(axis=0)[49::50]
    count = np.arange(50, 20 * 50 + 1, 50)[:, None]
    missed = (np.abs(values) > 1.96 * np.sqrt(count)).any(axis=0)
    assert missed.sum() > most_errors(n, ALPHA)


@pytest.mark.parametrize("slack", [0.0, 0.05])
def test_level_on_the_boundary_of_the_null(rng, most_errors, slack):
    """Level 1e-6: 300 sequences with means at +-slack, stopped at the largest of 20 wealths; P(refuted) <= .05."""
    n, dim = 300, 4
    low, high = np.full(dim, -0.05 - slack), np.full(dim, 0.95 + slack)
    refuted = 0
    for _ in range(n):
        mixture = filled(low, high, np.full(dim, slack), np.empty((0, dim)))
        best = 0.0
        for block in paths(lambda r, shape: (r.random(shape) < 0.05) - 0.05, rng, dim, 20):
            mixture.update(block + np.array([slack, -slack, slack, 0.0]))
            best = max(best, mixture.log_wealth())
        refuted += best >= -np.log(ALPHA)
    assert refuted <= most_errors(n, ALPHA)


@pytest.mark.parametrize("bias", [0.02, -0.02, 0.1, -0.4])
def test_one_biased_coordinate_among_many_is_refuted(rng, bias):
    """Power: one coordinate of 100 is off by ``bias`` with standard deviation .1, 20,000 replicates.

    The best of its bets gains 20,000 (bias / .1)^2 / 2 >= 400 less a fifth of it for the nearest share, against
    log(1e6 * 2,800) = 21.8: more than six standard deviations (sqrt(800) = 28) away.
    """
    values = rng.uniform(-1, 1, (20_000, 100)) * 0.1 * np.sqrt(3)
    values[:, 37] += bias
    mixture = filled(-np.ones(100), np.ones(100), np.zeros(100), values)
    assert mixture.log_wealth() >= np.log(1e6)
