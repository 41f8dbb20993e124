"""The same normals in pairs of draws."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class SharedNormals(StepwiseRA):
    """RA whose draws 2i and 2i + 1 use the same normals, with components of their own.

    Each draw has the law of RA's, so that the mean is unbiased; its variance is larger.
    """

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        index = np.arange(normals.shape[-2])
        return normals[..., index - index % 2, :]


EQUIVALENT = Fault(
    name="shared-normals",
    cause="pairs of draws share their normals and not their components",
    mend="nothing to mend: each draw has the right law, and a mean asks for no more",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: SharedNormals(n_samples),
)
