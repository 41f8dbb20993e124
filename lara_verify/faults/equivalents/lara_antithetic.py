"""Opposite normals."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class AntitheticDraws(StepwiseLARA):
    """LARA whose draws 2i and 2i + 1 of a proposal use z and -z."""

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        index = np.arange(normals.shape[-2])
        return normals[..., index - index % 2, :] * np.where(index % 2, -1.0, 1.0)[:, None]


EQUIVALENT = Fault(
    name="lara-antithetic",
    cause="every second draw of a proposal uses the opposite of the normals before it",
    mend="nothing to mend: the opposite of a normal vector is one",
    of="lara[balance]",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: AntitheticDraws(n_samples),
)
