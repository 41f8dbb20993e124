"""Draws cut off."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class ClippedNoise(StepwiseRFA):
    """RFA with draws clipped to ``[-bound, bound]``."""

    bound: float = 2.0

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        w = np.clip(normals, -self.bound, self.bound)
        return w, w


FAULT = Fault(
    name="rfa-noise-clipped",
    cause="the feature draws are cut off at a bound",
    mend="draw standard normals, without bound",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=ClippedNoise,
    parameter=Parameter("bound", float("inf"), 2.0, (1.0, 1.5, 2.0)),
)
