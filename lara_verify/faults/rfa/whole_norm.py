"""The squared norm without its half."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array, half_squared_norm
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class WholeNorm(StepwiseRFA):
    """RFA with ``exp(w . y - |y|^2)`` for the features of keys."""

    def key_features(self, y: Array, w: Array) -> Array:
        return super().key_features(y, w) * np.exp(-half_squared_norm(y))[..., None]


FAULT = Fault(
    name="rfa-whole-norm",
    cause="the exponent of the key features has - |y|^2 where - |y|^2 / 2 is due",
    mend="subtract half the squared norm of each scaled key",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: WholeNorm(n_samples),
)
