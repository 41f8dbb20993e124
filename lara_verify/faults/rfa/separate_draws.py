"""Other draws for keys than for queries."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class SeparateDraws(StepwiseRFA):
    """RFA whose keys use draws of their own."""

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        return normals, np.roll(normals, 1, axis=-2)


FAULT = Fault(
    name="rfa-separate-draws",
    cause="queries and keys use different feature draws, so their features do not correlate",
    mend="draw once and use the same draws for queries and keys",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: SeparateDraws(n_samples),
)
