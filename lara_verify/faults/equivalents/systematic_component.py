"""Components by one uniform for all draws."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import Indices, StepwiseRA


@dataclass(frozen=True)
class SystematicComponent(StepwiseRA):
    """RA whose components invert the cumulative probabilities at ``(s + u) / S``, one u for all draws of a query.

    The uniforms of the draws, in random order, are each uniform: every draw has the law of RA's, and the mean over
    them is unbiased. That they depend on one another makes its variance smaller.
    """

    def component(self, pi: Array, rng: np.random.Generator, replicates: tuple[int, ...]) -> Indices:
        shape = (*replicates, *pi.shape[:-1])
        uniforms = (np.arange(self.n_samples) + rng.random((*shape, 1))) / self.n_samples
        cumulative = np.cumsum(pi, axis=-1)
        reached = uniforms[..., None] * cumulative[..., -1:, None] >= cumulative[..., None, :-1]
        return np.asarray(reached.sum(axis=-1))


EQUIVALENT = Fault(
    name="systematic-component",
    cause="one uniform number places all components of a query (systematic resampling)",
    mend="nothing to mend: each component has its probability",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: SystematicComponent(n_samples),
)
