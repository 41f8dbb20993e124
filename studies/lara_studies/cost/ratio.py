"""How many times as long one call takes as another that was timed in the same rounds."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

N_HALVES = 2000


class Ratio(NamedTuple):
    """Of the fastest rounds, with the middle 95 % of what random halves of the rounds give; and of the medians."""

    fastest: float
    low: float
    high: float
    median: float


def ratio(seconds: Sequence[float], bare: Sequence[float], rng: np.random.Generator) -> Ratio:
    """Compare two calls over rounds that both were timed in.

    What else runs on a machine only ever adds time, so that the fastest round is the nearest to what a call takes.
    Resampling with replacement says nothing right of a minimum (Bickel & Freedman, Ann. Stat. 9, 1981), and nothing
    exact is known of its error. So the interval shows how far half the rounds, drawn without replacement and the same
    for both calls, would have led elsewhere; it bears no level of confidence.

    Raises
    ------
    ValueError
        If the two have not as many rounds, or none.
    """
    taken, limit = np.asarray(seconds), np.asarray(bare)
    if taken.shape != limit.shape or not taken.size:
        raise ValueError(f"got {taken.size} and {limit.size} rounds; expected as many of both, at least one")
    half = (taken.size + 1) // 2
    drawn = rng.permuted(np.tile(np.arange(taken.size), (N_HALVES, 1)), axis=1)[:, :half]
    low, high = np.quantile(taken[drawn].min(axis=1) / limit[drawn].min(axis=1), (0.025, 0.975))
    return Ratio(float(taken.min() / limit.min()), float(low), float(high), float(np.median(taken) / np.median(limit)))
