"""A constant added to the normaliser."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import MEAN
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class NormaliserEpsilon(StepwiseRA):
    """RA with ``epsilon`` added to the sum of kernels relative to the largest: weights sum to less than one."""

    epsilon: float = 1e-2

    def weights(self, a: Array) -> Array:
        p = np.exp(a - a.max(axis=-1, keepdims=True))
        return np.asarray(p / (p.sum(axis=-1, keepdims=True) + self.epsilon))


FAULT = Fault(
    name="normaliser-epsilon",
    cause="a constant is added to the normaliser, so that the weights of the values sum to less than one",
    mend="leave the constant out: after subtraction of the largest logit the sum is at least one",
    of="ra",
    breaks=(ClaimName.BOUNDED, *MEAN),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=NormaliserEpsilon,
    parameter=Parameter("epsilon", 0.0, 1e-2, (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)),
)
