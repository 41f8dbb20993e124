"""Densities without the norms of their means."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.landmarks import Landmarks
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class DensityNorm(StepwiseLARA):
    """LARA with ``exp(w . mu_c)`` for the density of a proposal."""

    def log_densities(self, w: Array, marks: Landmarks) -> Array:
        return np.asarray(w @ self.means(marks).T)


FAULT = Fault(
    name="lara-density-norm",
    cause="the densities of the proposals lack - |mu_c|^2 / 2 in the exponent",
    mend="use w . mu_c - |mu_c|^2 / 2 for the logarithm of the density",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: DensityNorm(n_samples),
)
