"""The squared norm of unscaled keys."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array, half_squared_norm
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class UnscaledNorm(StepwiseRFA):
    """RFA with ``exp(w . y - |k|^2 / 2)`` for the features of keys, ``|k|^2 = sqrt(d) |y|^2`` at the usual scale."""

    def key_features(self, y: Array, w: Array) -> Array:
        extra = (np.sqrt(y.shape[-1]) - 1) * half_squared_norm(y)
        return np.asarray(super().key_features(y, w) * np.exp(-extra)[..., None])


FAULT = Fault(
    name="rfa-unscaled-norm",
    cause="the norm in the exponent is that of the unscaled key, while its product with the draw is of the scaled one",
    mend="multiply the squared norm by the scale too",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UnscaledNorm(n_samples),
)
