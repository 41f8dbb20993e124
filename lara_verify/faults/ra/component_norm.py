"""The component drawn from the logarithms of kernels."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array, half_squared_norm
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ComponentNorm(StepwiseRA):
    """RA whose component follows ``softmax(x . y - |y|^2 / 2)``, as if the query were the draw."""

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        return super().probabilities(x, y, log_mask - half_squared_norm(y))


FAULT = Fault(
    name="component-norm",
    cause="the logits of the component have - |y_m|^2 / 2, which belongs to the weights of the values only",
    mend="draw the component from softmax(x . y)",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ComponentNorm(n_samples),
)
