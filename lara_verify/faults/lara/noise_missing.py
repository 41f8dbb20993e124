"""No noise."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class NoNoise(StepwiseLARA):
    """LARA whose draws are the means of the proposals, as in evaluation mode."""

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        return np.zeros_like(normals)


FAULT = Fault(
    name="lara-noise-missing",
    cause="the draws are the means of the proposals, without noise: the mode that is meant for evaluation",
    mend="add standard normals to the means",
    of="lara[balance]",
    breaks=(ClaimName.SEED_HONOURED, *LIMIT),
    keeps=(ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK, ClaimName.BOUNDED),
    build=lambda n_samples, _: NoNoise(n_samples),
)
