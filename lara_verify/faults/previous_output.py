"""The output of the call before."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lara_estimators import Estimate, Problem
from lara_verify.faults.draws import Memory


@dataclass(frozen=True)
class PreviousOutput:
    """An estimator that returns what it computed in the call before, and its own output in its first.

    It keeps the last output of a shape only: after a problem of another shape the next call is a first one again.
    """

    right: Any
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @property
    def n_samples(self) -> int:
        """Of the estimator."""
        return int(self.right.n_samples)

    @property
    def name(self) -> str:
        """What it says it is."""
        return str(self.right.name)

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> Any:
        """Draw as the estimator does."""
        return self.right.draw(problem, rng, replicates)

    def __call__(self, problem: Problem, noise: Any) -> Estimate:
        """Return the outputs, each one call late."""
        value = np.asarray(self.right(problem, noise).value)
        shape = (*problem.batch_shape, problem.n_queries, problem.value_dim)
        outputs = value.reshape(-1, *shape)
        last = self.memory.last
        first = outputs[:1] if last is None or last.shape != outputs[:1].shape else last
        self.memory.last = outputs[-1:].copy()
        return Estimate(np.concatenate([first, outputs[:-1]]).reshape(value.shape))
