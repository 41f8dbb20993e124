"""The query left out of the draw."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MissingQuery(StepwiseRA):
    """RA that draws about the key alone, ``w = y_m + z``."""

    def centres(self, symbols: Scaled, drawn: Array) -> Array:
        return drawn


FAULT = Fault(
    name="missing-query",
    cause="the draw lies about the drawn key alone instead of about the sum of query and key",
    mend="draw w = x + y_m + z",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MissingQuery(n_samples),
)
