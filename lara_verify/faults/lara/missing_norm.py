"""Half the squared norm of the keys left out."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class MissingNorm(StepwiseLARA):
    """LARA with ``exp(w . y_m)`` for the kernel."""

    def log_kernels(self, w: Array, y: Array) -> Array:
        return w @ y.T


FAULT = Fault(
    name="lara-missing-norm",
    cause="the kernels are exp(w . y_m), without - |y_m|^2 / 2 in the exponent",
    mend="subtract half the squared norm of each scaled key",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MissingNorm(n_samples),
)
