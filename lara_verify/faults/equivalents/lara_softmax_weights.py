"""Balance weights by a softmax."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class SoftmaxWeights(StepwiseLARA):
    """LARA whose balance weights are the diagonal of a softmax over the proposals. Equal to LARA on the same noise."""

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        share = np.exp(log_density - log_density.max(axis=-1, keepdims=True))
        share /= share.sum(axis=-1, keepdims=True)
        kept = np.swapaxes(np.diagonal(share, axis1=-3, axis2=-1), -1, -2)
        return np.asarray(np.log(np.maximum(kept, 1e-300))[..., None, :, :])


EQUIVALENT = Fault(
    name="lara-softmax-weights",
    cause="balance weights are computed as a softmax over the proposals",
    mend="nothing to mend: it is the same formula",
    of="lara[balance]",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: SoftmaxWeights(n_samples),
)
