"""Half the squared norm of the keys left out."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class MissingNorm(StepwiseRFA):
    """RFA with ``exp(w . y)`` for the features of keys."""

    def key_features(self, y: Array, w: Array) -> Array:
        return self.stabilised(y @ np.swapaxes(w, -1, -2))


FAULT = Fault(
    name="rfa-missing-norm",
    cause="the features of keys are exp(w . y), without - |y|^2 / 2 in the exponent",
    mend="subtract half the squared norm of each scaled key",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MissingNorm(n_samples),
)
