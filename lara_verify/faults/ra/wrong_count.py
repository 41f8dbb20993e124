"""Divided by the wrong number of draws."""

from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class WrongCount(StepwiseRA):
    """RA that divides the sum over S draws by S + 1."""

    def average(self, f: Array) -> Array:
        return super().average(f) * (self.n_samples / (self.n_samples + 1))


FAULT = Fault(
    name="wrong-count",
    cause="the sum over the draws is divided by another number than that of the draws",
    mend="divide by the number of draws",
    of="ra",
    breaks=(ClaimName.BOUNDED, *MEAN),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=lambda n_samples, _: WrongCount(n_samples),
)
