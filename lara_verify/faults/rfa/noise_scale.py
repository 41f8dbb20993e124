"""Features of the wrong size."""

from dataclasses import dataclass

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class NoiseScale(StepwiseRFA):
    """RFA with ``factor * w`` in place of ``w``."""

    factor: float = 0.95

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        return self.factor * normals, self.factor * normals


FAULT = Fault(
    name="rfa-noise-scale",
    cause="the feature draws have the wrong standard deviation in the scaled space",
    mend="draw w ~ N(0, I) and apply it to queries and keys times the root of the scale",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=NoiseScale,
    parameter=Parameter("factor", 1.0, 0.95, (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.01, 1.02, 1.05, 1.1, 1.25)),
)
