"""A constant added to the weights."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class WeightEpsilon(StepwiseLARA):
    """LARA with ``epsilon`` added to weights that are relative to the largest, before they are normalised."""

    epsilon: float = 1e-2

    def ratio(self, log_weights: Array, f: Array) -> Array:
        relative = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
        return super().ratio(np.log(relative + self.epsilon), f)


FAULT = Fault(
    name="lara-weight-epsilon",
    cause="a constant is added to the weights of the draws, which draws them towards equal ones",
    mend="leave the constant out: after subtraction of the largest exponent nothing is divided by zero",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=WeightEpsilon,
    parameter=Parameter("epsilon", 0.0, 1e-2, (1e-3, 1e-2, 1e-1)),
)
