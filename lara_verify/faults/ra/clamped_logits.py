"""Logits clamped."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ClampedLogits(StepwiseRA):
    """RA whose logarithms of kernels are clamped to ``[-bound, bound]``."""

    bound: float = 2.0

    def log_kernels(self, w: Array, y: Array) -> Array:
        return np.asarray(np.clip(super().log_kernels(w, y), -self.bound, self.bound))


FAULT = Fault(
    name="clamped-logits",
    cause="exponents are clamped to an interval before the exponential",
    mend="subtract the largest exponent instead",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=ClampedLogits,
    parameter=Parameter("bound", float("inf"), 2.0, (1.0, 2.0, 5.0)),
)
