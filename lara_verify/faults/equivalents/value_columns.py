"""One column of values at a time."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ValueColumns(StepwiseRA):
    """RA that computes the outputs coordinate by coordinate. Equal to RA on the same noise."""

    def integrand(self, p: Array, v: Array) -> Array:
        columns = [np.sum(p * v[..., None, None, :, e], axis=-1) for e in range(v.shape[-1])]
        return np.stack(columns, axis=-1)


EQUIVALENT = Fault(
    name="value-columns",
    cause="the coordinates of the values are handled one at a time",
    mend="nothing to mend: the weights are the same for all coordinates",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: ValueColumns(n_samples),
)
