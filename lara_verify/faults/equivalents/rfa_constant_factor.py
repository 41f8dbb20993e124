"""Features times constants."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class ConstantFactor(StepwiseRFA):
    """RFA with query features times 7 and key features over the root of S. Equal to RFA on the same noise."""

    def query_features(self, x: Array, w: Array) -> Array:
        return 7.0 * super().query_features(x, w)

    def key_features(self, y: Array, w: Array) -> Array:
        return np.asarray(super().key_features(y, w) / np.sqrt(self.n_samples))


EQUIVALENT = Fault(
    name="rfa-constant-factor",
    cause="features are multiplied by constants",
    mend="nothing to mend: what all draws and keys of a query share cancels",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: ConstantFactor(n_samples),
)
