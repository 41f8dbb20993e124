"""The scale forgotten where the component is drawn."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import MixtureNoise, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class UnscaledComponent(StepwiseRA):
    """RA whose component follows softmax(q . k), while the rest uses scaled queries and keys."""

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        sharper = Sharper(self.n_samples, 1 / problem.scale)
        return sharper.draw(problem, rng, replicates)


@dataclass(frozen=True)
class Sharper(StepwiseRA):
    """RA whose component follows ``softmax(sharpness * x . y)``."""

    sharpness: float = 1.0

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        return super().probabilities(self.sharpness * x, y, log_mask)


FAULT = Fault(
    name="unscaled-component",
    cause="the component is drawn with probabilities softmax(q . k), without the scale that the rest uses",
    mend="draw the component from softmax(scale * q . k)",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UnscaledComponent(n_samples),
)
