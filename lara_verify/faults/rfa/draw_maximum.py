"""Key features relative to the largest of each draw."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class DrawMaximum(StepwiseRFA):
    """RFA whose key features are, draw by draw, relative to the largest of all keys."""

    def stabilised(self, a: Array) -> Array:
        return np.asarray(np.exp(a - a.max(axis=-2, keepdims=True)))


FAULT = Fault(
    name="rfa-draw-maximum",
    cause="the features of keys are made relative to the largest of each draw, which does not cancel between draws",
    mend="subtract one maximum for all keys and draws",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: DrawMaximum(n_samples),
)
