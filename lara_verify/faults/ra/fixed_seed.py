"""The seed ignored."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, MixtureNoise, Problem
from lara_verify.faults.claims import MEAN
from lara_verify.faults.draws import one_draw
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class FixedSeed(StepwiseRA):
    """RA that draws with the same seed in every call."""

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        return one_draw(super().draw, problem, replicates)


FAULT = Fault(
    name="fixed-seed",
    cause="the generator is made with a constant seed in every call: all draws are the same",
    mend="make the generator from the seed that is given",
    of="ra",
    breaks=(ClaimName.SEED_HONOURED, *MEAN),
    keeps=(ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK, ClaimName.BOUNDED),
    any_draw=True,
    build=lambda n_samples, _: FixedSeed(n_samples),
)
