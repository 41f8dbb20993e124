"""Phases from a part of the circle."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.trigonometric import StepwiseTrigonometric


@dataclass(frozen=True)
class PartialPhase(StepwiseTrigonometric):
    """RFA with features ``cos(w . u + b)``, b uniform on ``[0, 1]`` instead of on the circle."""

    def waves(self, angles: Array) -> Array:
        n_samples = angles.shape[-1]
        return np.asarray(np.cos(angles + (np.arange(n_samples) + 0.5) / n_samples))


FAULT = Fault(
    name="rfa-trigonometric-phase",
    cause="the phases of cosine features are uniform on [0, 1] instead of on [0, 2 pi]",
    mend="multiply the uniform phases by 2 pi",
    of="rfa",
    breaks=LIMIT,
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=lambda n_samples, _: PartialPhase(n_samples),
)
