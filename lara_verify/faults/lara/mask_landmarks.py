"""Masked keys in the landmarks."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.landmarks import Landmarks
from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA
from lara_verify.faults.masks import unzeroed


@dataclass(frozen=True)
class MaskLandmarks(StepwiseLARA):
    """LARA whose landmarks are means over all keys, masked ones included."""

    def symbols(self, problem: Problem) -> Scaled:
        return unzeroed(problem)

    def landmarks(self, x: Array, y: Array, log_mask: Array) -> Landmarks:
        return super().landmarks(x, y, np.zeros_like(log_mask))


FAULT = Fault(
    name="lara-mask-landmarks",
    cause="masked keys are averaged into the landmarks",
    mend="leave masked keys out of the sum and of the count of their segment",
    of="lara[balance]",
    breaks=(ClaimName.NO_LEAK,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.BOUNDED),
    build=lambda n_samples, _: MaskLandmarks(n_samples),
)
