"""Masked keys drawn as components."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.fault import Fault
from lara_verify.faults.masks import unzeroed
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MaskComponent(StepwiseRA):
    """RA whose component may be a masked key, while the weights of the values leave them out."""

    def symbols(self, problem: Problem) -> Scaled:
        return unzeroed(problem)

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        return super().probabilities(x, y, np.zeros_like(log_mask))


FAULT = Fault(
    name="mask-component",
    cause="masked keys are left in the probabilities from which the component is drawn",
    mend="add the mask to the logits of the component too",
    of="ra",
    breaks=(ClaimName.NO_LEAK,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.BOUNDED),
    build=lambda n_samples, _: MaskComponent(n_samples),
)
