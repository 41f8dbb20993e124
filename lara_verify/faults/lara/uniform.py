"""LARA with uniform weights one step a method, for faults that differ from it in a single step."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class StepwiseUniformLARA(StepwiseLARA):
    """`lara_estimators.reference.LARA` with weights ``1 / C`` over the proposals that are kept, on the same noise."""

    @property
    def name(self) -> str:
        """What it says it is."""
        return "lara[uniform]"

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        return np.where(np.isfinite(own), 0.0, own)[..., None, :, :]
