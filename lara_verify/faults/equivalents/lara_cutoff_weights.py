"""Balance weights with a cut-off."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class CutoffWeights(StepwiseLARA):
    """LARA whose balance weights leave out proposals of less than a tenth of the largest density at the draw.

    Which ones are left out depends on w alone, so that the weights of the others sum to one (Veach and Guibas 1995).
    """

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        least = log_density.max(axis=-1) - np.log(10.0)
        kept = np.where(log_density >= least[..., None], log_density, -np.inf)
        return super().log_alpha(kept, np.where(own >= least, own, -np.inf), x, x_bar)


EQUIVALENT = Fault(
    name="lara-cutoff-weights",
    cause="balance weights leave out proposals of small density at the draw (the cut-off heuristic)",
    mend="nothing to mend: the others' weights sum to one at every draw",
    of="lara[balance]",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: CutoffWeights(n_samples),
)
