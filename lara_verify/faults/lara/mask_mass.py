"""Masked keys in the mass."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA
from lara_verify.faults.masks import unzeroed


@dataclass(frozen=True)
class MaskMass(StepwiseLARA):
    """LARA whose importance weights count the mass of masked keys, while f leaves them out."""

    def symbols(self, problem: Problem) -> Scaled:
        return unzeroed(problem)

    def integrand(self, a: Array, v: Array, log_mask: Array) -> tuple[Array, Array]:
        return super().integrand(a, v, log_mask)[0], super().integrand(a, v, np.zeros_like(log_mask))[1]


FAULT = Fault(
    name="lara-mask-mass",
    cause="masked keys are left in the mass exp(ell(w)) of the importance weights, and out of the values' weights only",
    mend="add the mask to the logits before anything is summed over keys",
    of="lara[balance]",
    breaks=(ClaimName.NO_LEAK,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.BOUNDED),
    build=lambda n_samples, _: MaskMass(n_samples),
)
