"""One block for all draws."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, SPREAD
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class RepeatedBlock(StepwiseRFA):
    """RFA whose first d draws are repeated until there are S."""

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        w = normals[..., np.arange(self.n_samples) % problem.dim, :]
        return w, w


FAULT = Fault(
    name="rfa-repeated-block",
    cause="one block of d draws is repeated until there are as many as asked for",
    mend="draw every block anew",
    of="rfa",
    breaks=SPREAD,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: RepeatedBlock(n_samples),
)
