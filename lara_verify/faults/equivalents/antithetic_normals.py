"""Opposite normals."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class AntitheticNormals(StepwiseRA):
    """RA whose draws 2i and 2i + 1 use z and -z, with components of their own: -z has the law of z."""

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        index = np.arange(normals.shape[-2])
        return normals[..., index - index % 2, :] * np.where(index % 2, -1.0, 1.0)[:, None]


EQUIVALENT = Fault(
    name="antithetic-normals",
    cause="every second draw uses the opposite of the normals before it",
    mend="nothing to mend: the opposite of a normal vector is one",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: AntitheticNormals(n_samples),
)
