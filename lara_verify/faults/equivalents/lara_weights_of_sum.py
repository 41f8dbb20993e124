"""Weights that sum to the number of proposals."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import N_PROPOSALS, StepwiseLARA


@dataclass(frozen=True)
class WeightsOfSum(StepwiseLARA):
    """LARA whose mixture is the mean of the densities: weights sum to C, which cancels. Equal on the same noise."""

    def log_mixture(self, log_density: Array) -> Array:
        return np.asarray(super().log_mixture(log_density) - np.log(N_PROPOSALS))


EQUIVALENT = Fault(
    name="lara-weights-of-sum",
    cause="the mixture is the mean of the densities, so that weights sum to the number of proposals",
    mend="nothing to mend: what all draws share cancels",
    of="lara[balance]",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: WeightsOfSum(n_samples),
)
