"""The component drawn at another temperature."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ComponentTemperature(StepwiseRA):
    """RA whose component follows ``softmax(sharpness * x . y)``."""

    sharpness: float = 0.5

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        return super().probabilities(self.sharpness * x, y, log_mask)


FAULT = Fault(
    name="component-temperature",
    cause="the component is drawn at another temperature than that of the attention",
    mend="draw the component from softmax(x . y), by the very logits of the attention",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=ComponentTemperature,
    parameter=Parameter("sharpness", 1.0, 0.5, (0.25, 0.5, 0.8, 1.25, 2.0)),
)
