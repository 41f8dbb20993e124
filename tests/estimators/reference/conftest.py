"""What the tests of references measure by: frequencies against a law, sums that cancel against their terms."""

import math

import numpy as np
import pytest

LEVEL = 1e-6


class Frequencies:
    """Frequencies of events in n independent draws against their probabilities.

    By Hoeffding's inequality and a union over the events, the right law is refused with probability at most 1e-6.
    A law that differs by twice the bound in one event is accepted with probability at most 1e-6.
    """

    def bound(self, n_draws, n_events):
        return math.sqrt(math.log(2 * n_events / LEVEL) / (2 * n_draws))

    def fits(self, frequencies, probabilities, n_draws):
        frequencies, probabilities = np.broadcast_arrays(frequencies, probabilities)
        return bool(np.max(abs(frequencies - probabilities)) <= self.bound(n_draws, frequencies.size))

    def tells_apart(self, probabilities, wrong, n_draws):
        probabilities, wrong = np.broadcast_arrays(probabilities, wrong)
        return bool(np.max(abs(probabilities - wrong)) > 2 * self.bound(n_draws, probabilities.size))


@pytest.fixture
def frequencies():
    return Frequencies()


class Cancelling:
    """Compares two writings of a trigonometric estimate: its sums cancel, so they are off by a share of their terms.

    A term is ``exp(|x|^2 / 2 + |y_m|^2 / 2)`` times cosines of angles below 30, each off by 30 roundings of 2^-53 at
    most: 1e-13 of the sum of all terms covers the normaliser in both writings; that over the normaliser, the ratio.
    """

    def __init__(self, problem):
        x, y = (0.5 * problem.scale * (rows**2).sum(-1) for rows in (problem.q, problem.k))
        self._terms = np.exp(x) * np.exp(y).sum(-1, keepdims=True)
        self._largest = abs(problem.v).max()

    def same(self, one, other):
        total = np.exp(one.log_normaliser).real
        slack = 1e-13 * self._terms
        if not np.all(abs(total - np.exp(other.log_normaliser).real) <= slack):
            return False
        slack = (slack / abs(total))[..., None] * (self._largest + abs(one.value))
        return bool(np.all(abs(one.value - other.value) <= slack))


@pytest.fixture
def cancelling():
    return Cancelling
