"""Values less their mean, which is added again."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class CentredValues(StepwiseRA):
    """RA of the values less a mean of theirs, plus that mean: weights that sum to one leave it as it is."""

    def integrand(self, p: Array, v: Array) -> Array:
        mean = v.mean(axis=-2, keepdims=True)
        return np.asarray(super().integrand(p, v - mean) + mean[..., None, :, :])


EQUIVALENT = Fault(
    name="centred-values",
    cause="the mean of the values is subtracted first and added to the output",
    mend="nothing to mend: the weights sum to one",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: CentredValues(n_samples),
)
