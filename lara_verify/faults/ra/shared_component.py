"""One component for all queries."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import Indices, StepwiseRA


@dataclass(frozen=True)
class SharedComponent(StepwiseRA):
    """RA whose queries all take the components drawn for the first."""

    def component(self, pi: Array, rng: np.random.Generator, replicates: tuple[int, ...]) -> Indices:
        first = super().component(pi[..., :1, :], rng, replicates)
        return np.broadcast_to(first, (*first.shape[:-2], pi.shape[-2], first.shape[-1]))


FAULT = Fault(
    name="shared-component",
    cause="the components drawn for one query are used for all",
    mend="draw each query's components with its own probabilities",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: SharedComponent(n_samples),
)
