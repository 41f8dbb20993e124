"""The component drawn uniformly."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class UniformComponent(StepwiseRA):
    """RA whose component is any key that takes part, with equal probability."""

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        return super().probabilities(np.zeros_like(x), y, log_mask)


FAULT = Fault(
    name="uniform-component",
    cause="the mixture's component is drawn uniformly over the keys instead of with the softmax probabilities",
    mend="draw the component m with probability softmax(x . y)_m, for each query its own",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UniformComponent(n_samples),
)
