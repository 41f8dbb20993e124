"""Rounds: every call timed once in each, in an order of its own, so that a slow spell of the machine falls on all."""

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)


def interleaved(
    visits: Mapping[Key, Callable[[], float]],
    n_rounds: int,
    rng: np.random.Generator,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[Key, list[float]]:
    """Make every visit once a round and keep what it returns, a number a round.

    Each round has an order of its own, drawn from `rng`. ``progress`` is told the number of rounds that are done.
    """
    keys = list(visits)
    seconds: dict[Key, list[float]] = {key: [] for key in keys}
    for done in range(n_rounds):
        for index in rng.permutation(len(keys)):
            seconds[keys[index]].append(visits[keys[index]]())
        progress(done + 1)
    return seconds
