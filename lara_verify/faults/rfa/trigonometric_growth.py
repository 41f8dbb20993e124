"""The growth of keys left out."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.trigonometric import StepwiseTrigonometric


@dataclass(frozen=True)
class MissingGrowth(StepwiseTrigonometric):
    """RFA with trigonometric features of keys that are not multiplied by ``exp(|y|^2 / 2)``."""

    def growth(self, y: Array) -> Array:
        return np.zeros(y.shape[:-1])


FAULT = Fault(
    name="rfa-trigonometric-growth",
    cause="the trigonometric features of keys lack the factor exp(|y|^2 / 2): the kernel is Gaussian, not exponential",
    mend="multiply the features of each key by exp(|y|^2 / 2)",
    of="rfa",
    breaks=LIMIT,
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=lambda n_samples, _: MissingGrowth(n_samples),
)
