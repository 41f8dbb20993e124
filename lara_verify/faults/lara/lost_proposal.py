"""A proposal whose draws are lost."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class LostProposal(StepwiseLARA):
    """LARA without the draws of the last proposal, which stays in the mixture density."""

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        alpha = super().log_alpha(log_density, own, x, x_bar).copy()
        alpha[..., -1, :] = -np.inf
        return alpha


FAULT = Fault(
    name="lara-lost-proposal",
    cause="the draws of one proposal are left out, while the mixture density counts it",
    mend="average the draws of every proposal that the mixture counts",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: LostProposal(n_samples),
)
