"""Balance weights squared."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class SquaredBalance(StepwiseLARA):
    """LARA with ``BH_c(w)^2`` for alpha, not divided by the sum over c."""

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        return 2.0 * super().log_alpha(log_density, own, x, x_bar)


FAULT = Fault(
    name="lara-squared-balance",
    cause="the balance weights are squared and not normalised over the proposals",
    mend="divide the squares by their sum over the proposals: the power heuristic",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: SquaredBalance(n_samples),
)
