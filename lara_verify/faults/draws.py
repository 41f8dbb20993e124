"""Draws that do not follow the seed: one for ever, one of few, or from a state that is kept between calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array

Noise = TypeVar("Noise", bound=tuple[Any, ...])
Draw = Callable[[Problem, np.random.Generator, tuple[int, ...]], Noise]


def seeded(seed: int) -> np.random.Generator:
    """A generator of this seed."""
    return np.random.Generator(np.random.SFC64(seed))


def one_draw(draw: Draw[Noise], problem: Problem, replicates: tuple[int, ...]) -> Noise:
    """The noise of seed 0, in every replicate."""
    noise = draw(problem, seeded(0), ())
    return type(noise)(*(np.broadcast_to(part, (*replicates, *np.shape(part))) for part in noise))


def few_draws(
    draw: Draw[Noise], problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...], n_seeds: float
) -> Noise:
    """In every replicate the noise of a uniform seed below ``n_seeds``; what `draw` draws, where that is infinite."""
    if np.isinf(n_seeds):
        return draw(problem, rng, replicates)
    chosen = rng.integers(int(n_seeds), size=replicates)
    table = draw(problem, seeded(0), (int(n_seeds),))
    return type(table)(*(part[chosen] for part in table))


@dataclass(eq=False)
class Memory:
    """What an estimator keeps from call to call: how many there were, and the last output."""

    n_calls: int = 0
    last: Array | None = None

    def generator(self) -> np.random.Generator:
        """A generator of this call's own, seeded by the number of calls before it."""
        self.n_calls += 1
        return seeded(self.n_calls)
