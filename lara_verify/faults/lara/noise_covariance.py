"""Unit noise drawn in the unscaled space."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class NoiseCovariance(StepwiseLARA):
    """LARA with noise of covariance ``scale * I``."""

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        return np.asarray(np.sqrt(problem.scale) * normals)


FAULT = Fault(
    name="lara-noise-covariance",
    cause="the noise about the proposals has covariance scale * I where I is due",
    mend="scale queries and keys by the root of the scale first and add unit noise to the proposals",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: NoiseCovariance(n_samples),
)
