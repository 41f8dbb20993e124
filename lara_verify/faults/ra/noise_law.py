"""Noise of the right moments and the wrong law."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class RademacherNoise(StepwiseRA):
    """RA with random signs in place of normals: mean, variance and skewness agree, the law does not."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.choice([-1.0, 1.0], shape)


FAULT = Fault(
    name="noise-rademacher",
    cause="the noise has mean 0 and variance 1 and is not Gaussian (random signs)",
    mend="draw standard normals",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: RademacherNoise(n_samples),
)
