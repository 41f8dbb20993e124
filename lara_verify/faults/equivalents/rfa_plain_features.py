"""Features as they are defined."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array, half_squared_norm
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class PlainFeatures(StepwiseRFA):
    """RFA with ``exp(w . u - |u|^2 / 2)`` for queries and keys, without stabilisers. Equal to RFA on the same noise."""

    def query_features(self, x: Array, w: Array) -> Array:
        return np.asarray(np.exp(x @ np.swapaxes(w, -1, -2) - half_squared_norm(x)[..., None]))

    def stabilised(self, a: Array) -> Array:
        return np.exp(a)


EQUIVALENT = Fault(
    name="rfa-plain-features",
    cause="features are not stabilised, and queries keep their norms",
    mend="nothing to mend: what all draws and keys of a query share cancels",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: PlainFeatures(n_samples),
)
