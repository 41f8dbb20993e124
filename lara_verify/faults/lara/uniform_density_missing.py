"""The proposal density left out, with uniform weights."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.uniform import StepwiseUniformLARA


@dataclass(frozen=True)
class UniformDensityMissing(StepwiseUniformLARA):
    """LARA with uniform weights that lack the density of the proposal."""

    def divisor(self, log_density: Array, own: Array) -> Array:
        return np.zeros_like(own)


FAULT = Fault(
    name="lara-uniform-density-missing",
    cause="the importance weights are not divided by the density of the proposal that was drawn from",
    mend="divide each weight by N(w; mu_c, I) of the draw's own proposal",
    of="lara[uniform]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UniformDensityMissing(n_samples),
)
