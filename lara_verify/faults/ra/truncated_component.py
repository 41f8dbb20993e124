"""The component drawn from the largest probabilities only."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class TruncatedComponent(StepwiseRA):
    """RA whose component is one of the ``n_kept`` keys of largest probability."""

    n_kept: float = 4.0

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        pi = super().probabilities(x, y, log_mask)
        n_kept = int(min(self.n_kept, pi.shape[-1]))
        kept = np.where(pi >= np.sort(pi, axis=-1)[..., -n_kept, None], pi, 0.0)
        return np.asarray(kept / kept.sum(axis=-1, keepdims=True))


FAULT = Fault(
    name="truncated-component",
    cause="the component is drawn from the few keys of largest probability only (top-k)",
    mend="draw the component from the probabilities of all keys",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=TruncatedComponent,
    parameter=Parameter("n_kept", float("inf"), 4.0, (2.0, 4.0, 8.0)),
)
