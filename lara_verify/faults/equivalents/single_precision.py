"""float32 throughout."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array, Scaled
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class SinglePrecision(StepwiseRA):
    """RA in float32: queries, keys, values, normals and all that is computed from them.

    It says so in ``dtype``; its rounding is to be judged by that of float32.
    """

    dtype: str = "float32"

    def symbols(self, problem: Problem) -> Scaled:
        return Scaled(*(self.single(part) for part in super().symbols(problem)))

    def perturbation(self, problem: Problem, normals: Array) -> Array:
        single: Array = self.single(normals)
        return single

    def single(self, numbers: Array) -> Any:
        """The numbers in float32."""
        return np.asarray(numbers, dtype=self.dtype)


EQUIVALENT = Fault(
    name="single-precision",
    cause="everything is computed in float32",
    mend="nothing to mend: its rounding is far below the errors of sampling",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: SinglePrecision(n_samples),
)
