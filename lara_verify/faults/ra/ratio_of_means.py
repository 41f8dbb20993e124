"""A ratio of means where a mean of ratios is due."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class RatioOfMeans(StepwiseRA):
    """RA that divides kernels summed over the draws by normalisers summed over the draws."""

    def weights(self, a: Array) -> Array:
        p = np.exp(a - a.max(axis=(-2, -1), keepdims=True)).sum(axis=-2, keepdims=True)
        return np.asarray(p / p.sum(axis=-1, keepdims=True))


FAULT = Fault(
    name="ratio-of-means",
    cause="kernels and normalisers are summed over the draws first and divided afterwards",
    mend="normalise the weights of each draw by itself, then average",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: RatioOfMeans(n_samples),
)
