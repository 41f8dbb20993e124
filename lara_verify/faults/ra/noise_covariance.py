"""Unit noise drawn in the unscaled space."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class NoiseCovariance(StepwiseRA):
    """RA with noise of covariance ``scale * I``: unit noise added to unscaled queries and keys, scaled with them."""

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        return np.asarray(np.sqrt(problem.scale) * normals)


FAULT = Fault(
    name="noise-covariance",
    cause="unit noise is drawn in the space of unscaled inputs, so its covariance is scale * I where I is due",
    mend="scale queries and keys by the root of the scale first, then add unit noise to them",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: NoiseCovariance(n_samples),
)
