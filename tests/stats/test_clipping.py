"""What clipping hides, against exact sums over small discrete laws."""

import itertools

import numpy as np
import pytest

from lara_verify.stats.clipping import clip_for, clipping_error, fourth_moment_of_mean

LAWS = {
    "fair": ([-1.0, 1.0], [0.5, 0.5]),
    "rare and large": ([-0.01, 0.99], [0.99, 0.01]),
    "skewed": ([-0.5, 0.25, 3.0], [0.5, 0.4, 0.1]),
}


def mean_law(law, n):
    """Values and probabilities of the mean of ``n`` draws, centred."""
    values, chances = (np.array(part) for part in LAWS[law])
    values = values - values @ chances
    draws = list(itertools.product(range(len(values)), repeat=n))
    return np.array([values[list(d)].mean() for d in draws]), np.array([chances[list(d)].prod() for d in draws])


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_fourth_moment_of_a_mean(law, n):
    one, chance = mean_law(law, 1)
    second, fourth = (np.array(chance @ one**k) for k in (2, 4))
    mean, chances = mean_law(law, n)
    assert fourth_moment_of_mean(second, fourth, n) == pytest.approx(chances @ mean**4, rel=1e-12)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("clip", [0.01, 0.1, 0.5, 0.9, 2.0, 5.0])
def test_clipping_moves_the_mean_by_less_than_the_bound(law, clip):
    values, chances = mean_law(law, 3)
    fourth = np.array(chances @ values**4)
    two_sided = abs(chances @ values - chances @ np.clip(values, -clip, clip))
    above = chances @ np.maximum(values - clip, 0)
    assert two_sided <= clipping_error(fourth, clip) * (1 + 1e-12)
    assert above <= clipping_error(fourth, clip) * (1 + 1e-12)


@pytest.mark.parametrize("clip", [0.3, 1.0, 7.0])
def test_the_bound_is_reached_where_the_excess_is_a_third_of_the_clip(clip):
    """All mass at ``4 c / 3``: no constant below 27/256 would do."""
    at = 4 * clip / 3
    assert clipping_error(np.array(at**4), clip) == pytest.approx(at - clip, rel=1e-12)


def test_the_clip_gives_the_error_that_was_asked_for():
    fourth, error = np.array([1e-7, 0.3]), np.array([1e-6, 1e-3])
    assert clipping_error(fourth, clip_for(fourth, error)) == pytest.approx(error, rel=1e-12)
