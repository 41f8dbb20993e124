"""The proposal density left out."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class DensityMissing(StepwiseLARA):
    """LARA whose weights lack the density of the proposal."""

    def divisor(self, log_density: Array, own: Array) -> Array:
        return np.zeros_like(own)


FAULT = Fault(
    name="lara-density-missing",
    cause="the importance weights are not divided by the density of the proposal that was drawn from",
    mend="divide each weight by N(w; mu_c, I) of the draw's own proposal",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: DensityMissing(n_samples),
)
