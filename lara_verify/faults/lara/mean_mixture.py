"""A geometric mean for the mixture."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class MeanMixture(StepwiseLARA):
    """LARA whose mixture density is the exponential of the mean logarithm of the densities."""

    def log_mixture(self, log_density: Array) -> Array:
        return np.asarray(log_density.mean(axis=-1))


FAULT = Fault(
    name="lara-mean-mixture",
    cause="logarithms of densities are averaged where densities are to be summed",
    mend="take the log-sum-exp of the log densities",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MeanMixture(n_samples),
)
