"""The squared norm without its half."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array, half_squared_norm
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class WholeNorm(StepwiseRA):
    """RA with ``exp(w . y_m - |y_m|^2)`` for the kernel."""

    def log_kernels(self, w: Array, y: Array) -> Array:
        return super().log_kernels(w, y) - half_squared_norm(y)[..., None, None, :]


FAULT = Fault(
    name="whole-norm",
    cause="the exponent has - |y_m|^2 where - |y_m|^2 / 2 is due",
    mend="subtract half the squared norm of each scaled key from its logit",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: WholeNorm(n_samples),
)
