"""The scale applied to one side."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Scaled
from lara_verify.faults.claims import LAW_ONLY, SPREAD
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class OneSidedScale(StepwiseRFA):
    """RFA whose queries are multiplied by the scale and whose keys are left as they are."""

    def symbols(self, problem: Problem) -> Scaled:
        symbols, root = super().symbols(problem), np.sqrt(problem.scale)
        return symbols._replace(x=root * symbols.x, y=symbols.y / root)


FAULT = Fault(
    name="rfa-one-sided-scale",
    cause="the whole scale is applied to the queries: the target is right, and long keys make the errors large",
    mend="multiply queries and keys by the root of the scale, d ** -0.25, each",
    of="rfa",
    breaks=SPREAD,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: OneSidedScale(n_samples),
)
