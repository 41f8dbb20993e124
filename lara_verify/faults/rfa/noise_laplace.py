"""Draws with heavier tails."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class LaplaceNoise(StepwiseRFA):
    """RFA with Laplace draws of mean 0 and variance 1."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.laplace(0.0, np.sqrt(0.5), shape)


FAULT = Fault(
    name="rfa-noise-laplace",
    cause="the feature draws have mean 0 and variance 1 and are not Gaussian (Laplace)",
    mend="draw standard normals",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: LaplaceNoise(n_samples),
)
