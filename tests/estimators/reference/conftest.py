"""How far observed frequencies may lie from a law: a bound that holds at every sample size."""

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
