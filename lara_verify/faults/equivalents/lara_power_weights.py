"""The power heuristic."""

from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class PowerWeights(StepwiseLARA):
    """LARA with squares of densities over their sum, ``N_c^2 / sum_c' N_c'^2``: they sum to one at every w.

    Source: Veach and Guibas 1995.
    """

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        return super().log_alpha(2.0 * log_density, 2.0 * own, x, x_bar)


EQUIVALENT = Fault(
    name="lara-power-weights",
    cause="weights are squares of densities over their sum (the power heuristic)",
    mend="nothing to mend: they sum to one over the proposals at every draw",
    of="lara[balance]",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: PowerWeights(n_samples),
)
