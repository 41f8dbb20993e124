"""Draws that are never renewed."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, FeatureNoise, Problem
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.draws import one_draw
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class StaleDraws(StepwiseRFA):
    """RFA with the draws of the first call in every call."""

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> FeatureNoise:
        return one_draw(super().draw, problem, replicates)


FAULT = Fault(
    name="rfa-stale-draws",
    cause="the feature draws are kept in a buffer and never drawn again",
    mend="draw anew whenever a new seed is given",
    of="rfa",
    breaks=(ClaimName.SEED_HONOURED, *LIMIT),
    keeps=(ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK, ClaimName.BOUNDED),
    any_draw=True,
    build=lambda n_samples, _: StaleDraws(n_samples),
)
