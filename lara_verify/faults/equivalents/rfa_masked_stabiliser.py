"""Masked keys in the stabiliser."""

from dataclasses import dataclass

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.masks import unzeroed
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class MaskedStabiliser(StepwiseRFA):
    """RFA whose key features are relative to the largest of all keys, masked ones too, before these are left out.

    What is subtracted is one number for all keys, and cancels. As ``w . y - |y|^2 / 2 <= |w|^2 / 2`` no masked key can
    make it so large that the others vanish.
    """

    def symbols(self, problem: Problem) -> Scaled:
        return unzeroed(problem)

    def masked_ratio(self, phi: Array, psi: Array, v: Array, mask: Array) -> Array:
        return super().masked_ratio(phi, psi, v * mask, mask)


EQUIVALENT = Fault(
    name="rfa-masked-stabiliser",
    cause="masked keys take part in the maximum that is subtracted, and in nothing else",
    mend="nothing to mend: what all keys share cancels",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: MaskedStabiliser(n_samples),
)
