"""The draws averaged in place of their outputs."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class AveragedDraws(StepwiseRA):
    """RA that evaluates f once, at the mean of the draws."""

    def log_kernels(self, w: Array, y: Array) -> Array:
        return super().log_kernels(w.mean(axis=-2, keepdims=True), y)


FAULT = Fault(
    name="averaged-draws",
    cause="the draws are averaged before f is evaluated instead of after",
    mend="evaluate f at every draw and average its values",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: AveragedDraws(n_samples),
)
