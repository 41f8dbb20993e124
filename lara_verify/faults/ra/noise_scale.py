"""Noise of the wrong size."""

from dataclasses import dataclass

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class NoiseScale(StepwiseRA):
    """RA with ``factor * z`` in place of ``z``."""

    factor: float = 0.9

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        return self.factor * normals


FAULT = Fault(
    name="noise-scale",
    cause="the Gaussian noise of a draw has the wrong standard deviation in the scaled space",
    mend="draw w = x + y_m + z with z ~ N(0, I), where x and y are queries and keys times the root of the scale",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=NoiseScale,
    parameter=Parameter("factor", 1.0, 0.9, (0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1.05, 1.1, 1.2, 1.5, 2.0)),
)
