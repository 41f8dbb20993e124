"""The normaliser of another query."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class NeighbourNormaliser(StepwiseRFA):
    """RFA that divides by the normaliser of the next query."""

    def ratio(self, phi: Array, psi: Array, v: Array) -> Array:
        total = (phi @ np.swapaxes(psi, -1, -2)).sum(axis=-1, keepdims=True)
        return np.asarray(super().ratio(phi, psi, v) * (total / np.roll(total, -1, axis=-2)))


FAULT = Fault(
    name="rfa-neighbour-normaliser",
    cause="the output of a query is divided by the normaliser of its neighbour",
    mend="divide by the normaliser of the query itself",
    of="rfa",
    breaks=(ClaimName.BOUNDED, *LIMIT),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=lambda n_samples, _: NeighbourNormaliser(n_samples),
)
