"""One number for all coordinates."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ScalarNoise(StepwiseRA):
    """RA whose noise is one normal number, broadcast over the coordinates."""

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        return np.broadcast_to(normals[..., :1], normals.shape)


FAULT = Fault(
    name="noise-scalar",
    cause="one normal number is broadcast over all coordinates of the draw",
    mend="draw d independent normals for each draw",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ScalarNoise(n_samples),
)
