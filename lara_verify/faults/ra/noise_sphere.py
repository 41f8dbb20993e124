"""Noise of one length."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class SphereNoise(StepwiseRA):
    """RA with noise of length ``sqrt(d)`` in a uniform direction."""

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
        return np.asarray(np.sqrt(problem.dim) * normals / lengths)


FAULT = Fault(
    name="noise-sphere",
    cause="every noise vector is made to have length sqrt(d): its covariance is I, its law is not N(0, I)",
    mend="leave the lengths of the normals as they are",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: SphereNoise(n_samples),
)
