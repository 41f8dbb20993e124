"""No stabiliser."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class Unstabilised(StepwiseRA):
    """RA with plain exponentials, where exponents are far from overflow. Equal to RA on the same noise."""

    def weights(self, a: Array) -> Array:
        p = np.exp(a)
        return np.asarray(p / p.sum(axis=-1, keepdims=True))


EQUIVALENT = Fault(
    name="unstabilised",
    cause="no maximum is subtracted before the exponential",
    mend="nothing to mend: the weights are the same as long as nothing overflows",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: Unstabilised(n_samples),
)
