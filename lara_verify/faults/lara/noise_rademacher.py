"""Signs for normals."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class SignNoise(StepwiseLARA):
    """LARA with random signs for normals."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.choice([-1.0, 1.0], shape)


FAULT = Fault(
    name="lara-noise-rademacher",
    cause="the noise about the proposals is random signs, of mean 0 and variance 1 and not Gaussian",
    mend="draw standard normals",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: SignNoise(n_samples),
)
