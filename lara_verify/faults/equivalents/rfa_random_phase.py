"""Cosines of random phase."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, FeatureNoise, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.trigonometric import StepwiseTrigonometric


@dataclass(frozen=True)
class RandomPhase(StepwiseTrigonometric):
    """RFA with features ``cos(w . u + b)``, b uniform on the circle, drawn with the features.

    ``2 E cos(s + b) cos(t + b) = cos(s - t)``: kernels have the right mean, and a larger variance.
    """

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> FeatureNoise:
        w = super().draw(problem, rng, replicates).normals
        return FeatureNoise(np.concatenate([w, rng.uniform(0, 2 * np.pi, (*w.shape[:-1], 1))], axis=-1))

    def query_features(self, x: Array, w: Array) -> Array:
        return np.asarray(np.cos(x @ np.swapaxes(w[..., :-1], -1, -2) + w[..., None, :, -1]))

    def key_features(self, y: Array, w: Array) -> Array:
        growth = self.growth(y)
        return np.asarray(self.query_features(y, w) * np.exp(growth - growth.max(axis=-1, keepdims=True))[..., None])


EQUIVALENT = Fault(
    name="rfa-random-phase",
    cause="features are cosines with random phases",
    mend="nothing to mend: twice their mean product is the cosine of the difference",
    of="rfa",
    breaks=(),
    keeps=(
        ClaimName.PROTOCOL,
        ClaimName.SEED_HONOURED,
        ClaimName.INPUTS_INTACT,
        ClaimName.NO_LEAK,
        ClaimName.CONSISTENT,
        ClaimName.MSE_AT_N_SAMPLES,
    ),
    build=lambda n_samples, _: RandomPhase(n_samples),
)
