"""Weights of few bits."""

from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA
from lara_verify.faults.rounding import rounded


@dataclass(frozen=True)
class RoundedWeights(StepwiseRA):
    """RA whose weights of the values are rounded to ``bits`` binary digits, as if in bfloat16."""

    bits: float = 8.0

    def weights(self, a: Array) -> Array:
        return rounded(super().weights(a), self.bits)


FAULT = Fault(
    name="rounded-weights",
    cause="the weights of the values are kept in half precision, and no longer sum to one",
    mend="compute in float32 at least, or divide by the sum of what was rounded",
    of="ra",
    breaks=(ClaimName.BOUNDED,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=RoundedWeights,
    parameter=Parameter("bits", 53.0, 8.0, (5.0, 8.0, 11.0)),
)
