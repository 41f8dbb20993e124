"""The component of another query."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class NeighbourComponent(StepwiseRA):
    """RA whose component is drawn with the probabilities of the next query."""

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        return super().probabilities(np.roll(x, -1, axis=-2), y, log_mask)


FAULT = Fault(
    name="neighbour-component",
    cause="the component is drawn with the probabilities of the neighbouring query",
    mend="index the probabilities by the query whose draw it is",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: NeighbourComponent(n_samples),
)
