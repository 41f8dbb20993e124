"""Uniform weights over the mixture density."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class UniformOverMixture(StepwiseLARA):
    """LARA that draws from the mixture and divides by its density, without weights. Equal to LARA on the same noise."""

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        return np.where(np.isfinite(own), 0.0, own)[..., None, :, :]

    def divisor(self, log_density: Array, own: Array) -> Array:
        return self.log_mixture(log_density)


EQUIVALENT = Fault(
    name="lara-uniform-over-mixture",
    cause="weights are uniform and the divisor is the density of the mixture",
    mend="nothing to mend: that is the balance heuristic",
    of="lara[balance]",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: UniformOverMixture(n_samples),
)
