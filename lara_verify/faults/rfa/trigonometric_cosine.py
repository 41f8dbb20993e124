"""Cosines without sines."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.trigonometric import StepwiseTrigonometric


@dataclass(frozen=True)
class CosineOnly(StepwiseTrigonometric):
    """RFA with features ``cos(w . u)`` alone, whose kernel is the mean of those of ``x - y`` and ``x + y``."""

    def waves(self, angles: Array) -> Array:
        return np.cos(angles)


FAULT = Fault(
    name="rfa-trigonometric-cosine",
    cause="the trigonometric features are cosines without sines",
    mend="concatenate cosines and sines, or add a random phase to each draw",
    of="rfa",
    breaks=LIMIT,
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=lambda n_samples, _: CosineOnly(n_samples),
)
