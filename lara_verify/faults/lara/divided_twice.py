"""The density divided by twice."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class DividedTwice(StepwiseLARA):
    """LARA that divides balance weights by the mixture density, which they already are divided by."""

    def divisor(self, log_density: Array, own: Array) -> Array:
        return self.log_mixture(log_density)


FAULT = Fault(
    name="lara-divided-twice",
    cause="balance weights are divided by the density of the mixture instead of the draw's own proposal",
    mend="divide either by the mixture without balance weights, or by the draw's own density with them",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: DividedTwice(n_samples),
)
