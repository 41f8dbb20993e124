"""Exponents clamped."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class ClampedExponents(StepwiseRFA):
    """RFA whose exponents of key features are clamped to ``[-bound, bound]``."""

    bound: float = 1.0

    def stabilised(self, a: Array) -> Array:
        return super().stabilised(np.clip(a, -self.bound, self.bound))


FAULT = Fault(
    name="rfa-clamped-exponents",
    cause="exponents of features are clamped to an interval before the exponential",
    mend="subtract the largest exponent instead",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=ClampedExponents,
    parameter=Parameter("bound", float("inf"), 1.0, (0.5, 1.0, 2.0, 5.0)),
)
