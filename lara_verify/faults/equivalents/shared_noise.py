"""One set of uniforms and normals for all queries."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, MixtureNoise, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class SharedNoise(StepwiseRA):
    """RA whose queries share uniforms and normals, with the mean logit as the stabiliser.

    Each query's draws have the law of RA; that they depend on one another from query to query concerns no mean.
    """

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        x, y, _, log_mask = self.symbols(problem)[:4]
        pi = self.probabilities(x, y, log_mask)
        shape = (*replicates, *problem.batch_shape, problem.n_queries, self.n_samples)
        uniforms = rng.random((*shape[:-2], 1, self.n_samples, 1))
        cumulative = np.cumsum(pi, axis=-1)[..., None, :-1]
        component = (uniforms >= cumulative).sum(axis=-1)
        normals = rng.standard_normal((*shape[:-2], 1, self.n_samples, problem.dim))
        return MixtureNoise(np.broadcast_to(component, shape), np.broadcast_to(normals, (*shape, problem.dim)))

    def weights(self, a: Array) -> Array:
        shifted = a - np.mean(a, axis=-1, keepdims=True, where=np.isfinite(a))
        p = np.exp(shifted)
        return np.asarray(p / p.sum(axis=-1, keepdims=True))


EQUIVALENT = Fault(
    name="shared-noise",
    cause="all queries share their uniforms and normals, and the mean logit is the stabiliser",
    mend="nothing to mend: each query's output has the law of randomized attention",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: SharedNoise(n_samples),
)
