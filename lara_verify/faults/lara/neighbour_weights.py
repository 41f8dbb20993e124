"""The weights of another query."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class NeighbourWeights(StepwiseLARA):
    """LARA that weighs the draws for the next query."""

    def log_targets(self, w: Array, x: Array, ell: Array) -> Array:
        return super().log_targets(w, np.roll(x, -1, axis=0), ell)


FAULT = Fault(
    name="lara-neighbour-weights",
    cause="the draws are weighted for a neighbouring query",
    mend="index the weights by the query whose output it is",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: NeighbourWeights(n_samples),
)
