"""Unit features applied in the unscaled space."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class NoiseCovariance(StepwiseRFA):
    """RFA with draws of covariance ``scale * I``, while the norms are those of scaled inputs."""

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        w = np.sqrt(problem.scale) * normals
        return w, w


FAULT = Fault(
    name="rfa-noise-covariance",
    cause="the feature draws have covariance scale * I where I is due",
    mend="scale queries and keys by the root of the scale once, and leave w ~ N(0, I) unscaled",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: NoiseCovariance(n_samples),
)
