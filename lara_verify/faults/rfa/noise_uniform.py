"""Draws of the right moments and the wrong law."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class UniformNoise(StepwiseRFA):
    """RFA with uniform draws of mean 0 and variance 1."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.uniform(-np.sqrt(3), np.sqrt(3), shape)


FAULT = Fault(
    name="rfa-noise-uniform",
    cause="the feature draws have mean 0 and variance 1 and are not Gaussian (uniform)",
    mend="draw standard normals",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UniformNoise(n_samples),
)
