"""Few different seeds."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, MixtureNoise, Problem
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.draws import few_draws
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class FewSeeds(StepwiseRA):
    """RA whose draws are one of ``n_seeds``, as if the seed were taken modulo that."""

    n_seeds: float = 8.0

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        return few_draws(super().draw, problem, rng, replicates, self.n_seeds)


FAULT = Fault(
    name="few-seeds",
    cause="few bits of the seed are used, so that there are few different draws",
    mend="hand the whole seed to the generator",
    of="ra",
    breaks=(ClaimName.SEED_HONOURED, *MEAN),
    keeps=tuple(claim for claim in LAW_ONLY if claim is not ClaimName.SEED_HONOURED),
    build=FewSeeds,
    parameter=Parameter("n_seeds", float("inf"), 8.0, (2.0, 8.0, 32.0)),
)
