"""Draws from a state of its own."""

from dataclasses import dataclass, field

import numpy as np

from lara_estimators import ClaimName, MixtureNoise, Problem
from lara_verify.faults.draws import Memory
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class Unseeded(StepwiseRA):
    """RA that draws from the state of the process instead of from the seed: from the number of calls so far."""

    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        return super().draw(problem, self.memory.generator(), replicates)


FAULT = Fault(
    name="unseeded",
    cause="the draws come from global random state: the same seed gives another output each time",
    mend="draw from a generator made of the seed",
    of="ra",
    breaks=(ClaimName.SEED_HONOURED,),
    keeps=(ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.BOUNDED, ClaimName.UNBIASED),
    build=lambda n_samples, _: Unseeded(n_samples),
)
