"""How many replicates a certificate takes when the mean is not zero and bets are limited by the range."""

import math

import numpy as np
from numpy.typing import NDArray

from lara_verify.stats.certificate import LEAST_GAP, SAFE

Array = NDArray[np.float64]

FLUCTUATION = 1.5
"""The plan leaves room for wealth to lag behind its expectation by this many standard deviations."""

LARGEST_PLAN = 10**12
"""What a plan says where the mean lies so close to the tolerance, or beyond it, that nothing would be certified."""


def replicates_to_certify(
    tolerance: Array, low: Array, high: Array, variance: Array, mean: Array, beta: float, safe: float = SAFE
) -> int:
    """Replicates after which `SmallMeanCertificate` mostly certifies at ``beta``.

    Parameters
    ----------
    tolerance, low, high, variance, safe
        As the certificate is given them.
    mean
        ``(D,)``: where the mean of ``Y`` is expected.

    Notes
    -----
    With a bet of size ``b``, log wealth of the side ``s`` grows by ``g = b m - b^2 (variance + m^2) / 2`` a
    replicate, ``m = tolerance - s mean``, with a standard deviation of ``b sd``; ``b = m / (variance + m^2)``, or
    the safe size if that is smaller. Wanted is ``n g - 1.5 b sd sqrt(n) >= log 1/beta`` for both sides of every
    coordinate, a quadratic in ``sqrt n``.
    """
    log = math.log(1 / beta)
    most = 0.0
    for sign, farthest in ((1.0, high), (-1.0, -low)):
        room = tolerance - sign * mean
        loss = farthest - tolerance
        largest = np.where(loss > 0, safe / np.where(loss > 0, loss, 1.0), np.inf)
        gap = np.maximum(room, LEAST_GAP * tolerance)
        bet = np.minimum(gap / (variance + gap**2), largest)
        growth = bet * room - bet**2 * (variance + room**2) / 2
        if growth.size and growth.min() <= 0:
            return LARGEST_PLAN
        lag = FLUCTUATION * bet * np.sqrt(variance)
        root = (lag + np.sqrt(lag**2 + 4 * growth * log)) / (2 * growth)
        most = max(most, float((root**2).max(initial=0.0)))
    return math.ceil(most)
