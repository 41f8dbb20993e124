"""The key left out of the draw."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MissingKey(StepwiseRA):
    """RA that draws about the query alone, ``w = x + z``."""

    def centres(self, symbols: Scaled, drawn: Array) -> Array:
        return symbols.x[..., None, :]


FAULT = Fault(
    name="missing-key",
    cause="the draw lies about the query alone instead of about the sum of query and drawn key",
    mend="draw w = x + y_m + z",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MissingKey(n_samples),
)
