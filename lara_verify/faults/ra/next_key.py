"""The neighbour of the key that was drawn."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import Indices, StepwiseRA


@dataclass(frozen=True)
class NextKey(StepwiseRA):
    """RA that takes the key after the one that was drawn."""

    def component(self, pi: Array, rng: np.random.Generator, replicates: tuple[int, ...]) -> Indices:
        return np.asarray((super().component(pi, rng, replicates) + 1) % pi.shape[-1])


FAULT = Fault(
    name="next-key",
    cause="the inverse of the cumulative probabilities is off by one: the key after the drawn one is taken",
    mend="the component is the number of cumulative probabilities that the uniform reaches",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: NextKey(n_samples),
)
