"""Noise cut off."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ClippedNoise(StepwiseRA):
    """RA with noise clipped to ``[-bound, bound]``."""

    bound: float = 1.5

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        return np.clip(normals, -self.bound, self.bound)


FAULT = Fault(
    name="noise-clipped",
    cause="the noise is cut off at a bound",
    mend="draw standard normals, without bound",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=ClippedNoise,
    parameter=Parameter("bound", float("inf"), 1.5, (0.5, 1.0, 1.5, 2.0)),
)
