"""Learned directions: sure bounds of a loss, the level, and power against a bias that is spread thinly."""

import numpy as np
import pytest

from lara_verify.stats.coordinates import CoordinateMixture
from lara_verify.stats.direction import SAFE, LearnedDirection
from lara_verify.stats.hull import BoxSupport, HullSupport

ALPHA = 0.05


def simplex(n_points, n_queries, rng, concentration=1.0):
    """Points ``V = I``, claimed means inside their hull, and weights that have these means."""
    weights = rng.dirichlet(np.full(n_points, 2.0), n_queries)
    support = HullSupport(np.eye(n_points), weights)

    def draw(count, generator):
        gammas = generator.standard_gamma(concentration * weights, (count, *weights.shape))
        total = gammas.sum(axis=-1, keepdims=True)
        return np.where(total > 0, gammas / np.where(total > 0, total, 1), weights).reshape(count, -1)

    return support, weights.ravel(), draw


def test_the_first_block_is_not_bet_on(rng):
    direction = LearnedDirection(BoxSupport(-np.ones(3), np.ones(3)), np.zeros(3))
    direction.update(rng.uniform(0.5, 1, (50, 3)))
    assert direction.log_wealth() == pytest.approx(0, abs=1e-15)  # logsumexp of six zeros minus log 6
    direction.update(rng.uniform(0.5, 1, (50, 3)))
    assert direction.log_wealth() > np.log(1e6)


@pytest.mark.parametrize("learned_from", ["nothing", "zeros", "constant", "biased", "one replicate"])
def test_no_output_in_the_hull_loses_more_than_is_safe(rng, learned_from):
    """Every vertex of the hull, whatever was learned: the mean wealth of the experts keeps at least 1 - SAFE of itself.

    1e-9 is the slack that the code grants to its own check of the hull.
    """
    points = rng.normal(size=(4, 2))
    weights = rng.dirichlet(np.ones(4), 3)
    support, slack = HullSupport(points, weights @ points), np.full(6, 1e-6)
    past = {
        "nothing": np.empty((0, 6)),
        "zeros": np.zeros((40, 6)),
        "constant": np.tile((points[[0, 0, 1]] - weights @ points).ravel(), (40, 1)),
        "biased": ((rng.dirichlet(np.array([6.0, 1, 1, 1]), (200, 3)) - weights) @ points).reshape(200, 6),
        "one replicate": (points[[1, 2, 3]] - weights @ points).reshape(1, 6),
    }[learned_from]
    for choice in np.ndindex(4, 4, 4):
        direction = LearnedDirection(support, slack)
        if len(past):
            direction.update(past)
        before = direction.log_wealth()
        direction.update((points[list(choice)] - weights @ points).reshape(1, 6))
        assert not direction.left_hull
        assert direction.log_wealth() - before >= np.log1p(-SAFE * (1 + 1e-9))


def test_a_loss_beyond_the_hull_is_seen_and_ends_the_guarantee(rng):
    support, _, draw = simplex(4, 2, rng)
    direction = LearnedDirection(support, np.zeros(8))
    bias = np.tile([0.2, -0.2, 0.0, 0.0], 2)
    direction.update(np.clip(draw(200, rng) - support._centre.ravel() + bias, support.low, support.high))
    assert not direction.left_hull
    direction.update(-50 * bias[None])
    assert direction.left_hull
    assert direction.log_wealth() == -np.inf
    direction.update(50 * bias[None])
    assert direction.log_wealth() == -np.inf


@pytest.mark.parametrize("concentration", [0.1, 1.0, 20.0])
def test_level(rng, most_errors, concentration):
    """Level 1e-6: 200 sequences of right outputs stopped at their largest wealth; P(refuted) <= .05 each (Ville)."""
    n, refuted = 200, 0
    support, means, draw = simplex(5, 3, rng, concentration)
    for _ in range(n):
        direction = LearnedDirection(support, np.zeros(15))
        best = 0.0
        for _ in range(15):
            direction.update(draw(20, rng) - means)
            best = max(best, direction.log_wealth())
        assert not direction.left_hull
        refuted += best >= -np.log(ALPHA)
    assert refuted <= most_errors(n, ALPHA)


def test_level_for_a_bias_within_the_slack(rng, most_errors):
    """Level 1e-6: 200 sequences with every mean at the end of the slack, in the worst of directions."""
    n, refuted, slack = 200, 0, np.full(4, 0.05)
    for _ in range(n):
        direction = LearnedDirection(BoxSupport(-np.ones(4), np.ones(4)), slack)
        best = 0.0
        for _ in range(15):
            direction.update(rng.choice([-0.95, 1.05], (20, 4)))
            best = max(best, direction.log_wealth())
        refuted += best >= -np.log(ALPHA)
    assert refuted <= most_errors(n, ALPHA)


def blocks(count):
    start = 0
    while start < count:
        size = max(16, start // 6)
        yield size
        start += size


@pytest.mark.parametrize("bias", [0.04, -0.04])
def test_a_thin_bias_is_found_where_coordinates_see_nothing(rng, bias):
    """Power: each of 400 coordinates is off by .04 of its standard deviation, 3,000 replicates.

    A single coordinate gains 3,000 * .04^2 / 2 = 2.4 on average and 21 at best (z + 2.2 with z below 4.3), against
    log(1e6); the best direction gains 400 times 2.4, of which learning from n replicates keeps n / (n + 625).
    """
    dim = 400
    low, high = -np.full(dim, 1.0), np.full(dim, 1.0)
    direction = LearnedDirection(BoxSupport(low, high), np.zeros(dim))
    coordinates = CoordinateMixture(low, high, np.zeros(dim))
    for size in blocks(3000):
        block = np.where(rng.random((size, dim)) < 0.5 + bias / 2, 1.0, -1.0)
        direction.update(block)
        coordinates.update(block)
    assert direction.log_wealth() >= np.log(1e6)
    assert coordinates.log_wealth() < np.log(1e6)
    assert not direction.left_hull


def test_no_bet_no_change_where_nothing_ever_moves():
    direction = LearnedDirection(BoxSupport(-np.ones(3), np.ones(3)), np.zeros(3))
    for _ in range(5):
        direction.update(np.zeros((100, 3)))
    assert direction.log_wealth() == pytest.approx(0, abs=1e-15)
