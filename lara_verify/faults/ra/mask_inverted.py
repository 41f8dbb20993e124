"""The mask the other way round."""

from dataclasses import dataclass, replace

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Scaled
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MaskInverted(StepwiseRA):
    """RA that takes the keys that are masked, and leaves out those that take part."""

    def symbols(self, problem: Problem) -> Scaled:
        if problem.key_mask is None:
            return super().symbols(problem)
        return super().symbols(replace(problem, key_mask=~np.asarray(problem.key_mask)))


FAULT = Fault(
    name="mask-inverted",
    cause="the mask is read the other way round: True as masked",
    mend="True means that the key takes part, as in scaled_dot_product_attention",
    of="ra",
    breaks=(ClaimName.NO_LEAK,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT),
    build=lambda n_samples, _: MaskInverted(n_samples),
)
