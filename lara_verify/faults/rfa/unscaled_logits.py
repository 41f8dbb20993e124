"""The scale forgotten."""

from dataclasses import dataclass, replace

from lara_estimators import Problem
from lara_estimators.reference.scaling import Scaled, scaled
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class UnscaledLogits(StepwiseRFA):
    """RFA of the unscaled queries and keys."""

    def symbols(self, problem: Problem) -> Scaled:
        return scaled(replace(problem, scale=1.0))


FAULT = Fault(
    name="rfa-unscaled-logits",
    cause="queries and keys are not scaled, so the target is softmax(q . k) instead of softmax(q . k / sqrt(d))",
    mend="multiply queries and keys by d ** -0.25 each before anything else",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UnscaledLogits(n_samples),
)
