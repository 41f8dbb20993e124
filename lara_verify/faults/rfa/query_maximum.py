"""Query features relative to the largest of all queries."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class QueryMaximum(StepwiseRFA):
    """RFA whose query features are, draw by draw, relative to the largest of all queries."""

    def query_features(self, x: Array, w: Array) -> Array:
        a = x @ np.swapaxes(w, -1, -2)
        return np.asarray(np.exp(a - a.max(axis=-2, keepdims=True)))


FAULT = Fault(
    name="rfa-query-maximum",
    cause="the maximum of the query features is taken over the queries, for each draw, and does not cancel",
    mend="take the maximum over the draws, for each query",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: QueryMaximum(n_samples),
)
