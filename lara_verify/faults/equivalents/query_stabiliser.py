"""One stabiliser for all draws of a query."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class QueryStabiliser(StepwiseRA):
    """RA whose kernels are relative to the largest of all draws of the query.

    What is subtracted is one number for all keys of a draw, and cancels there. Equal to RA on the same noise.
    """

    def weights(self, a: Array) -> Array:
        p = np.exp(a - a.max(axis=(-2, -1), keepdims=True))
        return np.asarray(p / p.sum(axis=-1, keepdims=True))


EQUIVALENT = Fault(
    name="query-stabiliser",
    cause="exponents are relative to the largest of all draws of the query",
    mend="nothing to mend: any number that the keys of a draw share cancels",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: QueryStabiliser(n_samples),
)
