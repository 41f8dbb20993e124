"""Another kernel."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class ReluFeatures(StepwiseRFA):
    """Attention with ReLU features: an arc-cosine kernel in place of softmax."""

    def query_features(self, x: Array, w: Array) -> Array:
        return np.maximum(x @ np.swapaxes(w, -1, -2), 0.0) + 1e-3

    def key_features(self, y: Array, w: Array) -> Array:
        return np.maximum(y @ np.swapaxes(w, -1, -2), 0.0) + 1e-3


FAULT = Fault(
    name="rfa-relu-features",
    cause="the features are ReLU(w . u), whose kernel is not the exponential: the target is another attention",
    mend="use exp(w . u - |u|^2 / 2), or do not claim softmax attention",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ReluFeatures(n_samples),
)
