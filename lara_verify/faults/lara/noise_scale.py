"""Noise of the wrong size."""

from dataclasses import dataclass

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class NoiseScale(StepwiseLARA):
    """LARA with ``factor * z`` in place of ``z``."""

    factor: float = 0.9

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        return self.factor * normals


FAULT = Fault(
    name="lara-noise-scale",
    cause="the noise about the proposals has the wrong standard deviation in the scaled space",
    mend="draw w = mu_c + z with z ~ N(0, I)",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=NoiseScale,
    parameter=Parameter("factor", 1.0, 0.9, (0.5, 0.8, 0.9, 0.95, 1.05, 1.1, 1.25)),
)
