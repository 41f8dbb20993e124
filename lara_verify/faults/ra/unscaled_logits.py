"""The scale forgotten."""

from dataclasses import dataclass, replace

from lara_estimators import Problem
from lara_estimators.reference.scaling import Scaled, scaled
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class UnscaledLogits(StepwiseRA):
    """RA of the unscaled queries and keys: unbiased, for another attention."""

    def symbols(self, problem: Problem) -> Scaled:
        return scaled(replace(problem, scale=1.0))


FAULT = Fault(
    name="unscaled-logits",
    cause="queries and keys are not scaled, so the target is softmax(q . k) instead of softmax(q . k / sqrt(d))",
    mend="multiply queries and keys by d ** -0.25 each before anything else",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UnscaledLogits(n_samples),
)
