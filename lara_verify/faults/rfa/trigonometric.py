"""Trigonometric random-feature attention one step a method, for faults that differ from it in a single step."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array, half_squared_norm
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class StepwiseTrigonometric(StepwiseRFA):
    """`lara_estimators.reference.TrigonometricRFA` on the same noise: sines and cosines for positive features.

    It is consistent as they are, and says it is ``rfa``. A fault is a subclass that replaces one step.
    """

    def query_features(self, x: Array, w: Array) -> Array:
        return self.waves(x @ np.swapaxes(w, -1, -2))

    def key_features(self, y: Array, w: Array) -> Array:
        log_growth = self.growth(y)
        growth = np.exp(log_growth - log_growth.max(axis=-1, keepdims=True))
        return np.asarray(growth[..., None] * self.waves(y @ np.swapaxes(w, -1, -2)))

    def waves(self, angles: Array) -> Array:
        """Cosines and sines side by side, ``(..., 2 S)``."""
        return np.concatenate([np.cos(angles), np.sin(angles)], axis=-1)

    def growth(self, y: Array) -> Array:
        """``|y|^2 / 2``, the logarithm of what the features of a key are multiplied by."""
        return half_squared_norm(y)
