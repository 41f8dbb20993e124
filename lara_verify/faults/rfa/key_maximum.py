"""Each key relative to its own largest feature."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class KeyMaximum(StepwiseRFA):
    """RFA whose key features are relative to the largest of each key."""

    def stabilised(self, a: Array) -> Array:
        return np.asarray(np.exp(a - a.max(axis=-1, keepdims=True)))


FAULT = Fault(
    name="rfa-key-maximum",
    cause="the features of each key are made relative to its own largest, which does not cancel between keys",
    mend="subtract one maximum for all keys",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: KeyMaximum(n_samples),
)
