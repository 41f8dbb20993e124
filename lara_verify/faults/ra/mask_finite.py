"""A finite number for the mask."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Scaled
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.masks import unzeroed
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MaskFinite(StepwiseRA):
    """RA that subtracts ``penalty`` from the logits of masked keys, in the component and in the weights."""

    penalty: float = 10.0

    def symbols(self, problem: Problem) -> Scaled:
        symbols = unzeroed(problem)
        return symbols._replace(log_mask=np.maximum(symbols.log_mask, -self.penalty))


FAULT = Fault(
    name="mask-finite",
    cause="masked logits are lowered by a finite number, so that masked keys keep some weight",
    mend="use minus infinity, or set the weights to zero",
    of="ra",
    breaks=(ClaimName.NO_LEAK,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT),
    build=MaskFinite,
    parameter=Parameter("penalty", float("inf"), 10.0, (1.0, 3.0, 10.0)),
)
