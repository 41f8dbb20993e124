"""A constant added to the query features."""

from dataclasses import dataclass

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class QueryEpsilon(StepwiseRFA):
    """RFA with ``epsilon`` added to query features that are relative to the largest."""

    epsilon: float = 1e-3

    def query_features(self, x: Array, w: Array) -> Array:
        return super().query_features(x, w) + self.epsilon


FAULT = Fault(
    name="rfa-query-epsilon",
    cause="a constant is added to the query features after they were made relative to the largest",
    mend="leave the constant out, or work in log space",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=QueryEpsilon,
    parameter=Parameter("epsilon", 0.0, 1e-3, (1e-4, 1e-3, 1e-2, 1e-1)),
)
