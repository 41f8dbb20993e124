"""The worst loss of a bet, against every vertex."""

import itertools

import numpy as np
import pytest

from lara_verify.stats.hull import BoxSupport, HullSupport

EPS = np.finfo(float).eps


def by_vertices(points, centre, bets):
    """Largest ``-u . Y`` over all choices of one point for each query, as in the definition."""
    n_queries = centre.shape[0]
    losses = []
    for choice in itertools.product(range(len(points)), repeat=n_queries):
        deviation = (points[list(choice)] - centre).ravel()
        losses.append(-bets @ deviation)
    return np.max(losses, axis=0)


@pytest.mark.parametrize(("n_queries", "n_points", "dim"), [(1, 1, 1), (1, 4, 3), (3, 4, 2), (4, 3, 5)])
def test_loss_is_the_worst_vertex(rng, n_queries, n_points, dim):
    """Two sums of ``N e`` products of numbers below ``B``: each rounds by at most ``N e`` units of ``N e B^2``."""
    points, bets = rng.normal(size=(n_points, dim)), rng.normal(size=(6, n_queries * dim))
    centre = rng.dirichlet(np.ones(n_points), n_queries) @ points
    n = n_queries * dim
    size = max(np.abs(a).max() for a in (points, centre, bets))
    slack = 4 * n * EPS * n * size**2
    loss = HullSupport(points, centre).loss(bets)
    assert np.abs(loss - by_vertices(points, centre, bets)).max() <= slack


def test_a_batch_is_the_sum_of_its_items(rng):
    points, centre = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 4, 3)) / 8
    bets = rng.normal(size=(3, 24))
    items = [HullSupport(points[b], centre[b]).loss(bets.reshape(3, 2, 12)[:, b]) for b in range(2)]
    loss = HullSupport(points, centre).loss(bets)
    # both add eight numbers, in one order or another
    assert np.abs(loss - sum(items)).max() <= 8 * EPS * np.abs(items).sum()


def test_points_broadcast_over_the_batch(rng):
    points, centre = rng.normal(size=(5, 3)), rng.normal(size=(2, 4, 3))
    shared = HullSupport(points, centre)
    spread = HullSupport(np.broadcast_to(points, (2, 5, 3)), centre)
    bets = rng.normal(size=(3, 24))
    np.testing.assert_array_equal(shared.loss(bets), spread.loss(bets))
    np.testing.assert_array_equal(shared.low, spread.low)


def test_the_hull_never_loses_more_than_its_box(rng):
    points, centre = rng.normal(size=(5, 3)), np.zeros((4, 3))
    hull = HullSupport(points, centre)
    box = BoxSupport(hull.low, hull.high)
    bets = rng.normal(size=(50, 12))
    assert np.all(hull.loss(bets) <= box.loss(bets) + 24 * EPS * np.abs(bets).sum(axis=1) * np.abs(points).max())
    assert np.any(hull.loss(bets) < 0.9 * box.loss(bets))


def test_the_box_loses_at_the_worse_end_of_each_coordinate():
    box = BoxSupport(np.array([-1.0, -2.0]), np.array([3.0, 0.5]))
    np.testing.assert_array_equal(box.loss(np.array([[1.0, 1.0], [-1.0, -1.0], [0.0, 2.0]])), [3.0, 3.5, 4.0])
