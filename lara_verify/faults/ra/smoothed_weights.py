"""A constant added to every kernel."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class SmoothedWeights(StepwiseRA):
    """RA with ``epsilon`` added to every kernel relative to the largest, before the weights are normalised."""

    epsilon: float = 3e-2

    def weights(self, a: Array) -> Array:
        p = np.exp(a - a.max(axis=-1, keepdims=True)) + self.epsilon * np.isfinite(a)
        return np.asarray(p / p.sum(axis=-1, keepdims=True))


FAULT = Fault(
    name="smoothed-weights",
    cause="a constant is added to every kernel, which draws the weights towards equal ones",
    mend="leave the constant out: after subtraction of the largest logit nothing is divided by zero",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=SmoothedWeights,
    parameter=Parameter("epsilon", 0.0, 3e-2, (3e-3, 1e-2, 3e-2, 1e-1)),
)
