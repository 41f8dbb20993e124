"""What the tests of the statistics share: the most errors that chance explains, and laws of bounded variables."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import bdtrc

LEVEL = 1e-6
"""Chance that a test of a level fails although the level holds."""


@pytest.fixture
def most_errors() -> Callable[[int, float], int]:
    """Largest number of errors in ``n`` sequences that a level of ``nominal`` explains at `LEVEL`.

    By Ville each sequence errs with probability at most ``nominal``, so the number of errors is stochastically at most
    Binomial(n, nominal); this is its quantile.
    """
    return lambda n, nominal: next(k for k in range(n) if bdtrc(k, n, nominal) <= LEVEL)


def _bernoulli(p):
    return lambda rng, shape: (rng.random(shape) < p) - p


CENTRED = {
    "rademacher": (1.0, 1.0, 1.0, lambda rng, shape: rng.choice([-1.0, 1.0], shape)),
    "uniform": (1.0, 1.0, 1 / 3, lambda rng, shape: rng.uniform(-1, 1, shape)),
    "rare": (0.03, 0.97, 0.03 * 0.97, _bernoulli(0.03)),
    "rarely not": (0.97, 0.03, 0.03 * 0.97, _bernoulli(0.97)),
    "two ends": (0.5, 0.5, 0.25 / 1.04, lambda rng, shape: rng.beta(0.02, 0.02, shape) - 0.5),
    "still": (0.5, 0.5, 0.0, lambda rng, shape: np.zeros(shape)),  # noqa: ARG005
}


@pytest.fixture(params=CENTRED)
def centred(request: pytest.FixtureRequest):
    """A law of mean 0 on ``[-below, above]``: ``(below, above, variance, draw)``; each of a small grid in turn."""
    return CENTRED[request.param]
