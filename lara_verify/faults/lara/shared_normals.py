"""The same normals for all proposals."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, SPREAD
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class SharedNormals(StepwiseLARA):
    """LARA whose proposals use the normals of the first: consistent, with fewer normals than draws."""

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        return np.broadcast_to(normals[..., :1, :, :], normals.shape)


FAULT = Fault(
    name="lara-shared-normals",
    cause="all proposals use the same normals, so that their errors add up instead of averaging out",
    mend="draw normals for each proposal anew",
    of="lara[balance]",
    breaks=SPREAD,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: SharedNormals(n_samples),
)
