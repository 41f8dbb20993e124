"""One number for all coordinates."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class ScalarNoise(StepwiseRFA):
    """RFA whose draw is one normal number, broadcast over the coordinates."""

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        w = np.broadcast_to(normals[..., :1], normals.shape)
        return w, w


FAULT = Fault(
    name="rfa-noise-scalar",
    cause="one normal number is broadcast over all coordinates of a feature draw",
    mend="draw d independent normals for each feature",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ScalarNoise(n_samples),
)
