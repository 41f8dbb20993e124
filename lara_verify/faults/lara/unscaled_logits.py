"""The scale forgotten."""

from dataclasses import dataclass, replace

from lara_estimators import Problem
from lara_estimators.reference.scaling import Scaled, scaled
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class UnscaledLogits(StepwiseLARA):
    """LARA of the unscaled queries and keys."""

    def symbols(self, problem: Problem) -> Scaled:
        return scaled(replace(problem, scale=1.0))


FAULT = Fault(
    name="lara-unscaled-logits",
    cause="queries and keys are not scaled, so the target is softmax(q . k) instead of softmax(q . k / sqrt(d))",
    mend="multiply queries and keys by d ** -0.25 each before anything else",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UnscaledLogits(n_samples),
)
