"""Half the squared norm of the keys left out."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MissingNorm(StepwiseRA):
    """RA with ``exp(w . y_m)`` for the kernel; hidden where all keys have one norm."""

    def log_kernels(self, w: Array, y: Array) -> Array:
        return w @ np.swapaxes(y, -1, -2)[..., None, :, :]


FAULT = Fault(
    name="missing-norm",
    cause="the weights of the values are softmax(w . y_m), without - |y_m|^2 / 2 in the exponent",
    mend="subtract half the squared norm of each scaled key from its logit",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MissingNorm(n_samples),
)
