"""A constant added to the key features."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class KeyEpsilon(StepwiseRFA):
    """RFA with ``epsilon`` added to key features that are relative to the largest."""

    epsilon: float = 1e-4

    def stabilised(self, a: Array) -> Array:
        return super().stabilised(a) + self.epsilon


FAULT = Fault(
    name="rfa-key-epsilon",
    cause="a constant is added to the key features after they were made relative to the largest",
    mend="leave the constant out, or work in log space",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=KeyEpsilon,
    parameter=Parameter("epsilon", 0.0, 1e-4, (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 1e-1)),
)
