"""The scale applied twice."""

from dataclasses import dataclass, replace

from lara_estimators import Problem
from lara_estimators.reference.scaling import Scaled, scaled
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class ScaledTwice(StepwiseLARA):
    """LARA whose queries and keys are each multiplied by the scale instead of by its root."""

    def symbols(self, problem: Problem) -> Scaled:
        return scaled(replace(problem, scale=problem.scale**2))


FAULT = Fault(
    name="lara-scaled-twice",
    cause="queries and keys are each multiplied by the whole scale, so that the target is softmax(q . k / d)",
    mend="multiply queries and keys by the root of the scale, d ** -0.25, each",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ScaledTwice(n_samples),
)
