"""Masked keys in the normaliser."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.fault import Fault
from lara_verify.faults.masks import unzeroed
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MaskNormaliser(StepwiseRA):
    """RA whose weights are normalised over all keys, and set to zero where masked afterwards."""

    def symbols(self, problem: Problem) -> Scaled:
        return unzeroed(problem)

    def masked_weights(self, a: Array, log_mask: Array) -> Array:
        return self.weights(a) * np.exp(log_mask)


FAULT = Fault(
    name="mask-normaliser",
    cause="masked keys are left in the normaliser, and out of the sum over the values only",
    mend="add the mask to the logits before the softmax",
    of="ra",
    breaks=(ClaimName.NO_LEAK,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT),
    build=lambda n_samples, _: MaskNormaliser(n_samples),
)
