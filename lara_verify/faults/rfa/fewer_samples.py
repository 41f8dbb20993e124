"""Fewer draws than asked for."""

from dataclasses import dataclass

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, SPREAD
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class FewerSamples(StepwiseRFA):
    """RFA that averages a share of the draws that it is asked for."""

    share: float = 0.33

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        w = normals[..., : max(1, round(self.share * self.n_samples)), :]
        return w, w


FAULT = Fault(
    name="rfa-fewer-samples",
    cause="a query averages fewer draws than it is asked for",
    mend="use n_samples draws in all, counting each member of a pair",
    of="rfa",
    breaks=SPREAD,
    keeps=LAW_ONLY,
    build=FewerSamples,
    parameter=Parameter("share", 1.0, 0.33, (0.03, 0.06, 0.12, 0.25, 0.33, 0.5)),
)
