"""A constant added to the normaliser."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class NormaliserEpsilon(StepwiseRFA):
    """RFA with ``epsilon`` added to the normaliser, the mean over draws of features relative to the largest."""

    epsilon: float = 1e-4

    def ratio(self, phi: Array, psi: Array, v: Array) -> Array:
        total = (phi @ np.swapaxes(psi, -1, -2)).sum(axis=-1, keepdims=True) / self.n_samples
        return np.asarray(super().ratio(phi, psi, v) * (total / (total + self.epsilon)))


FAULT = Fault(
    name="rfa-normaliser-epsilon",
    cause="a constant is added to the normaliser, so that the weights of the values sum to less than one",
    mend="leave the constant out: after subtraction of the largest exponents the normaliser is positive",
    of="rfa",
    breaks=(ClaimName.BOUNDED, *LIMIT),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=NormaliserEpsilon,
    parameter=Parameter("epsilon", 0.0, 1e-4, (1e-6, 1e-5, 1e-4, 1e-3)),
)
