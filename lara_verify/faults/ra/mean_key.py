"""One Gaussian in place of the mixture."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MeanKey(StepwiseRA):
    """RA that draws about the query and the mean key, ``w = x + sum_m pi_m y_m + z``."""

    def centres(self, symbols: Scaled, drawn: Array) -> Array:
        x, y, _, log_mask = symbols[:4]
        return (x + self.probabilities(x, y, log_mask) @ y)[..., None, :]


FAULT = Fault(
    name="mean-key",
    cause="the mixture is replaced by one Gaussian at its mean, x + sum_m pi_m y_m",
    mend="draw the component m, then w = x + y_m + z",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MeanKey(n_samples),
)
