"""The mixture summed over the wrong index."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class MixtureIndex(StepwiseLARA):
    """LARA whose balance heuristic sums over the draws' proposals instead of the densities' ones."""

    def log_mixture(self, log_density: Array) -> Array:
        return np.asarray(np.swapaxes(np.logaddexp.reduce(log_density, axis=-3), -1, -2))


FAULT = Fault(
    name="lara-mixture-index",
    cause="the mixture density of the balance heuristic is summed over the index of the draw instead of the proposal",
    mend="sum N(w; mu_c, I) over c at the draw's own w",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MixtureIndex(n_samples),
)
