"""The likeliest component in place of a draw."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class LargestComponent(StepwiseRA):
    """RA whose component is the key of largest probability."""

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        pi = super().probabilities(x, y, log_mask)
        return np.asarray(np.eye(pi.shape[-1])[pi.argmax(axis=-1)])


FAULT = Fault(
    name="largest-component",
    cause="the component is the key of largest probability instead of a draw",
    mend="draw the component m with probability softmax(x . y)_m",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: LargestComponent(n_samples),
)
