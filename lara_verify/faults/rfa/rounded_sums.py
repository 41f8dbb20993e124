"""Sums of few bits."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA
from lara_verify.faults.rounding import rounded


@dataclass(frozen=True)
class RoundedSums(StepwiseRFA):
    """RFA whose sums over the draws are rounded to ``bits`` binary digits after each addition."""

    bits: float = 8.0

    def ratio(self, phi: Array, psi: Array, v: Array) -> Array:
        totals = np.zeros((*phi.shape[:-1], psi.shape[-2]))
        for s in range(phi.shape[-1]):
            totals = rounded(totals + phi[..., s, None] * psi[..., None, :, s], self.bits)
        return np.asarray(totals @ v / totals.sum(axis=-1, keepdims=True))


FAULT = Fault(
    name="rfa-rounded-sums",
    cause="kernels are summed over the draws in half precision, where small terms are lost against the sum",
    mend="accumulate in float32 at least",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=RoundedSums,
    parameter=Parameter("bits", 53.0, 8.0, (4.0, 8.0)),
)
