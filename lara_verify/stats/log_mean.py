"""The logarithm of a mean of wealths, from their logarithms."""

import math

import numpy as np
from numpy.typing import NDArray


def log_mean_exp(logs: NDArray[np.float64]) -> float:
    """``log(mean(exp(logs)))`` over all entries, at least one; no overflow, and infinities are followed.

    The largest entries stand apart from the sum of the others, as in `scipy.special.logsumexp`. This is the part of it
    that is needed, without its cost: wealth is asked for after every block.
    """
    top = logs.max()
    if not np.isfinite(top):
        return float(top)
    largest = logs == top
    others = np.exp(np.where(largest, -np.inf, logs) - top).sum()
    ties = float(np.count_nonzero(largest))
    return float(np.log1p(others / ties) + np.log(ties) + top) - math.log(logs.size)
