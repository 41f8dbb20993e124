"""A constant added after the mask."""

from dataclasses import dataclass

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.masks import unzeroed
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class MaskEpsilon(StepwiseRFA):
    """RFA with ``epsilon`` added to key features after the masked ones were set to zero."""

    epsilon: float = 1e-6

    def symbols(self, problem: Problem) -> Scaled:
        return unzeroed(problem)

    def masked_ratio(self, phi: Array, psi: Array, v: Array, mask: Array) -> Array:
        return self.ratio(phi, psi * mask + self.epsilon, v)


FAULT = Fault(
    name="rfa-mask-epsilon",
    cause="a constant is added to the features of keys after masked ones were set to zero, so that they come back",
    mend="add no constant, or mask afterwards",
    of="rfa",
    breaks=(ClaimName.NO_LEAK,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT),
    build=MaskEpsilon,
    parameter=Parameter("epsilon", 0.0, 1e-6, (1e-8, 1e-6, 1e-4)),
)
