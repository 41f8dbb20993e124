"""Masked keys in the normaliser."""

from dataclasses import dataclass

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.fault import Fault
from lara_verify.faults.masks import unzeroed
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class MaskNormaliser(StepwiseRFA):
    """RFA whose mask takes the values out of the numerator, and leaves the keys in the normaliser."""

    def symbols(self, problem: Problem) -> Scaled:
        return unzeroed(problem)

    def masked_ratio(self, phi: Array, psi: Array, v: Array, mask: Array) -> Array:
        return self.ratio(phi, psi, v * mask)


FAULT = Fault(
    name="rfa-mask-normaliser",
    cause="the mask is applied to the values only, so that masked keys stay in the normaliser",
    mend="multiply the features of keys by the mask",
    of="rfa",
    breaks=(ClaimName.NO_LEAK,),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT),
    build=lambda n_samples, _: MaskNormaliser(n_samples),
)
