"""A constant added to the component's probabilities."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ComponentEpsilon(StepwiseRA):
    """RA with ``epsilon`` added to the probability of every key that takes part, before they are normalised."""

    epsilon: float = 1e-1

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        pi = super().probabilities(x, y, log_mask) + self.epsilon * np.exp(log_mask)[..., None, :]
        return np.asarray(pi / pi.sum(axis=-1, keepdims=True))


FAULT = Fault(
    name="component-epsilon",
    cause="a constant is added to the probabilities from which the component is drawn",
    mend="leave the constant out: a probability of zero is no error",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=ComponentEpsilon,
    parameter=Parameter("epsilon", 0.0, 1e-1, (1e-2, 3e-2, 1e-1, 3e-1)),
)
