"""Pairs of opposite draws."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class AntitheticDraws(StepwiseRFA):
    """RFA with pairs (w, -w): hyperbolic features."""

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        index = np.arange(normals.shape[-2])
        w = normals[..., index - index % 2, :] * np.where(index % 2, -1.0, 1.0)[:, None]
        return w, w


EQUIVALENT = Fault(
    name="rfa-antithetic",
    cause="every second draw is the opposite of the one before it",
    mend="nothing to mend: the opposite of a normal vector is one",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: AntitheticDraws(n_samples),
)
