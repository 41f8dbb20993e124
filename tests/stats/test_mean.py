"""A vector mean judged both ways, tried on right means and on wrong ones."""

import math

import numpy as np
import pytest

from lara_verify.stats.certificate import planned_replicates
from lara_verify.stats.hull import BoxSupport, HullSupport
from lara_verify.stats.mean import BoundedMean

ALPHA = BETA = 1e-6

PATIENCE = 4


def blocks(count):
    start = 0
    while start < count:
        yield (size := min(4096, max(16, start // 6)))
        start += size


def judged(support, draw, slack, tolerance, variance, count):
    """Feed ``count`` replicates, or fewer if refuted; Ville's inequality covers every moment at once."""
    dim = len(support.low)
    judge = BoundedMean(
        support, *(np.broadcast_to(np.asarray(a, dtype=float), dim) for a in (slack, tolerance, variance))
    )
    for size in blocks(count):
        judge.update(draw(size))
        if judge.log_e_refute >= -math.log(ALPHA):
            break
    return judge


def refuted(judge):
    return judge.log_e_refute >= -math.log(ALPHA)


def certified(judge):
    return judge.log_e_certify >= -math.log(BETA)


@pytest.fixture
def attention(rng):
    """``V = I``: one point of six drawn by its probability for each of four queries, which is unbiased."""
    weights = rng.dirichlet(np.full(6, 3.0), 4)
    support = HullSupport(np.eye(6), weights)

    def draw(size):
        uniform = rng.random((size, 4, 1))
        drawn = (uniform > weights.cumsum(axis=-1)).sum(axis=-1).clip(max=5)
        return (np.eye(6)[drawn] - weights).reshape(size, -1)

    return support, weights, draw


def test_a_right_mean_is_certified_and_not_refuted(attention):
    """Refuted with probability at most 1e-6; certified in 4 times the plan unless an e-process strays far."""
    support, weights, draw = attention
    variance = (weights * (1 - weights)).ravel()
    planned = planned_replicates(math.sqrt(variance.max()) / 0.05, 20, BETA)
    judge = judged(support, draw, 0.0, 0.05, variance, PATIENCE * planned)
    assert not refuted(judge)
    assert certified(judge)
    assert judge.outside == 0


@pytest.mark.parametrize("times", [3, -3, 10])
@pytest.mark.parametrize("coordinate", [0, 11, 23])
def test_a_bias_of_three_tolerances_is_refuted_within_the_plan(attention, times, coordinate):
    """Power: the nearest bet gains n (3 tol)^2 / (2 var) * .8 = 12.6 log(1e6), against log(1e6) + log(1,344)."""
    support, weights, draw = attention
    variance = (weights * (1 - weights)).ravel()
    low, high = support.low - 0.5, support.high + 0.5
    planned = planned_replicates(math.sqrt(variance.max()) / 0.05, 40, BETA)
    shift = np.zeros(24)
    shift[coordinate] = times * 0.05
    judge = judged(BoxSupport(low, high), lambda size: draw(size) + shift, 0.0, 0.05, variance, planned)
    assert refuted(judge)
    assert not certified(judge)


@pytest.mark.parametrize("wrong", ["zeros", "mean of the values", "one value"])
def test_what_does_not_look_at_the_input_is_refuted(attention, wrong):
    """Sure, not sampled: constant outputs in the hull (zeros: in its box) that miss the mean by more than .01."""
    support, weights, _ = attention
    output = {"zeros": np.zeros(6), "mean of the values": np.full(6, 1 / 6), "one value": np.eye(6)[2]}[wrong]
    deviation = (output - weights).ravel()
    assert np.abs(deviation).max() > 0.01
    judge = judged(support, lambda size: np.tile(deviation, (size, 1)), 1e-12, 0.01, 0.25, 20_000)
    assert refuted(judge)
    assert not certified(judge)


def test_coordinates_that_cannot_vary_are_left_out(rng):
    """One varies and is right; the others sit anywhere, also off their only value, which is for `bounded` to judge."""
    low, high = np.array([-1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])

    def draw(size):
        return np.stack([rng.choice([-1.0, 1.0], size), np.ones(size), np.zeros(size)], axis=1)

    judge = judged(BoxSupport(low, high), draw, 0.0, np.array([0.1, 1.0, 1.0]), np.array([1.0, 0, 0]), 30_000)
    assert not refuted(judge)
    assert certified(judge)
    assert judge.outside == 0
    np.testing.assert_array_equal(judge.mean[1:], [0, 0])
    for end in judge.interval(BETA):
        np.testing.assert_array_equal(end[1:], [0, 0])


def test_where_nothing_varies_there_is_nothing_to_refute():
    judge = judged(BoxSupport(np.zeros(2), np.zeros(2)), lambda size: np.zeros((size, 2)), 0.0, 1.0, 0.0, 100)
    assert judge.log_e_refute == 0
    assert certified(judge)


@pytest.mark.parametrize("share", [1.0, 0.9, -1.0])
def test_a_bias_within_the_slack_is_never_refuted_by_running_long(rng, share):
    """Level: at any stopping time at most 1e-6, by Ville. Two million replicates, two still and two moving coordinates.

    The bias is 40 standard errors there: without the slack it would be refuted at once.
    """
    slack = 1e-2
    bias = share * slack

    def draw(size):
        still = np.full((size, 2), bias)
        return np.concatenate([still, rng.choice([-0.3, 0.3], (size, 2)) + bias], axis=1)

    support = BoxSupport(-np.ones(4), np.ones(4))
    assert not refuted(judged(support, draw, slack, 0.1, 0.1, 2_000_000))
    assert refuted(judged(support, draw, 0.0, 0.1, 0.1, 2_000_000))


def test_twice_the_slack_is_refuted():
    """Power: a still coordinate at twice the slack wins every bet: .75 * .01 / 1.02 a replicate at the best share."""
    support = BoxSupport(-np.ones(2), np.ones(2))
    judge = judged(support, lambda size: np.full((size, 2), 0.02), 0.01, 0.1, 0.1, 10_000)
    assert refuted(judge)


def test_values_beyond_the_bounds_are_told(attention):
    support, _, draw = attention
    judge = judged(support, lambda size: draw(size) * 1.5, 1e-9, 0.05, 0.25, 200)
    assert judge.outside > 0


def test_interval_holds_the_mean_and_narrows(attention):
    """Each of 48 ends misses with probability at most 1e-6."""
    support, weights, draw = attention
    variance = (weights * (1 - weights)).ravel()
    wide, narrow = (judged(support, draw, 0.0, 0.05, variance, n) for n in (500, 50_000))
    for judge in (wide, narrow):
        low, high = judge.interval(BETA)
        assert np.all((low <= 0) & (high >= 0))
        assert np.all((low <= judge.mean) & (judge.mean <= high))
    widths = [np.subtract(*judge.interval(BETA)[::-1]) for judge in (wide, narrow)]
    assert np.all(widths[1] < widths[0])
