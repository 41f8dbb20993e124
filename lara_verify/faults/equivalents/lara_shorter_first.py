"""Segments with the shorter ones first."""

from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_estimators.reference.landmarks import Landmarks
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class ShorterFirst(StepwiseLARA):
    """LARA whose segments are those of the sequence read from its end: other means, drawn from and divided by alike."""

    def landmarks(self, x: Array, y: Array, log_mask: Array) -> Landmarks:
        return super().landmarks(x[::-1], y[::-1], log_mask[::-1])


EQUIVALENT = Fault(
    name="lara-shorter-first",
    cause="segments that do not divide evenly have the shorter ones first",
    mend="nothing to mend: any proposals are right whose densities are divided by",
    of="lara[balance]",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: ShorterFirst(n_samples),
)
