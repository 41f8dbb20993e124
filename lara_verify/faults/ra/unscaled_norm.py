"""The squared norm of unscaled keys."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array, half_squared_norm
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class UnscaledNorm(StepwiseRA):
    """RA with ``exp(w . y_m - |k_m|^2 / 2)`` for the kernel, ``|k|^2 = sqrt(d) |y|^2`` at the usual scale."""

    def log_kernels(self, w: Array, y: Array) -> Array:
        extra = (np.sqrt(y.shape[-1]) - 1) * half_squared_norm(y)
        return np.asarray(super().log_kernels(w, y) - extra[..., None, None, :])


FAULT = Fault(
    name="unscaled-norm",
    cause="the norm in the exponent is that of the unscaled key, while its product with the draw is of the scaled one",
    mend="scale the keys first and take the norm of what was scaled",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UnscaledNorm(n_samples),
)
