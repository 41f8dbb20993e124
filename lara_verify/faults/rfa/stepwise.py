"""Random-feature attention one step a method, for faults that differ from it in a single step."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Estimate, FeatureNoise, Problem
from lara_estimators.reference.scaling import Array, Scaled, half_squared_norm, scaled


@dataclass(frozen=True)
class StepwiseRFA:
    """`lara_estimators.reference.RFA` on the same noise, as published code writes it: features, then two products.

    Features of queries are relative to their largest, those of keys to the largest of all keys; both cancel. Shapes:
    normals ``(*R, *B, S, d)``, features ``(*R, *B, N or M, S)``. A fault is a subclass that replaces one step.
    """

    n_samples: int = 1

    @property
    def name(self) -> str:
        """What it says it is."""
        return "rfa"

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> FeatureNoise:
        """Draw the features."""
        return FeatureNoise(self.normals(rng, (*replicates, *problem.batch_shape, self.n_samples, problem.dim)))

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the estimate for every query."""
        x, y, v, log_mask = self.symbols(problem)[:4]
        w_queries, w_keys = self.draws(problem, np.asarray(noise.normals))
        phi = self.query_features(x, w_queries)
        psi = self.key_features(y, w_keys)
        return Estimate(self.masked_ratio(phi, psi, v, np.exp(log_mask)[..., None]))

    def symbols(self, problem: Problem) -> Scaled:
        """``x, y, v`` and the logarithm of the mask."""
        return scaled(problem)

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """The standardised noise ``z``."""
        return rng.standard_normal(shape)

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:  # faults read the problem
        """The feature draws ``w`` of queries and of keys, the same ones."""
        return normals, normals

    def query_features(self, x: Array, w: Array) -> Array:
        """``exp(w . x)``, relative to the query's largest."""
        a = x @ np.swapaxes(w, -1, -2)
        return np.asarray(np.exp(a - a.max(axis=-1, keepdims=True)))

    def key_features(self, y: Array, w: Array) -> Array:
        """``exp(w . y - |y|^2 / 2)``, relative to the largest of all keys."""
        return self.stabilised(y @ np.swapaxes(w, -1, -2) - half_squared_norm(y)[..., None])

    def stabilised(self, a: Array) -> Array:
        """Exponentials of the logarithms of key features, relative to the largest of all keys and draws."""
        return np.asarray(np.exp(a - a.max(axis=(-2, -1), keepdims=True)))

    def masked_ratio(self, phi: Array, psi: Array, v: Array, mask: Array) -> Array:
        """The value, from features of queries and keys; ``mask``, ``(*B, M, 1)``, is 1 where a key takes part."""
        return self.ratio(phi, psi * mask, v)

    def ratio(self, phi: Array, psi: Array, v: Array) -> Array:
        """Summed kernels times values over summed kernels."""
        kernels = phi @ np.swapaxes(psi, -1, -2)
        return np.asarray(kernels @ v / kernels.sum(axis=-1, keepdims=True))
