"""Balance weights times an affinity."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class AffinityBiased(StepwiseLARA):
    """LARA with ``exp(x . mu_c) BH_c(w)`` for alpha."""

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        return super().log_alpha(log_density, own, x, x_bar) + (x_bar @ x.T).T[:, :, None]


FAULT = Fault(
    name="lara-affinity-biased",
    cause="balance weights are multiplied by the query's affinity to the landmark: they do not sum to one any more",
    mend="use the balance heuristic alone, or a softmax of the affinities alone",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: AffinityBiased(n_samples),
)
