"""One draw from every component."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Estimate, MixtureNoise, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import Indices, StepwiseRA


@dataclass(frozen=True)
class StratifiedComponent(StepwiseRA):
    """RA with one draw from every component, weighted by its probability, whatever number of samples is asked for.

    ``sum_m pi_m E f(x + y_m + z) = E f(w)`` for w from the mixture: unbiased, proportional weights in place of draws.
    """

    def component(self, pi: Array, rng: np.random.Generator, replicates: tuple[int, ...]) -> Indices:
        return np.broadcast_to(np.arange(pi.shape[-1]), (*replicates, *pi.shape[:-1], pi.shape[-1]))

    def __call__(self, problem: Problem, noise: MixtureNoise) -> Estimate:
        x, y, v, log_mask = self.symbols(problem)[:4]
        w = (x[..., None, :] + y[..., None, :, :]) + noise.normals
        p = self.masked_weights(self.log_kernels(w, y), log_mask[..., None, None, :])
        f = self.integrand(p, v)
        return Estimate((self.probabilities(x, y, log_mask)[..., None, :] @ f)[..., 0, :])


EQUIVALENT = Fault(
    name="stratified-component",
    cause="there is one draw from every component, weighted by its probability",
    mend="nothing to mend: the weighted mean over components is the mixture's mean",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: StratifiedComponent(n_samples),
)
