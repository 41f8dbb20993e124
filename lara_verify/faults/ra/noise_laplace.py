"""Noise with heavier tails."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class LaplaceNoise(StepwiseRA):
    """RA with Laplace noise of mean 0 and variance 1."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.laplace(0.0, np.sqrt(0.5), shape)


FAULT = Fault(
    name="noise-laplace",
    cause="the noise has mean 0 and variance 1 and is not Gaussian (Laplace)",
    mend="draw standard normals",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: LaplaceNoise(n_samples),
)
