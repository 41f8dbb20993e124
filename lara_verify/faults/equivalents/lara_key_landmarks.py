"""Landmarks of the keys alone."""

from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_estimators.reference.landmarks import Landmarks
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class KeyLandmarks(StepwiseLARA):
    """LARA with ``mu_c = y_bar_c``: proposals may be anything that is drawn from and divided by alike."""

    def means(self, marks: Landmarks) -> Array:
        return marks.y_bar


EQUIVALENT = Fault(
    name="lara-key-landmarks",
    cause="proposals lie about the landmarks of the keys alone",
    mend="nothing to mend: any proposals are right whose densities are divided by",
    of="lara[balance]",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: KeyLandmarks(n_samples),
)
