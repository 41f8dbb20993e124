"""Weights normalised within each proposal."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import N_PROPOSALS, StepwiseLARA


@dataclass(frozen=True)
class ProposalRatios(StepwiseLARA):
    """LARA that normalises its balance weights within each proposal and averages the outputs."""

    def ratio(self, log_weights: Array, f: Array) -> Array:
        omega = log_weights.reshape(*log_weights.shape[:-1], N_PROPOSALS, -1)
        omega = np.exp(omega - omega.max(axis=-1, keepdims=True))
        omega = omega / omega.sum(axis=-1, keepdims=True) / N_PROPOSALS
        return np.asarray(omega.reshape(log_weights.shape) @ f)


FAULT = Fault(
    name="lara-proposal-ratios",
    cause="balance weights are normalised within each proposal, and the proposals' outputs averaged",
    mend="normalise once, over the draws of all proposals",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ProposalRatios(n_samples),
)
