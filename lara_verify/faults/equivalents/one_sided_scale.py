"""The whole scale on the queries."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Scaled
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class OneSidedScale(StepwiseRA):
    """RA of ``scale q`` and k: the logits are the same, and so is the target.

    Where ``Psi x`` and ``Psi^-T y`` replace x and y, every x . y is what it was, and RA is unbiased for the softmax of
    those; here Psi is a multiple of the identity. Only the variance differs.
    """

    def symbols(self, problem: Problem) -> Scaled:
        symbols, root = super().symbols(problem), np.sqrt(problem.scale)
        return symbols._replace(x=root * symbols.x, y=symbols.y / root)


EQUIVALENT = Fault(
    name="one-sided-scale",
    cause="queries are multiplied by the whole scale, and keys by nothing",
    mend="nothing to mend: logits are the same, and RA is unbiased for any queries and keys with these logits",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: OneSidedScale(n_samples),
)
